use super::*;

fn refused(text: &str) -> String {
    template(text).map_or_else(|fault| line(text, &fault), |read| format!("accepted: {read:?}"))
}

#[test]
fn reads_every_template_of_the_corpus() {
    let Some(templates) = corpus::lines("templates.jsonl") else { return };
    let mut wrong = Vec::new();
    for value in &templates {
        let text = value.as_str().unwrap();
        match template(text) {
            Ok(read) => {
                let inside = |(label, span): &(String, Span)| span.of(text) == label;
                assert!(read.labels.iter().all(inside), "{text:?}: {read:?}");
                let counted = text.matches("$labels.").count();
                assert!(read.labels.len() >= counted.min(1), "{text:?}: {read:?}");
            }
            Err(fault) => wrong.push(format!("{text:?}: {}", line(text, &fault))),
        }
    }
    eprintln!("corpus: {} of {} templates", templates.len() - wrong.len(), templates.len());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn tells_what_a_template_uses() {
    let text = "{{ $labels.job }} on {{ .Labels.instance }}: {{ $value | humanize }} {{ index $labels \"a.b\" }} $labels.no {{ \"$labels.no\" }}";
    let read = template(text).unwrap();
    let labels: Vec<(&str, &str)> = read.labels.iter().map(|(label, span)| (label.as_str(), span.of(text))).collect();
    assert_eq!(labels, [("job", "job"), ("instance", "instance"), ("a.b", "a.b")]);
    assert!(read.uses_value && !read.queries);
    assert!(template("{{ with query \"up\" }}{{ . | first | value }}{{ end }}").unwrap().queries);
    assert!(template("{{/* $labels.x */}}plain").unwrap().labels.is_empty());
    assert!(
        template("{{ $x := $labels.a }}{{ $x = \"b\" }}{{ range $i, $e := query \"up\" }}{{ break }}{{ end }}").is_ok()
    );
}

#[test]
fn a_fault_of_a_template_has_its_place() {
    let cases = [
        ("{{ $value | humanise }}", "12+8 \"humanise\": unknown function `humanise` (did you mean `humanize`?)"),
        ("a\nb {{ $label.x }}", "7+6 \"$label\": unknown variable `$label` (did you mean `$labels`?)"),
        ("{{ $value", "0+2 \"{{\": `{{` is never closed (it needs a `}}`)"),
        ("{{ if $value }}x", "3+2 \"if\": `{{end}}` is missing"),
        ("x {{ if $value }}x{{ range query \"up\" }}{{ end }}", "5+2 \"if\": `{{end}}` is missing"),
        ("ä {{ env \"HOME\" }}", "6+3 \"env\": unknown function `env`"),
        ("{{/* never", "0+2 \"{{\": the comment is never closed (it needs a `*/}}`)"),
        ("{{ }}", "3+2 \"}}\": this is no template: missing value for command"),
        ("{{ end }}", "7+2 \"}}\": this is no template: unexpected {{end}}"),
    ];
    for (text, expected) in cases {
        assert_eq!(refused(text), expected, "{text:?}");
    }
}

#[test]
fn what_nests_too_deep_is_refused() {
    let parens = format!("{{{{ {}1{} }}}}", "(".repeat(5_000), ")".repeat(5_000));
    assert!(refused(&parens).contains("open at once"), "{}", refused(&parens));
    let blocks = format!("{}{}", "{{ if true }}".repeat(1_000), "{{ end }}".repeat(1_000));
    assert!(refused(&blocks).contains("nests deeper"), "{}", refused(&blocks));
    let chain = format!("{{{{ if true }}}}{}{{{{ end }}}}", "{{ else if true }}".repeat(1_000));
    assert!(refused(&chain).contains("else if"), "{}", refused(&chain));
    assert!(refused(&"x".repeat(70_000)).contains("64 KiB"));
}

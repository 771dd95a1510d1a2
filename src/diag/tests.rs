use super::*;
use serde_json::json;

fn report() -> Report {
    let mut report = Report::default();
    report.error("NF0007", "nothing here has a place");
    let a = report.add_source("a.yaml", "kind: Stream\nspec:\n  subjets: [x]\n".into());
    let b = report.add_source("b.yaml", "ä: 1\n".into());
    report.push(Problem::warning("NF0012", "odd value").at(b, Span::new(4, 5)).also(a, Span::new(0, 4), "as here"));
    report.push(
        Problem::error("NF0011", "unknown field `subjets`")
            .at(a, Span::new(21, 28))
            .label("not a field")
            .help("did you mean `subjects`?")
            .help("or something else")
            .also(a, Span::new(13, 17), "in this mapping"),
    );
    report.yaml(a, [crate::yaml::YamlProblem::new("NF0002", Span::new(0, 4), "key `kind` appears twice")]);
    report.sort();
    report
}

#[test]
fn lines() {
    assert_eq!(
        report().render_lines(),
        "a.yaml:1:1: error[NF0002]: key `kind` appears twice\n\
         a.yaml:3:3: error[NF0011]: unknown field `subjets`\n  help: did you mean `subjects`?\n  help: or something else\n\
         b.yaml:1:4: warning[NF0012]: odd value\n\
         error[NF0007]: nothing here has a place\n"
    );
    assert_eq!((report().errors(), report().has_errors(), report().count(Severity::Warning)), (3, true, 1));
}

#[test]
fn excerpts() {
    println!(
        "<<<
{}>>>",
        report().render_fancy(false, 100)
    );
    assert!(report().render_fancy(true, 100).contains('\u{1b}'));
}

#[test]
fn json() {
    assert_eq!(
        report().to_json()[1..],
        [
            json!({"code": "NF0011", "severity": "error", "message": "unknown field `subjets`", "help": "did you mean `subjects`?\nor something else", "source": {"file": "a.yaml", "line": 3, "column": 3}}),
            json!({"code": "NF0012", "severity": "warning", "message": "odd value", "source": {"file": "b.yaml", "line": 1, "column": 4}}),
            json!({"code": "NF0007", "severity": "error", "message": "nothing here has a place"}),
        ]
    );
}

#[test]
fn a_report_takes_another_in() {
    let (mut one, two) = (report(), report());
    one.absorb(two);
    let last = one.problems()[6].clone();
    assert_eq!(one.place(last.also.first().map_or(SourceId(9), |l| l.source), 0).file, "a.yaml");
    assert_eq!(last.at.map(|at| at.source), Some(SourceId(3)));
}

#[test]
fn places_that_do_not_exist_are_drawn_anyhow() {
    let mut report = Report::default();
    let source = report.add_source("a.yaml", "ä\n".into());
    for span in [Span::new(1, 2), Span::new(50, 60), Span { start: 3, end: 0 }] {
        report.push(Problem::error("NF0001", "x").at(source, span));
    }
    report.push(Problem::error("NF0001", "x").at(SourceId(7), Span::new(0, 1)));
    let empty = report.add_source("empty.yaml", "".into());
    report.push(Problem::error("NF0001", "x").at(empty, Span::new(0, 0)));
    assert_eq!(report.render_fancy(false, 0).matches("error[NF0001]: x").count(), 5);
    assert_eq!(report.render_lines().lines().count(), 5);
}

#[test]
fn every_code_has_one_page() {
    let codes: Vec<_> = codes().map(|c| c.0).collect();
    assert!(codes.is_sorted_by(|a, b| a < b), "sorted, and none twice: {codes:?}");
    assert!(codes.iter().all(|c| c.starts_with("NF") && c.len() == 6));
    assert!(codes_page().contains("\n## NF0011: an unknown field\n\n"));
}

mod decoding;
mod emitting;
mod loading;
mod placing;

use super::*;

/// A file's problems, a line each: `LINE:COLUMN CODE message <text> | help (LINE:COLUMN second place)`.
fn problems(text: &str, problems: &[YamlProblem]) -> Vec<String> {
    let lines = Lines::new(text.into());
    let place = |span: Span| {
        let (line, column) = lines.line_col(span.start);
        format!("{line}:{column}")
    };
    let one = |p: &YamlProblem| {
        let mut out = format!("{} {} {} <{}>", place(p.span), p.code, p.message, &text[p.span.start..p.span.end]);
        for help in &p.help {
            out += &format!(" | {help}");
        }
        if let Some((span, word)) = &p.also {
            out += &format!(" ({} {word})", place(*span));
        }
        out
    };
    problems.iter().map(one).collect()
}

fn node(text: &str) -> Node {
    let mut loaded = load(text.as_bytes(), &Budgets::default());
    assert_eq!(loaded.problems, [], "{text}");
    loaded.documents.remove(0)
}

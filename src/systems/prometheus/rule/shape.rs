//! The rule-file format, field by field.

use super::{gates, text};
use crate::model::{Default, Field, Gate, Leaf, Members, Order, Seen, Shape, Syntax, Type, Value, always, json};

const fn field(name: &'static str, doc: &'static str, shape: Shape, default: Default, gate: Gate) -> Field {
    Field { name, doc, shape, since: (0, 0), create: gate, update: gate, default, seen: Seen::Always }
}

/// A time span as Prometheus writes it.
static DURATION: Syntax = Syntax {
    what: "a duration such as `30s`, `5m` or `1h30m`",
    code: "NF0502",
    schema: || {
        const PATTERN: &str = "^([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$";
        vec![json!({"type": "string", "pattern": PATTERN, "minLength": 1}), json!({"const": 0})]
    },
    read: text::read_duration,
};

static EXPRESSION: Syntax = Syntax {
    what: "a PromQL expression",
    code: "NF0501",
    schema: || vec![json!({"type": ["string", "number"], "minLength": 1})],
    read: text::read_expression,
};

const fn duration(canon: fn(&Value) -> Value) -> Shape {
    Shape::Leaf(Leaf { ty: Type::Syntax(&DURATION), canon })
}

/// More than any annotation that somebody reads.
const TEXT: usize = 1 << 20;
const fn words() -> Shape {
    Shape::Leaf(Leaf { ty: Type::Text { max: TEXT }, canon: Value::clone })
}
static WORDS: Shape = words();

fn at_least_zero(v: &Value) -> Value {
    if v.as_i64().is_some_and(|n| n <= 0) { json!(0) } else { v.clone() }
}

fn name_of(group: &Value) -> String {
    group["name"].as_str().unwrap_or_default().to_owned()
}

fn name_of_rule(rule: &Value) -> String {
    ["alert", "record"].iter().find_map(|key| rule[*key].as_str()).unwrap_or_default().to_owned()
}

/// One rule.
pub static RULE: Shape = Shape::Object(&[
    field("alert", "The name of the alert: an alerting rule.", words(), Default::Absent, always),
    field(
        "record",
        "The metric that the result is stored as: a recording rule.",
        words(),
        Default::Absent,
        gates::metric_name,
    ),
    field(
        "expr",
        "The PromQL expression. It is compared by its meaning: another layout is no change.",
        Shape::Leaf(Leaf { ty: Type::Syntax(&EXPRESSION), canon: text::canonical_expression }),
        Default::Absent,
        gates::expression,
    ),
    field(
        "for",
        "How long the expression must hold before the alert fires.",
        duration(text::canonical_duration),
        Default::Text("0s"),
        always,
    ),
    field(
        "keep_firing_for",
        "How long the alert goes on firing when the expression does not hold any more. Since Prometheus 2.42.",
        duration(text::canonical_duration),
        Default::Text("0s"),
        gates::keep_firing_for,
    ),
    field(
        "labels",
        "Labels of the alert or of the recorded series; an alert's are templates. Numbers and booleans are taken as they \
         are written: `1.0` is the text `1.0`.",
        Shape::Map(&WORDS),
        Default::Absent,
        gates::label_names,
    ),
    field(
        "annotations",
        "Texts of the alert, which are templates.",
        Shape::Map(&WORDS),
        Default::Absent,
        gates::label_names,
    ),
]);

/// One group of rules, evaluated in their order.
pub static GROUP: Shape = Shape::Object(&[
    field("name", "The name of the group, unique in the document.", words(), Default::Absent, always),
    field(
        "interval",
        "How often the rules are evaluated; left out or `0s`: as the server's `evaluation_interval` says.",
        duration(text::canonical_interval),
        Default::Absent,
        always,
    ),
    field(
        "limit",
        "The most alerts or series that one rule may give: more is an error, and the rule gives none. `0` is no limit. \
         Since Prometheus 2.31.",
        Shape::Leaf(Leaf { ty: Type::Int { min: 0, max: i64::MAX }, canon: at_least_zero }),
        Default::Int(0),
        gates::limit,
    ),
    field(
        "query_offset",
        "How far in the past the expressions are evaluated; left out: as the server's `rule_query_offset` says. No server \
         shows it: it is compared with the file. Since Prometheus 2.53.",
        duration(text::canonical_duration),
        Default::Absent,
        gates::query_offset,
    ),
    field(
        "labels",
        "Labels of every rule of the group; a rule's own win. A server shows them as the rules' labels: they are compared \
         with the file. Since Prometheus 3.0.",
        Shape::Map(&WORDS),
        Default::Absent,
        gates::group_labels,
    ),
    field(
        "rules",
        "The rules. Their order has a meaning: a rule sees what those before it recorded.",
        Shape::List { order: Order::Matters, key: Some(name_of_rule), members: Members::All, item: &RULE },
        Default::Absent,
        always,
    ),
]);

/// The groups of a file.
pub static GROUPS: Shape = Shape::List { order: Order::Free, key: Some(name_of), members: Members::All, item: &GROUP };

/// The body: a rule file.
pub static SHAPE: Shape = Shape::Object(&[field(
    "groups",
    "The groups of rules. Their order has no meaning.",
    Shape::Lazy(|| &GROUPS),
    Default::Absent,
    always,
)]);

//! What the rules of a document speak of: their expressions, and the streams and consumers that these name.

use crate::{
    model::{Address, Expression, Mention, Path, Resource, Value},
    promql::{self, MatchOp, Selector},
};
use std::collections::BTreeMap;

/// Labels by which exporters name a stream and a consumer.
const STREAM: [&str; 2] = ["stream_name", "stream"];
const CONSUMER: [&str; 2] = ["consumer_name", "consumer"];

fn list<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    of[name].as_array().map_or(&[], Vec::as_slice)
}

fn ms(of: &Value, name: &str) -> Option<i64> {
    of[name].as_str().and_then(|text| promql::parse_duration(text).ok()).filter(|ms| *ms > 0)
}

fn texts(of: &Value) -> BTreeMap<String, String> {
    let entries = of.as_object().into_iter().flatten();
    entries.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}

/// Every rule with its expression.
pub fn expressions(resource: &Resource) -> Vec<Expression> {
    let mut out = Vec::new();
    for (g, group) in list(&resource.body, "groups").iter().enumerate() {
        let at = Path::root().field("groups").key(&g.to_string()).field("rules");
        for (r, rule) in list(group, "rules").iter().enumerate() {
            let alerts = rule["alert"].is_string();
            let mut labels = texts(&group["labels"]);
            labels.extend(texts(&rule["labels"]));
            out.push(Expression {
                at: at.key(&r.to_string()),
                text: rule["expr"].as_str().unwrap_or_default().to_owned(),
                name: rule[if alerts { "alert" } else { "record" }].as_str().unwrap_or_default().to_owned(),
                alerts,
                group: group["name"].as_str().unwrap_or_default().to_owned(),
                interval: ms(group, "interval"),
                wait: ms(rule, "for"),
                keep: ms(rule, "keep_firing_for"),
                labels,
                annotations: texts(&rule["annotations"]),
            });
        }
    }
    out
}

/// The streams and consumers that matchers name. Which account they live in no expression says.
pub fn mentions(resource: &Resource) -> Vec<Mention> {
    let mut out: Vec<Mention> = Vec::new();
    for expression in expressions(resource) {
        // most expressions name none, and reading one takes a parse
        if !expression.text.contains("stream") {
            continue;
        }
        let Ok(expr) = promql::parse_again(&expression.text) else { continue };
        for address in expr.selectors().into_iter().flat_map(named) {
            let mention = Mention { address, at: expression.at.field("expr"), needed: false };
            if !out.contains(&mention) {
                out.push(mention);
            }
        }
    }
    out
}

/// The stream that a selector names, and its consumer.
fn named(selector: &Selector) -> Vec<Address> {
    let value = |labels: [&str; 2]| {
        let equal = selector.matchers.iter().filter(|m| m.op == MatchOp::Equal && !m.value.is_empty());
        labels.iter().find_map(|label| equal.clone().find(|m| m.label == *label)).map(|m| m.value.as_str())
    };
    let Some(stream) = value(STREAM) else { return Vec::new() };
    let consumer = value(CONSUMER).map(|consumer| Address::new("consumer", [stream, consumer], ""));
    [Address::new("stream", [stream], "")].into_iter().chain(consumer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Head, json};

    fn resource(expr: &str) -> Resource {
        Resource {
            address: Address::new("rules", ["r"], "main"),
            body: json!({"groups": [{"name": "g", "interval": "30s", "labels": {"team": "a", "x": "1"}, "rules": [
                {"alert": "A", "expr": expr, "for": "5m", "labels": {"x": "2"}},
            ]}]}),
            head: Head::default(),
            needs: Vec::new(),
            origins: Vec::new(),
        }
    }

    fn spoken(expr: &str) -> Vec<String> {
        mentions(&resource(expr)).iter().map(|m| format!("{} at {}", m.address.short(), m.at)).collect()
    }

    #[test]
    fn streams_and_consumers_that_matchers_name() {
        let at = "at groups[0].rules[0].expr";
        assert_eq!(spoken(r#"x{stream="S"} > 0 and y{stream="S"} > 1"#), [format!("stream/S {at}")]);
        assert_eq!(
            spoken(r#"x{stream_name="S", consumer_name="C"} > 0"#),
            [format!("stream/S {at}"), format!("consumer/S/C {at}")]
        );
        for nothing in [r#"x{stream=~"S"}"#, r#"x{stream!="S"}"#, r#"x{stream=""}"#, r#"x{consumer_name="C"}"#] {
            assert_eq!(spoken(nothing), Vec::<String>::new(), "{nothing}");
        }
    }

    #[test]
    fn an_expression_has_what_stands_beside_it() {
        let all = expressions(&resource("up == 0"));
        let one = &all[0];
        assert_eq!((one.interval, one.wait, one.keep, one.alerts), (Some(30_000), Some(300_000), None, true));
        assert_eq!((one.name.as_str(), one.group.as_str(), one.text.as_str()), ("A", "g", "up == 0"));
        assert_eq!(one.labels, BTreeMap::from([("team".into(), "a".into()), ("x".into(), "2".into())]));
    }
}

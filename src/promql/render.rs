//! What a template says: Go's text/template with the functions of Prometheus (`template/template.go`).
//!
//! Nothing is asked of a server: a template with `query` cannot be rendered here.

use super::template::{BUILTINS, FUNCTIONS, PRELUDE, template};
use gtmpl_ng::{Context, FloatFormat, Func, FuncError, Limits, Number, Template, Value, format_float};
use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    time::Duration,
};

/// How long one text may take: templates have loops.
const LONGEST: Duration = Duration::from_millis(200);

thread_local! {
    /// The external URL of the server whose template is rendered: a function of a template is a bare pointer.
    static URL: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What a template is about.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    pub labels: &'a BTreeMap<String, String>,
    pub external_labels: &'a BTreeMap<String, String>,
    /// `None` where nobody knows it.
    pub external_url: Option<&'a str>,
    pub value: f64,
}

/// The text that a server would make of a template.
///
/// # Errors
/// Why it cannot be told, for people: it asks the server, or its rendering fails, there as well.
pub fn render(text: &str, about: &About<'_>) -> Result<String, String> {
    if !text.contains("{{") {
        return Ok(text.to_owned());
    }
    let known = template(text).map_err(|fault| fault.message)?;
    if known.queries {
        return Err("it queries the server".into());
    }
    let url = about.external_url;
    if url.is_none() && ["externalURL", "ExternalURL", "pathPrefix"].iter().any(|word| text.contains(word)) {
        return Err("the server does not say its external URL".into());
    }
    // a label that is not there is the empty text, except where all of them are gone through
    let own: HashMap<String, Value> = about.labels.iter().map(|(k, v)| (k.clone(), Value::from(v))).collect();
    let absent = known.labels.iter().filter(|(name, _)| !own.contains_key(name) && !text.contains("range"));
    let absent = absent.map(|(name, _)| (name.clone(), Value::from("")));
    let labels = Value::Map(own.clone().into_iter().chain(absent).collect());
    let (shown, own) = (labels.to_string(), Value::Map(own).to_string());
    let external = about.external_labels.iter().map(|(k, v)| (k.clone(), Value::from(v))).collect();
    let url = url.unwrap_or_default();
    let data = HashMap::from([
        ("Labels".to_owned(), labels),
        ("ExternalLabels".to_owned(), Value::Map(external)),
        ("ExternalURL".to_owned(), Value::from(url)),
        ("Value".to_owned(), number(about.value)),
    ]);
    URL.with_borrow_mut(|known| url.clone_into(known));
    let mut parser = Template::with_limits(Limits::default().with_deadline(LONGEST));
    parser.funcs.retain(|name, _| BUILTINS.contains(&name.as_str()));
    let functions: Vec<(&str, Func)> = FUNCTIONS.iter().map(|name| (*name, function(name))).collect();
    parser.add_funcs(&functions);
    let said = |error: &dyn std::fmt::Display| {
        let text = error.to_string();
        text.lines().next().unwrap_or_default().chars().take(200).collect::<String>()
    };
    parser.parse(format!("{PRELUDE}{text}")).map_err(|e| said(&e))?;
    let out = parser.render(&Context::from(Value::Object(data))).map_err(|e| said(&e))?;
    Ok(out.replace("<no value>", "").replace(&shown, &own))
}

fn number(value: f64) -> Value {
    Value::Number(Number::float(value))
}

fn function(name: &str) -> Func {
    match name {
        "first" => first,
        "label" => |args| Ok(get(two(args)?.1, &text(two(args)?.0))),
        "value" => |args| Ok(get(one(args)?, "Value")),
        "strvalue" => |args| Ok(get(&get(one(args)?, "Labels"), "__value__")),
        "args" => |args| Ok(Value::Map(args.iter().enumerate().map(|(i, v)| (format!("arg{i}"), v.clone())).collect())),
        "reReplaceAll" => re_replace_all,
        "match" => |args| {
            let (pattern, of) = two(args)?;
            Ok(regex(&text(pattern))?.is_match(&text(of)).into())
        },
        "safeHtml" => |args| Ok(text(one(args)?).into()),
        "title" => |args| Ok(title(&text(one(args)?)).into()),
        "toUpper" => |args| Ok(text(one(args)?).to_uppercase().into()),
        "toLower" => |args| Ok(text(one(args)?).to_lowercase().into()),
        "graphLink" => |args| Ok(link(&text(one(args)?), 0).into()),
        "tableLink" => |args| Ok(link(&text(one(args)?), 1).into()),
        "urlQueryEscape" => |args| Ok(escape(&text(one(args)?)).into()),
        "stripPort" => |args| Ok(strip_port(&text(one(args)?)).into()),
        "stripDomain" => |args| Ok(strip_domain(&text(one(args)?)).into()),
        "humanize" => |args| Ok(scaled(float(one(args)?)?, 1000.0, &["k", "M", "G", "T", "P", "E", "Z", "Y"]).into()),
        "humanize1024" => |args| {
            let v = float(one(args)?)?;
            let small = !v.is_finite() || v.abs() <= 1.0;
            let units: &[&str] = if small { &[] } else { &["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"] };
            Ok(if small { short(v) } else { scaled(v, 1024.0, units) }.into())
        },
        "humanizeDuration" => |args| Ok(duration(float(one(args)?)?).into()),
        "humanizePercentage" => |args| Ok(format!("{}%", short(float(one(args)?)? * 100.0)).into()),
        "humanizeTimestamp" => |args| timestamp(float(one(args)?)?).map(Into::into),
        "parseDuration" => |args| {
            let ms = super::parse_duration(&text(one(args)?)).map_err(|fault| failed(&fault.message))?;
            #[expect(clippy::cast_precision_loss, reason = "a time span")]
            Ok(number(ms as f64 / 1000.0))
        },
        "externalURL" => |_| Ok(URL.with_borrow(String::clone).into()),
        "pathPrefix" => |_| Ok(URL.with_borrow(|url| path(url)).into()),
        _ => |_| Err(failed("it uses a function that only the server can run")),
    }
}

/// The path of a URL.
fn path(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("", |at| &rest[at..]).trim_end_matches('/').to_owned()
}

fn failed(why: &str) -> FuncError {
    FuncError::Generic(why.to_owned())
}

fn one(args: &[Value]) -> Result<&Value, FuncError> {
    args.first().ok_or_else(|| failed("an argument is missing"))
}

fn two(args: &[Value]) -> Result<(&Value, &Value), FuncError> {
    args.first().zip(args.get(1)).ok_or_else(|| failed("an argument is missing"))
}

/// A value as a text; one that is not there is the empty one.
fn text(value: &Value) -> String {
    match value {
        Value::NoValue | Value::Nil => String::new(),
        other => other.to_string(),
    }
}

/// A number, or a text that is one.
fn float(value: &Value) -> Result<f64, FuncError> {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "as Prometheus takes it")]
        Value::Number(number) => {
            number.as_f64().or_else(|| number.as_i64().map(|n| n as f64)).ok_or_else(|| failed("it is no number"))
        }
        Value::String(text) => text.parse().map_err(|_| failed("it is no number")),
        _ => Err(failed("it is no number")),
    }
}

fn get(of: &Value, name: &str) -> Value {
    match of {
        Value::Map(map) | Value::Object(map) => map.get(name).cloned().unwrap_or(Value::NoValue),
        _ => Value::NoValue,
    }
}

fn first(args: &[Value]) -> Result<Value, FuncError> {
    match one(args)? {
        Value::Array(items) if !items.is_empty() => Ok(items[0].clone()),
        _ => Err(failed("first() called on vector with no elements")),
    }
}

fn regex(pattern: &str) -> Result<regex_lite::Regex, FuncError> {
    regex_lite::Regex::new(pattern).map_err(|error| failed(&format!("a regular expression: {error}")))
}

fn re_replace_all(args: &[Value]) -> Result<Value, FuncError> {
    let (pattern, with) = two(args)?;
    let of = args.get(2).ok_or_else(|| failed("an argument is missing"))?;
    Ok(regex(&text(pattern))?.replace_all(&text(of), text(with).as_str()).into_owned().into())
}

/// Go's `strings.Title`: the first letter of every word.
fn title(of: &str) -> String {
    let mut last = ' ';
    let mut out = String::new();
    for c in of.chars() {
        let within = last.is_alphanumeric() || last == '_' || (!last.is_ascii() && !last.is_whitespace());
        if within {
            out.push(c)
        } else {
            out.extend(c.to_uppercase())
        }
        last = c;
    }
    out
}

/// Go's `url.QueryEscape`.
fn escape(of: &str) -> String {
    let one = |b: u8| match b {
        b' ' => "+".to_owned(),
        b if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    };
    of.bytes().map(one).collect()
}

fn link(expression: &str, tab: u8) -> String {
    format!("/graph?g0.expr={}&g0.tab={tab}", escape(expression))
}

/// Host and port as Go's `net.SplitHostPort` tells them apart.
fn split(of: &str) -> Option<(&str, &str)> {
    let (host, port) = of.rsplit_once(':')?;
    if let Some(inner) = host.strip_prefix('[') {
        return inner.strip_suffix(']').filter(|h| !h.contains(['[', ']'])).map(|h| (h, port));
    }
    (!host.contains([':', '[', ']']) && !port.contains(['[', ']'])).then_some((host, port))
}

fn strip_port(of: &str) -> String {
    split(of).map_or(of, |(host, _)| host).to_owned()
}

fn strip_domain(of: &str) -> String {
    let (host, port) = split(of).unwrap_or((of, ""));
    if host.parse::<std::net::IpAddr>().is_ok() {
        return of.to_owned();
    }
    let host = host.split('.').next().unwrap_or_default();
    if port.is_empty() { host.to_owned() } else { format!("{host}:{port}") }
}

/// Go's `%.4g`.
fn short(v: f64) -> String {
    format_float(v, FloatFormat::General, Some(4))
}

const SMALL: [&str; 8] = ["m", "u", "n", "p", "f", "a", "z", "y"];

/// A number in units of powers of `base`, smaller ones in powers of a thousandth.
fn scaled(mut v: f64, base: f64, units: &[&str]) -> String {
    if v == 0.0 || !v.is_finite() {
        return short(v);
    }
    let mut unit = "";
    if v.abs() >= 1.0 {
        for next in units {
            if v.abs() < base {
                break;
            }
            (unit, v) = (next, v / base);
        }
    } else {
        for next in SMALL {
            if v.abs() >= 1.0 {
                break;
            }
            (unit, v) = (next, v * 1000.0);
        }
    }
    format!("{}{unit}", short(v))
}

fn duration(v: f64) -> String {
    if !v.is_finite() {
        return short(v);
    }
    if v.abs() < 1.0 {
        return format!("{}s", scaled(v, 1000.0, &[]));
    }
    let (sign, v) = if v < 0.0 { ("-", -v) } else { ("", v) };
    // a number that is no time span becomes what Go makes of it
    #[expect(clippy::cast_possible_truncation, reason = "it fits")]
    let whole = if v < 9.2e18 { v as i64 } else { i64::MIN };
    let (days, hours, minutes, seconds) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60, whole % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{sign}{}s", short(v)),
        (0, 0, m) => format!("{sign}{m}m {seconds}s"),
        (0, h, m) => format!("{sign}{h}h {m}m {seconds}s"),
        (d, h, m) => format!("{sign}{d}d {h}h {m}m {seconds}s"),
    }
}

/// A time as Go prints it.
fn timestamp(v: f64) -> Result<String, FuncError> {
    if !v.is_finite() {
        return Ok(short(v));
    }
    let nanos = v * 1e9;
    if nanos.abs() > 9.2e18 {
        return Err(failed("it is no time"));
    }
    // Prometheus counts in milliseconds
    #[expect(clippy::cast_possible_truncation, reason = "it fits, see above")]
    let time = jiff::Timestamp::from_millisecond(nanos as i64 / 1_000_000).map_err(|_| failed("it is no time"))?;
    let time = time.to_zoned(jiff::tz::TimeZone::UTC);
    let fraction = format!("{:09}", time.subsec_nanosecond());
    let fraction = fraction.trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    Ok(format!("{}{dot}{fraction} +0000 UTC", time.strftime("%Y-%m-%d %H:%M:%S")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn said(text: &str, value: f64) -> Result<String, String> {
        let labels = BTreeMap::from([("job".to_owned(), "a b".to_owned()), ("i".to_owned(), "x.y:1".to_owned())]);
        let external = BTreeMap::new();
        render(text, &About { labels: &labels, external_labels: &external, external_url: None, value })
    }

    /// What a real server says of these, and of thousands more, stands in the test on one.
    #[test]
    fn texts_are_those_of_the_server() {
        for (text, value, wanted) in [
            ("no template", 1.0, "no template"),
            ("{{ $value }} {{ $labels.job | title }}{{ $labels.none }}", 0.5, "0.5 A B"),
            ("{{ $value | humanize }} {{ humanizeDuration $value }}", 93_784.0, "93.78k 1d 2h 3m 4s"),
            ("{{ stripPort $labels.i }} {{ stripDomain $labels.i }}", 1.0, "x.y x:1"),
            ("{{ $labels.none }}{{ $labels }}", 1.0, "map[i:x.y:1 job:a b]"),
        ] {
            assert_eq!(said(text, value).as_deref(), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn what_only_the_server_knows_is_no_text() {
        for text in
            ["{{ query \"up\" | first | value }}", "{{ externalURL }}", "{{ $externalURL }}", "{{ humanize \"x\" }}"]
        {
            assert!(said(text, 1.0).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_soup_makes_it_panic(
            words in proptest::collection::vec(
                prop_oneof![
                    Just("{{ "), Just(" }}"), Just("$labels"), Just(".job"), Just("$value"), Just(" | "), Just("title"),
                    Just("humanizeDuration "), Just("reReplaceAll "), Just("\"(\" "), Just("stripDomain "), Just("\"[::é\" "),
                    Just("range "), Just("end"), Just("1e300 "), Just("printf "), Just("\"%9999d\" "), Just("args "),
                    Just("label "), Just("first "), Just("if "), Just("humanizeTimestamp "),
                ],
                0..14,
            ),
            value in any::<f64>(),
        ) {
            let _ = said(&words.concat(), value);
            let _ = said(&format!("{{{{ {} }}}}", words.concat()), value);
        }
    }
}

//! The contexts of the `nats` CLI: where to connect and as whom, by name.
//!
//! `context.txt` in its configuration directory holds the name of the selected one, `context/<NAME>.json` each of them
//! (jsm.go `natscontext`).

use super::Secret;
use serde_json::{Map, Value};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// What a context says. Paths have `~` expanded; what is empty in the file is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    pub name: String,
    /// May be a list with commas, and may hold user info: not to be shown as it is.
    pub url: Option<Secret>,
    pub token: Option<Secret>,
    pub user: Option<String>,
    pub password: Option<Secret>,
    pub creds: Option<PathBuf>,
    pub nkey: Option<PathBuf>,
    /// `nsc://OPERATOR/ACCOUNT/USER`: credentials that the program `nsc` would hand out.
    pub nsc: Option<String>,
    pub cert: Option<PathBuf>,
    pub key: Option<PathBuf>,
    pub ca: Option<PathBuf>,
    pub tls_first: bool,
    pub inbox_prefix: Option<String>,
    pub jetstream_domain: Option<String>,
    pub jetstream_api_prefix: Option<String>,
}

/// The name of the selected context; `None` where there is none.
///
/// # Errors
/// The file is there and cannot be read.
pub fn selected(config: &Path) -> Result<Option<String>, String> {
    let path = config.join("context.txt");
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.trim().to_owned()).filter(|name| !name.is_empty())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("read {}: {error}", path.display())),
    }
}

/// The names of all contexts, sorted.
pub fn names(config: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(config.join("context")) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok()?.strip_suffix(".json").map(str::to_owned))
        .collect();
    names.sort();
    names
}

/// Reads the context `name` from the `nats` CLI's configuration directory; `home` stands for `~` in its paths.
///
/// # Errors
/// There is none of this name (the text lists those there are), or it cannot be read or understood.
pub fn load(config: &Path, home: Option<&Path>, name: &str) -> Result<Context, String> {
    if name.is_empty() || name.contains(['/', '\\']) || name.contains("..") {
        return Err(format!("`{name}` is not a name of a context"));
    }
    let path = config.join("context").join(format!("{name}.json"));
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(unknown(config, name)),
        Err(error) => return Err(format!("read {}: {error}", path.display())),
    };
    // The parser's texts name a place and never the contents.
    let fields: Map<String, Value> =
        serde_json::from_str(&text).map_err(|error| format!("read {}: {error}", path.display()))?;
    parse(name, &fields, home).map_err(|why| format!("read {}: {why}", path.display()))
}

fn unknown(config: &Path, name: &str) -> String {
    let names = names(config);
    let place = config.join("context");
    if names.is_empty() {
        format!("find context `{name}`: there are no contexts in {}", place.display())
    } else {
        format!("find context `{name}` in {}: there are {}", place.display(), names.join(", "))
    }
}

fn parse(name: &str, fields: &Map<String, Value>, home: Option<&Path>) -> Result<Context, String> {
    let text = |field: &str| match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(_) => Err(format!("`{field}` is not a text")),
    };
    let secret = |field: &str| text(field).map(|text| text.map(Secret::new));
    let path = |field: &str| match text(field)? {
        Some(text) => expanded(&text, home)
            .map(Some)
            .ok_or_else(|| format!("`{field}` begins with `~`, and no home directory is known")),
        None => Ok(None),
    };
    let tls_first = match fields.get("tls_first") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(first)) => *first,
        Some(_) => return Err("`tls_first` is neither true nor false".into()),
    };
    Ok(Context {
        name: name.to_owned(),
        url: secret("url")?,
        token: secret("token")?,
        user: text("user")?,
        password: secret("password")?,
        creds: path("creds")?,
        nkey: path("nkey")?,
        nsc: text("nsc")?,
        cert: path("cert")?,
        key: path("key")?,
        ca: path("ca")?,
        tls_first,
        inbox_prefix: text("inbox_prefix")?,
        jetstream_domain: text("jetstream_domain")?,
        jetstream_api_prefix: text("jetstream_api_prefix")?,
    })
}

fn expanded(path: &str, home: Option<&Path>) -> Option<PathBuf> {
    match path.strip_prefix('~') {
        Some("") => home.map(Path::to_owned),
        Some(rest) if rest.starts_with(['/', '\\']) => home.map(|home| home.join(&rest[1..])),
        _ => Some(PathBuf::from(path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("context")).unwrap();
        let put = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
        put("context.txt", "prod\n");
        // As `nats context add` writes it.
        put(
            "context/prod.json",
            r#"{"description": "x", "url": "nats://a:1,nats://b:2", "socks_proxy": "", "token": "", "user": "bob",
                "password": "canary", "creds": "~/a.creds", "nkey": "", "cert": "/c", "key": "", "ca": "~", "nsc": "",
                "jetstream_domain": "hub", "jetstream_api_prefix": "", "inbox_prefix": "_INBOX.ops", "tls_first": true}"#,
        );
        put("context/bad.json", r#"{"url": 7}"#);
        put("context/worse.json", r#"{"password": "canary"#);
        dir
    }

    #[test]
    fn a_context_is_read() {
        let dir = config();
        assert_eq!(selected(dir.path()), Ok(Some("prod".into())));
        let context = load(dir.path(), Some(Path::new("/home/me")), "prod").unwrap();
        let expected = Context {
            name: "prod".into(),
            url: Some(Secret::new("nats://a:1,nats://b:2")),
            user: Some("bob".into()),
            password: Some(Secret::new("canary")),
            creds: Some("/home/me/a.creds".into()),
            cert: Some("/c".into()),
            ca: Some("/home/me".into()),
            tls_first: true,
            inbox_prefix: Some("_INBOX.ops".into()),
            jetstream_domain: Some("hub".into()),
            ..Context::default()
        };
        assert_eq!(context, expected);
        assert!(!format!("{context:?}").contains("canary"));
    }

    #[test]
    fn errors_say_what_there_is_and_no_contents() {
        let dir = config();
        let error =
            |name: &str| load(dir.path(), None, name).unwrap_err().replace(&dir.path().display().to_string(), "DIR");
        assert_eq!(error("pro"), "find context `pro` in DIR/context: there are bad, prod, worse");
        assert_eq!(error("bad"), "read DIR/context/bad.json: `url` is not a text");
        assert!(
            error("worse").starts_with("read DIR/context/worse.json: EOF while parsing")
                && !error("worse").contains("canary")
        );
        assert_eq!(
            error("prod"),
            "read DIR/context/prod.json: `creds` begins with `~`, and no home directory is known"
        );
        assert_eq!(error("../prod"), "`../prod` is not a name of a context");
        let empty = tempfile::tempdir().unwrap();
        assert_eq!(selected(empty.path()), Ok(None));
        assert!(load(empty.path(), None, "a").unwrap_err().contains("there are no contexts in"));
    }
}

//! The NATS driver against real servers: what it says of every way a connection can fail, and how requests end.

use crate::support::{NatsServer, certificates};
use futures_util::{StreamExt, future::join_all};
use natsform::{
    drivers::{
        Secret,
        nats::{Auth, ConnectError, Settings, Tls, connect},
    },
    model::Failure,
    ports::Nats,
};
use std::{
    net::TcpListener,
    sync::Arc,
    time::{Duration, Instant},
};

const NEWEST: &str = "2.15";
const OLDEST: &str = "2.10";
const WAIT: Duration = Duration::from_secs(5);

/// Two users: `all` may do everything, `few` may only look at stream ORDERS and get replies below `_INBOX.few`.
const USERS: &str = r#"
    authorization { users: [
        { user: all, password: "canary-all" },
        { user: few, password: "canary-few", permissions: {
            publish: ["$JS.API.INFO", "$JS.API.STREAM.INFO.ORDERS"], subscribe: ["_INBOX.few.>"] } },
    ] }
"#;

fn settings(url: &str) -> Settings {
    Settings { urls: vec![url.to_owned()], connect_timeout: Duration::from_secs(2), ..Settings::default() }
}

fn as_user(url: &str, user: &str, password: &str) -> Settings {
    Settings { auth: Auth::UserPassword { user: user.into(), password: Secret::new(password) }, ..settings(url) }
}

fn few(url: &str) -> Settings {
    Settings { inbox_prefix: Some("_INBOX.few".into()), ..as_user(url, "few", "canary-few") }
}

async fn refusal(settings: &Settings) -> ConnectError {
    let error = connect(settings).await.err().expect("no connection");
    for text in [error.to_string(), error.help(), format!("{error:?}")] {
        assert!(!text.contains("canary"), "{text}");
    }
    error
}

async fn ask(nats: &Arc<dyn Nats>, subject: &str) -> Result<serde_json::Value, Failure> {
    nats.request(subject, &[], &[], WAIT).await.map(|reply| serde_json::from_slice(&reply.body).expect("JSON"))
}

/// An address where nobody listens.
fn dead() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    format!("127.0.0.1:{}", listener.local_addr().expect("its address").port())
}

fn host(server: &NatsServer) -> String {
    server.url().trim_start_matches("nats://").to_owned()
}

#[tokio::test]
async fn requests_and_info() {
    for version in [OLDEST, NEWEST] {
        let server = NatsServer::start_with(version, "server_name: one");
        let nats = connect(&settings(server.url())).await.expect("a connection");
        let info = nats.info();
        assert!(info.version.starts_with(version) && info.name == "one" && info.url == host(&server), "{info:?}");
        assert_eq!(ask(&nats, "$JS.API.INFO").await.expect("INFO")["streams"], 0);
        let missing = ask(&nats, "$JS.API.STREAM.INFO.NONE").await.expect("an error of JetStream is an answer");
        assert_eq!(missing["error"]["err_code"], 10059);
        let nobody = nats.request("nobody.there", &[], b"x", WAIT).await;
        assert!(matches!(nobody, Err(Failure::Refused { code, .. }) if code == "503"));
        let bad = nats.request("a b", &[], b"x", WAIT).await;
        assert!(matches!(bad, Err(Failure::NotSent { .. })));
        let header = [("Bad Name\n".to_owned(), "x".to_owned())];
        assert!(matches!(nats.request("a", &header, b"x", WAIT).await, Err(Failure::NotSent { .. })));
        let big = nats.request("a", &[], &vec![0; 2 << 20], WAIT).await;
        assert!(
            matches!(&big, Err(Failure::NotSent { why }) if why.contains("2097152") && why.contains("1048576")),
            "{big:?}"
        );
    }
}

#[tokio::test]
async fn headers_go_both_ways() {
    let server = NatsServer::start_with(NEWEST, "");
    let other = async_nats::connect(server.url()).await.expect("a second client");
    let mut echo = other.subscribe("echo").await.expect("a subscription");
    other.flush().await.expect("a flush");
    tokio::spawn(async move {
        while let Some(message) = echo.next().await {
            let headers = message.headers.unwrap_or_default();
            let reply = message.reply.expect("a reply subject");
            other.publish_with_headers(reply, headers, message.payload).await.expect("a publish");
        }
    });
    let nats = connect(&settings(server.url())).await.expect("a connection");
    let headers = [("B", "2"), ("A", "1"), ("B", "3")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    let reply = nats.request("echo", &headers, b"hello", WAIT).await.expect("an echo");
    let sorted = [("A", "1"), ("B", "2"), ("B", "3")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    assert_eq!((reply.headers.as_slice(), reply.body.as_slice()), (sorted.as_slice(), b"hello".as_slice()));
}

#[tokio::test]
async fn a_permission_violation_fails_at_once() {
    for version in [OLDEST, NEWEST] {
        let server = NatsServer::start_with(version, USERS);
        let nats = connect(&few(server.url())).await.expect("a connection");
        let begin = Instant::now();
        let denied = ask(&nats, "$JS.API.STREAM.CREATE.ORDERS").await;
        assert_eq!(denied, Err(Failure::Denied { what: "$JS.API.STREAM.CREATE.ORDERS".into() }));
        assert!(ask(&nats, "$JS.API.STREAM.INFO.ORDERS").await.is_ok());
        assert!(begin.elapsed() < Duration::from_millis(100), "{:?}", begin.elapsed());
    }
}

#[tokio::test]
async fn many_violations_at_once_all_arrive() {
    let server = NatsServer::start_with(NEWEST, USERS);
    let nats = connect(&few(server.url())).await.expect("a connection");
    let begin = Instant::now();
    let subjects: Vec<String> = (0..1000).map(|i| format!("$JS.API.STREAM.INFO.S{i}")).collect();
    for (subject, answer) in subjects.iter().zip(join_all(subjects.iter().map(|s| ask(&nats, s))).await) {
        assert_eq!(answer, Err(Failure::Denied { what: subject.clone() }));
    }
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn an_inbox_that_is_not_allowed_shows_on_connecting() {
    let server = NatsServer::start_with(NEWEST, USERS);
    let begin = Instant::now();
    let error = refusal(&as_user(server.url(), "few", "canary-few")).await;
    assert!(matches!(&error, ConnectError::Inbox { subject, .. } if subject.starts_with("_INBOX.")), "{error}");
    assert!(error.help().contains("--inbox-prefix") && begin.elapsed() < Duration::from_millis(500));
    let bad = Settings { inbox_prefix: Some("_INBOX.".into()), ..settings(server.url()) };
    assert!(matches!(refusal(&bad).await, ConnectError::BadPrefix { .. }));
}

#[tokio::test]
async fn wrong_identities_are_refused() {
    let server = NatsServer::start_with(NEWEST, USERS);
    let at = host(&server);
    let said = |error: ConnectError| error.to_string().replace(&at, "AT");
    let wrong = refusal(&as_user(server.url(), "all", "canary-wrong")).await;
    assert_eq!(said(wrong), "AT refused user `all` with a password: authorization violation");
    let nobody = refusal(&settings(server.url())).await;
    assert!(nobody.help().contains("--creds"));
    assert_eq!(said(nobody), "AT refused no credentials: authorization violation");
    let in_url = refusal(&settings(&format!("nats://all:canary-wrong@{at}"))).await;
    assert_eq!(said(in_url), "AT refused user `all` with a password: authorization violation");
    let nats = connect(&settings(&format!("nats://all:canary%2Dall@{at}"))).await.expect("the URL's user info");
    assert_eq!(nats.info().url, at);
    let creds = Settings { auth: Auth::Creds(Secret::new("canary")), ..settings(server.url()) };
    assert!(matches!(refusal(&creds).await, ConnectError::Credentials { .. }));
    let seed = Settings { auth: Auth::NkeySeed(Secret::new("SUACANARYcanary")), ..settings(server.url()) };
    assert_eq!(refusal(&seed).await.to_string(), "the credentials cannot be used: the nkey seed is not valid");
}

#[tokio::test]
async fn tokens_and_nkeys() {
    let server = NatsServer::start_with(NEWEST, "authorization { token: canary-token }");
    let token = |token: &str| Settings { auth: Auth::Token(Secret::new(token)), ..settings(server.url()) };
    assert!(connect(&token("canary-token")).await.is_ok());
    assert!(connect(&settings(&format!("nats://canary-token@{}", host(&server)))).await.is_ok());
    assert!(
        matches!(refusal(&token("canary-2")).await, ConnectError::Refused { identity, .. } if identity == "a token")
    );

    let (known, unknown) = (nkeys::KeyPair::new_user(), nkeys::KeyPair::new_user());
    let server =
        NatsServer::start_with(NEWEST, &format!("authorization {{ users: [{{ nkey: {} }}] }}", known.public_key()));
    let nkey = |pair: &nkeys::KeyPair| {
        let file = format!("# a comment\n{}\n", pair.seed().expect("a seed"));
        Settings { auth: Auth::NkeySeed(Secret::new(file)), ..settings(server.url()) }
    };
    assert!(connect(&nkey(&known)).await.is_ok());
    assert!(matches!(refusal(&nkey(&unknown)).await, ConnectError::Refused { identity, .. } if identity == "an nkey"));
}

#[tokio::test]
async fn dead_and_silent_servers() {
    let refused = refusal(&settings(&format!("nats://u:canary@{}", dead()))).await;
    assert!(matches!(&refused, ConnectError::Unreachable { tried } if tried[0].1 == "connection refused"), "{refused}");

    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let silent = format!("127.0.0.1:{}", keep(silent));
    let begin = Instant::now();
    let error = refusal(&Settings { connect_timeout: Duration::from_millis(300), ..settings(&silent) }).await;
    assert_eq!(error.to_string(), format!("cannot reach a NATS server at {silent}: no greeting within 300 ms"));
    assert!(begin.elapsed() < Duration::from_millis(450), "{:?}", begin.elapsed());

    let server = NatsServer::start_with(NEWEST, "");
    let list = Settings { urls: vec![format!("{},{silent}", dead()), server.url().to_owned()], ..settings("") };
    assert_eq!(connect(&list).await.expect("the third").info().url, host(&server));
    let name = refusal(&settings("no-such-host.invalid")).await;
    assert!(name.to_string().contains("no-such-host.invalid:4222: its name cannot be resolved"), "{name}");
}

/// Lets a listener live as long as the test process; its port.
fn keep(listener: TcpListener) -> u16 {
    let port = listener.local_addr().expect("its address").port();
    std::mem::forget(listener);
    port
}

#[tokio::test]
async fn something_else_answers() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = listener.local_addr().expect("its address").to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = std::io::Write::write_all(&mut &stream, b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let error = refusal(&settings(&at)).await;
    assert!(matches!(&error, ConnectError::Unreachable { tried } if tried[0].1.contains("no NATS server")), "{error}");
}

#[tokio::test]
async fn a_lost_server_and_its_return() {
    let mut server = NatsServer::start_with(NEWEST, "");
    let other = async_nats::connect(server.url()).await.expect("a second client");
    let _silent = other.subscribe("silent").await.expect("a subscription");
    other.flush().await.expect("a flush");
    let nats = connect(&settings(server.url())).await.expect("a connection");

    let begin = Instant::now();
    let unanswered = nats.request("silent", &[], b"", Duration::from_millis(200)).await;
    assert_eq!(unanswered.err(), Some(Failure::Unknown { why: "none on `silent` within 200 ms".into() }));
    assert!(begin.elapsed() < Duration::from_millis(400));

    let waiting = tokio::spawn({
        let nats = nats.clone();
        async move { nats.request("silent", &[], b"", Duration::from_secs(30)).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let begin = Instant::now();
    server.kill9();
    let lost = waiting.await.expect("no panic");
    assert!(matches!(&lost, Err(Failure::Unknown { why }) if why.contains("was lost")), "{lost:?}");
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());

    // Down: it waits for the server as long as connecting may take, then no longer.
    for bound in [3000, 500, 500] {
        let begin = Instant::now();
        let answers = join_all((0..300).map(|_| nats.request("$JS.API.INFO", &[], b"", WAIT))).await;
        assert!(answers.iter().all(|answer| matches!(answer, Err(Failure::NotSent { .. }))), "{:?}", answers[0]);
        assert!(begin.elapsed() < Duration::from_millis(bound), "{:?}", begin.elapsed());
    }
    tokio::time::sleep(Duration::from_millis(600)).await;
    server.restart();
    assert!(ask(&nats, "$JS.API.INFO").await.is_ok());
    assert!(ask(&nats, "$JS.API.INFO").await.is_ok());
}

#[tokio::test]
async fn nothing_is_sent_late() {
    let mut server = NatsServer::start_with(NEWEST, "");
    let nats = connect(&settings(server.url())).await.expect("a connection");
    server.kill9();
    // Sent before the loss is noticed, or not: never again once this has answered.
    let body = br#"{"name":"LATE","subjects":["late"]}"#;
    let answer = nats.request("$JS.API.STREAM.CREATE.LATE", &[], body, Duration::from_millis(100)).await;
    assert!(matches!(answer, Err(Failure::Unknown { .. } | Failure::NotSent { .. })), "{answer:?}");
    server.restart();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(ask(&nats, "$JS.API.STREAM.NAMES").await.expect("names")["total"], 0);
}

#[tokio::test]
async fn tls() {
    // Handshakes are work, and this machine may have more to do: neither side gives up on them.
    let patient = |url: &str| Settings { connect_timeout: Duration::from_secs(30), ..settings(url) };
    let dir = tempfile::tempdir().expect("a directory");
    certificates(dir.path());
    let at = dir.path().display();
    let config =
        |more: &str| format!("tls {{ cert_file: \"{at}/cert.pem\", key_file: \"{at}/key.pem\", timeout: 30\n{more} }}");
    let file = |name: &str| Some(dir.path().join(name));
    let with = |server: &NatsServer, tls: Tls| Settings { tls, ..patient(server.url()) };
    let good = Tls { ca: file("ca.pem"), ..Tls::default() };

    let server = NatsServer::start_with(NEWEST, &config(""));
    let nats = connect(&with(&server, good.clone())).await.expect("a connection");
    assert!(ask(&nats, "$JS.API.INFO").await.is_ok());
    let wrong = refusal(&with(&server, Tls { ca: file("other.pem"), ..Tls::default() })).await;
    assert!(matches!(wrong, ConnectError::Tls { .. }) && wrong.help().contains("--tlsca"), "{wrong}: {}", wrong.help());
    let unknown = refusal(&patient(server.url())).await;
    assert!(matches!(unknown, ConnectError::Tls { .. }) && unknown.help().contains("--tlsca"), "{unknown}");
    let missing = refusal(&with(&server, Tls { ca: file("none.pem"), ..Tls::default() })).await;
    assert!(missing.to_string().contains("none.pem cannot be read"), "{missing}");
    let first = refusal(&with(&server, Tls { first: true, ..good.clone() })).await;
    assert!(
        matches!(first, ConnectError::Tls { .. }) && first.help().contains("--tlsfirst"),
        "{first}: {}",
        first.help()
    );

    let plain = NatsServer::start_with(NEWEST, "");
    let error = refusal(&with(&plain, good.clone())).await;
    assert!(
        matches!(error, ConnectError::Tls { .. }) && error.help().contains("no TLS options"),
        "{error}: {}",
        error.help()
    );

    let mutual = NatsServer::start_with(NEWEST, &config(&format!("ca_file: \"{at}/ca.pem\", verify: true")));
    // In TLS 1.3 the refusal comes after the client's end of the handshake: what it writes then may fail first.
    let error = refusal(&with(&mutual, good.clone())).await;
    assert!(error.help().contains("--tlscert"), "{error}: {}", error.help());
    let mine = Tls { cert: file("cert.pem"), key: file("key.pem"), ..good.clone() };
    assert!(connect(&with(&mutual, mine)).await.is_ok());

    let early = NatsServer::start_with(NEWEST, &config("handshake_first: true"));
    assert!(connect(&with(&early, Tls { first: true, ..good.clone() })).await.is_ok());
    let silent = Settings { connect_timeout: Duration::from_secs(1), ..with(&early, good.clone()) };
    let error = refusal(&silent).await;
    assert!(
        error.to_string().contains("no greeting") && error.help().contains("--tlsfirst"),
        "{error}: {}",
        error.help()
    );
    // A server that is less patient than we are hangs up, in the middle of our waiting.
    let brisk = NatsServer::start_with(NEWEST, &config("handshake_first: true").replace("timeout: 30", "timeout: 0.2"));
    let error = refusal(&with(&brisk, good)).await;
    assert!(error.help().contains("--tlsfirst"), "{error}: {}", error.help());
}

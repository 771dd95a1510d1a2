//! Every way in which something else than an answer comes back, and what is said of it.

use crate::support::http::{Answer, Stub};
use natsform::{
    drivers::{
        Secret,
        http::{self, Auth, Settings},
    },
    model::Failure,
    ports::{
        Http,
        http::{Request, json},
    },
};
use std::{
    io::Write,
    net::TcpListener,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

const PATH: &str = "/api/v1/rules";
const GOOD: &str = r#"{"status":"success","data":{}}"#;

fn settings(url: &str) -> Settings {
    Settings { url: url.to_owned(), ..Settings::default() }
}

fn open(settings: &Settings) -> Arc<dyn Http> {
    http::open(settings).expect("a connection")
}

/// What is said of a request, with the server's address as `HOST`.
async fn said(settings: &Settings, request: &Request) -> String {
    let answer = match open(settings).send(request).await {
        Ok(response) => json(&request.path, &response).map(|value| value.to_string()),
        Err(failure) => Err(failure),
    };
    let host = settings.url.split("://").nth(1).unwrap_or_default();
    answer.unwrap_or_else(|failure| failure.to_string()).replace(host, "HOST")
}

async fn get(answer: Answer) -> String {
    let stub = Stub::with(answer);
    said(&settings(&stub.url()), &Request::get(PATH, &[])).await
}

fn page(status: &str) -> Answer {
    Answer::of(status, &[("Content-Type", "text/html")], b"<!doctype html><title>Sign in</title>")
}

#[tokio::test]
async fn whole_answers_that_are_wrong() {
    assert_eq!(get(Answer::ok("application/json", GOOD)).await, GOOD);
    let login = "the answer could not be understood: `/api/v1/rules` gave a web page: a login page or another program stands in front of the API";
    assert_eq!(get(page("200 OK")).await, login);
    let status = async |status: &str| get(Answer::of(status, &[], b"no\n")).await;
    assert_eq!(
        status("401 Unauthorized").await,
        "the server refused it: `/api/v1/rules` wants a login: the credentials are missing or not accepted (401)"
    );
    assert_eq!(status("403 Forbidden").await, "permission denied for `/api/v1/rules`");
    assert_eq!(
        status("404 Not Found").await,
        "the server refused it: `/api/v1/rules` is not there: is it the right server, and does its URL have a path prefix? (404)"
    );
    assert_eq!(status("407 Proxy").await, "the server refused it: the proxy wants a login (407)");
    assert_eq!(
        get(page("502 Bad Gateway")).await,
        "the server refused it: `/api/v1/rules` answered without a reason (502)"
    );
    let half = get(Answer::ok("application/json", r#"{"status":"success","data":{"#)).await;
    assert_eq!(half, "the answer could not be understood: `/api/v1/rules` gave 28 bytes of JSON that break off");
    let stub = Stub::with(Answer::of("503 Later", &[("Retry-After", "7")], b""));
    let response = open(&settings(&stub.url())).send(&Request::get(PATH, &[])).await.expect("an answer");
    let busy = Failure::Busy { why: format!("`{PATH}` answered 503"), after: Some(Duration::from_secs(7)) };
    assert_eq!(json(PATH, &response), Err(busy));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Stub::with(Answer::ok("application/json", GOOD));
    let to = format!("{}/login?rd=x", elsewhere.url());
    let said = get(Answer::of("302 Found", &[("Location", &to)], b"")).await;
    let shown = format!("{}/login", elsewhere.url());
    assert_eq!(
        said,
        format!(
            "the server refused it: `/api/v1/rules` is redirected to `{shown}`, which is not followed: give the URL behind it (302)"
        )
    );
    assert!(elsewhere.heard().is_empty());
}

#[tokio::test]
async fn no_answer_at_all() {
    let quick = |url: &str| Settings { timeout: Duration::from_millis(400), ..settings(url) };
    let silent = Stub::with(Answer::Silence);
    let request = Request::get(PATH, &[]);
    assert_eq!(
        said(&quick(&silent.url()), &request).await,
        "no answer: `http://HOST` accepts connections and does not answer `/api/v1/rules` within 0.4 s"
    );
    let own = Request { wait: Some(Duration::from_millis(150)), ..request.clone() };
    assert!(said(&settings(&silent.url()), &own).await.ends_with("within 0.15 s"), "a request's own bound");
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"status\"".to_vec();
    let stalled = Stub::with(Answer::Stall(half.clone()));
    assert_eq!(
        said(&quick(&stalled.url()), &request).await,
        "no answer: the answer of `http://HOST` to `/api/v1/rules` stops after 9 bytes and has no end within 0.4 s"
    );
    assert_eq!(
        get(Answer::Bytes(half)).await,
        "no answer: the answer of `http://HOST` to `/api/v1/rules` breaks off after 9 bytes"
    );
    assert_eq!(
        get(Answer::Bytes(vec![])).await,
        "no answer: `http://HOST` broke off before it answered `/api/v1/rules`: connection closed before message completed"
    );
    let shut = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    assert_eq!(
        said(&settings(&format!("http://{shut}")), &request).await,
        "the request was not sent: `http://HOST`: Connection refused (os error 111)"
    );
    let nowhere = said(&settings("http://prometheus.invalid:9090"), &request).await;
    let sentences = [
        "the request was not sent: `http://HOST`: its name is not known: ",
        "the request was not sent: `http://HOST`: no connection in time",
    ];
    assert!(sentences.iter().any(|s| nowhere.starts_with(s)), "{nowhere}");
}

#[tokio::test]
async fn another_protocol() {
    assert_eq!(
        get(Answer::Bytes(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec())).await,
        "the answer could not be understood: `http://HOST` does not speak HTTP: invalid HTTP version parsed"
    );
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut child = Command::new("gzip").arg("-c").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("gzip");
    let mut stdin = child.stdin.take().expect("its input");
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&bytes));
    let output = child.wait_with_output().expect("its output").stdout;
    writer.join().expect("a writer").expect("it reads");
    output
}

#[tokio::test]
async fn answers_are_unpacked_and_measured() {
    let gzip = |body: &[u8]| Answer::of("200 OK", &[("Content-Encoding", "gzip")], body);
    let stub = Stub::with(gzip(&gzipped(GOOD.as_bytes())));
    assert_eq!(said(&settings(&stub.url()), &Request::get(PATH, &[])).await, GOOD);
    assert!(stub.heard()[0].contains("accept-encoding: gzip"), "{:?}", stub.heard());
    assert_eq!(
        get(gzip(b"\x1f\x8b\x08 no gzip at all")).await,
        "the answer could not be understood: the answer of `http://HOST` to `/api/v1/rules` cannot be unpacked"
    );
    let bomb = gzipped(&[b' '; 3_000_000]);
    assert!(bomb.len() < 10_000);
    let small = |stub: &Stub| Settings { max_response: 100_000, ..settings(&stub.url()) };
    let large = "the answer could not be understood: the answer of `http://HOST` to `/api/v1/rules` is larger than 100000 bytes: `max_response` allows more";
    let stub = Stub::with(gzip(&bomb));
    assert_eq!(said(&small(&stub), &Request::get(PATH, &[])).await, large, "measured unpacked");
    let stub = Stub::with(Answer::ok("application/json", &" ".repeat(200_000)));
    assert_eq!(said(&small(&stub), &Request::get(PATH, &[])).await, large);
    let own = Request { most: Some(10), ..Request::get(PATH, &[]) };
    assert!(said(&settings(&stub.url()), &own).await.contains("larger than 10 bytes"), "a request's own budget");
}

#[tokio::test]
async fn a_request_carries_what_it_has_to() {
    let stub = Stub::with(Answer::ok("application/json", GOOD));
    let auth = Auth::Basic { user: "bob".into(), password: Secret::new("canary-1") };
    let headers = vec![("X-Scope-OrgID".to_owned(), Secret::new("canary-2"))];
    let with = Settings { auth, headers, ..settings(&format!("{}/prom", stub.url())) };
    assert!(!format!("{with:?}").contains("canary"));
    open(&with).send(&Request::post("/api/v1/query", &[("query", "a{b=\"c\"} + 1 & 2")])).await.expect("an answer");
    open(&with)
        .send(&Request::get("/api/v1/series", &[("match[]", "up"), ("match[]", "a b")]))
        .await
        .expect("an answer");
    let [post, get]: [String; 2] = stub.heard().try_into().expect("two requests");
    let lower = post.to_ascii_lowercase();
    assert!(post.starts_with("POST /prom/api/v1/query HTTP/1.1\r\n"), "{post}");
    assert!(post.ends_with("\r\n\r\nquery=a%7Bb%3D%22c%22%7D+%2B+1+%26+2"), "{post}");
    assert!(lower.contains("content-type: application/x-www-form-urlencoded"), "{post}");
    assert!(
        lower.contains("authorization: basic ym9iomnhbmfyes0x") && lower.contains("x-scope-orgid: canary-2"),
        "{post}"
    );
    assert!(get.starts_with("GET /prom/api/v1/series?match%5B%5D=up&match%5B%5D=a+b HTTP/1.1\r\n"), "{get}");
    assert!(lower.contains(concat!("user-agent: natsform/", env!("CARGO_PKG_VERSION"))), "{post}");
}

#[tokio::test]
async fn a_proxy_that_is_named() {
    let proxy = Stub::with(Answer::ok("application/json", GOOD));
    let through = |url: &str| Settings { proxy: Some(proxy.url()), ..settings(url) };
    assert_eq!(said(&through("http://prometheus.invalid:9090"), &Request::get(PATH, &[])).await, GOOD);
    assert!(proxy.heard()[0].starts_with("GET http://prometheus.invalid:9090/api/v1/rules HTTP/1.1\r\n"));
    proxy.answer(Answer::of("403 Forbidden", &[], b""));
    let refused = said(&through("https://prometheus.invalid:9090"), &Request::get(PATH, &[])).await;
    let why = "the request was not sent: `https://HOST`: the proxy makes no connection to it: ";
    assert!(refused.starts_with(why), "{refused}");
    assert!(proxy.heard()[1].starts_with("CONNECT prometheus.invalid:9090 HTTP/1.1\r\n"));
}

/// Proxies of the environment belong to whoever wrote the environment, and would see every credential. The test runs
/// itself once more, with such an environment.
#[tokio::test]
async fn a_proxy_of_the_environment_is_not_used() {
    const INSIDE: &str = "NATSFORM_TEST_INSIDE";
    let target = Stub::with(Answer::ok("application/json", GOOD));
    if let Ok(url) = std::env::var(INSIDE) {
        assert_eq!(said(&settings(&url), &Request::get(PATH, &[])).await, GOOD);
        return;
    }
    let proxy = Stub::with(Answer::of("502 Proxy", &[], b""));
    let mut again = Command::new(std::env::current_exe().expect("this program"));
    again.args(["--exact", "prometheus::wrong::a_proxy_of_the_environment_is_not_used"]).env(INSIDE, target.url());
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        again.env(name, proxy.url());
    }
    let output = again.output().expect("a second run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(proxy.heard().is_empty() && target.heard().len() == 1, "{:?}", proxy.heard());
}

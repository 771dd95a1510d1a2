//! No secret in any output, however it was given, right or wrong.

use crate::support::{Finished, NatsServer, Program};

/// What must never be seen. Two forms, because one of them needs an escape in a URL.
const PASSWORD: &str = "canary-p@ss/w0rd";
const ESCAPED: &str = "canary-p%40ss%2Fw0rd";
const MANIFEST: &str = "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a.>]}\n";

const COMMANDS: [&[&str]; 9] = [
    &["plan"],
    &["plan", "-v", "--format", "json"],
    &["apply", "--yes", "--json-out", "out.json"],
    &["drift", "--format", "json"],
    &["unlock", "--yes"],
    &["validate"],
    &["render"],
    &["explain", "Stream"],
    &["destroy", "--yes"],
];

/// Runs every command, and returns how often one of them failed.
fn silent(program: &Program, more: &[&str]) -> usize {
    let mut failed = 0;
    for command in COMMANDS {
        let offline = ["validate", "render", "explain"].contains(&command[0]);
        let ended = program.run(&[command, if offline { &[] } else { more }].concat());
        let saved = std::fs::read_to_string(program.dir().join("out.json")).unwrap_or_default();
        let Finished { stdout, stderr, .. } = &ended;
        for text in [stdout, stderr, &saved] {
            assert!(!text.to_lowercase().contains("canary"), "{command:?} {more:?}: {}", ended.told());
        }
        failed += usize::from(ended.code != Some(0));
    }
    failed
}

fn quick() -> Program {
    let program = Program::bare();
    program.manifest(MANIFEST);
    program
}

fn project(nats: &str) -> Program {
    let program = Program::bare();
    program.manifest(MANIFEST);
    program.write(
        "natsform.yaml",
        &format!("apiVersion: natsform/v1\nkind: Project\nmetadata: {{name: p}}\nspec:\n  environments:\n    test:\n      default: true\n      nats: {nats}\n"),
    );
    program
}

#[tokio::test]
async fn users_and_passwords() {
    let server = NatsServer::start_with("2.15", &format!("authorization {{ user: ops, password: \"{PASSWORD}\" }}"));
    let (url, host) = (server.url(), server.url().trim_start_matches("nats://"));
    let inside = format!("nats://ops:{ESCAPED}@{host}");
    let wrong = format!("nats://ops:canary-wrong@{host}");
    let f = ["-f", "all.yaml", "--project", "p"];
    assert_eq!(silent(&project(&format!("{{url: '{inside}'}}")), &[]), 0);
    assert!(silent(&project(&format!("{{url: '{wrong}'}}")), &[]) > 4);
    assert_eq!(silent(&quick().with("NATS_URL", &inside), &f), 0);
    assert!(silent(&quick().with("NATS_URL", &wrong), &f) > 4);
    assert_eq!(silent(&quick().with("NATS_URL", url).with("NATS_USER", "ops").with("NATS_PASSWORD", PASSWORD), &f), 0);
    let flags = ["--server", url, "--user", "ops", "--password"];
    assert_eq!(silent(&quick(), &[&f[..], &flags, &[PASSWORD]].concat()), 0);
    assert!(silent(&quick(), &[&f[..], &flags, &["canary-wrong"]].concat()) > 4);
    let by = |secret: &str| format!("{{url: '{url}', account: APP, accounts: {{APP: {{user: ops, password: {secret}}}}}}}");
    let from_env = project(&by("{env: SECRET}")).with("SECRET", PASSWORD);
    assert_eq!(silent(&from_env, &[]), 0);
    let from_file = project(&by("{file: secret.txt}"));
    from_file.write("secret.txt", PASSWORD);
    assert_eq!(silent(&from_file, &[]), 0);
    from_file.write("secret.txt", "canary-wrong");
    assert!(silent(&from_file, &[]) > 4);
    from_file.write("secret.txt", "canary\u{0}\ncanary\n");
    silent(&from_file, &[]);
    // A secret where none may stand: refused, and not repeated.
    assert!(silent(&project(&by("canary-in-the-open")), &[]) > 4);
    // A URL that is none, and an address where nobody is.
    for bad in ["nats://ops:canary@", "nats://ops:canary@127.0.0.1:1", "http://ops:canary@x", "nats://ops:canary@nowhere.invalid:4222", "ops:canary@h:x"] {
        assert!(silent(&quick(), &[&f[..], &["--server", bad, "--timeout", "500ms"]].concat()) > 4, "{bad}");
        assert!(silent(&project(&format!("{{url: '{bad}'}}")), &["--timeout", "500ms"]) > 4, "{bad}");
    }
}

#[tokio::test]
async fn tokens_keys_and_credentials() {
    let f = ["-f", "all.yaml", "--project", "p"];
    let server = NatsServer::start_with("2.10", "authorization { token: \"canary-token\" }");
    let (url, host) = (server.url(), server.url().trim_start_matches("nats://"));
    assert_eq!(silent(&quick(), &[&f[..], &["--server", url, "--token", "canary-token"]].concat()), 0);
    assert_eq!(silent(&quick(), &[&f[..], &["--server", url, "--user", "canary-token"]].concat()), 0);
    assert_eq!(silent(&quick(), &[&f[..], &["--server", &format!("nats://canary-token@{host}")]].concat()), 0);
    assert!(silent(&quick(), &[&f[..], &["--server", url, "--token", "canary-wrong"]].concat()) > 4);
    let in_env = quick().with("NATS_URL", url).with("NATS_TOKEN", "canary-token");
    assert_eq!(silent(&in_env, &f), 0);
    let context = quick();
    std::fs::create_dir_all(context.dir().join(".config/nats/context")).expect("a directory");
    context.write(".config/nats/context/ops.json", &format!("{{\"url\": \"{url}\", \"token\": \"canary-token\"}}"));
    assert_eq!(silent(&context, &[&f[..], &["--context", "ops"]].concat()), 0);
    context.write(".config/nats/context/ops.json", &format!("{{\"url\": \"{url}\", \"token\": \"canary-token\","));
    assert!(silent(&context, &[&f[..], &["--context", "ops"]].concat()) > 4);
    // Files that are not what they should be; none of their text is shown.
    let files = quick();
    files.write("bad.creds", "-----BEGIN NATS USER JWT-----\ncanary\n------END NATS USER JWT------\nSUACANARY\n");
    files.write("bad.nk", "SUACANARYCANARY\n");
    assert!(silent(&files, &[&f[..], &["--server", url, "--creds", "bad.creds"]].concat()) > 4);
    assert!(silent(&files, &[&f[..], &["--server", url, "--nkey", "bad.nk"]].concat()) > 4);
}

#[tokio::test]
async fn an_nkey_seed() {
    let pair = nkeys::KeyPair::new_user();
    let seed = pair.seed().expect("a seed");
    let server = NatsServer::start_with("2.15", &format!("authorization {{ users: [ {{ nkey: {} }} ] }}", pair.public_key()));
    let program = quick();
    program.write("user.nk", &seed);
    let arguments = ["-f", "all.yaml", "--project", "p", "--server", server.url(), "--nkey", "user.nk"];
    for command in COMMANDS.iter().filter(|c| !["validate", "render", "explain"].contains(&c[0])) {
        let ended = program.run(&[command, &arguments[..]].concat());
        assert_eq!(ended.code, Some(0), "{}", ended.told());
        assert!(!ended.told().contains(&seed), "{}", ended.told());
    }
}

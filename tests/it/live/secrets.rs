//! No secret in any output, however it was given, right or wrong.

use crate::support::{Finished, NatsServer, Program};

/// What must never be seen. Two forms, because one of them needs an escape in a URL.
const PASSWORD: &str = "canary-p@ss/w0rd";
const ESCAPED: &str = "canary-p%40ss%2Fw0rd";
const MANIFEST: &str = "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a.>]}\n";

const COMMANDS: [&[&str]; 12] = [
    &["plan"],
    &["plan", "-v", "--format", "json"],
    &["apply", "--yes", "--json-out", "out.txt"],
    &["drift", "--format", "json"],
    &["plan", "--format", "markdown"],
    &["drift", "--format", "markdown", "-v"],
    &["plan", "--format", "github"],
    &["unlock", "--yes"],
    &["validate"],
    &["render"],
    &["explain", "stream/A"],
    &["destroy", "--yes"],
];

/// Runs every command, none of which may say a secret.
fn silent(program: &Program, more: &[&str]) -> Vec<Finished> {
    let mut all = Vec::new();
    for command in COMMANDS {
        // What does not connect knows only where the manifests are.
        let more = match command[0] {
            "validate" | "render" if more.first() == Some(&"-f") => &more[..4],
            "validate" | "render" => &[][..],
            _ => more,
        };
        let ended = program.run(&[command, more].concat());
        let saved = std::fs::read_to_string(program.dir().join("out.txt")).unwrap_or_default();
        let Finished { stdout, stderr, .. } = &ended;
        for text in [stdout, stderr, &saved] {
            assert!(!text.to_lowercase().contains("canary"), "{command:?} {more:?}: {}", ended.told());
        }
        all.push(ended);
    }
    all
}

/// The same where everything must work.
fn works(program: &Program, more: &[&str]) {
    for ended in silent(program, more) {
        assert_eq!(ended.code, Some(0), "{}", ended.told());
    }
}

/// The same where nothing that connects may work.
fn fails(program: &Program, more: &[&str]) {
    let failed = silent(program, more).iter().filter(|ended| ended.code == Some(1)).count();
    assert!(failed >= 6, "{failed} failed with {more:?}");
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
    // A project file is for everybody to read: no secret may stand in it, a right one neither.
    fails(&project(&format!("{{url: '{inside}'}}")), &[]);
    fails(&project(&format!("{{url: '{wrong}'}}")), &[]);
    works(&quick().with("NATS_URL", &inside), &f);
    fails(&quick().with("NATS_URL", &wrong), &f);
    works(&quick().with("NATS_URL", url).with("NATS_USER", "ops").with("NATS_PASSWORD", PASSWORD), &f);
    let flags = ["--server", url, "--user", "ops", "--password"];
    works(&quick(), &[&f[..], &flags, &[PASSWORD]].concat());
    fails(&quick(), &[&f[..], &flags, &["canary-wrong"]].concat());
    let by =
        |secret: &str| format!("{{url: '{url}', account: APP, accounts: {{APP: {{user: ops, password: {secret}}}}}}}");
    let from_env = project(&by("{env: SECRET}")).with("SECRET", PASSWORD);
    works(&from_env, &[]);
    let from_file = project(&by("{file: secret.txt}"));
    from_file.write("secret.txt", PASSWORD);
    works(&from_file, &[]);
    from_file.write("secret.txt", "canary-wrong");
    fails(&from_file, &[]);
    from_file.write("secret.txt", "canary\u{0}\ncanary\n");
    silent(&from_file, &[]);
    // A secret where none may stand: refused, and not repeated.
    fails(&project(&by("canary-in-the-open")), &[]);
    // A URL that is none, and an address where nobody is.
    for bad in [
        "nats://ops:canary@",
        "nats://ops:canary@127.0.0.1:1",
        "http://ops:canary@x",
        "nats://ops:canary@nowhere.invalid:4222",
        "ops:canary@h:x",
    ] {
        fails(&quick(), &[&f[..], &["--server", bad, "--timeout", "500ms"]].concat());
        fails(&project(&format!("{{url: '{bad}'}}")), &["--timeout", "500ms"]);
    }
}

#[tokio::test]
async fn tokens_keys_and_credentials() {
    let f = ["-f", "all.yaml", "--project", "p"];
    let server = NatsServer::start_with("2.10", "authorization { token: \"canary-token\" }");
    let (url, host) = (server.url(), server.url().trim_start_matches("nats://"));
    works(&quick(), &[&f[..], &["--server", url, "--token", "canary-token"]].concat());
    works(&quick(), &[&f[..], &["--server", url, "--user", "canary-token"]].concat());
    works(&quick(), &[&f[..], &["--server", &format!("nats://canary-token@{host}")]].concat());
    fails(&quick(), &[&f[..], &["--server", url, "--token", "canary-wrong"]].concat());
    let in_env = quick().with("NATS_URL", url).with("NATS_TOKEN", "canary-token");
    works(&in_env, &f);
    let context = quick();
    std::fs::create_dir_all(context.dir().join(".config/nats/context")).expect("a directory");
    context.write(".config/nats/context/ops.json", &format!("{{\"url\": \"{url}\", \"token\": \"canary-token\"}}"));
    works(&context, &[&f[..], &["--context", "ops"]].concat());
    context.write(".config/nats/context/ops.json", &format!("{{\"url\": \"{url}\", \"token\": \"canary-token\","));
    fails(&context, &[&f[..], &["--context", "ops"]].concat());
    // Files that are not what they should be; none of their text is shown.
    let files = quick();
    files.write("bad.creds", "-----BEGIN NATS USER JWT-----\ncanary\n------END NATS USER JWT------\nSUACANARY\n");
    files.write("bad.nk", "SUACANARYCANARY\n");
    fails(&files, &[&f[..], &["--server", url, "--creds", "bad.creds"]].concat());
    fails(&files, &[&f[..], &["--server", url, "--nkey", "bad.nk"]].concat());
}

#[tokio::test]
async fn an_nkey_seed() {
    let pair = nkeys::KeyPair::new_user();
    let seed = pair.seed().expect("a seed");
    let server =
        NatsServer::start_with("2.15", &format!("authorization {{ users: [ {{ nkey: {} }} ] }}", pair.public_key()));
    let program = quick();
    program.write("user.nk", &seed);
    let arguments = ["-f", "all.yaml", "--project", "p", "--server", server.url(), "--nkey", "user.nk"];
    for command in COMMANDS.iter().filter(|c| !["validate", "render"].contains(&c[0])) {
        let ended = program.run(&[command, &arguments[..]].concat());
        assert_eq!(ended.code, Some(0), "{}", ended.told());
        assert!(!ended.told().contains(&seed), "{}", ended.told());
    }
}

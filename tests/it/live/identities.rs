//! Logging in with a key and with a credentials file, on a server in operator mode.

use crate::support::{NatsServer, Program};
use nkeys::KeyPair;
use serde_json::{Value, json};

const MANIFEST: &str = "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a.>]}\n";

/// Base64 for URLs without padding, as JWTs have it.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |n, b| (n << 8) | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..=chunk.len() {
            out.push(char::from(ALPHABET[(bits >> (18 - 6 * i)) as usize & 63]));
        }
    }
    out
}

/// A JWT of NATS, signed by `issuer` for `subject`.
fn jwt(issuer: &KeyPair, subject: &KeyPair, name: &str, claims: Value) -> String {
    let head = json!({"typ": "JWT", "alg": "ed25519-nkey"});
    let body = json!({
        "jti": name, "iat": 1_700_000_000, "iss": issuer.public_key(), "sub": subject.public_key(), "name": name,
        "nats": claims,
    });
    let text = format!("{}.{}", base64(head.to_string().as_bytes()), base64(body.to_string().as_bytes()));
    let signature = issuer.sign(text.as_bytes()).expect("a key with its seed signs");
    format!("{text}.{}", base64(&signature))
}

fn account(operator: &KeyPair, key: &KeyPair, name: &str, storage: i64) -> String {
    let limits = json!({
        "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1, "leaf": -1,
        "mem_storage": storage, "disk_storage": storage, "streams": -1, "consumer": -1,
    });
    jwt(operator, key, name, json!({"type": "account", "version": 2, "limits": limits}))
}

#[tokio::test]
async fn a_credentials_file_logs_in_and_shows_nowhere() {
    let (operator, system, app) = (KeyPair::new_operator(), KeyPair::new_account(), KeyPair::new_account());
    let user = KeyPair::new_user();
    let server = NatsServer::start_with(
        "2.15",
        &format!(
            "operator: {}\nsystem_account: {}\nresolver: MEMORY\nresolver_preload: {{\n  {}: {}\n  {}: {}\n}}\n",
            jwt(
                &operator,
                &operator,
                "O",
                json!({"type": "operator", "version": 2, "system_account": system.public_key()})
            ),
            system.public_key(),
            system.public_key(),
            account(&operator, &system, "SYS", 0),
            app.public_key(),
            account(&operator, &app, "APP", -1),
        ),
    );
    let claims = json!({"type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1});
    let seed = user.seed().expect("a new key has its seed");
    let creds = format!(
        "-----BEGIN NATS USER JWT-----\n{}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n{seed}\n\
         ------END USER NKEY SEED------\n",
        jwt(&app, &user, "me", claims)
    );
    let program = Program::at(server.url());
    program.manifest(MANIFEST);
    program.write("me.creds", &creds);
    let refused = program.run(&["plan"]);
    assert_eq!(refused.code, Some(1), "{}", refused.told());
    for arguments in [&["apply", "--yes"][..], &["plan", "--detailed-exitcode"], &["drift"]] {
        let ended = program.run(&[arguments, &["--creds", "me.creds"]].concat());
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.told());
        assert!(!ended.told().contains(&seed), "{arguments:?}");
    }
}

#[tokio::test]
async fn an_nkey_logs_in_and_shows_nowhere() {
    let user = KeyPair::new_user();
    let users = format!("authorization {{ users: [{{nkey: {}}}] }}", user.public_key());
    let server = NatsServer::start_with("2.12", &users);
    let program = Program::at(server.url());
    program.manifest(MANIFEST);
    let seed = user.seed().expect("a new key has its seed");
    program.write("me.nk", &seed);
    for arguments in [&["apply", "--yes"][..], &["plan", "--detailed-exitcode"]] {
        let ended = program.run(&[arguments, &["--nkey", "me.nk"]].concat());
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.told());
        assert!(!ended.told().contains(&seed), "{arguments:?}");
    }
}

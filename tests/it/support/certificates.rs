//! Certificates for one test, by openssl.

use std::{path::Path, process::Command};

/// An authority (`ca.pem`), a key with a certificate of it for 127.0.0.1 (`key.pem`, `cert.pem`), and another authority
/// (`other.pem`, `other.key`).
pub fn certificates(dir: &Path) {
    let run = |line: &str| {
        let output = Command::new("sh").args(["-c", line]).current_dir(dir).output().expect("openssl");
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    for name in ["ca", "other"] {
        run(&format!("openssl req -x509 {key} -keyout {name}.key -out {name}.pem -days 2 -subj /CN={name}"));
    }
    run(&format!("openssl req {key} -keyout key.pem -out it.csr -subj /CN=it"));
    run("printf 'subjectAltName=IP:127.0.0.1\\n' > san");
    run("openssl x509 -req -in it.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san -out cert.pem");
}

//! No bytes in a manifest make a run panic: envelopes, kinds, rules and what is printed of it.

use natsform::{diag::Report, engine, manifest::Inputs, ports::Files};
use std::path::{Path, PathBuf};

struct OneFile<'a>(&'a [u8]);

impl Files for OneFile<'_> {
    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, String> {
        Ok((path == Path::new("/m/a.yaml")).then(|| self.0.to_vec()))
    }

    fn list(&self, path: &Path) -> Result<Option<Vec<(String, bool)>>, String> {
        Ok((path == Path::new("/m")).then(|| vec![("a.yaml".into(), false)]))
    }
}

pub fn run(bytes: &[u8]) {
    let files = OneFile(bytes);
    let inputs = Inputs {
        files: &files,
        cwd: PathBuf::from("/m"),
        only: vec![PathBuf::from("/m")],
        stdin: None,
        environment: None,
        project_id: None,
        environment_file: None,
        secret_dirs: Vec::new(),
        getenv: &|_| None,
        all_systems: false,
        quick: true,
        connected: true,
    };
    let mut report = Report::default();
    let loaded = engine::load(&inputs, &mut report);
    assert!(loaded.is_some() || report.has_errors());
    if let Some(loaded) = loaded {
        let _ = engine::documents(&loaded);
    }
    let _ = (report.render_lines(), report.render_fancy(false, 80), report.to_json());
}

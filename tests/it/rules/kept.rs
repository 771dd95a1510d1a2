//! What a file remembers of its manifest, and files that somebody else delivers.

use super::bed::{Bed, alert, on_each, project_file, unfolded};

fn with(lifecycle: &str) -> String {
    alert("g", "up == 0").replace("metadata: {name: g}", &format!("metadata: {{name: g, lifecycle: {lifecycle}}}"))
}

#[test]
fn protection_stays_in_force_and_an_orphan_is_left_alone() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        let other = alert("h", "up == 0");
        bed.program.manifest(&format!("{}{other}", with("{protect: true}")));
        bed.apply(0);
        // also once nobody says it any more
        bed.program.manifest(&format!("{}{other}", alert("g", "up == 0")));
        bed.is_settled();
        bed.program.manifest(&other);
        let refused = bed.apply(3);
        assert!(unfolded(&refused).contains("it is protected"), "{}", refused.told());

        bed.program.manifest(&format!("{}{other}", with("{protect: false, on_remove: orphan}")));
        let reloads = bed.reloads();
        bed.apply(0);
        assert_eq!(bed.reloads(), reloads + 1, "what the file remembers is in the file");
        bed.is_settled();
        bed.program.manifest(&other);
        bed.apply(0);
        assert_eq!(bed.server.groups().len(), 2);
    });
}

#[test]
fn a_file_without_its_first_lines_is_ours_by_its_name() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        bed.program.manifest(&alert("g", "up == 0"));
        bed.apply(0);
        let (name, text) = bed.files().pop_first().expect("a file");
        let bare: String = text.lines().filter(|l| !l.starts_with('#')).map(|l| format!("{l}\n")).collect();
        bed.server.rule_file(&name, &bare);
        bed.apply(0);
        assert_eq!(bed.files()[&name], text);
        bed.is_settled();
    });
}

/// Rendered for another tool: nothing is reloaded, and what is in force is what the server says.
#[test]
fn what_somebody_else_delivers_is_waited_for() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        let project = project_file("shop", &bed.server);
        let directory = format!("directory: \"{}\"", bed.server.rules().display());
        bed.program.write("natsform.yaml", &project.replace(&directory, "render: out"));
        bed.program.manifest(&alert("g", "up == 0"));
        let reloads = bed.reloads();
        bed.apply(0);
        let waiting = bed.program.must(2, &["plan", "--detailed-exitcode"]);
        assert!(unfolded(&waiting).contains("is not loaded yet"), "{}", waiting.told());
        assert!(!waiting.stdout.contains("Drift"), "{}", waiting.told());
        let again = bed.apply(0);
        assert!(again.stdout.contains("Already so (1)") && again.stdout.contains("0 writes"), "{}", again.told());
        bed.program.must(0, &["drift"]);
        assert_eq!(bed.reloads(), reloads);

        let name = "natsform--shop--local--g.yml";
        std::fs::copy(bed.program.dir().join("out").join(name), bed.server.rules().join(name)).expect("a copy");
        assert_eq!(bed.server.reload().0, 200);
        bed.is_settled();
        bed.server.rule_file(name, "groups: []\n");
        assert_eq!(bed.server.reload().0, 200);
        bed.program.must(2, &["plan", "--detailed-exitcode"]);
    });
}

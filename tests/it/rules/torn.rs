//! An apply that dies: whatever it had done, the next one converges, the files are whole and the server starts again.

use super::bed::{Bed, alert, on_each};
use std::time::Duration;

#[test]
fn killed_at_any_moment_the_next_run_converges() {
    on_each(|binary| {
        let mut bed = Bed::start(binary);
        let all = |n: usize, expr: &str| -> String { (0..n).map(|i| alert(&format!("A{i}"), expr)).collect() };
        bed.program.manifest(&all(30, "up == 0"));
        bed.apply(0);
        let mut halves = 0;
        for i in 0..24 {
            let expr = format!("up == {}", i + 1);
            bed.program.manifest(&all(30, &expr));
            let running = bed.program.start(&["apply", "--yes"]);
            // spread over the whole of an apply, which takes about 150 ms here
            std::thread::sleep(Duration::from_millis(20 + 8 * i));
            running.kill9();
            for (name, text) in bed.files().into_iter().filter(|(name, _)| name.ends_with(".yml")) {
                assert!(text.ends_with("\n") && text.contains("expr: up == "), "{name} is torn: {text:?}");
            }
            let new = bed.files().values().filter(|text| text.contains(&expr)).count();
            halves += usize::from(new > 0 && new < 30);
            if i % 8 == 0 {
                bed.server.restart();
            }
            bed.apply(0);
            bed.is_settled();
            assert!(bed.loaded().values().all(|loaded| *loaded == expr), "{:?}", bed.loaded());
            // a dead lease stays until somebody writes, and is taken over then
            let ours = |name: &String| name.ends_with(".yml") || name == ".natsform.lease";
            let left: Vec<String> = bed.files().into_keys().filter(|name| !ours(name)).collect();
            assert!(left.is_empty(), "{left:?}");
        }
        eprintln!("killed in the middle of the files: {halves}");
    });
}

/// A file that was edited and never loaded is live state, too.
#[test]
fn a_file_that_is_not_loaded_is_a_difference() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        bed.program.manifest(&alert("g", "up == 0"));
        bed.apply(0);
        let file = bed.files().into_keys().next().expect("a file");
        let text = bed.files()[&file].replace("up == 0", "up == 1");
        bed.server.rule_file(&file, &text);
        let planned = bed.program.must(2, &["plan", "--detailed-exitcode"]);
        assert!(planned.stdout.contains("the file on disk is not what is loaded"), "{}", planned.told());
        bed.program.must(2, &["drift"]);
        bed.apply(0);
        bed.is_settled();

        std::fs::remove_file(bed.server.rules().join(&file)).expect("the file");
        bed.program.must(2, &["drift"]);
        bed.apply(0);
        bed.is_settled();
        assert_eq!(bed.files()[&file].matches("up == 0").count(), 1);

        // and loaded from a file that nobody wrote
        bed.server.rule_file(&file, &text);
        assert_eq!(bed.server.reload().0, 200);
        let drifted = bed.program.must(2, &["drift"]);
        assert!(drifted.stdout.contains("\"up == 1\" → \"up == 0\""), "{}", drifted.told());
        bed.apply(0);
        bed.is_settled();
    });
}

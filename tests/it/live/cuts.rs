//! The connection breaks in the middle of an apply, or the server does: the program looks what happened and goes on.

use super::kills::Stage;
use crate::support::{At, RawClient};

#[tokio::test]
async fn a_cut_connection_at_any_write_is_made_again_and_read_back() {
    let mut stage = Stage::set("2.15").await;
    stage.program.must(0, &stage.arguments());
    let (wanted, writes) = (stage.end().await, stage.proxy.writes().len());
    // Some of them, this way or that: the kills do all.
    for (nth, at) in (2..=writes).step_by(3).map(|nth| (nth, if nth % 2 == 0 { At::After } else { At::Before })) {
        let case = format!("write {nth} of {writes}, {at:?}");
        stage.reset().await;
        stage.proxy.hold(nth, at);
        let running = stage.program.start(&stage.arguments());
        assert!(stage.proxy.wait_held(|| false), "{case}");
        stage.proxy.abandon();
        let ended = running.end();
        // What was lost on its way is not sent again behind anybody's back: the next run does it.
        assert!(matches!(ended.code, Some(0 | 1 | 6)), "{case}: {}", ended.told());
        stage.program.must(0, &stage.arguments());
        assert_eq!(stage.end().await, wanted, "{case}: {}", ended.told());
        stage.program.must(0, &["plan", "--prune", "delete", "--detailed-exitcode"]);
    }
}

#[tokio::test]
async fn a_server_that_restarts_is_waited_for() {
    let mut stage = Stage::set("2.12").await;
    // The intents: no stream is being made, and a half-made one keeps nats-server itself from getting healthy.
    stage.proxy.hold(2, At::After);
    let running = stage.program.start(&stage.arguments());
    assert!(stage.proxy.wait_held(|| false));
    stage.server.restart();
    stage.proxy.abandon();
    let ended = running.end();
    assert_eq!(ended.code, Some(0), "{}", ended.told());
    assert_eq!(RawClient::connect(stage.server.url()).await.messages("CHANGES").await, 0);
    stage.program.must(0, &["plan", "--prune", "delete", "--detailed-exitcode"]);
}

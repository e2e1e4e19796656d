//! Every way to die costs the document that caused it.

use crate::harness::{Stages, World, documents, isolation, no_options};
use serde_json::json;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

pub(crate) fn each_costs_the_guilty_document() {
    let nasty = [
        ("segv", "plugin.signal", "the worker process was killed by SIGSEGV (11) in the middle of a document; "),
        ("abort", "plugin.signal", "the worker process was killed by SIGABRT (6) in the middle of a document; "),
        ("overflow", "plugin.signal", "the worker process was killed by SIG"),
        ("alloc", "plugin.signal", "the worker process was killed by SIGABRT (6) in the middle of a document; "),
        ("exit", "plugin.exit", "the worker process ended with exit code 0 in the middle of a document; "),
        ("exit 3", "plugin.exit", "the worker process ended with exit code 3 in the middle of a document; "),
        ("scribble", "plugin.protocol", "the worker process broke the protocol ("),
        ("panic", "panic", "the stage panicked: the plugin panics"),
        ("fail", "test.reason", "the stage gave up"),
    ];
    let deaths = 7;
    let mut texts: Vec<String> = (0..60).map(|n| format!("text {n}")).collect();
    for (n, (what, ..)) in nasty.iter().enumerate() {
        texts.insert(6 * n + 3, (*what).to_owned());
    }
    texts.push("print".into());
    texts.push("read".into());
    let innocent: Vec<&String> = texts.iter().filter(|text| !nasty.iter().any(|(what, ..)| what == text)).collect();
    let own = Stages::in_process("dies");
    for batch in [1, 7, 64] {
        let (stages, mut world) = (Stages::new(), World::default());
        let own_built = world.build(&own, no_options()).unwrap();
        let mut expected = world.run(&own_built, &own, &mut documents(&innocent), 1).into_iter();
        let stage = stages.isolated("dies");
        let built = world.build(&stage, no_options()).unwrap();
        let found = world.run(&built, &stage, &mut documents(&texts), batch);
        for (text, found) in texts.iter().zip(found) {
            match (nasty.iter().find(|(what, ..)| what == text), found) {
                (Some((_, reason, message)), Err(found)) => {
                    assert_eq!((text, found.0.as_str()), (text, *reason));
                    assert!(found.1.starts_with(message), "{text}: {}", found.1);
                }
                (None, found) => assert_eq!(found, expected.next().unwrap(), "{text} in batches of {batch}"),
                (Some(_), Ok(found)) => panic!("{text}: {found}"),
            }
        }
        drop(built);
        let (started, lost) = (stages.isolation.started(), stages.isolation.lost());
        // A batch that died is tried again one by one, and every death is followed by a start.
        assert!(started == lost + 1 && lost >= deaths && lost <= 2 * deaths, "{started} {lost}");
        assert!(batch > 1 || lost == deaths);
    }
}

pub(crate) fn a_hang_costs_the_guilty_document() {
    let mut limited = isolation("plugin");
    limited.timeout = Some(Duration::from_secs(2));
    let (stages, mut world) = (Stages::with(limited), World::default());
    let stage = stages.isolated("dies");
    let built = world.build(&stage, no_options()).unwrap();
    let found = world.run(&built, &stage, &mut documents(&["one", "loop", "two"]), 64);
    assert!(found[0].is_ok() && found[2].is_ok(), "{found:?}");
    let message =
        "the worker process had no answer after 2 s and was stopped; raise the time limit if it may take longer";
    assert_eq!(found[1].as_ref().unwrap_err(), &("plugin.timeout".to_owned(), message.to_owned()));
    assert_eq!((stages.isolation.started(), stages.isolation.lost()), (3, 2));
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..6000 {
        if condition() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("{what} did not come about");
}

/// Whether a process runs: it is there, and no zombie.
fn runs(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(" Z"))
}

pub(crate) fn a_process_that_ended_in_between_blames_nobody() {
    if !Path::new("/proc/self/stat").exists() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let trigger = folder.path().join("now");
    let (stages, mut world) = (Stages::new(), World::default());
    let stage = stages.isolated("dies");
    let built = world.build(&stage, no_options()).unwrap();
    let warraq_core::Built::Batch(batch) = &built else { panic!("{built:?}") };
    let mut worker = batch.worker().unwrap();
    let mut one = |text: &str| {
        let docs = documents(&[text]);
        let (mut out, mut results) = ([warraq_core::Changes::new()], [Ok(())]);
        worker.process(&[docs[0].view()], &mut out, &mut results);
        let [result] = results;
        let pid = out[0].meta_fields().find(|(key, _)| *key == "pid").map(|(_, pid)| pid.to_owned());
        result.map(|()| pid.unwrap())
    };
    let pid = one(&format!("die when {}", trigger.display())).unwrap();
    assert!(runs(&pid));
    std::fs::write(&trigger, "").unwrap();
    wait_until("its end", || !runs(&pid));
    assert_ne!(one("fine").unwrap(), pid);
    assert_eq!((stages.isolation.started(), stages.isolation.lost()), (2, 1));
}

pub(crate) fn a_stage_that_cannot_be_built_again_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let (stages, mut world) = (Stages::new(), World::default());
    let stage = stages.isolated("dies");
    let built = world.build(&stage, json!({ "once": folder.path().join("built") })).unwrap();
    let found = world.run(&built, &stage, &mut documents(&["one", "segv", "two", "three"]), 1);
    assert!(found[0].is_ok());
    let reasons: Vec<_> = found[1..].iter().map(|r| r.as_ref().unwrap_err().0.as_str()).collect();
    assert_eq!(reasons, ["plugin.signal", "plugin.start", "plugin.start"]);
    let message = "no worker process could be started 6 times in a row: the worker process ended with exit code 7";
    assert_eq!(found[3].as_ref().unwrap_err().1, message);
    assert_eq!(stages.isolation.started(), 1 + 6);
}

pub(crate) fn a_cancelled_run_waits_for_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pid");
    let (stages, mut world) = (Stages::new(), World::default());
    let stage = stages.isolated("dies");
    let built = world.build(&stage, no_options()).unwrap();
    thread::scope(|scope| {
        let text = format!("pid {}", path.display());
        let (world, built, stage) = (&world, &built, &stage);
        let run = scope.spawn(move || world.run(built, stage, &mut documents(&["one", &text, "two"]), 64));
        wait_until("its file", || path.exists());
        world.listener.cancelled.store(true, Ordering::Relaxed);
        let found = run.join().unwrap();
        assert!(found.iter().all(|r| r.as_ref().is_err_and(|(reason, _)| reason == "plugin.cancelled")), "{found:?}");
    });
    assert_eq!((stages.isolation.started(), stages.isolation.lost()), (1, 0));
}

/// A parent that will be killed while its child is busy.
pub(crate) fn parent() {
    let (stages, mut world) = (Stages::new(), World::default());
    let stage = stages.isolated("dies");
    let built = world.build(&stage, no_options()).unwrap();
    let text = std::env::args().nth(1).unwrap();
    world.run(&built, &stage, &mut documents(&[&text]), 1);
}

pub(crate) fn a_worker_does_not_outlive_its_parent() {
    if !Path::new("/proc/self/stat").exists() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pid");
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .arg(format!("pid {}", path.display()))
        .env(crate::MODE, "parent")
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    wait_until("its file", || path.exists());
    let pid = std::fs::read_to_string(&path).unwrap();
    assert!(runs(&pid));
    parent.kill().unwrap();
    parent.wait().unwrap();
    wait_until("its end", || !runs(&pid));
}

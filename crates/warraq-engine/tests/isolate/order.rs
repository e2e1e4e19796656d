//! In-order stages: the state is where it was, whatever dies.

use crate::harness::{Stages, World, documents, isolation, no_options};
use std::time::Duration;
use warraq_core::{Built, Changes};

fn texts() -> Vec<String> {
    (0..40).map(|n| format!("text {}", n % 23)).collect()
}

pub(crate) fn decisions_are_the_same() {
    let (stages, mut world) = (Stages::new(), World::default());
    let (own, isolated) = (Stages::in_process("seen"), stages.isolated("seen"));
    let (own_built, built) = (world.build(&own, no_options()).unwrap(), world.build(&isolated, no_options()).unwrap());
    let expected = world.run(&own_built, &own, &mut documents(&texts()), 1);
    assert_eq!(world.run(&built, &isolated, &mut documents(&texts()), 1), expected);
    // The same stage with a new state.
    assert_eq!(world.run(&built, &isolated, &mut documents(&texts()), 1), expected);
    drop(built);
    assert_eq!(stages.isolation.lost(), 0);
}

pub(crate) fn the_state_survives_every_death() {
    let mut limited = isolation("plugin");
    limited.timeout = Some(Duration::from_secs(2));
    let (stages, mut world) = (Stages::with(limited), World::default());
    let (own, isolated) = (Stages::in_process("seen"), stages.isolated("seen"));
    let own_built = world.build(&own, no_options()).unwrap();
    let mut expected: Vec<_> = world.run(&own_built, &own, &mut documents(&texts()), 1);
    let built = world.build(&isolated, no_options()).unwrap();
    let mut docs = documents(&texts());
    let nasty = [
        (2, "segv", "plugin.signal"),
        (9, "exit", "plugin.exit"),
        (10, "prepare abort", "plugin.signal"),
        (17, "panic", "plugin.broken"),
        (20, "fail", "test.reason"),
        (26, "scribble", "plugin.protocol"),
        (31, "loop", "plugin.timeout"),
        (39, "prepare fail", "test.reason"),
    ];
    for (at, text, reason) in nasty {
        docs.insert(at, documents(&[text]).remove(0));
        expected.insert(at, Err((reason.to_owned(), String::new())));
    }
    let found = world.run(&built, &isolated, &mut docs, 1);
    let found = found.into_iter().map(|r| r.map_err(|(reason, _)| (reason, String::new())));
    assert_eq!(found.collect::<Vec<_>>(), expected);
    drop(built);
    assert_eq!(stages.isolation.lost(), 6);
}

pub(crate) fn a_journal_of_another_run_is_taken_up() {
    let (stages, mut world) = (Stages::new(), World::default());
    let stage = stages.isolated("seen");
    let built = world.build(&stage, no_options()).unwrap();
    let Built::InOrder(built) = &built else { panic!("{built:?}") };
    let docs = documents(&["a", "b", "a", "segv", "b", "c"]);
    let mut journal = Vec::new();
    let mut first = built.state();
    for doc in &docs[..2] {
        let mut entry = Vec::new();
        first.decide(&doc.view(), doc.text().as_bytes(), &mut Changes::new(), &mut entry).unwrap();
        journal.push(entry);
    }
    let mut second = built.state();
    journal.iter().for_each(|entry| second.replay(entry).unwrap());
    assert_eq!(second.replay(b"nonsense").unwrap_err().reason, "plugin.replay");
    let mut verdicts = Vec::new();
    for doc in &docs[2..] {
        let (mut changes, mut entry) = (Changes::new(), Vec::new());
        let decided = second.decide(&doc.view(), doc.text().as_bytes(), &mut changes, &mut entry);
        verdicts.push(decided.map(|()| format!("{:?}", changes.parts().verdict)).map_err(|e| e.reason.to_string()));
    }
    let duplicate = |id: &str| Ok(format!("Some(Duplicate {{ kept_id: {id:?} }})"));
    assert_eq!(verdicts, [duplicate("doc-0"), Err("plugin.signal".into()), duplicate("doc-1"), Ok("None".into())]);
}

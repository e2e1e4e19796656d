//! Describing a plugin and building its stages.

use crate::harness::{Stages, World, describe_by, documents, isolation, no_options};
use crate::plugin;
use serde_json::{Value, json};
use std::time::Duration;
use warraq_core::{LogLevel, MemoryResources, OptionError, StageDef};
use warraq_plugin::wire::Description;

pub(crate) fn descriptions_arrive_whole() {
    let found = describe_by(&isolation("plugin")).unwrap();
    let json = |description: &Description| serde_json::to_value(description).unwrap();
    assert_eq!(json(&found), json(&Description::of(&plugin())));
    for stage in &plugin().stages {
        let text = |info: &warraq_core::StageInfo| {
            format!(
                "{:?}",
                (&info.name, &info.summary, &info.manual, info.reads, info.writes, info.order, &info.schema)
            )
        };
        let name = &stage.info.name;
        assert_eq!(text(&found.stage(name).unwrap().info("x")), text(&stage.definition("x").info));
    }
    assert!(found.stage("counts").unwrap().serial && !found.stage("dies").unwrap().serial);
}

pub(crate) fn what_is_no_plugin_is_said_to_be_none() {
    assert_eq!(describe_by(&isolation("none")).unwrap_err(), "no symbol | look elsewhere");
    for mode in ["silent", "chatty"] {
        let error = describe_by(&isolation(mode)).unwrap_err();
        assert!(error.starts_with("the worker process ended with exit code 0 over this library"), "{error}");
    }
    let mut missing = isolation("plugin");
    missing.command.program = "/no/such/program".into();
    let error = describe_by(&missing).unwrap_err();
    assert!(error.starts_with("the worker process `/no/such/program` could not be started"), "{error}");
    let error = refuse(&Stages::with(isolation("none")).isolated("dies"), no_options());
    assert_eq!(error, OptionError::new("", "no symbol").help("look elsewhere"));
}

fn refuse(stage: &StageDef, options: Value) -> OptionError {
    World::default().build(stage, options).unwrap_err()
}

pub(crate) fn options_are_refused_in_the_same_words() {
    let stages = Stages::new();
    for (name, options) in [
        ("clean.replace", json!({ "rules": [{ "pattern": "(", "with": "" }] })),
        ("tag.gazetteer", json!({ "files": ["missing.tsv"] })),
        ("filter.length", json!({ "min_chars": 3, "max_chars": 2 })),
        ("dies", json!({ "create": "refuse" })),
        ("dies", json!({ "create": "panic" })),
        ("dies", json!({ "create": 3 })),
        ("dies", json!({ "file": "missing" })),
    ] {
        let expected = refuse(&Stages::in_process(name), options.clone());
        assert_eq!(refuse(&stages.isolated(name), options), expected, "{name}");
    }
    assert_eq!(stages.isolation.lost(), 0);
}

pub(crate) fn a_death_while_building_is_an_error_of_the_stage() {
    let mut quick = isolation("plugin");
    quick.start_timeout = Some(Duration::from_secs(4));
    let stages = Stages::with(quick);
    for (what, expected) in [
        ("segv", "the worker process was killed by SIGSEGV (11), while the stage was built"),
        ("abort", "the worker process was killed by SIGABRT (6), while the stage was built"),
        ("exit 3", "the worker process ended with exit code 3, while the stage was built"),
        ("loop", "the worker process had no answer after 4 s and was stopped, while the stage was built"),
        ("scribble", "the worker process broke the protocol"),
    ] {
        let error = refuse(&stages.isolated("dies"), json!({ "create": what }));
        assert!(error.path.is_empty() && error.message.starts_with(expected), "{error}");
        assert!(error.help.is_some());
    }
    assert_eq!((stages.isolation.started(), stages.isolation.lost()), (5, 5));
}

pub(crate) fn files_come_from_the_parent_once() {
    let (stages, mut world) = (Stages::new(), World::default());
    world.files = MemoryResources::new().with("words", vec![7; 3 << 20]);
    let stage = stages.isolated("dies");
    let built = world.build(&stage, json!({ "file": "words" })).unwrap();
    // What later children are built with is what the first one read.
    world.files = MemoryResources::new();
    let shown = world.run(&built, &stage, &mut documents(&["segv", "fine"]), 1);
    assert!(
        shown[0].is_err() && shown[1].as_ref().is_ok_and(|doc| doc.contains("(\"file\", \"3145728\")")),
        "{shown:?}"
    );
}

pub(crate) fn messages_are_passed_on() {
    let (stages, mut world) = (Stages::new(), World::default());
    let stage = stages.isolated("dies");
    let built = world.build(&stage, json!({ "create": "log" })).unwrap();
    world.run(&built, &stage, &mut documents(&["log one", "print", "read", "log two"]), 64);
    let messages = world.listener.messages.lock().unwrap().clone();
    let expected = [(LogLevel::Warning, "built with a warning"), (LogLevel::Info, "one"), (LogLevel::Info, "two")];
    assert_eq!(messages, expected.map(|(level, message)| (level, "stage".to_owned(), message.to_owned())));
}

pub(crate) fn a_serial_stage_has_one_process() {
    let (stages, mut world) = (Stages::new(), World::default());
    let stage = stages.isolated("counts");
    let built = world.build(&stage, no_options()).unwrap();
    for n in 0..4 {
        let shown = world.run(&built, &stage, &mut documents(&["x"]), 64);
        assert!(shown[0].as_ref().is_ok_and(|doc| doc.contains(&format!("(\"test.count\", {n}.0)"))), "{shown:?}");
    }
    assert_eq!(stages.isolation.started(), 1);
}

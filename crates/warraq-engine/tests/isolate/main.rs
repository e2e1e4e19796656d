//! Stages in worker processes: what holds for a stage in this process holds for it in another, and no way to die takes more
//! with it than the document that caused it.
//!
//! This program is its own worker: with [`MODE`] set it serves the plugin that is in it, good stages and nasty ones.

#![allow(unsafe_code)]

mod build;
mod deaths;
mod harness;
mod liar;
mod nasty;
mod order;
mod same;

use std::panic::catch_unwind;
use std::sync::Mutex;
use std::time::Duration;
use warraq_engine::plugins::isolate::run_worker;
use warraq_plugin::import::Plugin;
use warraq_plugin::wire::NotAPlugin;

/// The environment variable that makes a worker of this program, and of which kind.
const MODE: &str = "WARRAQ_TEST_WORKER";

warraq_plugin::export_plugin! {
    all: [warraq_stages::testing::exported],
    stages: [
        nasty::dies,
        nasty::mirror,
        nasty::writer,
        nasty::seen,
    ],
    serial: [nasty::counts],
}

/// The plugin in this program.
fn plugin() -> Plugin {
    // SAFETY: the descriptor is this binary's own.
    unsafe { Plugin::open(&warraq_plugin_v1) }.unwrap()
}

const CASES: &[(&str, fn())] = &[
    ("same::every_example_does_what_it_shows", same::every_example_does_what_it_shows),
    ("same::hostile_texts_end_in_the_same_document", same::hostile_texts_end_in_the_same_document),
    ("same::every_layer_arrives", same::every_layer_arrives),
    ("same::every_change_arrives", same::every_change_arrives),
    ("same::a_large_document_is_a_document", same::a_large_document_is_a_document),
    ("build::descriptions_arrive_whole", build::descriptions_arrive_whole),
    ("build::what_is_no_plugin_is_said_to_be_none", build::what_is_no_plugin_is_said_to_be_none),
    ("build::options_are_refused_in_the_same_words", build::options_are_refused_in_the_same_words),
    ("build::a_death_while_building_is_an_error_of_the_stage", build::a_death_while_building_is_an_error_of_the_stage),
    ("build::files_come_from_the_parent_once", build::files_come_from_the_parent_once),
    ("build::messages_are_passed_on", build::messages_are_passed_on),
    ("build::a_serial_stage_has_one_process", build::a_serial_stage_has_one_process),
    ("deaths::each_costs_the_guilty_document", deaths::each_costs_the_guilty_document),
    ("deaths::a_hang_costs_the_guilty_document", deaths::a_hang_costs_the_guilty_document),
    ("deaths::a_process_that_ended_in_between_blames_nobody", deaths::a_process_that_ended_in_between_blames_nobody),
    ("deaths::a_stage_that_cannot_be_built_again_is_given_up", deaths::a_stage_that_cannot_be_built_again_is_given_up),
    ("deaths::a_cancelled_run_waits_for_nobody", deaths::a_cancelled_run_waits_for_nobody),
    ("deaths::a_worker_does_not_outlive_its_parent", deaths::a_worker_does_not_outlive_its_parent),
    ("liar::nonsense_costs_the_document_it_was_about", liar::nonsense_costs_the_document_it_was_about),
    ("order::decisions_are_the_same", order::decisions_are_the_same),
    ("order::the_state_survives_every_death", order::the_state_survives_every_death),
    ("order::a_journal_of_another_run_is_taken_up", order::a_journal_of_another_run_is_taken_up),
];

fn main() {
    match std::env::var(MODE).as_deref() {
        Ok("parent") => return deaths::parent(),
        Ok("liar") => return liar::answer(),
        Ok("silent") => return,
        Ok("chatty") => return println!("this goes to standard error"),
        // SAFETY: the descriptor is this binary's own.
        Ok("plugin") => return run_worker(|| Ok(unsafe { Plugin::open(&warraq_plugin_v1) }.unwrap())).unwrap(),
        Ok(_) => {
            let none = || Err(NotAPlugin { message: "no symbol".into(), help: "look elsewhere".into() });
            return run_worker(none).unwrap();
        }
        Err(_) => {}
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|a| a == "--list") {
        return CASES.iter().for_each(|(name, _)| println!("{name}: test"));
    }
    let filters: Vec<&String> = arguments.iter().filter(|a| !a.starts_with('-')).collect();
    let wanted = |name: &str| filters.is_empty() || filters.iter().any(|f| name.contains(f.as_str()));
    let todo = Mutex::new(CASES.iter().filter(|(name, _)| wanted(name)));
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some((name, case)) = todo.lock().unwrap().next() else { break };
                    let passed = catch_unwind(case).is_ok();
                    println!("test {name} ... {}", if passed { "ok" } else { "FAILED" });
                    if !passed {
                        failed.lock().unwrap().push(*name);
                    }
                }
            });
        }
    });
    let children = harness::children();
    assert!(children.is_empty(), "these processes are left over: {children:?}");
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "failed: {failed:?}");
}

/// A limit that nothing well behaved reaches, on however busy a machine.
const GENEROUS: Duration = Duration::from_secs(120);

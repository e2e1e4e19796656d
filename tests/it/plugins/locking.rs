//! `warraq.lock`: written, kept, and refused when something differs.

use super::misbehaving::obeying;
use super::{library, place};
use std::fs;

#[test]
fn a_locked_run_takes_what_was_locked_and_nothing_else() {
    let case = obeying("obey", "", &["one"]);
    let run = case.command(&["run", "p.toml", "--locked"]).ends(78);
    assert!(run.stderr.contains("WQ043") && run.stderr.contains("does not name the plugin"), "{}", run.stderr);

    let run = case.command(&["plugin", "lock", "p.toml"]).ends(0);
    assert!(run.stdout.contains("warraq.lock") && run.stdout.contains("warraq-misbehaving"), "{}", run.stdout);
    let lock = fs::read_to_string(case.path("warraq.lock")).unwrap();
    for part in [
        "version = 1",
        "plugin = \"libs/warraq_misbehaving\"",
        "sha256 = ",
        "abi = \"1.1\"",
        "name = \"obey\"",
        "schema = ",
    ] {
        assert!(lock.contains(part), "{part:?} in\n{lock}");
    }
    for command in ["check", "run"] {
        case.command(&[command, "p.toml", "--locked"]).ends(0);
    }
    case.command(&["plugin", "lock", "p.toml"]).ends(0);
    assert_eq!(fs::read_to_string(case.path("warraq.lock")).unwrap(), lock, "locking again changes nothing");

    // One more byte at the end of a library changes nothing but its hash.
    let path = case.path("libs").join(library("warraq_misbehaving"));
    let mut bytes = fs::read(&path).unwrap();
    bytes.push(0);
    fs::write(&path, bytes).unwrap();
    for command in ["check", "run"] {
        let run = case.command(&[command, "p.toml", "--locked"]).ends(78);
        assert!(run.stderr.contains("WQ043") && run.stderr.contains("not the one that was locked"), "{}", run.stderr);
    }
    let run = case.run().ends(0);
    assert!(run.stderr.contains("warning[WQ043]"), "without `--locked` it is a warning:\n{}", run.stderr);
}

#[test]
fn check_holds_libraries_against_the_lock_without_loading_them() {
    let case = obeying("obey", "", &["one"]);
    case.command(&["plugin", "lock", "p.toml"]).ends(0);
    case.command(&["check", "p.toml", "--lock-only"]).ends(0);
    // What is no library at all would fail to load; its hash is enough to refuse it.
    fs::write(case.path("libs").join(library("warraq_misbehaving")), "text").unwrap();
    let run = case.command(&["check", "p.toml", "--lock-only"]).ends(78);
    assert!(run.stderr.contains("WQ043") && !run.stderr.contains("cannot be loaded"), "{}", run.stderr);
}

#[test]
fn a_lock_that_cannot_be_read_is_an_error() {
    let case = obeying("obey", "", &["one"]).file("warraq.lock", "version = 9\n");
    let run = case.run().ends(78);
    assert!(run.stderr.contains("WQ043") && run.stderr.contains("version 9"), "{}", run.stderr);
    place("warraq_misbehaving", &case.path("libs"));
}

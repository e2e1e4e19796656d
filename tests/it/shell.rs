//! `completions` and `man`: complete, for every shell and every command.

use crate::case::{Case, warraq};
use std::path::Path;

const COMMANDS: &[&str] =
    &["run", "check", "explain", "list", "describe", "plugin", "new", "schema", "completions", "man"];

#[test]
fn every_shell_completes_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = warraq(&["completions", shell], Path::new("."), b"").ends(0).stdout;
        for command in COMMANDS.iter().chain(&["--profile", "--plugin-dir"]) {
            let option = command.trim_start_matches('-');
            assert!(script.contains(option), "{shell} does not know {command}");
        }
    }
    warraq(&["completions", "cmd"], Path::new("."), b"").ends(2);
}

#[test]
fn the_manual_page_names_every_command() {
    let page = warraq(&["man"], Path::new("."), b"").ends(0).stdout;
    assert!(page.contains(".TH warraq 1"), "{page}");
    for command in COMMANDS {
        assert!(page.contains(&format!("warraq\\-{command}(1)")), "{command} in\n{page}");
    }
}

#[test]
fn every_command_has_a_page_of_its_own() {
    let case = Case::new("");
    let run = case.command(&["man", "--dir", "share/man"]).ends(0);
    let pages = run.files("share/man");
    for command in COMMANDS {
        let name = format!("warraq-{command}.1");
        assert!(pages.contains(&name), "{name} of {pages:?}");
        let page = String::from_utf8(run.bytes(&format!("share/man/{name}"))).unwrap();
        assert!(page.contains(".SH SYNOPSIS"), "{page}");
    }
    assert!(!pages.iter().any(|name| name.contains("worker")), "{pages:?}");
    // A file is in the way.
    case.command(&["man", "--dir", "p.toml"]).ends(74);
}

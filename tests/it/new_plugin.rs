//! `warraq new plugin`: what it makes is built, tested and run as its message says.

use crate::case::{BINARY, Case, Run};
use std::env::consts::{DLL_EXTENSION, DLL_PREFIX};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn new_plugin(case: &Case, name: &str, lang: &str) -> Run {
    let root = root();
    case.command(&["new", "plugin", name, "--lang", lang, "--sdk", root.to_str().unwrap()])
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The spans of the sample, as texts.
fn sample_spans(run: &Run, name: &str) -> Vec<String> {
    let docs = run.lines(&format!("{name}/out/{name}.jsonl"));
    let spans = docs.iter().flat_map(|doc| {
        let text = doc["text"].as_str().unwrap();
        let spans = doc["spans"].as_array().unwrap().iter();
        spans.map(move |span| {
            assert_eq!(
                (span["label"].as_str(), span["source"].as_str()),
                (Some("ELONGATED"), Some("shout.elongation"))
            );
            crate::case::slice(text, span["start"].as_u64().unwrap(), span["end"].as_u64().unwrap()).to_owned()
        })
    });
    spans.collect()
}

const FOUND: [&str; 5] = ["رررر", "ooo", "eeee", "هههههه", "ااااا"];

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}\n{out}{err}");
}

#[test]
fn a_plugin_in_c_goes_from_nothing_to_annotated_text() {
    let case = Case::new("");
    let made = new_plugin(&case, "shout", "c").ends(0);
    let commands = [format!("make -C shout test WARRAQ={BINARY}"), format!("{BINARY} run shout/pipeline.toml")];
    for command in &commands {
        assert!(made.stdout.contains(command.as_str()), "{}", made.stdout);
    }
    run(Command::new("make").arg("-C").arg(case.path("shout")).arg("test").arg(format!("WARRAQ={BINARY}")));
    let sample = case.command(&["run", "shout/pipeline.toml"]).ends(0);
    assert_eq!(sample_spans(&sample, "shout"), FOUND);
}

#[test]
fn a_plugin_in_rust_goes_from_nothing_to_annotated_text() {
    let case = Case::new("");
    let made = new_plugin(&case, "shout", "rust").ends(0);
    assert!(made.stdout.contains("(cd shout && cargo test --release && cargo build --release)"), "{}", made.stdout);
    // Offline, with the versions that this workspace has, and with a target folder that is kept for the next time.
    let (project, target) = (case.path("shout"), Path::new(env!("CARGO_TARGET_TMPDIR")).join("new-plugin"));
    fs::copy(root().join("Cargo.lock"), project.join("Cargo.lock")).unwrap();
    for command in ["test", "build"] {
        let mut cargo = Command::new(env!("CARGO"));
        run(cargo.args([command, "--offline", "--target-dir"]).arg(&target).current_dir(&project));
    }
    let library = format!("{DLL_PREFIX}warraq_shout.{DLL_EXTENSION}");
    fs::create_dir_all(project.join("target/release")).unwrap();
    fs::copy(target.join("debug").join(&library), project.join("target/release").join(&library)).unwrap();
    let sample = case.command(&["run", "shout/pipeline.toml"]).ends(0);
    assert_eq!(sample_spans(&sample, "shout"), FOUND);
    let checked = case.command(&["plugin", "check", &format!("shout/target/release/{library}")]);
    assert_eq!(checked.code, 0, "{}{}", checked.stdout, checked.stderr);
}

#[test]
fn a_name_that_cannot_be_and_a_folder_that_is_there_are_refused() {
    let case = Case::new("").file("taken/file", "mine");
    for (name, words) in [("Shout", "`shout` would do"), ("clean", "family"), ("taken", "there already")] {
        let refused = new_plugin(&case, name, "c").ends(2);
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
    }
    assert_eq!(fs::read(case.path("taken/file")).unwrap(), b"mine");
}

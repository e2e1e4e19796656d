//! `unsafe` is where ARCHITECTURE.md says it is, and nowhere else.

use std::fs;
use std::path::{Path, PathBuf};

/// The places where the lint `unsafe_code` may be allowed.
const ALLOWED: &[&str] = &[
    "crates/warraq-engine/src/plugins/load.rs",
    "crates/warraq-engine/tests/isolate/",
    "crates/warraq-plugin/src/lib.rs",
    "crates/warraq-plugin/tests/",
    "tests/fuzz/targets/src/plugin/mod.rs",
    "tests/plugins/misbehaving/src/lib.rs",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true if !path.ends_with("target") => sources(&path, found),
            _ if path.extension().is_some_and(|e| e == "rs") => found.push(path),
            _ => {}
        }
    }
}

#[test]
fn the_lint_is_denied_everywhere_and_allowed_only_where_the_boundary_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    assert!(manifest.contains("unsafe_code = \"deny\"") && manifest.contains("undocumented_unsafe_blocks"));
    let mut files = Vec::new();
    ["crates", "plugins", "tests"].iter().for_each(|folder| sources(&root.join(folder), &mut files));
    assert!(files.len() > 100, "the sources were found");
    let lint = concat!("allow(", "unsafe_code)");
    for file in files {
        let name = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let is_allowed = ALLOWED.iter().any(|allowed| name.starts_with(allowed));
        let allows = fs::read_to_string(&file).unwrap().contains(lint);
        assert!(!allows || is_allowed, "{name} allows unsafe code");
    }
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for folder in ["crates", "plugins", "tests/fuzz", "tests/plugins"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let manifest = entry.unwrap().path().join("Cargo.toml");
            if let Ok(text) = fs::read_to_string(&manifest) {
                assert!(text.contains("[lints]\nworkspace = true"), "{}", manifest.display());
            }
        }
    }
}

//! What is made from the code and committed is what the code makes now: the JSON Schema of pipeline files and the manual of
//! stages and formats.

use crate::case::warraq;
use std::fs;
use std::path::{Path, PathBuf};

/// Set to anything, the files are written anew.
const UPDATE: &str = "WARRAQ_UPDATE";

/// Each file, and the command that makes it.
const FILES: &[(&str, &[&str])] =
    &[("docs/pipeline.schema.json", &["schema"]), ("docs/stages.md", &["describe", "--all", "--markdown"])];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn every_generated_file_is_current() {
    let mut stale = Vec::new();
    for (file, command) in FILES {
        let path = root().join(file);
        let made = warraq(command, Path::new("."), b"").ends(0).stdout;
        if std::env::var_os(UPDATE).is_some() {
            fs::write(&path, made).unwrap();
        } else if fs::read_to_string(&path).unwrap_or_default() != made {
            stale.push(*file);
        }
    }
    assert!(
        stale.is_empty(),
        "{} must be made anew:\n\n    {UPDATE}=1 cargo test -p warraq --test it generated\n\nand committed",
        stale.join(" and ")
    );
}

/// A page for each stage and format, with every option.
#[test]
fn the_manual_has_everything() {
    let manual = fs::read_to_string(root().join("docs/stages.md")).unwrap();
    let list = warraq(&["list"], Path::new("."), b"").ends(0).stdout;
    let names = list.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    let mut count = 0;
    for name in names {
        assert!(manual.contains(&format!("\n## `{name}`\n")), "{name}");
        count += 1;
    }
    assert!(count >= 11);
    for key in ["- `rules`: array of tables", "  - `pattern`: string, required", "  - `phrase`: string, required"] {
        assert!(manual.contains(key), "{key}");
    }
}

#[test]
fn every_pipeline_names_the_schema() {
    for entry in fs::read_dir(root().join("pipelines")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.ends_with(".toml") && !name.ends_with(".test.toml") {
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.starts_with("#:schema ../docs/pipeline.schema.json\n"), "{}", path.display());
        }
    }
}

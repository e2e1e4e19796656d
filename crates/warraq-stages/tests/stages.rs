//! Every stage is held to its own examples and to the conformance suite; no stage needs a line here.

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use warraq_core::testing::{conformance, run_example};
use warraq_core::{Layer, Order, Registry};
use warraq_stages::testing::{OPTIONS, files};

fn registry() -> Registry {
    let mut registry = Registry::new();
    warraq_stages::register(&mut registry).expect("names are unique and well-formed");
    registry
}

fn toml(text: &str) -> Result<Value, String> {
    toml::from_str(text).map_err(|e| e.to_string())
}

#[test]
fn every_example_does_what_it_shows() {
    let registry = registry();
    let mut failures = String::new();
    for stage in registry.stages() {
        assert!(!stage.info.examples.is_empty(), "{} has no example", stage.info.name);
        for example in &stage.info.examples {
            if let Err(e) = run_example(&registry, stage, example, &toml) {
                failures += &format!("\n{}: {}\n{e}", stage.info.name, example.title);
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn every_stage_conforms() {
    let registry = registry();
    let mut failures = String::new();
    for stage in registry.stages().iter().filter(|s| s.info.order == Order::Parallel) {
        let needed = OPTIONS.iter().filter(|(name, _)| *name == stage.info.name).map(|(_, options)| *options);
        let mut settings: Vec<&str> = needed.collect();
        if settings.is_empty() {
            settings.push("");
        }
        // Of the tokenizers, only those that look for tokens themselves need none.
        let tokenizes = stage.info.writes.contains(Layer::Tokens) || stage.info.writes.contains(Layer::Sentences);
        let after: &[&str] = if tokenizes { &[] } else { &["tokenize.words"] };
        for (n, options) in settings.into_iter().enumerate() {
            let options = toml(options).expect("the options above are TOML");
            if let Err(e) = conformance(&registry, stage, &options, after, &files(), n == 0) {
                failures += &format!("\n{} with {options}: {e}", stage.info.name);
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn every_stage_file_is_registered() {
    let registry = registry();
    let registered: BTreeSet<String> = registry.stages().iter().map(|s| s.info.name.to_string()).collect();
    let mut missing = Vec::new();
    for family in ["clean", "dedup", "filter", "tag", "tokenize"] {
        let folder = format!("{}/src/{family}", env!("CARGO_MANIFEST_DIR"));
        for entry in fs::read_dir(&folder).expect("the family has a folder") {
            let path = entry.expect("it can be listed").path();
            let file = if path.is_dir() { path.join("mod.rs") } else { path.clone() };
            let text = fs::read_to_string(&file).expect("it is a source file");
            let stage = path.file_stem().expect("it has a name").to_string_lossy().replace('_', "-");
            if text.contains("pub fn definition()") && !registered.contains(&format!("{family}.{stage}")) {
                missing.push(format!("{}: add `{family}::{stage}::definition` to ALL in lib.rs", path.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_option_is_documented() {
    for stage in registry().stages() {
        let properties = stage.info.schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        for (name, schema) in properties {
            assert!(schema.get("description").is_some(), "{}: option `{name}` has no doc comment", stage.info.name);
        }
        assert_eq!(stage.info.schema["additionalProperties"], false, "{} accepts unknown options", stage.info.name);
        assert!(stage.info.manual.len() > 100, "{} has no manual", stage.info.name);
    }
}

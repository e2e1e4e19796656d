//! Every seed and every input that once broke a law goes through its target's body, as the fuzzers would run it.

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use warraq_fuzz_targets::TARGETS;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeSet::new() };
    entries.map(|entry| entry.expect("it can be listed").file_name().into_string().expect("it is UTF-8")).collect()
}

#[test]
fn no_seed_and_no_regression_breaks_a_law() {
    let (mut failures, mut count) = (Vec::new(), 0);
    for &(target, body) in TARGETS {
        body(&[]);
        for kind in ["seeds", "regressions"] {
            let folder = root().join(kind).join(target);
            let files = names(&folder);
            assert!(kind == "regressions" || files.len() > 2, "{target} has {} seeds", files.len());
            for file in files {
                let bytes = fs::read(folder.join(&file)).expect("it can be read");
                assert!(bytes.len() <= 4096, "{file}: inputs are small");
                if catch_unwind(AssertUnwindSafe(|| body(&bytes))).is_err() {
                    failures.push(format!("{kind}/{target}/{file}"));
                }
                count += 1;
            }
        }
    }
    println!("{count} inputs of {} targets", TARGETS.len());
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn every_target_has_a_program_and_no_folder_is_left_over() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("it is there");
    for (target, _) in TARGETS {
        let text = fs::read_to_string(root().join(format!("fuzz_targets/{target}.rs"))).expect("it has a program");
        assert!(text.contains(&format!("warraq_fuzz_targets::{target}(")), "{target}");
        assert!(manifest.contains(&format!("name = \"{target}\"")), "{target} is not in Cargo.toml");
    }
    for kind in ["seeds", "regressions"] {
        let unknown: Vec<_> = names(&root().join(kind)).difference(&targets).cloned().collect();
        assert!(unknown.is_empty(), "{kind}: {unknown:?}");
    }
    assert_eq!(names(&root().join("fuzz_targets")).len(), TARGETS.len());
}

//! Whatever can be wrong with a library is said before anything is read: the path, the cause, both versions, what to do.

use super::{broken, docs};
use crate::case::{BOTH_ENDS, Case};
use std::fs;

const STAGE: &str = "[plugins.broken]\npath = \"libs/broken\"\n[[stage]]\nuse = \"broken.first\"\n";

fn case(defect: &str) -> Case {
    let case = Case::new(&format!("{STAGE}{BOTH_ENDS}")).file("in.jsonl", docs(&["good text", "bad text", ""]));
    fs::create_dir_all(case.path("libs")).unwrap();
    if !defect.is_empty() {
        broken(defect, &case.path("libs"));
    }
    case
}

#[test]
fn a_plugin_without_a_defect_runs() {
    for (isolate, threads) in [("none", "1"), ("none", "8"), ("process", "1"), ("process", "8")] {
        let run = case("NONE")
            .args(&["--threads", threads, "--set", &format!("stage.broken.first.run.isolate={isolate}")])
            .run()
            .ends(0);
        let spans: Vec<usize> = run.docs().iter().map(|d| d["spans"].as_array().unwrap().len()).collect();
        assert_eq!(spans, [1, 1, 0], "{isolate} {threads}");
        assert_eq!(run.docs()[0]["spans"][0]["label"], "FIRST");
        let report = run.report("out/report.json");
        let plugin = &report["plugins"][0];
        assert_eq!((plugin["alias"].as_str(), plugin["version"].as_str()), (Some("broken"), Some("0.1.0")));
        assert_eq!(plugin["sha256"].as_str().unwrap().len(), 64);
    }
}

/// Each defect with what is said of it.
pub(crate) const REFUSED: &[(&str, &[&str])] = &[
    ("SYMBOL", &["WQ041", "libs/", "no symbol `warraq_plugin_v1`", "docs/plugins.md"]),
    ("UNRESOLVED", &["WQ041", "cannot be loaded", "warraq_test_is_defined_nowhere"]),
    ("MAGIC", &["WQ041", "0x7f454c46", "0x31515257"]),
    ("MAJOR", &["WQ041", "built for plugin ABI 2.3", "this program has ABI 1.1", "use a newer Warraq"]),
    ("HOST_MINOR", &["WQ041", "needs plugin ABI 1.99", "this program has ABI 1.1"]),
    ("SHORT_PLUGIN", &["WQ041", "`wq_plugin` has 24 bytes", "ABI 1.0 has"]),
    ("SHORT_VIEW", &["WQ041", "`wq_doc_view` has 16 bytes"]),
    ("SHORT_STAGE", &["WQ041", "`wq_stage` has 64 bytes"]),
    ("DUPLICATE", &["WQ041", "two of its stages are named `first`"]),
    ("EMPTY", &["WQ041", "it has no stages"]),
    ("SCHEMA", &["WQ041", "stage `first`: the schema of its options is not JSON"]),
    ("SCHEMA_TYPE", &["WQ041", "does not describe an object"]),
    ("NAME", &["WQ041", "`First Word` is no stage name"]),
    ("FUNCTION", &["WQ041", "stage `first`: the function `process` is missing"]),
    ("CREATE", &["WQ032", "no mode is good enough", "try another plugin"]),
];

#[test]
fn what_is_wrong_with_a_library_is_said_by_check_and_run_alike() {
    for (defect, parts) in REFUSED {
        let case = case(defect);
        for command in ["check", "run"] {
            let run = case.command(&[command, "p.toml"]).ends(78);
            for part in *parts {
                assert!(run.stderr.contains(part), "{defect}, {command}: no {part:?} in\n{}", run.stderr);
            }
            assert!(run.stderr.contains("p.toml:"), "{defect}: the place in the pipeline file\n{}", run.stderr);
        }
    }
}

#[test]
fn a_file_that_is_no_library_and_one_that_is_missing() {
    let missing = case("");
    let run = missing.run().ends(78);
    for part in ["WQ040", "cannot be found", "libs/broken", "looked for", "build the plugin first"] {
        assert!(run.stderr.contains(part), "{part:?} in\n{}", run.stderr);
    }
    fs::write(missing.path("libs").join(super::library("broken")), "this is text").unwrap();
    let run = missing.run().ends(78);
    for part in ["WQ041", "cannot be loaded", "libs/"] {
        assert!(run.stderr.contains(part), "{part:?} in\n{}", run.stderr);
    }
    // The loader's own message says only which call failed; the system's says why.
    assert!(
        run.stderr.contains("invalid ELF header") || run.stderr.contains("too short") || cfg!(not(target_os = "linux"))
    );
}

#[test]
fn a_name_is_searched_in_plugin_directories_and_never_in_the_current_folder() {
    let pipeline = STAGE.replace("path = \"libs/broken\"", "name = \"broken\"");
    let case = Case::new(&format!("{pipeline}{BOTH_ENDS}")).file("in.jsonl", docs(&["good text"]));
    broken("NONE", case.path("").as_path());
    let run = case.run().ends(78);
    assert!(run.stderr.contains("WQ040") && run.stderr.contains("--plugin-dir"), "{}", run.stderr);
    fs::create_dir_all(case.path("libs")).unwrap();
    broken("NONE", &case.path("libs"));
    case.command(&["run", "p.toml", "--plugin-dir", case.path("libs").to_str().unwrap()]).ends(0);
    case.command(&["run", "p.toml", "--set", "run.plugin_dirs=libs"]).ends(0);
}

#[test]
fn an_alias_cannot_be_a_built_in_family_and_an_unused_plugin_is_noticed() {
    let pipeline = STAGE.replace("broken", "clean").replace("libs/clean", "libs/broken");
    let case = Case::new(&format!("{pipeline}{BOTH_ENDS}")).file("in.jsonl", docs(&["x"]));
    fs::create_dir_all(case.path("libs")).unwrap();
    broken("NONE", &case.path("libs"));
    let run = case.run().ends(78);
    assert!(run.stderr.contains("WQ042") && run.stderr.contains("`clean` is a family"), "{}", run.stderr);

    let unused =
        Case::new(&format!("[plugins.spare]\npath = \"libs/broken\"\n{BOTH_ENDS}")).file("in.jsonl", docs(&["x"]));
    fs::create_dir_all(unused.path("libs")).unwrap();
    broken("NONE", &unused.path("libs"));
    let run = unused.run().ends(0);
    assert!(run.stderr.contains("WQ044") && run.stderr.contains("spare"), "{}", run.stderr);
}

#[test]
fn a_stage_the_plugin_lacks_is_named_with_the_nearest() {
    let pipeline = STAGE.replace("broken.first", "broken.frist");
    let case = Case::new(&format!("{pipeline}{BOTH_ENDS}")).file("in.jsonl", docs(&["x"]));
    fs::create_dir_all(case.path("libs")).unwrap();
    broken("NONE", &case.path("libs"));
    let run = case.run().ends(78);
    assert!(run.stderr.contains("WQ030") && run.stderr.contains("broken.first"), "{}", run.stderr);
}

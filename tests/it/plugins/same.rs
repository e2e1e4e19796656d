//! A stage from a plugin does what the same stage does built in, to the byte: in process and in a worker process, on one thread
//! and on eight.

use crate::case::warraq;
use crate::pipelines::copy;
use std::fs;

/// A pipeline with all its stages and its export from the plugin `warraq_built_in`, under the names they had.
fn from_plugin(pipeline: &str, isolate: &str) -> String {
    let mut text = String::new();
    let mut table = "";
    for line in pipeline.lines() {
        table = if line.starts_with('[') { line.split(' ').next().unwrap() } else { table };
        let used = line.strip_prefix("use = \"").and_then(|rest| rest.strip_suffix('"'));
        text += &match (table, used) {
            ("[[stage]]", Some(name)) => {
                let stage = name.split_once('.').unwrap().1;
                format!("use = \"b.{stage}\"\nname = \"{name}\"\nrun = {{ isolate = \"{isolate}\" }}\n")
            }
            ("[[export]]", Some(format)) => format!("use = \"b.{format}\"\n"),
            _ => format!("{line}\n"),
        };
    }
    text + "[plugins.b]\nname = \"warraq_built_in\"\n"
}

#[test]
fn the_sample_pipeline_from_a_plugin_gives_the_same_bytes() {
    let copy = copy();
    let pipeline = fs::read_to_string(copy.path().join("arabic-news.toml")).unwrap();
    let run = |file: &str, threads: &str| {
        let out = format!("{file}-{threads}");
        let run = warraq(&["run", file, "--out", &out, "--threads", threads], copy.path(), b"").ends(0);
        (run.bytes(&format!("{out}/arabic-news.jsonl")), run.bytes(&format!("{out}/rejects.jsonl")))
    };
    let expected = run("arabic-news.toml", "1");
    assert!(expected.0.len() > 100_000 && !expected.1.is_empty());
    for isolate in ["none", "process"] {
        let file = format!("{isolate}.toml");
        fs::write(copy.path().join(&file), from_plugin(&pipeline, isolate)).unwrap();
        for threads in ["1", "8"] {
            assert!(run(&file, threads) == expected, "isolate = {isolate}, {threads} threads");
        }
    }
}

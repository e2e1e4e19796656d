//! A plugin in C: `plugins/c-wordshape`, built with the C compiler alone, in a pipeline.

use crate::case::{BOTH_ENDS, Case};
use std::env::consts::{DLL_EXTENSION, DLL_PREFIX};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Builds the plugin, once, and says where its library is.
pub(crate) fn build_c_plugin() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
            let (source, include) = (root.join("plugins/c-wordshape/src"), root.join("crates/warraq-plugin/include"));
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("c-wordshape");
            fs::create_dir_all(&folder).unwrap();
            let library = folder.join(format!("{DLL_PREFIX}warraq_c_wordshape.{DLL_EXTENSION}"));
            // Built beside and moved, so that no other process ever sees half of it.
            let partial = folder.join(format!("building-{}", std::process::id()));
            let flags =
                ["-std=c99", "-O2", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra", "-Wpedantic", "-Werror"];
            let kind = if cfg!(target_os = "macos") { "-dynamiclib" } else { "-shared" };
            let output = Command::new("cc")
                .args(flags)
                .arg(kind)
                .arg("-I")
                .arg(&include)
                .arg("-o")
                .arg(&partial)
                .args(["options.c", "plugin.c", "shape.c"].map(|file| source.join(file)))
                .output()
                .unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            fs::rename(&partial, &library).unwrap();
            library
        })
        .clone()
}

/// A pipeline of words and their shapes, with these options.
fn shapes(options: &str) -> Case {
    let library = build_c_plugin();
    Case::new(&format!(
        "[plugins.shape]\npath = {:?}\n[[stage]]\nuse = \"tokenize.words\"\n[[stage]]\nuse = \"shape.wordshape\"\n{options}\n{BOTH_ENDS}",
        library.to_str().unwrap()
    ))
}

const INPUT: &str = "{\"text\":\"UNESCO met in Tunis on 22/07/2025.\"}\n{\"text\":\"\"}\n{\"text\":\"مَرْحبا ٢٢!\"}\n";

#[test]
fn the_shapes_stand_beside_the_tokens() {
    let run = shapes("").file("in.jsonl", INPUT).run().ends(0);
    let docs = run.docs();
    let column = |doc: &serde_json::Value, name: &str| -> Vec<String> {
        let tokens = doc["tokens"].as_array().unwrap();
        tokens.iter().map(|token| token[name].as_str().unwrap().to_owned()).collect()
    };
    let first = column(&docs[0], "shape");
    assert_eq!(first[..5], ["X", "x", "x", "Xx", "x"]);
    assert_eq!(docs[1]["tokens"].as_array().unwrap().len(), 0);
    assert_eq!(column(&docs[2], "shape"), ["a", "d", "p"]);

    let run = shapes("collapse = false\nmax_length = 4\ncolumn = \"form\"").file("in.jsonl", INPUT).run().ends(0);
    assert_eq!(column(&run.docs()[0], "form")[..4], ["XXXX", "xxx", "xx", "Xxxx"]);
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let input: String =
        (0..3_000).map(|n| format!("{{\"id\":\"{n}\",\"text\":\"قال المتحدث رقم {n}: Ab{n}c is {n}٪.\"}}\n")).collect();
    let outputs = ["1", "2", "8"].map(|threads| {
        let run = shapes("").file("in.jsonl", &input).args(&["--threads", threads]).run().ends(0);
        run.bytes("out/docs.jsonl")
    });
    assert!(outputs[0] == outputs[1] && outputs[0] == outputs[2]);
}

#[test]
fn options_that_do_not_fit_are_shown_where_they_stand() {
    for (options, words) in [
        ("max_length = 0", "max_length"),
        ("colapse = true", "colapse"),
        // What the schema lets through, the plugin refuses.
        ("column = \"a\\nb\"", "expected a name of 1 to 64 bytes without control characters"),
    ] {
        let run = shapes(options).file("in.jsonl", INPUT).run().ends(78);
        assert!(run.stderr.contains(words), "{options}: {}", run.stderr);
    }
}

#[test]
fn its_own_pipeline_runs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/c-wordshape");
    let library = build_c_plugin();
    let case = Case::new("")
        .file("pipeline.toml", fs::read(folder.join("pipeline.toml")).unwrap())
        .file("sample.txt", fs::read(folder.join("sample.txt")).unwrap());
    let case =
        case.file(&format!("build/{}", library.file_name().unwrap().to_str().unwrap()), fs::read(&library).unwrap());
    let run = case.command(&["run", "pipeline.toml"]).ends(0);
    assert_eq!(run.lines("build/out/shapes.jsonl").len(), 2);
}

#[test]
fn the_conformance_suite_finds_nothing_wrong_with_it() {
    let library = build_c_plugin();
    let run = Case::new("").command(&["plugin", "check", library.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
}

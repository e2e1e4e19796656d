//! `diff`: two exports of one corpus, document by document.

use crate::case::{BOTH_ENDS, Case, Run, drives_terminal, gzip, warraq, zstd};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// Two exports in a folder.
fn exports(a: impl AsRef<[u8]>, b: impl AsRef<[u8]>) -> Case {
    Case::new("").file("a.jsonl", a).file("b.jsonl", b)
}

#[track_caller]
fn diff(case: &Case, args: &[&str], code: i32) -> Run {
    case.command(&[&["diff", "a.jsonl", "b.jsonl"], args].concat()).ends(code)
}

/// What a comparison says about its only pair of exports.
#[track_caller]
fn found(run: &Run) -> Value {
    let all: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(all["warraq_diff"], 1);
    assert_eq!(all["same"], run.code == 0);
    assert_eq!(all["exports"].as_array().unwrap().len(), 1);
    all["exports"][0].clone()
}

fn ids(found: &Value, kind: &str) -> BTreeSet<String> {
    let documents = found["documents"].as_array().unwrap().iter().filter(|document| document["kind"] == kind);
    documents.map(|document| document["id"].as_str().unwrap().to_owned()).collect()
}

/// Counts of same, changed, lost, added and other verdicts.
fn counts(found: &Value) -> [u64; 5] {
    ["same", "changed", "lost", "added", "verdict"].map(|key| found["counts"][key].as_u64().unwrap())
}

#[test]
fn one_clean_option_changes_exactly_the_documents_it_touches() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let folder = tempfile::tempdir().unwrap();
    let pipeline = root.join("pipelines/arabic-news.toml");
    let run = |out: &str, tatweel: &str| {
        let set = format!("stage.clean.arabic.tatweel={tatweel}");
        warraq(&["run", pipeline.to_str().unwrap(), "--set", &set, "--out", out], folder.path(), b"").ends(0)
    };
    let (strip, keep) =
        (run("strip", "strip").lines("strip/arabic-news.jsonl"), run("keep", "keep").lines("keep/arabic-news.jsonl"));
    assert_eq!(strip.len(), keep.len());
    let differ = strip.iter().zip(&keep).filter(|(a, b)| a != b).map(|(a, _)| a["id"].as_str().unwrap().to_owned());
    let expected: BTreeSet<String> = differ.collect();
    assert!(expected.len() >= 5 && expected.len() < strip.len());
    let run = warraq(&["diff", "strip", "keep", "--json"], folder.path(), b"").ends(1);
    let found = found(&run);
    assert_eq!(ids(&found, "changed"), expected);
    assert_eq!(counts(&found)[1..], [expected.len() as u64, 0, 0, 0]);
    for document in &strip {
        let kept = document["text"].as_str().unwrap().contains('ـ');
        assert!(!kept, "the option is what it says");
    }
    // Everything that was removed in one of them only, was so by that stage.
    assert_eq!(found["counts"]["stages"].as_object().unwrap().keys().collect::<Vec<_>>(), ["clean.arabic"]);
    assert!(!found["documents"][0]["details"]["edits"][0]["removed"].as_str().unwrap().contains('ـ'));
    let order: Vec<_> = found["documents"].as_array().unwrap().iter().map(|d| d["a_line"].as_u64().unwrap()).collect();
    assert!(order.is_sorted(), "in the order of the first: {order:?}");
    warraq(&["diff", "strip", "strip"], folder.path(), b"").ends(0);
}

#[test]
fn a_document_that_one_run_dropped_has_another_verdict() {
    let texts = ["a b c", "a b", "a", "\u{640}"];
    let docs: String = (0..).zip(texts).map(|(n, text)| format!("{{\"id\":\"d{n}\",\"text\":\"{text}\"}}\n")).collect();
    let stages = "[[stage]]\nuse = \"tokenize.words\"\n[[stage]]\nuse = \"filter.length\"\nmin_words = 2\n";
    let case = Case::stages(stages).file("in.jsonl", docs);
    let run = |out: &str, words: u32| {
        let set = format!("stage.filter.length.min_words={words}");
        case.command(&["run", "p.toml", "--set", &set, "--out", out]).ends(0);
    };
    run("two", 2);
    run("three", 3);
    let found_in = |args: &[&str]| found(&case.command(&[&["diff", "--json"], args].concat()).ends(1));
    let runs = found_in(&["two", "three"]);
    assert_eq!(counts(&runs), [1, 0, 0, 0, 1]);
    let document = &runs["documents"][0];
    assert_eq!(document["id"], "d1");
    assert_eq!(
        document["b_verdict"],
        json!({"verdict": "dropped", "stage": "filter.length", "reason": document["b_verdict"]["reason"]})
    );
    assert_eq!((document.get("a_verdict"), &runs["counts"]["stages"]["filter.length"]), (None, &1.into()));
    let files = ["two/docs.jsonl", "three/docs.jsonl"];
    assert_eq!(counts(&found_in(&files)), [1, 0, 1, 0, 0], "without rejects it is lost");
    let with = found_in(&[&files[..], &["--rejects", "two/rejects.jsonl,three/rejects.jsonl"]].concat());
    assert_eq!(with["counts"], runs["counts"]);
    let back = found_in(&["three", "two"]);
    assert_eq!(counts(&back), [1, 0, 0, 0, 1]);
    assert_eq!(back["documents"][0]["a_verdict"], document["b_verdict"]);
    let page = case.command(&["diff", "two", "three"]).ends(1).stdout;
    assert!(page.contains("\"d1\" kept → dropped by filter.length ("), "{page}");
    // Dropped in both runs, and for another reason.
    let other = String::from_utf8(std::fs::read(case.path("three/rejects.jsonl")).unwrap()).unwrap();
    let case = case.file("other.jsonl", other.replace("\"filter.length\"", "\"filter.other\""));
    let run =
        case.command(&["diff", "three/docs.jsonl", "three/docs.jsonl", "--rejects", "three/rejects.jsonl,other.jsonl"]);
    assert!(run.ends(1).stdout.contains("0 lost, 0 added, 3 with another verdict"));
}

#[test]
fn an_item_that_only_stands_elsewhere_is_no_difference() {
    let record = |text: &str, start: u64, label: &str| {
        json!({"id": "x", "text": text,
            "tokens": [{"start": 0, "end": start - 1, "id": 0}, {"start": start, "end": start + 4, "id": 1}],
            "spans": [{"start": start, "end": start + 4, "label": label, "source": "tag.regex"}]})
        .to_string()
    };
    let case = exports(record("قـال زيدا", 5, "PER"), record("قال زيدا", 4, "PER"));
    let all = found(&diff(&case, &["--json"], 1));
    assert_eq!(all["documents"][0]["layers"], json!(["text", "tokens"]));
    let tokens = &all["documents"][0]["details"]["layers"][0];
    assert_eq!(tokens["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&tokens["items"][0]["before"]["text"], &tokens["items"][0]["after"]["text"]),
        (&"قـال".into(), &"قال".into())
    );
    assert_eq!(counts(&found(&diff(&case, &["--json", "--ignore", "text", "--ignore", "tokens"], 0))), [1, 0, 0, 0, 0]);
    let case = exports(record("قال زيدا", 4, "PER"), record("قال زيدا", 4, "LOC"));
    let all = found(&diff(&case, &["--json"], 1));
    assert_eq!(
        (&all["documents"][0]["layers"], &all["documents"][0]["stages"]),
        (&json!(["spans"]), &json!(["tag.regex"]))
    );
}

#[test]
fn every_part_of_a_record_is_compared() {
    let base = json!({"id": "x", "text": "ab", "lang": "ar", "meta": {"n": 1, "url": "u"}, "more": [1],
        "tokens": [{"start": 0, "end": 2, "id": 0, "stem": "a", "words": [{"form": "a"}, {"form": "b"}]}],
        "sents": [{"start": 0, "end": 2}], "spans": [{"start": 0, "end": 2, "label": "L"}],
        "removed": [{"source_start": 1, "source_end": 2, "label": "t", "stage": "clean", "text": "_"}],
        "scores": {"s": 0.5}});
    for (pointer, value, layer) in [
        ("/text", json!("ac"), "text"),
        ("/lang", json!("fr"), "lang"),
        ("/meta/n", json!(2), "meta"),
        ("/more/0", json!(2), "more"),
        ("/tokens/0/stem", json!("b"), "tokens"),
        ("/tokens/0/words/1/form", json!("c"), "words"),
        ("/sents/0/end", json!(1), "sents"),
        ("/spans/0/label", json!("M"), "spans"),
        ("/removed/0/text", json!("-"), "removed"),
        ("/scores/s", json!(0.25), "scores"),
    ] {
        let mut other = base.clone();
        *other.pointer_mut(pointer).unwrap() = value;
        let case = exports(base.to_string(), other.to_string());
        let all = found(&diff(&case, &["--json"], 1));
        assert!(all["documents"][0]["layers"].as_array().unwrap().contains(&layer.into()), "{pointer}: {all}");
        let mut ignore = vec!["--ignore", layer];
        if layer == "text" {
            ignore.extend(["--ignore", "tokens", "--ignore", "sents", "--ignore", "spans"]);
        }
        diff(&case, &ignore, 0);
        let page = diff(&case, &[], 1).stdout;
        assert!(page.contains("\"x\" changed: ") && page.contains(layer), "{page}");
    }
    // The order of keys and the spaces between them are no difference.
    let spaced = format!("{{ \"scores\": {}, {}", base["scores"], &base.to_string()[1..]);
    assert_eq!(counts(&found(&diff(&exports(base.to_string(), spaced), &["--json"], 0))), [1, 0, 0, 0, 0]);
}

#[test]
fn documents_come_in_the_order_of_the_first_and_then_of_the_second() {
    let lines = |ids: &[(&str, &str)]| -> String {
        ids.iter().map(|(id, text)| format!("{{\"id\":\"{id}\",\"text\":\"{text}\"}}\n")).collect()
    };
    let a = lines(&[("1", "a"), ("2", "b"), ("3", "c"), ("4", "d")]);
    let b = lines(&[("9", "z"), ("4", "D"), ("3", "c"), ("8", "y"), ("1", "A")]);
    let case = exports(&a, &b);
    let all = found(&diff(&case, &["--json", "--limit", "1"], 1));
    let order: Vec<_> = all["documents"].as_array().unwrap().iter().map(|d| d["id"].as_str().unwrap()).collect();
    assert_eq!(order, ["1", "2", "4", "9", "8"]);
    assert_eq!(counts(&all), [1, 2, 1, 2, 0]);
    assert!(all["documents"][0]["details"].is_object() && all["documents"][2].get("details").is_none());
    let page = diff(&case, &["--limit", "2"], 1).stdout;
    assert!(page.contains("… and 3 documents more that differ; --limit shows more"), "{page}");
    insta::assert_snapshot!(diff(&case, &[], 1).stdout);
    let summary = diff(&case, &["--summary"], 1).stdout;
    assert_eq!(summary.lines().count(), 4, "{summary}");
    // Whatever the compression, it is the same.
    let case = case.file("a.jsonl.gz", gzip(a.as_bytes())).file("b.jsonl.zst", zstd(b.as_bytes()));
    let packed = found(&case.command(&["diff", "a.jsonl.gz", "b.jsonl.zst", "--json", "--limit", "1"]).ends(1));
    assert_eq!((&packed["documents"], &packed["counts"]), (&all["documents"], &all["counts"]));
}

#[test]
fn ids_that_repeat_are_matched_in_their_order_and_named() {
    let case = exports(
        "{\"id\":\"x\",\"text\":\"1\"}\n{\"id\":\"x\",\"text\":\"2\"}\n",
        "{\"id\":\"x\",\"text\":\"2\"}\n{\"id\":\"x\",\"text\":\"2\"}\n{\"id\":\"x\",\"text\":\"3\"}\n",
    );
    let run = diff(&case, &["--json"], 1);
    assert_eq!(counts(&found(&run)), [1, 1, 0, 1, 0]);
    assert!(
        run.stderr.contains("a.jsonl: 1 document has an id that another one has; matched in their order"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("warning: b.jsonl: 1 document has"), "{}", run.stderr);
}

#[test]
fn what_is_no_export_is_refused_with_its_line() {
    let good = "{\"id\":\"x\",\"text\":\"a\"}\n";
    for (bytes, part) in [
        (format!("{good}\n{{\"id\":\"y\"").into_bytes(), "b.jsonl:3: not JSON (column 9)"),
        (format!("{good}{{\"text\":\"y\"}}\n").into_bytes(), "b.jsonl:2: the record has no `id` to be matched by"),
        (format!("{good}[1]\n").into_bytes(), "b.jsonl:2: no record of an export"),
        (format!("{good}{{\"id\":7}}\n").into_bytes(), "b.jsonl:2: no record of an export"),
        (b"\xff\xfe\n".to_vec(), "b.jsonl:1: not JSON"),
    ] {
        let case = exports(good, &bytes);
        let run = diff(&case, &[], 74);
        assert!(run.stderr.contains(part) && run.stdout.is_empty(), "{part}: {}", run.stderr);
        let run = case.command(&["diff", "b.jsonl", "a.jsonl"]).ends(74);
        assert!(run.stderr.contains(part), "{}", run.stderr);
    }
    let case = exports(good, good).file("c.jsonl.gz", good).file("folder/x", "");
    for (args, code, part) in [
        (&["nowhere.jsonl", "a.jsonl"][..], 74, "nowhere.jsonl: "),
        (&["folder", "a.jsonl"], 74, "folder: is a folder without a report.json"),
        (&["c.jsonl.gz", "a.jsonl"], 74, "the name says gzip"),
        (&["a.jsonl"], 2, "required"),
        (&["a.jsonl", "b.jsonl", "--rejects", "a.jsonl"], 2, "--rejects names two files"),
        (&["a.jsonl", "b.jsonl", "--rejects", "a.jsonl,b.jsonl"], 74, "a.jsonl:1: no reject of a run"),
        (&["a.jsonl", "b.jsonl", "--offsets", "word"], 2, "utf16"),
    ] {
        let run = case.command(&[&["diff"], args].concat()).ends(code);
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
    let other = exports(good, "{\"id\":\"x\",\"text\":\"b\"}");
    let run = diff(&other, &["--ignore", "txt"], 1);
    assert!(run.stderr.contains("no record that was compared has a key `txt`; did you mean `text`?"), "{}", run.stderr);
}

#[test]
fn runs_are_compared_export_by_export() {
    let pipeline = format!(
        "{BOTH_ENDS}[[export]]\nuse = \"jsonl\"\npath = \"out/more/fr.jsonl.gz\"\nwhere = {{ lang = \"fr\" }}\n"
    );
    let case = Case::new(&pipeline).file("in.jsonl", "{\"id\":\"x\",\"text\":\"a\",\"lang\":\"fr\"}\n");
    case.command(&["run", "p.toml", "--out", "one"]).ends(0);
    case.command(&["run", "p.toml", "--out", "two", "--set", "export.1.where.lang=ar"]).ends(0);
    let run = case.command(&["diff", "one", "two", "--json"]).ends(1);
    let all: Value = serde_json::from_str(&run.stdout).unwrap();
    let exports = all["exports"].as_array().unwrap();
    assert_eq!(exports.len(), 2);
    assert_eq!((counts(&exports[0]), counts(&exports[1])), ([1, 0, 0, 0, 0], [0, 0, 1, 0, 0]));
    // A folder that was moved is read where it is now.
    std::fs::rename(case.path("one"), case.path("moved")).unwrap();
    case.command(&["diff", "moved", "two"]).ends(1);
    case.command(&["diff", "moved", "moved"]).ends(0);
}

#[test]
fn nothing_of_a_record_reaches_the_terminal_raw() {
    let hostile = "\\u001b[2J\\u202e\\u0007";
    let record = |word: &str| {
        format!(
            "{{\"id\":\"{hostile}\",\"text\":\"{word} {hostile}\",\"{hostile}\":\"{word}\u{202e}\",\"lang\":\"{word}{hostile}\",\"spans\":[{{\"start\":0,\"end\":1,\"label\":\"{hostile}\",\"source\":\"{word}{hostile}\"}}],\"tokens\":\"{word}\u{202e}\"}}"
        )
    };
    let case = exports(record("a"), record("b"));
    for args in [&[][..], &["--full"]] {
        let run = diff(&case, args, 1);
        assert_eq!(run.stdout.chars().find(|&c| drives_terminal(c)), None, "{:?}", run.stdout);
        assert!(run.stdout.contains("\\u{1b}[2J"), "{}", run.stdout);
    }
}

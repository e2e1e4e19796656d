//! `trace`: one document, and for each stage what it changed.

use crate::case::{BOTH_ENDS, Case, Run, drives_terminal, gzip, warraq, zstd};
use crate::plugins::{docs, place};
use serde_json::Value;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// A trace as JSON, of a case whose pipeline is `p.toml`.
#[track_caller]
fn json(case: &Case, args: &[&str]) -> Value {
    parsed(&case.command(&[&["trace", "p.toml", "--json"], args].concat()).ends(0))
}

#[track_caller]
fn parsed(run: &Run) -> Value {
    let trace: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(trace["warraq_trace"], 1);
    trace
}

fn text(run: &Run) -> &str {
    &run.stdout
}

const TWO_STAGES: &str = "[[stage]]\nuse = \"clean.arabic\"\ntatweel = \"strip\"\ntashkeel = \"strip\"\n[[stage]]\nuse = \"tokenize.words\"\n";

#[test]
fn a_short_text_through_the_news_pipeline() {
    let text = "قـــال مُحَمَّدٌ:\u{200f} «زُرْتُ بيروت  وتونس».";
    let run = warraq(&["trace", "pipelines/arabic-news.toml", "--text", text], root(), b"").ends(0);
    insta::assert_snapshot!(run.stdout);
}

#[test]
fn a_stage_says_what_it_did_in_the_coordinates_it_was_given() {
    let trace = json(&Case::stages(TWO_STAGES), &["--text", "قـــال زيدٌ"]);
    let edits = trace["steps"][0]["edits"].as_array().unwrap();
    let source = "قـــال زيدٌ";
    let mut edited = source.to_owned();
    for edit in edits.iter().rev() {
        let at = |key: &str, n: usize| edit[key][n].as_u64().unwrap() as usize;
        let range = at("bytes", 0)..at("bytes", 1);
        assert_eq!(&source[range.clone()], edit["removed"].as_str().unwrap());
        let chars: String = source.chars().skip(at("chars", 0)).take(at("chars", 1) - at("chars", 0)).collect();
        assert_eq!(&source[range.clone()], chars);
        edited.replace_range(range, edit["inserted"].as_str().unwrap());
    }
    assert_eq!(edited, "قال زيد");
    assert_eq!(trace["source"], source);
    assert_eq!(trace["text"], "قال زيد");
    let labels: Vec<_> = edits.iter().map(|edit| edit["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["tatweel", "tashkeel"]);
    let tokens = &trace["steps"][1]["layers"][0];
    assert_eq!((&tokens["layer"], &tokens["before"], &tokens["after"]), (&"tokens".into(), &0.into(), &2.into()));
    assert_eq!(tokens["items"][1]["after"]["text"], "زيد");
    assert_eq!(tokens["items"][1]["after"]["chars"], serde_json::json!([4, 7]));
}

#[test]
fn layers_that_only_move_along_with_an_edit_do_not_change() {
    let stages = "[[stage]]\nuse = \"tokenize.words\"\n[[stage]]\nuse = \"clean.arabic\"\ntatweel = \"strip\"\n";
    let step = &json(&Case::stages(stages), &["--text", "قـــال زيد هنا"])["steps"][1];
    let layers = step["layers"].as_array().unwrap();
    assert_eq!(layers.len(), 1, "{layers:?}");
    let items = layers[0]["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "one token of three has another text: {items:?}");
    assert_eq!((&items[0]["before"]["text"], &items[0]["after"]["text"]), (&"قـــال".into(), &"قال".into()));
}

#[test]
fn a_document_is_found_by_its_id_wherever_it_is() {
    let pipeline = format!(
        "[[source]]\nuse = \"jsonl\"\npaths = [\"a.jsonl.gz\", \"b.jsonl.zst\"]\n[[source]]\nuse = \"text\"\nencoding = \
         \"windows-1256\"\npaths = [\"c.txt\"]\n{TWO_STAGES}[[export]]\nuse = \"jsonl\"\npath = \"out/docs.jsonl\"\n"
    );
    let long: String =
        (0..3000).map(|n| format!("{{\"id\":\"b{n}\",\"text\":\"{}\"}}\n", "سطر ".repeat(100))).collect();
    let case = Case::new(&pipeline)
        .file("a.jsonl.gz", gzip("\n{\"id\":\"a1\",\"text\":\"واحد\"}\n".as_bytes()))
        .file("b.jsonl.zst", zstd(long.as_bytes()))
        .file("c.txt", b"\xe4\xd5");
    for (id, path, record, line, earlier, source) in [
        ("a1", "a.jsonl.gz", 2, Some(2), 0, "واحد"),
        ("b2999", "b.jsonl.zst", 3000, Some(3000), 3000, &"سطر ".repeat(100)),
        ("c.txt#1", "c.txt", 1, None, 3001, "نص"),
    ] {
        let trace = json(&case, &["--id", id]);
        let origin = &trace["document"]["origin"];
        assert_eq!(trace["document"]["id"], id);
        assert_eq!((&origin["path"], &origin["record"]), (&path.into(), &record.into()));
        assert_eq!((&origin["line"], &origin["earlier"]), (&Value::from(line), &earlier.into()));
        assert_eq!(trace["source"], source);
    }
    let first = case.command(&["trace", "p.toml"]).ends(0);
    assert!(
        text(&first).contains("document \"a1\"") && text(&first).contains("the first document; --id"),
        "{}",
        text(&first)
    );
    let given = case.command(&["trace", "p.toml", "b.jsonl.zst", "--id", "b7"]).ends(0);
    assert!(text(&given).contains("b.jsonl.zst: record 8, line 8, byte "), "{}", text(&given));
    // What stands behind the document is not looked at.
    let case = case.file("c.txt", b"\xff\xfe").file("b.jsonl.zst", "not zstd");
    json(&case, &["--id", "a1"]);
    let run = case.command(&["trace", "p.toml", "--id", "b7"]).ends(74);
    assert!(run.stderr.contains("error: input b.jsonl.zst: byte 0: the name says zstd"), "{}", run.stderr);
}

#[test]
fn an_id_that_is_not_there_gets_the_nearest_one() {
    let case = Case::stages(TWO_STAGES).file("in.jsonl", "{\"id\":\"news-17\",\"text\":\"a\"}\n");
    let run = case.command(&["trace", "p.toml", "--id", "news-71"]).ends(4);
    assert_eq!(run.stderr, "error: none of 1 document has the id \"news-71\"\nhelp: did you mean \"news-17\"?\n");
    let run = case.command(&["trace", "p.toml", "--id", "\u{1b}[2J?"]).ends(4);
    assert!(
        run.stderr.ends_with("help: ids look like \"news-17\"\n") && !run.stderr.contains('\u{1b}'),
        "{}",
        run.stderr
    );
    let run = case.file("in.jsonl", "\n").command(&["trace", "p.toml"]).ends(4);
    assert_eq!(run.stderr, "error: no input matched; there is no document to trace\n");
}

#[test]
fn texts_come_from_the_command_line_or_standard_input() {
    let case = || Case::stages(TWO_STAGES);
    let by_argument = json(&case(), &["--text", "قـال"]);
    assert_eq!(by_argument, json(&case().stdin("\u{feff}قـال"), &["--text", "-"]));
    assert_eq!(by_argument["document"]["origin"], Value::Null);
    let record = json(&case().stdin("{\"id\":\"x\",\"text\":\"قـال\"}\n"), &["-"]);
    assert_eq!((&record["steps"], &record["document"]["id"]), (&by_argument["steps"], &"x".into()));
    let run = case().stdin(b"ab\xff".to_vec()).command(&["trace", "p.toml", "--text", "-"]).ends(74);
    assert_eq!(run.stderr, "error: standard input: byte 2 is not UTF-8\n");
    case().command(&["trace", "p.toml", "--text", "a", "--id", "b"]).ends(2);
}

#[test]
fn stages_are_chosen_by_name() {
    let case = Case::stages(TWO_STAGES);
    let trace = json(&case, &["--text", "قـال", "--stage", "tokenize.words"]);
    assert_eq!(trace["steps"].as_array().unwrap().len(), 1);
    let run = case.command(&["trace", "p.toml", "--text", "a", "--stage", "tokenise.words"]).ends(2);
    assert!(run.stderr.contains("no stage `tokenise.words`") && run.stderr.contains("did you mean `tokenize.words`?"));
    case.command(&["trace", "p.toml", "--text", "a", "--set", "stage.clean.arabic.tatweel=burn"]).ends(78);
    case.command(&["trace", "nowhere.toml"]).ends(78);
}

#[test]
fn a_record_that_cannot_be_read_is_shown_as_a_reject_is() {
    let case = Case::stages(TWO_STAGES).file("in.jsonl", "{\"id\":\"x\",\"text\":\"a\"}\n{\"id\":\"y\",\"text\":7}\n");
    let trace = json(&case, &["--id", "y"]);
    let reject = &case.run().rejects()[0];
    assert_eq!(trace["end"]["verdict"], "failed");
    for key in ["reason", "message"] {
        assert_eq!(trace["undecoded"][key], reject[key]);
    }
    let origin = &trace["document"]["origin"];
    assert_eq!(
        origin["byte"].as_u64().unwrap() + trace["undecoded"]["at"].as_u64().unwrap(),
        reject["source"]["byte"].as_u64().unwrap()
    );
    assert!(trace["steps"].as_array().unwrap().iter().all(|step| step["did"] == "not_reached"));
    assert_eq!(trace["exports"][0]["outcome"], "not_reached");
    let run = case.command(&["trace", "p.toml", "--id", "y"]).ends(0);
    assert!(
        text(&run).contains("the record cannot be read: ") && text(&run).contains("rejects.jsonl gets it"),
        "{}",
        text(&run)
    );
}

#[test]
fn conditions_verdicts_and_exports_are_told() {
    let pipeline = format!(
        "{TWO_STAGES}[[stage]]\nuse = \"filter.length\"\nmin_words = 3\n[[stage]]\nuse = \"clean.whitespace\"\nname = \"last\"\nwhen = \
         {{ lang = \"ar\" }}\n{BOTH_ENDS}[[export]]\nuse = \"jsonl\"\npath = \"out/fr.jsonl\"\nwhere = {{ lang = \"fr\" \
         }}\n[[export]]\nuse = \"jsonl\"\npath = \"out/words.jsonl\"\nafter = \"tokenize.words\"\n"
    );
    let case = Case::new(&pipeline);
    let short = json(&case, &["--text", "a b"]);
    assert_eq!(short["steps"][2]["decision"]["verdict"], "dropped");
    assert_eq!(short["steps"][3]["did"], "not_reached");
    assert_eq!((&short["end"]["verdict"], &short["end"]["stage"]), (&"dropped".into(), &"filter.length".into()));
    let outcomes = |trace: &Value| -> Vec<String> {
        trace["exports"].as_array().unwrap().iter().map(|e| e["outcome"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(outcomes(&short), ["not_reached", "not_reached", "takes"]);
    let kept = json(&case, &["--text", "a b c"]);
    assert_eq!((&kept["steps"][3]["did"], &kept["end"]["verdict"]), (&"not_applied".into(), &"kept".into()));
    assert_eq!(outcomes(&kept), ["takes", "not_selected", "takes"]);
    let run = case.command(&["trace", "p.toml", "--text", "a b c"]).ends(0);
    for part in [
        "last (clean.whitespace)\n  not applied: its `when` does not hold",
        "out/fr.jsonl does not take it: its `where` does not hold",
        "out/words.jsonl (after tokenize.words) takes it",
    ] {
        assert!(text(&run).contains(part), "{part} is not in {}", text(&run));
    }
    assert!(!case.path("out").exists(), "nothing is written");
}

/// A case with a stage of the plugin that does what documents tell it.
fn misbehaving(stage: &str, options: &str, texts: &[&str]) -> Case {
    let case = Case::new(&format!(
        "[plugins.test]\npath = \"libs/warraq_misbehaving\"\n[[stage]]\nuse = \"test.{stage}\"\n{options}\n{BOTH_ENDS}"
    ));
    place("warraq_misbehaving", &case.path("libs"));
    case.file("in.jsonl", docs(texts))
}

#[test]
fn a_stage_that_panics_is_told_of_and_nothing_else() {
    for (options, did, verdict) in [("", "failed", "failed"), ("run = { on_error = \"skip\" }", "skipped", "kept")] {
        let case = misbehaving("obey", options, &["!panic"]);
        let run = case.command(&["trace", "p.toml", "--json"]).ends(0);
        assert_eq!(run.stderr, "", "no backtrace");
        let trace = parsed(&run);
        assert_eq!((&trace["steps"][0]["did"], &trace["end"]["verdict"]), (&did.into(), &verdict.into()));
        assert_eq!(trace["steps"][0]["failure"]["reason"], "panic");
    }
    let refused = json(&misbehaving("obey", "", &["!out-of-bounds"]), &[]);
    assert_eq!(refused["steps"][0]["failure"]["reason"], "layer.bounds");
    let none: &[Value] = &[];
    assert_eq!(refused["steps"][0]["layers"], Value::from(none), "what is refused is not done");
    let run = misbehaving("obey", "run = { on_error = \"abort\" }", &["!panic"]).command(&["trace", "p.toml"]).ends(0);
    assert!(text(&run).contains("a run would end here"), "{}", text(&run));
}

#[test]
fn a_stage_in_order_knows_what_it_was_shown() {
    let case = misbehaving("remember", "", &["one", "two", "three"]);
    let number = |args: &[&str]| json(&case, args)["steps"][0]["fields"][0]["after"].clone();
    assert_eq!(number(&["--id", "d2"]), 1.0);
    assert_eq!(number(&["--id", "d2", "--with-before"]), 3.0);
    let alone = case.command(&["trace", "p.toml", "--id", "d2"]).ends(0);
    assert!(text(&alone).contains("it knows nothing of the 2 documents before; see --with-before"), "{}", text(&alone));
    let run = case.run().ends(0);
    assert_eq!(run.docs()[2]["scores"]["number"], 3.0, "as in a run");
}

#[test]
fn nothing_of_a_document_reaches_the_terminal_raw() {
    let hostile = "\\u001b[2J\\u202etext\\u0007 \\u200fhere\\u0000";
    let record = format!(
        "{{\"id\":\"{hostile}\",\"text\":\"{hostile}\",\"{hostile}\":\"\u{1b}\u{202e}\",\"lang\":\"{hostile}\"}}"
    );
    let record = record.replace("\"\u{1b}\u{202e}\"", &format!("\"{hostile}\u{202e}\""));
    let stages = format!(
        "{TWO_STAGES}[[stage]]\nuse = \"tag.regex\"\npatterns = [{{ label = \"\\u202eX\", pattern = \"text\" }}]\n[[stage]]\nuse = \"clean.unicode\"\n"
    );
    let case = Case::stages(&stages).file("in.jsonl", record);
    for args in [&["trace", "p.toml"][..], &["trace", "p.toml", "--full"]] {
        let run = case.command(args).ends(0);
        assert_eq!(run.stdout.chars().find(|&c| drives_terminal(c)), None, "{:?}", run.stdout);
        assert!(run.stdout.contains("\\u{1b}[2J") && run.stdout.contains("\\u{200f}here"), "{}", run.stdout);
    }
}

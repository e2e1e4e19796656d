//! Where documents go: filters, conditions, branches, fields, and what the command line says over the pipeline file.

use crate::case::{BOTH_ENDS, Case};
use serde_json::{Value, json};

const DOCS: &str = r#"{"id":"1","lang":"ar","section":"news","text":"خبر قصير"}
{"id":"2","lang":"fr","section":"news","text":"une dépêche un peu plus longue que l’autre"}
{"id":"3","section":"sport","text":"نتيجة  المباراة 3-1 بعد وقت إضافي طويل"}
{"id":"4","lang":"ar","section":"sport","text":"فاز   الفريق في تونس 2024"}
"#;

const TOKENS: &str = "[[stage]]\nuse = \"tokenize.words\"\n";

#[test]
fn a_dropped_document_is_on_record_with_its_scores() {
    let stages = format!("{TOKENS}[[stage]]\nuse = \"filter.length\"\nname = \"length\"\nmin_words = 5\n");
    let run = Case::stages(&stages).file("in.jsonl", DOCS).run().ends(0);
    assert_eq!(run.ids("out/docs.jsonl"), ["2", "3", "4"]);
    let rejects = run.rejects();
    let record: Value = serde_json::from_str(DOCS.lines().next().unwrap()).unwrap();
    let expected = json!({
        "id": "1", "verdict": "dropped", "stage": "length", "reason": "too_few_words", "message": rejects[0]["message"],
        "scores": { "length.chars": 8.0, "length.words": 2.0, "length.lines": 1.0 },
        "kept_id": null, "source": { "path": "in.jsonl", "record": 1, "line": 1, "byte": 0 }, "record": record,
    });
    assert_eq!(rejects, [expected]);
    let report = run.report("out/report.json");
    let reason = json!({ "verdict": "dropped", "stage": "length", "reason": "too_few_words", "count": 1 });
    assert_eq!(report["rejected"], json!([reason]));
    assert_eq!(run.docs()[0]["scores"]["length.words"], 9.0, "the scores of those kept are exported");
    assert!(run.stderr.contains("dropped          1  length: too_few_words"), "{}", run.stderr);
}

#[test]
fn rejects_run_again() {
    let stages = format!("{TOKENS}[[stage]]\nuse = \"filter.length\"\nmin_words = 5\n");
    let case = Case::stages(&stages).file("in.jsonl", DOCS);
    let rejects = case.run().ends(0).rejects();
    let again: String = rejects.iter().map(|r| format!("{}\n", r["record"])).collect();
    let run = case.file("in.jsonl", again).args(&["--set", "stage.filter.length.min_words=1"]).run().ends(0);
    assert_eq!(run.ids("out/docs.jsonl"), ["1"]);
}

#[test]
fn conditions_choose_documents() {
    // The condition; the documents it holds for.
    let cases = [
        (r#"{ lang = "ar" }"#, "1 4"),
        (r#"{ lang = ["ar", "und"] }"#, "1 3 4"),
        (r#"{ meta = { section = "sport" } }"#, "3 4"),
        (r#"{ meta = { section = ["sport", "news"] }, lang = "fr" }"#, "2"),
        (r#"{ meta = { none = "x" } }"#, ""),
        (r#"{ label = "YEAR" }"#, "4"),
        (r#"{ label = ["YEAR", "SCORE"] }"#, "3 4"),
        (r#"{ score = { "length.words" = { min = 5 } } }"#, "2 3 4"),
        (r#"{ score = { "length.words" = { min = 5, max = 5 } } }"#, "4"),
        (r#"{ score = { "none" = { min = 0 } } }"#, ""),
    ];
    let stages = format!(
        "{TOKENS}[[stage]]\nuse = \"filter.length\"\n[[stage]]\nuse = \"tag.regex\"\npatterns = [{{ label = \"YEAR\", pattern = '20\\d\\d' }}, {{ label = \"SCORE\", pattern = '\\d-\\d' }}]\n"
    );
    for (condition, expected) in cases {
        let expected: Vec<&str> = expected.split_whitespace().collect();
        // As an export's `where`:
        let run = Case::stages(&stages).file("in.jsonl", DOCS);
        let pipeline = format!("warraq = 1\n{stages}{BOTH_ENDS}where = {condition}\n");
        let run = run.file("p.toml", pipeline).run().ends(0);
        assert_eq!(run.ids("out/docs.jsonl"), expected, "where = {condition}");
        assert!(run.rejects().is_empty(), "what an export does not select is not rejected");
        let export = &run.report("out/report.json")["exports"][0];
        assert_eq!((&export["written"], &export["not_selected"]), (&json!(expected.len()), &json!(4 - expected.len())));
        // And as a stage's `when`:
        let last = format!(
            "[[stage]]\nuse = \"clean.replace\"\nrules = [{{ pattern = '.\\z', with = \"#\" }}]\nwhen = {condition}\n"
        );
        let run = Case::stages(&format!("{stages}{last}")).file("in.jsonl", DOCS).run().ends(0);
        let changed = run.docs().into_iter().filter(|d| d["text"].as_str().unwrap().ends_with('#'));
        let changed: Vec<String> = changed.map(|d| d["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(changed, expected, "when = {condition}");
        let stage = &run.report("out/report.json")["stages"][3];
        assert_eq!((&stage["documents"], &stage["not_applied"]), (&json!(expected.len()), &json!(4 - expected.len())));
    }
}

#[test]
fn a_branch_takes_documents_as_they_stood() {
    let pipeline = r#"
[[source]]
paths = ["in.jsonl"]
[[stage]]
use = "clean.whitespace"
[[stage]]
use = "tokenize.words"
name = "words"
[[stage]]
use = "filter.length"
max_words = 5
[[export]]
path = "out/end.jsonl"
[[export]]
path = "out/clean.jsonl"
after = "clean.whitespace"
where = { lang = ["ar", "und"] }
[[export]]
path = "out/words.jsonl"
after = "words"
fields = ["tokens", "id"]
"#;
    let run = Case::new(pipeline).file("in.jsonl", DOCS).run().ends(0);
    assert_eq!(run.ids("out/end.jsonl"), ["1", "4"]);
    assert_eq!(run.ids("out/clean.jsonl"), ["1", "3", "4"], "a later filter does not reach back");
    let clean = &run.lines("out/clean.jsonl")[1];
    assert_eq!((&clean["text"], &clean["tokens"]), (&json!("نتيجة المباراة 3-1 بعد وقت إضافي طويل"), &json!([])));
    let words = run.lines("out/words.jsonl");
    assert_eq!(words.len(), 4);
    assert_eq!(words[0].as_object().unwrap().len(), 2, "only the fields that were asked for");
    assert!(words[0]["tokens"].as_array().unwrap().len() > 1);
    assert_eq!(run.ids("out/rejects.jsonl"), ["2", "3"]);
    let reached: Vec<_> =
        run.report("out/report.json")["exports"].as_array().unwrap().iter().map(|e| e["reached"].clone()).collect();
    assert_eq!(reached, [2, 4, 4]);
}

#[test]
fn fields_and_offset_units_are_those_asked_for() {
    let text = r#"{"id":"x","text":"😀 مُحَمَّد","views":1.50}"#;
    let stages = "[[stage]]\nuse = \"clean.arabic\"\ntashkeel = \"strip\"\n[[stage]]\nuse = \"tokenize.words\"\n";
    // The unit; the second token in the text, and in the source.
    let cases = [("char", [2, 6], [2, 10]), ("byte", [5, 13], [5, 21]), ("utf16", [3, 7], [3, 11])];
    for (unit, place, source) in cases {
        let pipeline = format!("{stages}{BOTH_ENDS}offsets = \"{unit}\"\nsource_offsets = true\n");
        let run = Case::new(&pipeline).file("in.jsonl", text).run().ends(0);
        let docs = run.docs();
        let token = &docs[0]["tokens"][1];
        assert_eq!([&token["start"], &token["end"]], [&json!(place[0]), &json!(place[1])], "{unit}");
        assert_eq!([&token["source_start"], &token["source_end"]], [&json!(source[0]), &json!(source[1])], "{unit}");
        assert!(String::from_utf8(run.bytes("out/docs.jsonl")).unwrap().contains(r#""meta":{"views":1.50}"#));
    }
}

#[test]
fn set_goes_over_the_file() {
    let stages = format!("{TOKENS}[[stage]]\nuse = \"filter.length\"\nname = \"short\"\nmin_words = 100\n");
    // The arguments; the documents kept.
    let cases: &[(&[&str], usize)] = &[
        (&[], 0),
        (&["--set", "stage.short.min_words=5"], 3),
        (&["--set", "stage.1.min_words=6"], 2),
        (&["--set", "stage.short.min_words=5", "--set", "source.0.id=section", "--limit", "2"], 1),
        (&["--set", "stage.short.min_words=5", "--set", "export.0.where={ lang = 'fr' }"], 1),
    ];
    for (args, kept) in cases {
        let run = Case::stages(&stages).file("in.jsonl", DOCS).args(args).run().ends(0);
        assert_eq!(run.docs().len(), *kept, "{args:?}");
    }
    for (set, says) in [
        ("stage.shirt.min_words=5", "did you mean `short`"),
        ("stage.short.min_word=5", "min_words"),
        ("stage.short.min_words=five", "min_words"),
        ("nonsense", "KEY=VALUE"),
    ] {
        let run = Case::stages(&stages).file("in.jsonl", DOCS).args(&["--set", set]).run().ends(78);
        assert!(run.stderr.contains(says), "--set {set}: {}", run.stderr);
    }
}

#[test]
fn out_moves_every_output_and_report_moves_the_report() {
    let pipeline = r#"
[[source]]
paths = ["in.jsonl"]
[[export]]
path = "corpus/ar/docs.jsonl"
where = { lang = "ar" }
[[export]]
path = "corpus/fr/docs.jsonl"
where = { lang = "fr" }
[rejects]
path = "corpus/lost.jsonl"
"#;
    let case = Case::new(pipeline).file("in.jsonl", DOCS);
    let run = case.command(&["run", "p.toml", "--out", "else where/deep"]).ends(0);
    assert_eq!(run.files("else where/deep"), ["ar", "fr", "lost.jsonl"]);
    assert_eq!(run.ids("else where/deep/ar/docs.jsonl"), ["1", "4"]);
    run.report("else where/deep/ar/report.json");
    assert!(!case.path("corpus").exists());
    let run = case.command(&["run", "p.toml", "--report", "reports/new/r.json"]).ends(0);
    run.report("reports/new/r.json");
    assert_eq!(run.files("corpus/ar"), ["docs.jsonl"]);
}

#[test]
fn paths_start_at_the_pipeline_file_and_arguments_at_the_current_folder() {
    let case = Case::new("").file("pipes/p.toml", format!("warraq = 1\n{BOTH_ENDS}"));
    let case = case.file("pipes/in.jsonl", "{\"text\":\"a\"}\n").file("here.jsonl", "{\"text\":\"b\"}\n");
    let run = case.command(&["run", "pipes/p.toml"]).ends(0);
    assert_eq!(run.ids("pipes/out/docs.jsonl"), ["in.jsonl#1"]);
    let run = case.command(&["run", "pipes/p.toml", "here.jsonl", "--out", "mine"]).ends(0);
    assert_eq!(run.ids("mine/docs.jsonl"), ["here.jsonl#1"]);
}

#[test]
fn given_inputs_go_to_the_source_of_their_format() {
    let pipeline = "[[source]]\nuse = \"jsonl\"\ntext = \"body\"\npaths = [\"*.jsonl\"]\n[[source]]\nuse = \"text\"\npaths = [\"*.txt\"]\n[[export]]\npath = \"out/docs.jsonl\"\n";
    let case =
        Case::new(pipeline).file("x/a.txt", "text").file("x/b.jsonl.gz", crate::case::gzip(b"{\"body\":\"json\"}"));
    let case = case.file("x/c.csv", "what");
    let run = case.command(&["run", "p.toml", "x/a.txt", "x/b.jsonl.gz"]).ends(0);
    let texts: Vec<Value> = run.docs().iter().map(|d| d["text"].clone()).collect();
    assert_eq!(texts, ["json", "text"], "sources keep their order");
    let run = case.command(&["run", "p.toml", "x/c.csv"]).ends(78);
    assert!(run.stderr.contains("its name does not say which format it is"), "{}", run.stderr);
}

#[test]
fn a_source_may_have_several_globs_and_keeps_their_order() {
    let line = |id: &str| format!("{{\"id\":\"{id}\",\"text\":\"x\"}}\n");
    let pipeline = "[[source]]\npaths = [\"z/*.jsonl\", \"a/**/*.jsonl\"]\n[[export]]\npath = \"out/docs.jsonl\"\n";
    let case = Case::new(pipeline).file("z/2.jsonl", line("z2")).file("z/1.jsonl", line("z1"));
    let case = case.file("a/b/1.jsonl", line("ab1")).file("a/0.jsonl", line("a0")).file("a/x.txt", "no");
    assert_eq!(case.run().ends(0).ids("out/docs.jsonl"), ["z1", "z2", "a0", "ab1"]);
}

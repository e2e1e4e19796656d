//! `[expect]`: what a finished run is held against, and everywhere its verdict is told.

use crate::case::{BOTH_ENDS, Case, Run};
use serde_json::{Value, json};
use std::fmt::Write;

/// Ten records: six Arabic, two French, one without a language, one that is no record. Two of them are short.
const RECORDS: &str = r#"{"id":"1","lang":"ar","text":"زار الوزير مدينة تونس ثم مدينة صفاقس"}
{"id":"2","lang":"ar","text":"وصل الوفد إلى تونس صباح اليوم"}
{"id":"3","lang":"ar","text":"افتتح المعرض في القاهرة أمس"}
{"id":"4","lang":"ar","text":"نص قصير"}
{"id":"5","lang":"ar","text":"عاد الفريق من صفاقس بعد المباراة"}
{"id":"6","lang":"ar","text":"لا شيء جديد في المدينة اليوم"}
{"id":"7","lang":"fr","text":"le marché de la vieille ville"}
{"id":"8","lang":"fr","text":"trop court"}
{"id":"9","text":"one more text without a language"}
not a record
"#;

const STAGES: &str = r#"
[run]
errors = "10%"
[[stage]]
use = "tokenize.words"
[[stage]]
use = "tag.regex"
patterns = [{ pattern = "تونس|صفاقس|القاهرة", label = "LOC" }, { pattern = "الوزير", label = "PER" }]
[[stage]]
use = "filter.length"
name = "short"
min_words = 4
"#;

fn case(expect: &str) -> Case {
    let source = BOTH_ENDS.replace("paths", "lang = \"lang\"\npaths");
    Case::new(&format!("{STAGES}\n{source}\n[expect]\n{expect}\n")).file("in.jsonl", RECORDS)
}

/// Every subject with a comparison that holds and one that does not: what is found, in words.
const SUBJECTS: &[(&str, &str, &str, &str)] = &[
    ("read", "= 10", "> 10", "10"),
    ("kept", "= 70%", ">= 70.1%", "70.00% (7 of 10)"),
    ("kept", ">= 7", "< 7", "7"),
    ("dropped", "<= 20%", "< 20%", "20.00% (2 of 10)"),
    ("duplicate", "= 0", "> 0", "0"),
    ("failed", "<= 1", "= 0", "1"),
    ("dropped_by.short", "= 2", "<= 1", "2"),
    ("dropped_by.'short: too_few_words'", "= 20%", "> 20%", "20.00% (2 of 10)"),
    ("dropped_by.'short: too_many_words'", "= 0", ">= 1", "0"),
    ("tokens_per_document", ">= 6", "< 6", "6.00 (42 in 7 documents)"),
    ("lang.ar", "> 71%", ">= 72%", "71.43% (5 of 7)"),
    ("lang.und", "= 1", "= 0", "1"),
    ("lang.en", "= 0", "> 0%", "0"),
    ("labels.LOC", "= 5", ">= 6", "5"),
    ("labels.LOC", ">= 57%", "> 58%", "57.14% (4 of 7)"),
    ("labels.PER", "= 1", "= 2", "1"),
];

#[test]
fn every_subject_can_be_met_and_missed() {
    for (key, met, missed, found) in SUBJECTS {
        let run = case(&format!("{key} = \"{met}\"")).run().ends(0);
        assert!(run.stderr.contains("  1 of 1 expectations met\n"), "{key} {met}: {}", run.stderr);
        assert_eq!(run.report("out/report.json")["status"], "done");
        let run = case(&format!("{key} = [\"{met}\", \"{missed}\"]")).run().ends(5);
        let report = run.report("out/report.json");
        assert_eq!(report["status"], "unexpected");
        let judged = &report["expectations"];
        assert_eq!((&judged[0]["met"], &judged[1]["met"]), (&json!(true), &json!(false)), "{key}: {judged}");
        assert_eq!(judged[1]["wanted"], *missed);
        if missed.contains('%') == met.contains('%') {
            assert_eq!(judged[0]["found"], *found, "{key} {met}");
            assert!(run.stderr.contains(&format!(" is {found}, expected {missed}\n")), "{key}: {}", run.stderr);
        }
    }
}

#[test]
fn what_is_missed_is_published_and_named_at_its_place() {
    let expect = "kept = \">= 80%\"\nlang.ar = [\">= 50%\", \"<= 60%\"]\nlabels = { LOC = \">= 2\" }";
    let run = case(expect).run().ends(5);
    assert_eq!(run.docs().len(), 7);
    insta::assert_snapshot!(run.stderr);
    let quiet = case(expect).args(&["--quiet"]).run().ends(5).stderr;
    assert!(quiet.starts_with("error[WQ072]: `kept` is 70.00% (7 of 10), expected >= 80%\n"), "{quiet}");
}

#[test]
fn annotations_stand_at_the_lines_of_the_file() {
    let pipeline = "kept = \">= 80%\"\nlabels = { LOC = \">= 2\" }\n[profile.ci.expect]\nfailed = \"= 0\"";
    let run = case(pipeline).args(&["--format", "github", "--profile", "ci", "--quiet"]).run().ends(5);
    assert_eq!(
        run.stderr,
        "::error file=p.toml,line=25,col=8,endColumn=16,title=WQ072::`kept` is 70.00%25 (7 of 10), expected >= 80%25%0Ahere: not met\n\
         ::error file=p.toml,line=28,col=10,endColumn=15,title=WQ072::`failed` is 1, expected = 0%0Ahere: not met\n"
    );
    assert_eq!(run.stdout, "");
    // Mistakes of the file, and more failures than are allowed, are annotations as well.
    let wrong = case("kept = \"80%\"").args(&["--format", "github"]).run().ends(78).stderr;
    assert!(
        wrong.starts_with("::error file=p.toml,line=25,col=8,endColumn=13,title=WQ070::cannot understand"),
        "{wrong}"
    );
    let budget = case("kept = \">= 1\"").args(&["--format", "github", "--set", "run.errors=0"]).run().ends(5).stderr;
    assert!(budget.contains("::error file=p.toml,title=WQ072::1 of 10 documents failed, more than"), "{budget}");
}

#[test]
fn the_test_report_has_a_case_for_each() {
    let junit = |case: Case, args: &[&str], code: i32| -> String {
        let args: Vec<&str> = ["--junit", "out/junit.xml"].iter().chain(args).copied().collect();
        String::from_utf8(case.args(&args).run().ends(code).bytes("out/junit.xml")).unwrap()
    };
    let expect = "kept = [\">= 50%\", \">= 80%\"]\nlabels = { LOC = \"> 1\" }";
    // Only a test report is ever replaced.
    for path in ["in.jsonl", "out/docs.jsonl", "p.toml"] {
        let case = case(expect);
        case.run();
        let before = std::fs::read(case.path(path)).unwrap();
        let run = case.command(&["run", "p.toml", "--junit", path]);
        assert_ne!(run.code, 0);
        assert!(run.stderr.contains("there is a file that is no test report; it was not replaced"), "{}", run.stderr);
        assert_eq!(std::fs::read(case.path(path)).unwrap(), before, "{path}");
        case.command(&["test", "p.toml", "--junit", path]);
        assert_eq!(std::fs::read(case.path(path)).unwrap(), before, "{path}");
    }
    insta::assert_snapshot!("junit_missed", junit(case(expect), &[], 5));
    // A run that cannot finish leaves no report that could be taken for a good one.
    let aborted = junit(case(expect), &["--set", "run.on_error=abort"], 5);
    assert!(aborted.contains("errors=\"4\"") && aborted.contains("the run did not finish"), "{aborted}");
    let invalid = junit(case("kept = \"80%\""), &[], 78);
    assert!(invalid.contains("errors=\"1\"") && invalid.contains("WQ070"), "{invalid}");
    let budget = junit(case(expect), &["--set", "run.errors=0"], 5);
    assert!(budget.contains("failures=\"2\"") && budget.contains("more than `run.errors` allows"), "{budget}");
}

/// The budget of failures is told first, and what is expected is still looked at.
#[test]
fn too_many_failures_do_not_hide_what_is_missed() {
    let run = case("kept = \">= 80%\"").args(&["--set", "run.errors=0"]).run().ends(5);
    let report = run.report("out/report.json");
    assert_eq!((&report["status"], &report["expectations"][0]["met"]), (&json!("over_budget"), &json!(false)));
    for said in ["error: 1 of 10 documents failed, more than `run.errors` allows", "error[WQ072]: `kept`"] {
        assert!(run.stderr.contains(said), "{said} is not in:\n{}", run.stderr);
    }
}

#[test]
fn parts_of_nothing_meet_nothing() {
    let run =
        case("kept = \">= 0%\"\ntokens_per_document = \">= 0\"\nread = \"= 0\"").file("in.jsonl", "").run().ends(5);
    let report = run.report("out/report.json");
    let met: Vec<&Value> = report["expectations"].as_array().unwrap().iter().map(|e| &e["met"]).collect();
    assert_eq!(met, [false, false, true]);
    assert!(run.stderr.contains("`kept` is nothing, because there are no documents, expected >= 0%"), "{}", run.stderr);
}

/// Expectations come from included files, profiles, `--set` and variables like any other key, and hold for `--limit` and
/// other inputs.
#[test]
fn expectations_are_keys_like_any_other() {
    let layered = |args: &[&str]| {
        let pipeline = format!(
            "include = 'contract.toml'\n[vars]\nleast = 5\n{STAGES}\n{BOTH_ENDS}\n[expect]\nkept = '>= ${{vars.least}}'\n\
             [profile.strict.expect]\nfailed = '= 0'\n"
        );
        let contract = "[expect]\nkept = '>= 100%'\nread = '>= 3'\n";
        let case = Case::new(&pipeline).file("in.jsonl", RECORDS).file("contract.toml", contract).args(args);
        let run = case.file("two.jsonl", "{\"text\":\"a b c d\"}\n".repeat(2)).run();
        let missed: Vec<String> =
            run.stderr.lines().filter_map(|line| line.strip_prefix("error[WQ072]: ")).map(str::to_owned).collect();
        (run.code, missed)
    };
    let none: [&str; 0] = [];
    assert_eq!(layered(&[]), (0, none.map(str::to_owned).to_vec()));
    assert_eq!(layered(&["--profile", "strict"]), (5, vec!["`failed` is 1, expected = 0".to_owned()]));
    assert_eq!(layered(&["--set", "vars.least=8"]), (5, vec!["`kept` is 7, expected >= 8".to_owned()]));
    assert_eq!(layered(&["--set", "expect.kept=< 5"]), (5, vec!["`kept` is 7, expected < 5".to_owned()]));
    assert_eq!(layered(&["--limit", "2"]).1, ["`kept` is 2, expected >= 5", "`read` is 2, expected >= 3"]);
    assert_eq!(layered(&["two.jsonl"]).1, ["`kept` is 2, expected >= 5", "`read` is 2, expected >= 3"]);
}

#[test]
fn a_run_that_is_stopped_is_not_judged() {
    let run = case("kept = \">= 80%\"").args(&["--set", "run.on_error=abort"]).run().ends(5);
    let report = run.report("out/report.json");
    assert_eq!((&report["status"], &report["expectations"]), (&json!("aborted"), &json!([])));
    assert!(!run.stderr.contains("WQ072"), "{}", run.stderr);
}

/// The counts of the corpus are there without `[expect]`, and are those of the documents that were written.
#[test]
fn the_report_counts_tokens_languages_and_labels() {
    let run = case("").run().ends(0);
    assert_eq!(
        run.report("out/report.json")["corpus"],
        json!({
            "tokens": 42,
            "languages": { "ar": 5, "fr": 1, "und": 1 },
            "labels": { "LOC": { "spans": 5, "documents": 4 }, "PER": { "spans": 1, "documents": 1 } }
        })
    );
    assert_eq!(recount(&run), run.report("out/report.json")["corpus"]);
}

/// The counts, from the documents that came out.
fn recount(run: &Run) -> Value {
    let (mut tokens, mut languages, mut labels) = (0, serde_json::Map::new(), serde_json::Map::new());
    let add = |map: &mut serde_json::Map<String, Value>, key: &str| {
        let count = map.get(key).and_then(Value::as_u64).unwrap_or_default();
        map.insert(key.to_owned(), json!(count + 1));
    };
    let mut documents = serde_json::Map::new();
    for doc in run.docs() {
        tokens += doc["tokens"].as_array().unwrap().len();
        add(&mut languages, doc["lang"].as_str().unwrap_or("und"));
        let mut seen = Vec::new();
        for span in doc["spans"].as_array().unwrap() {
            let label = span["label"].as_str().unwrap().to_owned();
            add(&mut labels, &label);
            if !seen.contains(&label) {
                add(&mut documents, &label);
                seen.push(label);
            }
        }
    }
    let labels: serde_json::Map<String, Value> = labels
        .into_iter()
        .map(|(label, spans)| (label.clone(), json!({ "spans": spans, "documents": documents[&label] })))
        .collect();
    json!({ "tokens": tokens, "languages": languages, "labels": labels })
}

/// Some megabytes, so that there are many chunks: however they are shared among threads, the counts are the same.
#[test]
fn the_counts_do_not_depend_on_threads() {
    let mut input = String::new();
    for n in 0..12_000 {
        let lang = ["ar", "fr", "fa", "en"][n % 4];
        let place = ["تونس", "الوزير", "لا أحد", "صفاقس القاهرة تونس"][n * 7 % 4];
        let tail = "وقال المصدر إن المعرض يستمر أسبوعا ".repeat(n % 5);
        writeln!(input, r#"{{"id":"{n}","lang":"{lang}","text":"زار {place} {tail}"}}"#).unwrap();
    }
    let run = |threads: &str| {
        let case = case("tokens_per_document = \">= 1\"").file("in.jsonl", &input);
        let run = case.args(&["--threads", threads, "--window", "256KiB", "--quiet"]).run().ends(0);
        let mut report = run.report("out/report.json");
        assert_eq!(recount(&run), report["corpus"]);
        report.as_object_mut().unwrap().remove("timing");
        report
    };
    assert_eq!(run("1"), run("7"));
}

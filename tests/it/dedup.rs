//! Deduplication as a user runs it: in one pass and in two, from run to run, for any number of threads.

use crate::case::Case;

/// Documents of which every fifth differs in a word from the one before it, and every seventh repeats an earlier one.
fn corpus(documents: usize) -> String {
    let word = |n: usize| format!("كلمة{}", n * 7919 % 4001);
    let line = |n: usize| {
        let family = if n % 5 == 4 {
            n - 1
        } else if n % 7 == 6 {
            n / 2
        } else {
            n
        };
        let mut words: Vec<String> = (0..80).map(|k| word(family * 80 + k)).collect();
        if n % 5 == 4 {
            words[79] = word(n);
        }
        format!("{{\"id\":\"d{n}\",\"text\":\"{}\"}}\n", words.join(" "))
    };
    (0..documents).map(line).collect()
}

const EXACT: &str = "[[stage]]\nuse = \"dedup.exact\"\n";
const STREAM: &str = "[[stage]]\nuse = \"dedup.minhash\"\n";
const CLUSTER: &str = "[[stage]]\nuse = \"dedup.minhash\"\nmode = \"cluster\"\n";

#[test]
fn what_is_kept_does_not_depend_on_threads_window_or_memory() {
    let corpus = corpus(700);
    for stage in [EXACT, STREAM, CLUSTER] {
        let run = |options: &str, args: &[&str]| {
            let case = Case::stages(&format!("{stage}{options}")).file("in.jsonl", &corpus).args(args);
            let run = case.run().ends(0);
            (run.bytes("out/docs.jsonl"), run.bytes("out/rejects.jsonl"))
        };
        let one = run("", &["--threads", "1"]);
        assert!(String::from_utf8_lossy(&one.1).contains("\"verdict\":\"duplicate\""), "{stage}: something is found");
        for (options, args) in [
            ("", &["--threads", "2", "--window", "1MB"][..]),
            ("", &["--threads", "8"]),
            ("memory = \"4kB\"\n", &["--threads", "2"]),
        ] {
            assert!(run(options, args) == one, "{stage}{options}{args:?}");
        }
    }
}

#[test]
fn a_new_crawl_is_cleaned_of_what_an_old_one_had() {
    for stage in [EXACT, STREAM, CLUSTER] {
        let old = Case::stages(&format!("{stage}save = \"seen.idx\"\n")).file("in.jsonl", corpus(300));
        let saved = old.run().ends(0);
        let index = saved.bytes("seen.idx");
        assert_eq!(saved.report("out/report.json")["saved"][0]["bytes"], index.len());
        let new = Case::stages(&format!("{stage}against = [\"old.idx\"]\n"))
            .file("in.jsonl", corpus(300))
            .file("old.idx", &index);
        let run = new.run().ends(0);
        assert_eq!(run.report("out/report.json")["ledger"]["kept"], 0, "{stage}: all of it was there before");

        let failing =
            Case::stages(&format!("{stage}save = \"seen.idx\"\n[[stage]]\nuse = \"filter.length\"\nmin_chars = 1\n"))
                .file("in.jsonl", "{\"text\": \"a\"}\n{broken\n")
                .args(&["--set", "run.on_error=abort"]);
        failing.run().ends(5);
        assert!(!failing.path("seen.idx").exists(), "{stage}: a run that does not finish saves nothing");
    }
}

#[test]
fn a_survey_is_in_the_report_and_cannot_be_made_of_a_pipe() {
    let case = Case::stages(CLUSTER).file("in.jsonl", corpus(50));
    let report = case.run().ends(0).report("out/report.json");
    let surveys = serde_json::json!([{ "stage": "dedup.minhash", "read": 50, "documents": 50 }]);
    assert_eq!(report["surveys"], surveys);
    assert_eq!(report["ledger"]["read"], 50);

    let run = case.args(&["-"]).run().ends(78);
    assert!(
        run.stderr.contains("error[WQ038]") && run.stderr.contains("standard input can be read only once"),
        "{}",
        run.stderr
    );
}

//! Records that cannot be read: each is named by file, line, byte and cause, kept as it was, and costs no other document.

use crate::case::{Case, Run};
use base64::Engine;
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};

struct Bad {
    line: Vec<u8>,
    reason: &'static str,
    /// Where in the line.
    at: usize,
    message: &'static str,
    /// What the rejects keep of it.
    record: Value,
}

/// Every way in which a line can be wrong.
fn bad_lines() -> Vec<Bad> {
    let bad = |line: &str, reason, at: usize, message, record: Value| Bad {
        line: line.as_bytes().to_vec(),
        reason,
        at,
        message,
        record,
    };
    let same = |line: &str| Value::from(line);
    let (cut, list, number) = (r#"{"id": "cut", "text": "نص لم يكت"#, r#"["text"]"#, "12");
    let (no_text, null, half) =
        (r#"{"id":"none","body":"x"}"#, r#"{"text":null}"#, r#"{"id":"half","text":"a\ud800b"}"#);
    let invalid = [b"{\"text\":\"\xd9\x86".as_slice(), b"\xff\"}"].concat();
    let base64 = base64::engine::general_purpose::STANDARD.encode(&invalid);
    let long = format!(r#"{{"text":"{}"}}"#, "ط".repeat(60_000));
    vec![
        bad(cut, "json.syntax", cut.len(), "", same(cut)),
        bad(list, "json.not_object", 0, "a list", same(list)),
        bad(number, "json.not_object", 0, "a number", same(number)),
        bad(no_text, "json.missing_field", 0, "`body`", json!({"id": "none", "body": "x"})),
        bad(null, "json.wrong_type", 8, "null", json!({ "text": null })),
        bad(r#"{"text":["a"]}"#, "json.wrong_type", 8, "a list", json!({ "text": ["a"] })),
        bad(r#"{"text":"a"} x"#, "json.syntax", 13, "", same(r#"{"text":"a"} x"#)),
        bad(r#"{"text":"a",}"#, "json.syntax", 12, "", same(r#"{"text":"a",}"#)),
        bad(r#"{"text":"a","text":"b"}"#, "json.duplicate_field", 12, "two fields `text`", json!({ "text": "b" })),
        bad(half, "json.surrogate", 22, "", same(half)),
        Bad { line: invalid, reason: "utf8.invalid", at: 11, message: "", record: json!({ "base64": base64 }) },
        // 4096 bytes fall into the middle of a letter: the head ends before it.
        bad(&long, "record.too_large", 0, "120011 bytes", same(&long[..4095])),
    ]
}

/// Good documents, bad lines and blank ones in turn, with the byte at which each line begins.
fn mixed(bad: &[Bad], line_end: &str) -> (Vec<u8>, Vec<(u64, usize)>) {
    let (mut bytes, mut places, mut line) = ("\u{feff}".as_bytes().to_vec(), Vec::new(), 0);
    let mut push = |content: &[u8]| {
        let at = bytes.len();
        bytes.extend_from_slice(content);
        bytes.extend_from_slice(line_end.as_bytes());
        line += 1;
        (line, at)
    };
    for (n, bad) in bad.iter().enumerate() {
        push(format!(r#"{{"id":"good {n}","text":"جملة {n}"}}"#).as_bytes());
        places.push(push(&bad.line));
        push(if n % 2 == 0 { b"" } else { b" \t" });
    }
    push(br#"{"id":"last","text":"x"}"#);
    bytes.truncate(bytes.len() - line_end.len());
    (bytes, places)
}

fn check(run: &Run, bad: &[Bad], places: &[(u64, usize)], path: &str) {
    let ids = run.ids("out/docs.jsonl");
    let good: Vec<String> = (0..bad.len()).map(|n| format!("good {n}")).chain(["last".into()]).collect();
    assert_eq!(ids, good, "every other document is exported, in order");
    let rejects = run.rejects();
    assert_eq!(rejects.len(), bad.len());
    for ((reject, bad), (line, byte)) in rejects.iter().zip(bad).zip(places) {
        let shown = String::from_utf8_lossy(&bad.line[..bad.line.len().min(60)]);
        let place = json!({ "path": path, "record": line, "line": line, "byte": byte + bad.at });
        assert_eq!(reject["source"], place, "the place of {shown}");
        assert_eq!((&reject["verdict"], &reject["stage"]), (&json!("failed"), &Value::Null));
        assert_eq!(reject["reason"], bad.reason, "{shown}");
        let message = reject["message"].as_str().unwrap();
        assert!(!message.is_empty() && message.contains(bad.message), "{shown}: {message}");
        assert_eq!(reject["record"], bad.record, "the record is kept: {shown}");
        assert!(!reject["id"].as_str().unwrap().is_empty());
    }
    let report = run.report("out/report.json");
    let ledger = &report["ledger"];
    let counts = ["read", "kept", "failed", "blank"].map(|key| ledger[key].as_u64().unwrap() as usize);
    assert_eq!(counts, [2 * bad.len() + 1, bad.len() + 1, bad.len(), bad.len()]);
    assert!(
        run.stderr.contains(&format!("failed {}   ({} blank lines skipped)", bad.len(), bad.len())),
        "{}",
        run.stderr
    );
}

#[test]
fn each_is_named_and_kept_and_costs_no_other() {
    let bad = bad_lines();
    for line_end in ["\n", "\r\n"] {
        let (bytes, places) = mixed(&bad, line_end);
        let run = Case::stages("[run]\nrecord_limit = \"100 KB\"\n").file("in.jsonl", &bytes).run().ends(5);
        check(&run, &bad, &places, "in.jsonl");
        assert!(run.stderr.contains("error: 12 of 25 documents failed"), "{}", run.stderr);
        // The same bytes from a pipe, which comes in pieces of another size.
        let case = Case::stages("[run]\nrecord_limit = \"100 KB\"\n").stdin(bytes).args(&["-"]);
        check(&case.run().ends(5), &bad, &places, "-");
    }
}

#[test]
fn the_budget_decides_whether_failures_are_an_error() {
    let (bytes, _) = mixed(&bad_lines(), "\n");
    for (errors, code) in [("0", 5), ("11", 5), ("12", 0), ("47%", 5), ("48%", 0), ("100%", 0)] {
        let run = Case::stages("[run]\nrecord_limit = \"100 KB\"\n").file("in.jsonl", &bytes);
        let run = run.args(&["--set", &format!("run.errors=\"{errors}\"")]).run().ends(code);
        assert_eq!(run.docs().len(), 13, "the budget {errors} changes the exit code, not the outputs");
        assert_eq!(run.report("out/report.json")["status"], if code == 0 { "done" } else { "over_budget" });
    }
}

#[test]
fn abort_stops_at_the_first_and_publishes_nothing() {
    let (bytes, _) = mixed(&bad_lines(), "\n");
    let run = Case::stages("[run]\non_error = \"abort\"\n").file("in.jsonl", bytes).run().ends(5);
    assert_eq!(run.files("out"), ["report.json"]);
    assert!(run.stderr.contains(r#"document "cut""#), "{}", run.stderr);
}

#[test]
fn a_record_past_the_limit_is_known_by_its_head_and_range() {
    // Below a chunk and above one, as a line and as a file.
    for size in [300_000, 3_000_000] {
        let jsonl = format!("{{\"text\":\"a\"}}\n{{\"text\":\"{}\"}}\r\n{{\"text\":\"b\"}}\n", "x".repeat(size));
        let case = Case::new(&format!(
            "[run]\nrecord_limit = \"200 kB\"\n{}[[source]]\nuse = \"text\"\npaths = [\"*.txt\"]\n",
            crate::case::BOTH_ENDS
        ));
        let run = case.file("in.jsonl", &jsonl).file("big.txt", "y".repeat(size)).file("c.txt", "c").run().ends(5);
        assert_eq!(run.ids("out/docs.jsonl"), ["in.jsonl#1", "in.jsonl#3", "c.txt#1"]);
        let rejects = run.rejects();
        let (line, file) = (&rejects[0], &rejects[1]);
        assert_eq!(line["source"], json!({ "path": "in.jsonl", "record": 2, "line": 2, "byte": 13 }));
        assert_eq!(line["truncated"], json!({ "start": 13, "end": 13 + size + 11, "held": 4096 }));
        assert_eq!(line["record"], jsonl[13..13 + 4096]);
        assert_eq!(file["source"], json!({ "path": "big.txt", "record": 1, "line": null, "byte": 0 }));
        assert_eq!(file["truncated"], json!({ "start": 0, "end": size, "held": 4096 }));
        for reject in rejects {
            assert_eq!(reject["reason"], "record.too_large");
        }
    }
}

#[test]
fn a_line_of_300_megabytes_is_never_held() {
    const SIZE: usize = 300 << 20;
    let case = Case::stages("");
    let mut command = Command::new(crate::case::BINARY);
    command.args(["run", "p.toml", "-", "--report", "report.json"]).current_dir(case.path(""));
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"{\"text\":\"first\"}\n{\"text\":\"").unwrap();
    let block = vec![b'x'; 1 << 20];
    for _ in 0..SIZE / block.len() {
        stdin.write_all(&block).unwrap();
    }
    stdin.write_all(b"\"}\n{\"text\":\"second\"}").unwrap();
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(5));
    let read = |name: &str| std::fs::read(case.path(name)).unwrap();
    let report: Value = serde_json::from_slice(&read("report.json")).unwrap();
    let peak = report["timing"]["peak_memory_bytes"].as_u64().unwrap_or_default();
    assert!(peak < 400_000_000, "{peak} bytes at most were held");
    let docs = crate::case::json_lines(&read("out/docs.jsonl"));
    assert_eq!(docs.iter().map(|d| d["text"].as_str().unwrap()).collect::<Vec<_>>(), ["first", "second"]);
    let rejects = crate::case::json_lines(&read("out/rejects.jsonl"));
    assert_eq!(rejects[0]["truncated"], json!({ "start": 17, "end": 17 + 9 + SIZE + 2, "held": 4096 }));
}

#[test]
fn text_that_is_not_in_its_encoding_says_where() {
    let case = Case::new(
        "[[source]]\nuse = \"text\"\npaths = [\"*.txt\"]\n[[source]]\nuse = \"text\"\ndocument = \"line\"\npaths = [\"*.lines\"]\n[[export]]\nuse = \"jsonl\"\npath = \"out/docs.jsonl\"\n",
    );
    let run = case.file("a.txt", b"ab\xffc").file("b.txt", "good").file("c.lines", b"one\n\xc3(\nthree").run().ends(5);
    assert_eq!(run.ids("out/docs.jsonl"), ["b.txt#1", "c.lines#1", "c.lines#3"]);
    let places: Vec<Value> = run.rejects().iter().map(|r| r["source"].clone()).collect();
    assert_eq!(places[0], json!({ "path": "a.txt", "record": 1, "line": null, "byte": 2 }));
    assert_eq!(places[1], json!({ "path": "c.lines", "record": 2, "line": 2, "byte": 4 }));
    assert_eq!(run.rejects()[0]["record"], json!({ "base64": "YWL/Yw==" }));
}

//! SIGINT and SIGTERM in the middle of a run: it ends in an orderly way, and nothing half-done stands under a final name.
#![cfg(unix)]

use crate::case::{Case, send, wait_for};
use std::io::Write;

#[test]
fn a_signal_leaves_no_half_file() {
    // The signal, the exit code, and megabytes of input before standard input falls silent.
    for (signal, code, megabytes) in [("INT", 130, 3), ("TERM", 143, 3), ("HUP", 143, 3), ("INT", 130, 0)] {
        let case = Case::stages("[[stage]]\nuse = \"clean.whitespace\"\n");
        let case = case.file("out/docs.jsonl", "older").file("out/report.json", r#"{"warraq_report":1}"#);
        let mut child = case.spawn(&["run", "p.toml", "-"]);
        let mut stdin = child.stdin.take().unwrap();
        let line = format!("{{\"text\":\"{}\"}}\n", "كلمة ".repeat(1000));
        for _ in 0..megabytes * (1 << 20) / line.len() {
            stdin.write_all(line.as_bytes()).unwrap();
        }
        let partial = case.path("out/docs.jsonl.partial");
        let is_there = || partial.metadata().is_ok_and(|m| (m.len() > 0) == (megabytes > 0));
        wait_for("the run", || is_there().then_some(()));
        // Outputs are claimed after the handlers are in place.
        send(signal, &child);
        let status = wait_for("the end", || child.try_wait().unwrap());
        // Only now: the run ended although its input had not.
        drop(stdin);
        assert_eq!(status.code(), Some(code), "SIG{signal}");
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains("interrupted; no output was published"), "{stderr}");
        let mut files: Vec<_> = std::fs::read_dir(case.path("out")).unwrap().map(|e| e.unwrap().file_name()).collect();
        files.sort();
        assert_eq!(files, ["docs.jsonl", "report.json"]);
        assert_eq!(std::fs::read(case.path("out/docs.jsonl")).unwrap(), b"older");
        let report: serde_json::Value =
            serde_json::from_slice(&std::fs::read(case.path("out/report.json")).unwrap()).unwrap();
        let ledger = &report["ledger"];
        assert_eq!((&report["status"], report["exit_code"].as_i64()), (&"interrupted".into(), Some(code.into())));
        assert_eq!(ledger["read"], ledger["kept"]);
        assert_eq!(ledger["read"].as_u64().unwrap() > 0, megabytes > 0);
    }
}

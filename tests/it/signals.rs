//! SIGINT and SIGTERM in the middle of a run: it ends in an orderly way, and nothing half-done stands under a final name.
#![cfg(unix)]

use crate::case::{BINARY, Case};
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Waits for something that has to happen soon.
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(20), "{what} does not happen");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_signal_leaves_no_half_file() {
    // The signal, the exit code, and megabytes of input before standard input falls silent.
    for (signal, code, megabytes) in [("INT", 130, 3), ("TERM", 143, 3), ("INT", 130, 0)] {
        let case = Case::stages("[[stage]]\nuse = \"clean.whitespace\"\n");
        let case = case.file("out/docs.jsonl", "older").file("out/report.json", r#"{"warraq_report":1}"#);
        let mut command = Command::new(BINARY);
        command.args(["run", "p.toml", "-"]).current_dir(case.path(""));
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let line = format!("{{\"text\":\"{}\"}}\n", "كلمة ".repeat(1000));
        for _ in 0..megabytes * (1 << 20) / line.len() {
            stdin.write_all(line.as_bytes()).unwrap();
        }
        let partial = case.path("out/docs.jsonl.partial");
        wait_until("the run", || partial.metadata().is_ok_and(|m| (m.len() > 0) == (megabytes > 0)));
        // Outputs are claimed after the handlers are in place.
        let sent = Command::new("sh").args(["-c", &format!("kill -{signal} {}", child.id())]).status().unwrap();
        assert!(sent.success());
        let mut status = None;
        wait_until("the end", || {
            status = child.try_wait().unwrap();
            status.is_some()
        });
        // Only now: the run ended although its input had not.
        drop(stdin);
        assert_eq!(status.unwrap().code(), Some(code), "SIG{signal}");
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

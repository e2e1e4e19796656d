//! The one way to run the program: a [`Case`] is a folder with a pipeline and its inputs, a [`Run`] is what came of it.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A folder with a pipeline file `p.toml` and its inputs.
pub(crate) struct Case {
    folder: Arc<TempDir>,
    args: Vec<String>,
    stdin: Vec<u8>,
    env: Vec<(String, String)>,
}

/// How a command ended.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    folder: PathBuf,
    /// The case's folder stays as long as its results are looked at.
    _keep: Option<Arc<TempDir>>,
}

impl Case {
    /// A case with this pipeline file; `warraq = 1` is put in front.
    pub(crate) fn new(pipeline: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("p.toml"), format!("warraq = 1\n{pipeline}")).unwrap();
        Case { folder: Arc::new(folder), args: Vec::new(), stdin: Vec::new(), env: Vec::new() }
    }

    /// From `in.jsonl` through these stages to `out/docs.jsonl`.
    pub(crate) fn stages(stages: &str) -> Self {
        Self::new(&format!("{stages}\n{}", BOTH_ENDS))
    }

    /// With this file beside the pipeline.
    pub(crate) fn file(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    /// With these arguments after `run p.toml`.
    pub(crate) fn args(mut self, args: &[&str]) -> Self {
        self.args = args.iter().map(|&arg| arg.into()).collect();
        self
    }

    /// With these bytes on standard input.
    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// With this in the environment.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the pipeline.
    pub(crate) fn run(&self) -> Run {
        let args: Vec<&str> = ["run", "p.toml"].into_iter().chain(self.args.iter().map(String::as_str)).collect();
        self.command(&args)
    }

    /// Runs another command in the folder.
    pub(crate) fn command(&self, args: &[&str]) -> Run {
        Run { _keep: Some(Arc::clone(&self.folder)), ..warraq_with(&self.env, args, self.folder.path(), &self.stdin) }
    }

    /// Starts a command in the folder, for tests that do something while it runs. Its standard streams are pipes.
    pub(crate) fn spawn(&self, args: &[&str]) -> Child {
        let mut command = std::process::Command::new(BINARY);
        command.args(args).current_dir(self.folder.path()).env("NO_COLOR", "1").env_remove("WARRAQ_LOG");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

/// Sends a signal, such as `INT`, to a program.
#[cfg(unix)]
pub(crate) fn send(signal: &str, child: &Child) {
    let sent = std::process::Command::new("sh").args(["-c", &format!("kill -{signal} {}", child.id())]).status();
    assert!(sent.unwrap().success());
}

/// Waits for something that has to come soon.
#[track_caller]
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{what} does not come");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// What a terminal acts on, and what reorders a line.
pub(crate) fn drives_terminal(c: char) -> bool {
    c.is_control() && c != '\n' || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A source `in.jsonl` and an export `out/docs.jsonl`.
pub(crate) const BOTH_ENDS: &str = r#"
[[source]]
use = "jsonl"
paths = ["in.jsonl"]
[[export]]
use = "jsonl"
path = "out/docs.jsonl"
"#;

/// The binary under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_warraq");

/// Where Cargo puts the libraries of the plugins that these tests depend on.
pub(crate) fn plugins() -> PathBuf {
    Path::new(BINARY).parent().unwrap().join("deps")
}

/// Runs the program in `folder`.
pub(crate) fn warraq(args: &[&str], folder: &Path, stdin: &[u8]) -> Run {
    warraq_with(&[], args, folder, stdin)
}

fn warraq_with(env: &[(String, String)], args: &[&str], folder: &Path, stdin: &[u8]) -> Run {
    let mut command = Command::new(BINARY);
    command.envs(env.iter().map(|(name, value)| (name, value)));
    command.args(args).current_dir(folder).env("NO_COLOR", "1").env_remove("RUST_BACKTRACE").env_remove("WARRAQ_LOG");
    command.env("WARRAQ_PLUGIN_PATH", plugins());
    let output = command.write_stdin(stdin).output().unwrap();
    Run {
        code: output.status.code().expect("it ended by itself"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        folder: folder.into(),
        _keep: None,
    }
}

impl Run {
    /// What a run that was started by other means, and ended with `code`, has left in a case's folder.
    pub(crate) fn of(case: &Case, code: i32) -> Self {
        let folder = case.path("");
        Run { code, stdout: String::new(), stderr: String::new(), folder, _keep: Some(Arc::clone(&case.folder)) }
    }

    /// Fails unless the exit code is this one.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "exit code; standard error:\n{}", self.stderr);
        self
    }

    /// The bytes of a file the run left.
    #[track_caller]
    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}; standard error:\n{}", self.stderr))
    }

    /// The objects of a JSON Lines file.
    #[track_caller]
    pub(crate) fn lines(&self, name: &str) -> Vec<Value> {
        json_lines(&self.bytes(name))
    }

    /// The documents of `out/docs.jsonl`.
    #[track_caller]
    pub(crate) fn docs(&self) -> Vec<Value> {
        self.lines("out/docs.jsonl")
    }

    /// The ids of documents, in order.
    #[track_caller]
    pub(crate) fn ids(&self, name: &str) -> Vec<String> {
        self.lines(name).iter().map(|doc| doc["id"].as_str().unwrap().to_owned()).collect()
    }

    /// `out/rejects.jsonl`
    #[track_caller]
    pub(crate) fn rejects(&self) -> Vec<Value> {
        self.lines("out/rejects.jsonl")
    }

    /// A report, after a check that its account balances.
    #[track_caller]
    pub(crate) fn report(&self, name: &str) -> Value {
        let report: Value = serde_json::from_slice(&self.bytes(name)).unwrap();
        assert_eq!(report["warraq_report"], 1);
        assert_eq!(report["exit_code"], self.code);
        balances(&report);
        report
    }

    /// The names of the files in a folder, sorted; none if there is no folder.
    pub(crate) fn files(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.folder.join(folder)) else { return Vec::new() };
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

/// Fails unless the account of a report balances.
#[track_caller]
pub(crate) fn balances(report: &Value) {
    if let Some(ledger) = report.get("ledger") {
        let n = |key: &str| ledger[key].as_u64().unwrap();
        let fates = n("kept") + n("dropped") + n("duplicate") + n("failed");
        assert_eq!(n("read"), fates, "read = kept + dropped + duplicate + failed: {ledger}");
        let reasons: u64 = report["rejected"].as_array().unwrap().iter().map(|r| r["count"].as_u64().unwrap()).sum();
        assert_eq!(reasons, n("read") - n("kept"), "every loss has a reason");
        for export in report["exports"].as_array().unwrap() {
            let n = |key: &str| export[key].as_u64().unwrap();
            assert_eq!(n("reached"), n("written") + n("not_selected"), "reached = written + not selected");
        }
    }
}

/// The objects of JSON Lines.
#[track_caller]
pub(crate) fn json_lines(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).expect("what the program writes is UTF-8");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e} in {line:?}"))).collect()
}

/// The part of `text` between two code points.
pub(crate) fn slice(text: &str, start: u64, end: u64) -> &str {
    let at = |n: u64| text.char_indices().nth(n as usize).map_or(text.len(), |(at, _)| at);
    &text[at(start)..at(end)]
}

/// One gzip member.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// One zstd frame.
pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

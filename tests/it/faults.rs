//! Disks that are full, folders that may not be written to, readers that go away, signals: a clear error, the right exit code,
//! and a run that can be continued.
#![cfg(unix)]

use crate::case::{BINARY, Case, Run, send, wait_for};
use crate::resume::{case, left};
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Starts the pipeline of a case with these arguments.
fn start(case: &Case, args: &[&str]) -> Child {
    case.spawn(&[&["run", "p.toml"], args].concat())
}

/// Waits until a file is there, or the program has ended without it.
fn wait_for_file(path: &Path, child: &mut Child) {
    wait_for("the file", || (path.exists() || child.try_wait().unwrap().is_some()).then_some(()));
}

/// After one signal a run ends in an orderly way, after a second at once; either way it goes on where it was.
#[test]
fn a_run_that_is_stopped_by_signals_goes_on() {
    let reference = case("stream", 12);
    let whole = left(&reference.run().ends(0));
    for (signals, code, killed_by) in
        [(&["TERM"][..], Some(143), None), (&["INT"], Some(130), None), (&["INT", "INT"], Some(130), Some(2))]
    {
        let case = case("stream", 12);
        let mut child = start(&case, &["--threads", "1", "--window", "1MiB"]);
        wait_for_file(&case.path("out/rejects.jsonl.checkpoint/checkpoint.json"), &mut child);
        signals.iter().for_each(|signal| send(signal, &child));
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        // The second signal may come when the first one has already ended the run.
        let is_expected = output.status.code() == code || (killed_by.is_some() && output.status.signal() == killed_by);
        assert!(is_expected, "{signals:?}: {:?}\n{stderr}", output.status);
        if output.status.code().is_some() {
            assert!(stderr.contains("interrupted; no output was published; `--resume` goes on from"), "{stderr}");
        }
        let resumed = case.command(&["run", "p.toml", "--resume"]).ends(0);
        assert!(resumed.stderr.contains("the run goes on after "), "{}", resumed.stderr);
        for (name, bytes) in left(&resumed) {
            assert!(bytes == whole[name], "{signals:?}: {name}");
        }
    }
}

/// `warraq … | head`: what was not read is lost, and never with exit code 0.
#[test]
fn a_reader_of_standard_output_that_goes_away_ends_the_run_with_74() {
    let pipeline = "[[source]]\npaths = [\"in.jsonl\"]\n[[export]]\nuse = \"jsonl\"\npath = \"-\"\n";
    let line = format!("{{\"text\":\"{}\"}}\n", "كلمة ".repeat(200));
    let case = Case::new(pipeline).file("in.jsonl", line.repeat(4000));
    let mut child = start(&case, &[]);
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 1000]).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(74), "{stderr}");
    assert!(stderr.contains("output -: Broken pipe") && stderr.contains("no output was published"), "{stderr}");
    assert_eq!(Run::of(&case, 74).report("report.json")["status"], "failed");
}

/// A file system of its own in a folder, which is gone when this is.
struct Mounted(std::path::PathBuf);

impl Mounted {
    /// A small one; none where that is not allowed.
    fn small(folder: std::path::PathBuf) -> Option<Self> {
        let mounted = Mounted(folder);
        mounted.mount("size=14m").then_some(mounted)
    }

    fn mount(&self, options: &str) -> bool {
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&self.0).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).stderr(Stdio::null()).status();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_device_is_74() {
    let pipeline = "[[source]]\npaths = [\"in.jsonl\"]\n[[export]]\nuse = \"jsonl\"\npath = \"-\"\n";
    let full = Case::new(pipeline).file("in.jsonl", "{\"text\":\"one\"}\n");
    let mut command = Command::new(BINARY);
    command.args(["run", "p.toml"]).current_dir(full.path("")).stdout(fs::File::create("/dev/full").unwrap());
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(74), "{stderr}");
    assert!(stderr.contains("output -: No space left on device"), "{stderr}");
}

/// A small file system that is full, and then larger.
#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_74_and_the_run_goes_on_when_there_is_room() {
    let case = case("stream", 4);
    let whole = left(&case.run().ends(0));
    fs::remove_dir_all(case.path("out")).unwrap();
    fs::create_dir(case.path("out")).unwrap();
    let Some(small) = Mounted::small(case.path("out")) else {
        eprintln!("skipped: no file system can be mounted here");
        return;
    };
    let output = start(&case, &["--threads", "1", "--window", "1MiB"]).wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(74), "{stderr}");
    assert!(stderr.contains("No space left on device"), "{stderr}");
    assert!(stderr.contains("`--resume` goes on from the checkpoint in"), "{stderr}");
    assert!(small.mount("remount,size=200m"));
    assert!(left(&case.command(&["run", "p.toml", "--resume"]).ends(0)) == whole);
}

/// The last thing that can go wrong: an output cannot have its name. What has, is named, and the rest can be made up for.
#[test]
fn outputs_that_only_some_got_their_names_of_are_named() {
    let exports = "[[export]]\npath = \"out/a.jsonl\"\n[[export]]\npath = \"out/b.jsonl\"\n";
    let case = Case::new(&format!("[[source]]\nuse = \"jsonl\"\npaths = [\"in.jsonl\"]\n{exports}"));
    let case = case.file("in.jsonl", "{\"text\":\"x\"}\n".repeat(200_000));
    let mut child = start(&case, &["--threads", "1", "--window", "1MiB"]);
    wait_for_file(&case.path("out/b.jsonl.partial"), &mut child);
    fs::create_dir(case.path("out/b.jsonl")).unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(74), "{stderr}");
    assert!(stderr.contains("of the outputs, only out/a.jsonl have their new names; `--resume` goes on"), "{stderr}");
    let again = case.command(&["run", "p.toml", "--resume"]).ends(74);
    assert!(again.stderr.contains("of the outputs, only out/a.jsonl have their new names"), "{}", again.stderr);
    fs::remove_dir(case.path("out/b.jsonl")).unwrap();
    // Whoever appended to an output meanwhile is told.
    let partial = case.path("out/b.jsonl.partial");
    let bytes = fs::read(&partial).unwrap();
    fs::write(&partial, [&*bytes, b"more"].concat()).unwrap();
    let refused = case.command(&["run", "p.toml", "--resume"]).ends(75);
    assert!(refused.stderr.contains("more than the "), "{}", refused.stderr);
    fs::write(&partial, bytes).unwrap();
    let run = case.command(&["run", "p.toml", "--resume"]).ends(0);
    assert_eq!(run.lines("out/a.jsonl").len(), 200_000);
    assert!(run.bytes("out/a.jsonl") == run.bytes("out/b.jsonl"));
}

/// An export on a device has nothing beside it.
#[test]
fn beside_a_device_nothing_is_written() {
    let pipeline = "[[source]]\npaths = [\"in.jsonl\"]\n[[export]]\nuse = \"jsonl\"\npath = \"/dev/null\"\n";
    let run = Case::new(pipeline).file("in.jsonl", "{\"text\":\"one\"}\n").run().ends(0);
    assert_eq!(run.files(""), ["in.jsonl", "p.toml", "rejects.jsonl", "report.json"]);
}

/// What a pattern would match but cannot be read is said: a corpus must not come out short.
#[test]
fn a_pattern_leaves_nothing_out_in_silence() {
    use std::os::unix::ffi::OsStrExt;
    let pipeline = "[[source]]\npaths = [\"crawl/*.jsonl\"]\n[[export]]\npath = \"out/d.jsonl\"\n";
    let case = || Case::new(pipeline).file("crawl/a.jsonl", "{\"text\":\"one\"}\n").file("crawl/sub.jsonl/x", "");
    let run = case().run().ends(0);
    assert_eq!(run.lines("out/d.jsonl").len(), 1, "a folder is no file");
    let dangling = case();
    std::os::unix::fs::symlink("/not/there", dangling.path("crawl/b.jsonl")).unwrap();
    let run = dangling.run().ends(74);
    assert!(run.stderr.contains("input crawl/b.jsonl: byte 0: No such file"), "{}", run.stderr);
    let piped = case();
    assert!(Command::new("mkfifo").arg(piped.path("crawl/c.jsonl")).status().unwrap().success());
    let run = piped.run().ends(78);
    assert!(run.stderr.contains("c.jsonl is neither a file nor a folder"), "{}", run.stderr);
    for (pattern, name) in [("crawl/*.jsonl", "crawl/caf"), ("crawl/**/*.jsonl", "crawl/sub.jsonl/caf")] {
        let odd = case();
        fs::write(odd.path("p.toml"), format!("warraq = 1\n{}", pipeline.replace("crawl/*.jsonl", pattern))).unwrap();
        let name = [odd.path(name).as_os_str().as_bytes(), b"\xe9.jsonl"].concat();
        fs::write(std::ffi::OsStr::from_bytes(&name), "{\"text\":\"two\"}\n").unwrap();
        let run = odd.run().ends(78);
        assert!(run.stderr.contains(".jsonl is not UTF-8: patterns do not match it"), "{}", run.stderr);
        // Named on the command line, it is read.
        let mut command = Command::new(BINARY);
        command.args(["run", "p.toml"]).arg(std::ffi::OsStr::from_bytes(&name)).current_dir(odd.path(""));
        assert!(command.output().unwrap().status.success());
    }
}

#[test]
fn what_may_not_be_written_or_read_is_74_and_says_which() {
    // Root may do everything; `nobody` has no business in other people's folders.
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    let open = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let pipeline = "[[source]]\npaths = [\"in.jsonl\"]\n[[export]]\npath = \"out/docs.jsonl\"\n";
    for (closed, mode, said) in [
        ("out", 0o555, "the folder of checkpoints out/rejects.jsonl.checkpoint: Permission denied"),
        ("in.jsonl", 0o000, "input in.jsonl: byte 0: Permission denied"),
    ] {
        let case = Case::new(pipeline).file("in.jsonl", "{\"text\":\"one\"}\n").file("out/older", "");
        let program = case.path("warraq");
        let mut command = Command::new(BINARY);
        if is_root {
            fs::copy(BINARY, &program).unwrap();
            command = Command::new(&program);
            command.uid(65_534).gid(65_534);
        }
        open(&case.path(""), 0o755);
        open(&case.path("out"), 0o777);
        open(&case.path(closed), mode);
        let output = command.args(["run", "p.toml"]).current_dir(case.path("")).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(74), "{stderr}");
        assert!(stderr.contains(said), "{said}: {stderr}");
        open(&case.path(closed), 0o755);
        let left = Run::of(&case, 74).files("out");
        assert!(!left.iter().any(|name| name.starts_with("docs")), "{left:?}");
    }
}

/// An input that is gone when its turn comes: what was before it is settled, and the run goes on when it is back.
#[test]
fn an_input_that_vanishes_on_the_way_is_74_and_the_run_goes_on_when_it_is_back() {
    let case = case("stream", 6);
    let whole = left(&case.run().ends(0));
    fs::remove_dir_all(case.path("out")).unwrap();
    let mut child = start(&case, &["--threads", "1", "--window", "1MiB"]);
    wait_for_file(&case.path("out/docs.jsonl.partial"), &mut child);
    fs::rename(case.path("b.jsonl"), case.path("elsewhere")).unwrap();
    let output = child.wait_with_output().unwrap();
    fs::rename(case.path("elsewhere"), case.path("b.jsonl")).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(74), "{stderr}");
    assert!(stderr.contains("input b.jsonl: byte 0: No such file or directory"), "{stderr}");
    assert!(stderr.contains("`--resume` goes on from the checkpoint in"), "{stderr}");
    assert!(left(&case.command(&["run", "p.toml", "--resume"]).ends(0)) == whole);
}

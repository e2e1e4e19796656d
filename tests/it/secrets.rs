//! Variables that are secret: stages get them, and nothing that is said or written about a run has them.

use crate::case::{BOTH_ENDS, Case, Run};
use crate::plugins::{docs, place};

/// What must be nowhere. It has what is quoted and escaped in every format.
const SECRET: &str = "s3cr3t-\"<&>\\\u{1b}[31m-کلمه‌ی-عبور-and-it-is-a-long-one-too";

fn case(options: &str) -> Case {
    let case = Case::new(&format!(
        "[vars]\ntoken = {{ env = \"WARRAQ_TEST_TOKEN\", secret = true }}\n[plugins.test]\npath = \"libs/warraq_misbehaving\"\n\
         [[stage]]\nuse = \"test.obey\"\ntoken = \"Bearer ${{vars.token}}!\"\n{options}\n{BOTH_ENDS}\
         [[test]]\nname = \"it fails\"\ninput = {{ text = \"!tell\" }}\nexpect = {{ text = \"other\" }}\n"
    ));
    place("warraq_misbehaving", &case.path("libs"));
    case.file("in.jsonl", docs(&["one", "!tell", "two"])).env("WARRAQ_TEST_TOKEN", SECRET)
}

/// Neither the secret nor a good part of it is in a text, in whatever way it is quoted.
#[track_caller]
fn hides(what: &str, text: &str) {
    // Parts that are the same in every spelling.
    for part in ["s3cr3t-", "[31m-", "عبور-and-it", "is-a-long-one-too"] {
        assert!(!text.contains(part), "{what} has {part:?}:\n{text}");
    }
}

#[track_caller]
fn hides_all(what: &str, run: &Run) {
    hides(&format!("standard output of {what}"), &run.stdout);
    hides(&format!("standard error of {what}"), &run.stderr);
    // Stages do not write it into documents here, so it is in no file at all.
    for folder in ["out", "out/rejects.jsonl.checkpoint"] {
        for file in run.files(folder).into_iter().filter(|file| !file.ends_with(".checkpoint")) {
            let bytes = run.bytes(&format!("{folder}/{file}"));
            hides(&format!("{file} of {what}"), &String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn a_run_and_all_it_writes_hide_it() {
    for isolate in ["none", "process"] {
        let run =
            case(&format!("run = {{ isolate = \"{isolate}\" }}")).args(&["--junit", "out/junit.xml"]).run().ends(5);
        hides_all("run", &run);
        assert!(run.stderr.contains("the token is Bearer ***!"), "it was told: {}", run.stderr);
        assert_eq!(run.rejects()[0]["message"], "the token is Bearer ***!");
        let report = run.report("out/report.json");
        assert_eq!(report["stages"][0]["options"]["token"], "Bearer ***!");
        let args = ["run", "p.toml", "--log-format", "json", "--metrics", "out/w.prom"];
        let run =
            case(&format!("run = {{ isolate = \"{isolate}\" }}")).env("WARRAQ_LOG", "debug").command(&args).ends(5);
        hides_all("a run told as JSON", &run);
        assert!(run.stderr.contains("the token is Bearer ***!"), "{}", run.stderr);
    }
    // A run that ends early leaves its checkpoint, and the facts that it is of.
    let stopped = case("").file("z.jsonl", "").args(&[
        "--set",
        "run.checkpoint=0s",
        "--set",
        "source.0.paths=[\"in.jsonl\", \"z.jsonl.gz\"]",
    ]);
    let stopped = stopped.file("in.jsonl", docs(&vec!["one"; 40_000])).file("z.jsonl.gz", "no gzip").run().ends(74);
    assert!(
        stopped.files("out/rejects.jsonl.checkpoint").contains(&"checkpoint.json".to_owned()),
        "{}",
        stopped.stderr
    );
    hides_all("a run that can go on", &stopped);
    let run = case("").env("WARRAQ_TEST_TOKEN", "hunter2secret").file("in.jsonl", docs(&["!blame"])).run().ends(5);
    assert!(!String::from_utf8(run.bytes("out/rejects.jsonl")).unwrap().contains("hunter2"));
    assert_eq!(run.rejects()[0]["reason"], "Bearer ***!");
    let run = case("run = { on_error = \"abort\" }").run().ends(5);
    hides_all("a run that is aborted", &run);
    assert!(run.stderr.contains("the token is Bearer ***!"), "{}", run.stderr);
}

#[test]
fn what_is_shown_of_a_pipeline_hides_it() {
    let case = case("");
    for (args, has) in [
        (&["config", "p.toml"][..], "token = \"Bearer ***!\""),
        (&["config", "p.toml", "--format", "json"], "\"Bearer ***!\""),
        (&["plan", "p.toml", "--format", "json"], "\"Bearer ***!\""),
        (&["plan", "p.toml"], "test.obey"),
        (&["plan", "p.toml", "--format", "mermaid"], "test.obey"),
        (&["plan", "p.toml", "--format", "dot"], "test.obey"),
        (&["check", "p.toml"], "ok"),
        (&["trace", "p.toml", "--id", "d1"], "the token is Bearer ***!"),
        (&["trace", "p.toml", "--id", "d1", "--json"], "the token is Bearer ***!"),
    ] {
        let run = case.command(args).ends(0);
        hides_all(args[0], &run);
        assert!(run.stdout.contains(has), "{args:?}: {}", run.stdout);
    }
    for args in
        [&["test", "p.toml"][..], &["test", "p.toml", "--format", "json"], &["test", "p.toml", "--junit", "j.xml"]]
    {
        hides_all("test", &case.command(args).ends(1));
    }
}

#[test]
fn an_error_about_it_does_not_quote_it() {
    let case = case("create = \"tell\"");
    for args in [
        &["check", "p.toml"][..],
        &["check", "p.toml", "--format", "json"],
        &["check", "p.toml", "--format", "sarif"],
        &["check", "p.toml", "--format", "github"],
        &["run", "p.toml"],
        &["run", "p.toml", "--junit", "out/j.xml"],
    ] {
        let run = case.command(args).ends(78);
        hides_all(&args.join(" "), &run);
        assert!(format!("{}{}", run.stdout, run.stderr).contains("WQ032"), "{} {}", run.stdout, run.stderr);
    }
}

#[test]
fn the_command_line_does_not_make_it_visible() {
    let set = format!("vars.token={}", toml::Value::from(SECRET));
    for args in [
        &["config", "p.toml", "--set", &set][..],
        &["plan", "p.toml", "--set", &set],
        &["run", "p.toml", "--set", &set],
    ] {
        let run = case("").env("WARRAQ_TEST_TOKEN", "another value").command(args);
        let run = run.ends(if args[0] == "run" { 5 } else { 0 });
        hides_all(args[0], &run);
    }
    // An error whose place is the argument shows the argument.
    hides_all("check", &case("create = \"tell\"").command(&["check", "p.toml", "--set", &set]).ends(78));
}

#[test]
fn it_stands_in_options_only_and_is_long_enough_to_be_hidden() {
    for (key, value) in [
        ("name", "\"${vars.token}\""),
        ("rejects.path", "\"out/${vars.token}.jsonl\""),
        ("stage.0.when", "{ meta = { key = \"${vars.token}\" } }"),
        ("export.0.where", "{ lang = \"${vars.token}\" }"),
    ] {
        let run = case("").command(&["check", "p.toml", "--set", &format!("{key}={value}")]).ends(78);
        assert!(run.stderr.contains("WQ026") && run.stderr.contains("would be seen here"), "{}", run.stderr);
        hides_all("check", &run);
    }
    // A default says of which type the value is: that it is not, quotes it no more than anything else.
    let run = case("").command(&["check", "p.toml", "--set", "vars.token.default=5"]).ends(78);
    assert!(run.stderr.contains("cannot understand \"***\""), "{}", run.stderr);
    hides_all("check", &run);
    let save = "[[stage]]\nuse = \"dedup.exact\"\nsave = \"out/${vars.token}.idx\"";
    let run = case(save).env("WARRAQ_TEST_TOKEN", "hunter2secret").command(&["check", "p.toml"]).ends(78);
    assert!(run.stderr.contains("WQ026") && !run.stderr.contains("hunter2"), "{}", run.stderr);
    let run = case("").env("WARRAQ_TEST_TOKEN", "k9!x").command(&["check", "p.toml"]).ends(78);
    assert!(run.stderr.contains("WQ026") && run.stderr.contains("fewer than 6 bytes"), "{}", run.stderr);
    assert!(!run.stderr.contains("k9!x"), "{}", run.stderr);
}

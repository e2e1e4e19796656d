//! Variables, profiles and includes: one pipeline, run in several ways.

use crate::case::Case;

const DOCUMENT: &str = "{\"id\":\"1\",\"text\":\"one two three\"}\n";

/// The environment of every test has `NO_COLOR=1`.
const PIPELINE: &str = r#"
[vars]
out = "out"
min = { env = "NO_COLOR", default = 9 }
[[source]]
paths = ["in.jsonl"]
[[stage]]
use = "tokenize.words"
[[stage]]
use = "filter.length"
min_words = "${vars.min}"
[[export]]
path = "${vars.out}/docs.jsonl"
[rejects]
path = "${vars.out}/rejects.jsonl"
[profile.strict]
vars = { out = "strict", min = 4 }
[profile.loud.run]
threads = 2
[profile.open.stage."filter.length"]
min_words = 0
"#;

#[test]
fn variables_are_what_they_are_set_to() {
    let case = Case::new(PIPELINE).file("in.jsonl", DOCUMENT);
    assert_eq!(case.run().ends(0).docs().len(), 1);
    // The command line wins over the profile, and the profile over the file.
    let strict = case.args(&["--profile", "strict"]).run().ends(0);
    assert_eq!(strict.lines("strict/rejects.jsonl").len(), 1);
    let case = Case::new(PIPELINE).file("in.jsonl", DOCUMENT);
    let run = case.args(&["--profile", "strict", "--set", "vars.min=3"]).run().ends(0);
    assert_eq!(run.lines("strict/docs.jsonl").len(), 1);
    assert!(run.files("out").is_empty());
}

#[test]
fn a_profile_that_is_not_there_is_no_run() {
    let case = Case::new(PIPELINE).file("in.jsonl", DOCUMENT);
    for command in [&["run", "p.toml"][..], &["check", "p.toml"], &["plugin", "lock", "p.toml"]] {
        let args: Vec<&str> = command.iter().copied().chain(["--profile", "stict"]).collect();
        let run = case.command(&args).ends(78);
        for line in ["error[WQ023]", "did you mean `strict`?", "profiles: `strict`, `loud`, `open`"] {
            assert!(run.stderr.contains(line), "{line}: {}", run.stderr);
        }
    }
    case.command(&["check", "p.toml", "--profile", "open"]).ends(0);
}

#[test]
fn paths_start_at_the_file_they_are_written_in() {
    let case = Case::new("include = ['parts/ends.toml']\n[[stage]]\nuse = 'tokenize.words'\n")
        .file("parts/in.jsonl", DOCUMENT)
        .file("parts/ends.toml", "[[source]]\npaths = '*.jsonl'\n[[export]]\npath = '../out/docs.jsonl'\n");
    assert_eq!(case.run().ends(0).docs().len(), 1);
}

#[test]
fn an_output_never_takes_the_place_of_an_included_file() {
    let case = Case::new("include = ['ends.jsonl']\n")
        .file("in.jsonl", DOCUMENT)
        .file("ends.jsonl", "[[source]]\npaths = 'in.jsonl'\n[[export]]\npath = 'ends.jsonl'\n");
    let run = case.run().ends(78);
    assert!(run.stderr.contains("would overwrite the included file"), "{}", run.stderr);
}

/// The report of a run that cannot begin goes where the outputs would have gone, if that is known.
#[test]
fn a_path_that_has_no_value_names_no_folder() {
    let case = Case::new("[[source]]\npaths = 'in.jsonl'\n[[export]]\npath = '${vars.none}/docs.jsonl'\n");
    let run = case.run().ends(78);
    assert_eq!(run.files(""), ["p.toml", "report.json"]);
}

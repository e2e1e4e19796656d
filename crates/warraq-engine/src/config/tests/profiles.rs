//! `[profile.NAME]`: what it changes, what it cannot change, and that a file is checked with all of its profiles.

use super::*;

const PROFILED: &str = r#"
warraq = 1
[vars]
out = "out"
[run]
threads = 4
on_error = "skip"
[[source]]
paths = ["a", "b"]
[[stage]]
use = "clean.arabic"
tashkeel = "strip"
[[stage]]
use = "morph.stem"
name = "stems"
when = { lang = "ar", label = "LOC" }
depth = { max = 2, min = 1 }
[[export]]
path = "${vars.out}/x"

[profile.ci]
run.threads = 2
vars.out = "ci"
rejects.path = "${vars.out}/rejects"
source.0.paths = "c"
export.0.where = { lang = "ar" }
[profile.ci.stage.stems]
depth.max = 3
when = { lang = ["fr"] }
run = { on_error = "abort" }
[profile.ci.stage.clean.arabic]
tashkeel = "keep"
[profile.other.stage."clean.arabic"]
tatweel = "strip"
"#;

fn read(text: &str, profile: &str, sets: &[&str]) -> (Files, Option<PipelineSpec>, Diagnostics) {
    let mut files = Files::new();
    let sets: Vec<String> = sets.iter().map(|&set| set.to_owned()).collect();
    let profile = Some(profile).filter(|name| !name.is_empty());
    let (spec, found) =
        load(&mut files, "news.toml", text, &Surroundings { sets: &sets, profile, ..Surroundings::default() });
    (files, spec, found)
}

fn good(profile: &str, sets: &[&str]) -> (Files, PipelineSpec) {
    let (files, spec, found) = read(PROFILED, profile, sets);
    assert!(found.is_empty(), "{}", crate::diagnostic::render(&found, &files, false));
    (files, spec.unwrap())
}

fn problems(name: &str, text: &str, profile: &str, sets: &[&str]) {
    let (files, _, found) = read(text, profile, sets);
    assert_rendered(name, &found, &files);
}

#[test]
fn a_profile_is_laid_over_the_file() {
    use serde_json::json;
    let (files, spec) = good("ci", &[]);
    assert_eq!((spec.run.threads.value, spec.run.on_error.value), (2, OnError::Skip));
    assert_eq!(files.slice(spec.run.threads.span), "2");
    assert_eq!(spec.sources[0].paths.len(), 1);
    assert_eq!(spec.exports[0].path.as_ref().unwrap().value, "ci/x");
    assert!(spec.exports[0].filter.is_some());
    assert_eq!(spec.rejects.unwrap().path.unwrap().value, "ci/rejects");
    assert_eq!(to_json(&spec.stages[0].options), json!({ "tashkeel": "keep" }));
    assert_eq!(to_json(&spec.stages[1].options), json!({ "depth": { "max": 3, "min": 1 } }));
    let when = spec.stages[1].when.as_ref().unwrap();
    assert_eq!((when.lang[0].as_str(), when.label.len()), ("fr", 1));
    assert_eq!(spec.stages[1].on_error.unwrap().value, OnError::Abort);

    let (_, plain) = good("", &[]);
    assert_eq!((plain.run.threads.value, plain.sources[0].paths.len(), plain.rejects.is_none()), (4, 2, true));
    let (_, other) = good("other", &[]);
    assert_eq!(to_json(&other.stages[0].options), json!({ "tashkeel": "strip", "tatweel": "strip" }));
}

#[test]
fn the_command_line_wins_over_the_profile() {
    let (_, spec) = good("ci", &["run.threads=7", "vars.out=cli"]);
    assert_eq!(spec.run.threads.value, 7);
    assert_eq!(spec.exports[0].path.as_ref().unwrap().value, "cli/x");
}

#[test]
fn a_profile_that_is_not_there() {
    problems("profile_unknown", PROFILED, "cli", &[]);
    problems("profile_far_off", PROFILED, "production", &[]);
    let none = "warraq = 1\n[[source]]\npaths = 'a'\n[[export]]\npath = 'b'\n";
    problems("profile_none", none, "ci", &["profile.ci.run.threads=2", "include=x"]);
}

const WRONG: &str = r#"warraq = 1
[run]
threads = 4
[[source]]
paths = "a"
[[stage]]
use = "clean.arabic"
[[stage]]
use = "morph.stem"
name = "stems"
[[export]]
path = "x"

[profile]
flat = 5
[profile.ci]
run.thread = 2
run.threads = "two"
vars.unused = 1
nmae = "x"
include = ["y"]
rejects.path = "${vars.nowhere}"
source.1.paths = "b"
export.first.path = "y"
test = 1
[[profile.ci.stage]]
use = "clean.unicode"
[profile.other.stage.stem]
depth = 1
[profile.other.stage.clean]
arabik.tashkeel = "keep"
arabic = "keep"
[profile.other.stage.stems]
use = "morph.other"
name = "roots"
when = { lang = 5 }
[profile.last]
rejects.path = "x"
[[profile.last.source]]
paths = "b"
"#;

#[test]
fn profiles_are_checked_whether_they_are_asked_for_or_not() {
    problems("profile_wrong", WRONG, "", &[]);
    let messages = |profile| {
        let (_, _, found) = read(WRONG, profile, &[]);
        let mut lines: Vec<String> = found.iter().map(|d| d.message.clone()).collect();
        lines.sort();
        lines
    };
    for profile in ["ci", "other", "last"] {
        assert_eq!(messages(profile), messages(""), "{profile}");
    }
}

/// The environment of one profile need not be there for the others.
#[test]
fn an_unset_variable_of_a_profile_matters_only_with_it() {
    let text = "warraq = 1\n[vars]\nkey = { env = 'NOT_SET' }\n[[source]]\npaths = 'a'\n[[export]]\npath = 'b'\n[profile.ci]\nname = '${vars.key}'\n";
    let (_, _, found) = read(text, "", &[]);
    assert!(found.is_empty(), "{found:?}");
    problems("profile_environment", text, "ci", &[]);
}

//! `include`: what wins over what, where paths start, and which files are refused.

use super::*;
use std::path::Path;

/// Reads `folder/main.toml` among files that exist only here.
fn read(
    main: &str,
    others: &[(&str, &str)],
    sets: &[&str],
    profile: Option<&str>,
) -> (Files, Option<PipelineSpec>, Diagnostics) {
    let mut files = Files::new();
    let sets: Vec<String> = sets.iter().map(|&set| set.to_owned()).collect();
    let read = |path: &Path| {
        let found = others.iter().find(|(name, _)| Path::new(name) == path);
        found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| "there is no such file".to_owned())
    };
    let around = Surroundings { sets: &sets, profile, read: &read, ..Surroundings::default() };
    let (spec, found) = load(&mut files, "folder/main.toml", main, &around);
    (files, spec, found)
}

fn good(main: &str, others: &[(&str, &str)], sets: &[&str], profile: Option<&str>) -> PipelineSpec {
    let (files, spec, found) = read(main, others, sets, profile);
    assert!(found.is_empty(), "{}", crate::diagnostic::render(&found, &files, false));
    spec.unwrap()
}

fn problems(name: &str, main: &str, others: &[(&str, &str)]) {
    let (files, _, found) = read(main, others, &[], None);
    assert_rendered(name, &found, &files);
}

const ENDS: &str = "[[source]]\npaths = 'main-in'\n[[export]]\npath = 'main-out'\n";

#[test]
fn a_file_wins_over_what_it_includes_and_lists_are_joined() {
    let main =
        format!("warraq = 1\ninclude = ['one.toml', 'two.toml']\n[run]\nthreads = 1\n[[stage]]\nuse = 'm.m'\n{ENDS}");
    let others = [
        (
            "folder/one.toml",
            "warraq = 1\nname = 'one'\n[run]\nthreads = 2\nwindow = 2\nerrors = 2\n[[stage]]\nuse = 'a.a'\nx = '${vars.v}'\n[vars]\nv = 1\nidle = 1\n",
        ),
        (
            "folder/two.toml",
            "include = 'three.toml'\n[run]\nwindow = 3\n[[stage]]\nuse = 'b.b'\n[vars]\nv = 2\n[profile.ci.stage.'a.a']\nx = 3\n",
        ),
        ("folder/three.toml", "[run]\nwindow = 4\nrecord_limit = 4\n[[stage]]\nuse = 'c.c'\n"),
    ];
    let spec = good(&main, &others, &[], None);
    assert_eq!((spec.name.as_str(), spec.run.threads.value), ("one", 1));
    assert_eq!((spec.run.window.unwrap().value, spec.run.record_limit.value), (3, 4));
    assert_eq!(spec.run.errors.value, Budget::Count(2));
    let uses: Vec<_> = spec.stages.iter().map(|stage| stage.name.as_str()).collect();
    assert_eq!(uses, ["a.a", "c.c", "b.b", "m.m"]);
    assert_eq!(to_json(&spec.stages[0].options), serde_json::json!({ "x": 2 }));
    assert_eq!(spec.included.len(), 3);
    let spec = good(&main, &others, &["run.window=9"], Some("ci"));
    assert_eq!(spec.run.window.unwrap().value, 9);
    assert_eq!(to_json(&spec.stages[0].options), serde_json::json!({ "x": 3 }));
}

#[test]
fn paths_start_at_the_file_they_are_written_in() {
    let main = format!(
        "warraq = 1\ninclude = ['[x]/one.toml', '../up/two.toml']\n[vars]\nhere = 'here'\nroot = '/root'\n{ENDS}"
    );
    let others = [
        (
            "folder/[x]/one.toml",
            "include = 'deep/three.toml'\n[[source]]\npaths = ['*.txt', '-', '/abs/*', '${vars.here}/a']\n[[export]]\npath = '${vars.root}/o'\n[plugins.p]\npath = 'lib'\n[[stage]]\nuse = 'a.b'\nfile = 'lexicon'\n",
        ),
        ("up/two.toml", "[[export]]\npath = 'out'\n[[export]]\npath = 'main-out'\n[rejects]\npath = 'r'\n"),
        ("folder/[x]/deep/three.toml", "[[source]]\npaths = '../back'\n"),
    ];
    // `folder/../up/two.toml` is asked for by that name.
    let others: Vec<(&str, &str)> = others
        .into_iter()
        .map(|(name, text)| if name == "up/two.toml" { ("folder/../up/two.toml", text) } else { (name, text) })
        .collect();
    let spec = good(&main, &others, &[], None);
    let paths: Vec<Vec<&str>> =
        spec.sources.iter().map(|source| source.paths.iter().map(|path| path.as_str()).collect()).collect();
    assert_eq!(paths[0], ["[[]x[]]/deep/../back"]);
    assert_eq!(paths[1], ["[[]x[]]/*.txt", "-", "/abs/*", "[[]x[]]/here/a"]);
    assert_eq!(paths[2], ["main-in"]);
    let exports: Vec<_> = spec.exports.iter().map(|export| export.path.as_ref().unwrap().as_str()).collect();
    assert_eq!(exports, ["/root/o", "../up/out", "../up/main-out", "main-out"]);
    assert_eq!(spec.rejects.unwrap().path.unwrap().value, "../up/r");
    assert_eq!(spec.plugins[0].place.text().value, "[x]/lib");
    // Only the stage knows that this is a path: it starts at the pipeline file, as all options do.
    assert_eq!(to_json(&spec.stages[0].options), serde_json::json!({ "file": "lexicon" }));
    // What `--set` says counts as written in the pipeline file.
    let spec = good(&main, &others, &["rejects.path=q"], None);
    assert_eq!(spec.rejects.unwrap().path.unwrap().value, "q");
}

#[test]
fn problems_in_an_included_file_are_shown_there() {
    problems(
        "include_wrong_content",
        &format!("warraq = 1\ninclude = ['one.toml', 'other.toml']\n[run]\nthreads = '${{vars.t}}'\n{ENDS}"),
        &[
            (
                "folder/one.toml",
                "nmae = 'x'\n[vars]\nt = 'many'\n[run]\nwindow = true\n[[stage]]\nuse = 'a.b'\nwhen = 5\n[export]\npath = 'x'\n",
            ),
            ("folder/other.toml", "warraq = 2\nsyntax error\n"),
        ],
    );
}

#[test]
fn files_that_cannot_be_included() {
    problems(
        "include_refused",
        &format!(
            "warraq = 1\ninclude = ['none.toml', 'https://example.org/x.toml', '${{vars.x}}.toml', 5, 'a.toml', './a.toml', 'main.toml']\n\
             name = '${{vars.from_none}}'\n[[stage]]\nuse = 'a.b'\nx = '${{vars.known}}'\n[vars]\nknown = 1\n{ENDS}"
        ),
        &[
            ("folder/a.toml", "include = ['sub/b.toml']\n"),
            ("folder/sub/b.toml", "include = ['../c.toml']\n"),
            ("folder/c.toml", "include = 'sub/b.toml'\n"),
        ],
    );
    problems("include_no_list", &format!("warraq = 1\ninclude = {{ path = 'x' }}\n{ENDS}"), &[]);
}

#[test]
fn includes_are_not_followed_for_ever() {
    let names: Vec<String> = (0..20).map(|i| format!("folder/f{i}.toml")).collect();
    let texts: Vec<String> = (0..20).map(|i| format!("include = 'f{}.toml'\n", i + 1)).collect();
    let others: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
    problems("include_too_deep", &format!("warraq = 1\ninclude = 'f0.toml'\n{ENDS}"), &others);
}

//! Pipeline files: any text is read to its end with all its problems, each in its place; what is accepted is printed as a file
//! that is accepted, too.

use crate::bytes::Bytes;
use std::collections::HashSet;
use std::path::Path;
use std::sync::LazyLock;
use warraq_core::Registry;
use warraq_engine::config::resolved::resolve;
use warraq_engine::config::{Kind, Node, PipelineSpec, Surroundings, load};
use warraq_engine::diagnostic::{Diagnostics, Files, Severity, explain, render, title};
use warraq_engine::plan::{Overrides, compile};

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    let mut registry = Registry::new();
    warraq_stages::register(&mut registry).expect("names are unique");
    warraq_formats::register(&mut registry).expect("names are unique");
    registry
});

/// Where the pipeline file is said to be: a folder that is not there, so that no name leads to a file.
const FILE: &str = "no-such-folder/any.toml";

/// Separates the pipeline file, the file that it may include, and any number of `--set` arguments.
const SEPARATOR: char = '\u{1e}';

/// The first byte says whether a profile is asked for and whether the second file is also a file of tests; texts follow.
pub(crate) fn pipeline(data: &[u8]) {
    let mut bytes = Bytes(data);
    let choice = bytes.u8();
    let texts = bytes.rest();
    let mut texts = texts.split(SEPARATOR);
    let (text, other) = (texts.next().unwrap_or_default(), texts.next().unwrap_or_default());
    let sets: Vec<String> = texts.take(4).map(str::to_owned).collect();
    let around = Surroundings {
        sets: &sets,
        profile: (choice & 1 != 0).then_some("ci"),
        env: &|name| (name != "UNSET").then(|| name.into()),
        read: &|path| match path.to_string_lossy().ends_with("self.toml") {
            true => Ok(text.to_owned()),
            false => Ok(other.to_owned()),
        },
        tests: (choice & 2 != 0).then_some(("any.test.toml", other)),
    };
    let mut files = Files::new();
    let (spec, mut found) = load(&mut files, FILE, text, &around);
    check_problems(&found, &files);
    assert!(spec.is_some() || found.has_errors(), "a file is refused with a reason");
    let Some(spec) = spec.filter(stays_here) else { return };
    let refused = found.has_errors();
    let plan = compile(&spec, Path::new(FILE), &REGISTRY, &Overrides::default(), &mut found);
    check_problems(&found, &files);
    assert_eq!(plan.is_none(), found.has_errors(), "a plan is made unless there is an error");
    let Some(plan) = plan else { return };
    assert!(!refused);
    let printed = resolve(&spec, &plan, &files).toml();
    let (mut files, around) = (Files::new(), Surroundings::default());
    let (again, mut found) = load(&mut files, FILE, &printed, &around);
    let plan = again.and_then(|spec| compile(&spec, Path::new(FILE), &REGISTRY, &Overrides::default(), &mut found));
    assert!(plan.is_some(), "what is printed is accepted:\n{printed}\n{}", render(&found, &files, false));
}

/// Whether nothing that the file names can be outside the folder that is not there.
fn stays_here(spec: &PipelineSpec) -> bool {
    fn strings(node: &Node) -> bool {
        match &node.kind {
            Kind::Str(text) => !text.contains(['/', '\\', '\0']),
            Kind::Array(items) => items.iter().all(strings),
            Kind::Table(table) => table.iter().all(|(_, node)| strings(node)),
            _ => true,
        }
    }
    spec.plugins.is_empty() && strings(&spec.root)
}

/// Every problem has a code with an explanation, a message, and places inside the texts; shown, it is one line or a picture
/// without control characters.
fn check_problems(found: &Diagnostics, files: &Files) {
    for problem in found {
        assert!(title(problem.code).is_some(), "{} has no title", problem.code);
        assert!(!problem.message.is_empty());
        let places = problem.primary.iter().chain(&problem.secondary);
        for (span, _) in places {
            let text = files.text(span.file);
            assert!(text.get(span.start..span.end).is_some(), "{problem:?} in {} bytes", text.len());
        }
        assert!(problem.primary.is_some() || problem.severity == Severity::Warning, "{problem:?} has no place");
        assert_eq!(problem.one_line(files).lines().count(), 1);
    }
    for colours in [false, true] {
        let shown = render(found, files, colours);
        assert!(colours || shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
    }
    let codes: HashSet<_> = found.iter().map(|problem| problem.code).collect();
    assert!(codes.into_iter().all(|code| explain::explain(code).is_some()));
}

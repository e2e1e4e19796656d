//! What became of tests: for people, for programs, for GitHub's workflows and for readers of JUnit.

use super::{Status, Suite, Tested};
use crate::diagnostic::formats::github::{data, property};
use crate::diagnostic::printable;
use crate::junit::{self, Case, CaseResult};
use serde_json::{Value, json};
use std::fmt::Write;

impl Suite {
    /// The tests that passed, failed, and could not be run.
    #[must_use]
    pub fn counts(&self) -> (usize, usize, usize) {
        let count = |kind: fn(&Status) -> bool| self.tests.iter().filter(|test| kind(&test.status)).count();
        (
            count(|status| matches!(status, Status::Passed)),
            count(|status| matches!(status, Status::Failed(_))),
            count(|status| matches!(status, Status::Error(_))),
        )
    }
}

impl Tested {
    /// What went wrong, as lines without colours.
    fn lines(&self) -> Vec<String> {
        match &self.status {
            Status::Passed => Vec::new(),
            Status::Error(why) => vec![printable(why).into_owned()],
            Status::Failed(failures) => {
                let mut lines = Vec::new();
                for failure in failures {
                    lines.push(format!("{}: {}", failure.layer, printable(&failure.why)));
                    lines.extend(failure.diff.iter().map(|line| format!("  {} {}", line.sign, line.text)));
                }
                lines
            }
        }
    }
}

/// For people.
#[must_use]
pub fn human(suites: &[Suite], color: bool) -> String {
    let paint = |code: &str, text: &str| if color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() };
    let mut out = String::new();
    for suite in suites.iter().filter(|suite| suite.invalid.is_some() || !suite.tests.is_empty()) {
        let _ = writeln!(out, "{}", paint("1", &printable(&suite.file)));
        if let Some(why) = &suite.invalid {
            let _ = writeln!(out, "  {} {}", paint("31", "invalid"), printable(why));
            continue;
        }
        for test in &suite.tests {
            let (word, place) = match test.status {
                Status::Passed => (paint("32", "ok   "), String::new()),
                Status::Failed(_) => (paint("31", "FAIL "), format!("  ({}:{})", printable(&test.file), test.line)),
                Status::Error(_) => (paint("31", "ERROR"), format!("  ({}:{})", printable(&test.file), test.line)),
            };
            let _ = writeln!(out, "  {word} {}{place}", printable(&test.name));
            for line in test.lines() {
                let code = match line.trim_start().chars().next() {
                    Some('-') => "32",
                    Some('+') => "31",
                    _ => "0",
                };
                let _ = writeln!(out, "          {}", paint(code, &line));
            }
            if let Some(path) = &test.blessed {
                let _ = writeln!(out, "          wrote {}", printable(&path.display().to_string()));
            }
        }
        let (passed, failed, errors) = suite.counts();
        let _ = writeln!(out, "  {passed} passed, {failed} failed{}", also(errors));
    }
    let total = |pick: fn((usize, usize, usize)) -> usize| suites.iter().map(|s| pick(s.counts())).sum::<usize>();
    if suites.len() > 1 {
        let errors = also(total(|(_, _, errors)| errors));
        let invalid = suites.iter().filter(|suite| suite.invalid.is_some()).count();
        let invalid = if invalid > 0 { format!(", {invalid} files invalid") } else { String::new() };
        let _ = writeln!(out, "all: {} passed, {} failed{errors}{invalid}", total(|c| c.0), total(|c| c.1));
    }
    out
}

fn also(errors: usize) -> String {
    if errors > 0 { format!(", {errors} could not be run") } else { String::new() }
}

/// One JSON document (`warraq_test: 1`).
#[must_use]
pub fn json(suites: &[Suite]) -> Value {
    let test = |test: &Tested| {
        let mut value = json!({ "name": test.name, "file": test.file, "line": test.line });
        match &test.status {
            Status::Passed => value["status"] = "passed".into(),
            Status::Error(why) => {
                value["status"] = "error".into();
                value["message"] = why.as_str().into();
            }
            Status::Failed(failures) => {
                value["status"] = "failed".into();
                let failures = failures.iter().map(|failure| {
                    let diff = failure.diff.iter().map(|line| format!("{} {}", line.sign, line.text));
                    json!({
                        "layer": failure.layer, "stage": failure.stage, "message": failure.why,
                        "diff": diff.collect::<Vec<_>>(),
                    })
                });
                value["failures"] = failures.collect();
            }
        }
        if let Some(path) = &test.blessed {
            value["blessed"] = path.display().to_string().into();
        }
        value
    };
    let files = suites.iter().map(|suite| {
        let (passed, failed, errors) = suite.counts();
        json!({
            "file": suite.file, "invalid": suite.invalid, "passed": passed, "failed": failed, "errors": errors,
            "tests": suite.tests.iter().map(test).collect::<Vec<_>>(),
        })
    });
    json!({ "warraq_test": 1, "files": files.collect::<Vec<_>>() })
}

/// An annotation for each test that did not pass.
#[must_use]
pub fn github(suites: &[Suite]) -> String {
    let mut out = String::new();
    for suite in suites {
        if let Some(why) = &suite.invalid {
            let _ = writeln!(out, "::error file={},title=invalid::{}", property(&suite.file), data(why));
        }
        for test in suite.tests.iter().filter(|test| !matches!(test.status, Status::Passed)) {
            let (file, title) = (property(&test.file), property(&test.name));
            let message = data(&test.lines().join("\n"));
            let _ = writeln!(out, "::error file={file},line={},title={title}::{message}", test.line);
        }
    }
    out
}

/// JUnit's XML: a suite per pipeline file that has tests or is invalid.
///
/// # Errors
/// When it cannot be made.
pub fn junit(suites: &[Suite]) -> Result<String, String> {
    let told = suites.iter().filter(|suite| suite.invalid.is_some() || !suite.tests.is_empty());
    let suites: Vec<junit::Suite> =
        told.map(|suite| junit::Suite { name: suite.file.clone(), cases: cases(suite) }).collect();
    junit::junit("warraq test", &suites)
}

fn cases(suite: &Suite) -> Vec<Case> {
    let invalid = suite.invalid.as_ref();
    let invalid = invalid.map(|why| Case::new("the pipeline file is valid", CaseResult::Error(why.clone())));
    let tests = suite.tests.iter().map(|test| Case {
        name: test.name.clone(),
        result: match test.status {
            Status::Passed => CaseResult::Passed,
            Status::Failed(_) => CaseResult::Failed(test.lines().join("\n")),
            Status::Error(_) => CaseResult::Error(test.lines().join("\n")),
        },
        place: Some((test.file.clone(), test.line)),
        time: Some(test.time),
    });
    invalid.into_iter().chain(tests).collect()
}

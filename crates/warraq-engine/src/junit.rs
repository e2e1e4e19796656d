//! JUnit XML, which the test views of CI systems read.

use crate::temporary;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::io;
use std::path::Path;
use std::time::Duration;

/// How a test case ended. The message may have several lines; its first one is what lists show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaseResult {
    /// As expected.
    Passed,
    /// Not as expected, and how.
    Failed(String),
    /// It could not be told, and why.
    Error(String),
}

/// A test case of a suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its name, as it is shown.
    pub name: String,
    /// How it ended.
    pub result: CaseResult,
    /// The file and the line, from 1, where it is written, if that is told.
    pub place: Option<(String, usize)>,
    /// How long it took, if that is told: without it, the same cases give the same bytes.
    pub time: Option<Duration>,
}

impl Case {
    /// A case with no place and no time.
    #[must_use]
    pub fn new(name: impl Into<String>, result: CaseResult) -> Self {
        Case { name: name.into(), result, place: None, time: None }
    }
}

/// Test cases that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suite {
    /// Its name: that of a pipeline, or of its file.
    pub name: String,
    /// Its cases, in their order.
    pub cases: Vec<Case>,
}

/// Writes such XML to a file, in one step.
///
/// # Errors
/// If it cannot be written, or if there is a file that is no test report, which is not this function's to destroy.
pub fn write(xml: &str, path: &Path) -> io::Result<()> {
    let is_own = |bytes: &[u8]| {
        let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]);
        head.trim_start().starts_with("<?xml") && head.contains("<testsuite")
    };
    temporary::store_own(path, xml.as_bytes(), "is no test report", is_own)
}

/// A report, as XML.
///
/// # Errors
/// If the XML cannot be made.
pub fn junit(title: &str, suites: &[Suite]) -> Result<String, String> {
    let mut report = Report::new(title);
    let mut all = None;
    for suite in suites {
        let mut written = TestSuite::new(suite.name.as_str());
        written.add_test_cases(suite.cases.iter().map(|case| test_case(&suite.name, case)));
        let time = suite.cases.iter().filter_map(|case| case.time).reduce(|a, b| a + b);
        if let Some(time) = time {
            written.set_time(time);
            all = Some(all.unwrap_or(Duration::ZERO) + time);
        }
        report.add_test_suite(written);
    }
    if let Some(all) = all {
        report.set_time(all);
    }
    report.to_string().map_err(|e| e.to_string())
}

fn test_case(suite: &str, case: &Case) -> TestCase {
    let status = match &case.result {
        CaseResult::Passed => TestCaseStatus::success(),
        CaseResult::Failed(message) => bad(NonSuccessKind::Failure, message),
        CaseResult::Error(message) => bad(NonSuccessKind::Error, message),
    };
    let mut written = TestCase::new(case.name.as_str(), status);
    written.set_classname(suite);
    if let Some(time) = case.time {
        written.set_time(time);
    }
    if let Some((file, line)) = &case.place {
        written.extra.insert("file".into(), file.as_str().into());
        written.extra.insert("line".into(), line.to_string().into());
    }
    written
}

fn bad(kind: NonSuccessKind, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    match message.split_once('\n') {
        Some((first, _)) => status.set_message(first).set_description(message),
        None => status.set_message(message),
    };
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_have_names_and_results_and_nothing_breaks_the_xml() {
        let cases = [
            Case::new("kept >= 80%", CaseResult::Passed),
            Case::new("labels <\"&\u{1}>", CaseResult::Failed("`kept` is 5 & <expected> \u{1b}[31m".into())),
            Case::new("run", CaseResult::Error("no input".into())),
        ];
        let suite = Suite { name: "arabic-news".into(), cases: cases.into() };
        insta::assert_snapshot!(junit("warraq", &[suite]).unwrap());
    }
}

//! JUnit XML, which the test views of CI systems read.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

/// How a test case ended.
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
}

/// A report of one suite, as XML. The same cases give the same bytes: it holds no time.
///
/// # Errors
/// If the XML cannot be made.
pub fn junit(suite: &str, cases: &[Case]) -> Result<String, String> {
    let mut tests = TestSuite::new(suite);
    for case in cases {
        let status = match &case.result {
            CaseResult::Passed => TestCaseStatus::success(),
            CaseResult::Failed(message) => bad(NonSuccessKind::Failure, message),
            CaseResult::Error(message) => bad(NonSuccessKind::Error, message),
        };
        let mut test = TestCase::new(case.name.as_str(), status);
        test.set_classname(suite);
        tests.add_test_case(test);
    }
    let mut report = Report::new("warraq");
    report.add_test_suite(tests);
    report.to_string().map_err(|e| e.to_string())
}

fn bad(kind: NonSuccessKind, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(message);
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_have_names_and_results_and_nothing_breaks_the_xml() {
        let case = |name: &str, result| Case { name: name.into(), result };
        let cases = [
            case("kept >= 80%", CaseResult::Passed),
            case("labels <\"&\u{1}>", CaseResult::Failed("`kept` is 5 & <expected> \u{1b}[31m".into())),
            case("run", CaseResult::Error("no input".into())),
        ];
        insta::assert_snapshot!(junit("arabic-news", &cases).unwrap());
    }
}

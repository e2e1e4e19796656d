//! The formats against what those who read them demand.

use super::*;
use crate::diagnostic::{CODES, SYNTAX, TYPE};
use serde_json::Value;

/// A file with everything that a format may trip over.
fn checked() -> Vec<Checked> {
    let mut files = Files::new();
    let file = files.add("أ b,c:1%.toml", "a = 'قيمة'\nb = [\n1,\n]\n");
    let set = files.add("--set", "a=2");
    let span = |file, needle: &str, text: &str| {
        let at = text.find(needle).unwrap();
        Span::new(file, at, at + needle.len())
    };
    let text = files.text(file).to_owned();
    let mut out = Diagnostics::new();
    out.push(
        Diagnostic::error(TYPE, "100% wrong:\r\nreally, really")
            .label(span(file, "'قيمة'", &text), "here")
            .also(span(file, "b", &text), "there")
            .also(Span::new(set, 2, 3), "and there")
            .help("do it"),
    );
    out.push(Diagnostic::warning(TYPE, "several lines").at(span(file, "[\n1,\n]", &text)));
    out.push(Diagnostic::error(TYPE, "an argument").at(Span::new(set, 0, 1)));
    out.push(Diagnostic::error(SYNTAX, "nowhere"));
    vec![
        Checked { name: "أ b,c:1%.toml".into(), verdict: Verdict::Invalid, diagnostics: out, files },
        Checked {
            name: "good.toml".into(),
            verdict: Verdict::Ok,
            diagnostics: Diagnostics::new(),
            files: Files::new(),
        },
    ]
}

#[test]
fn json_has_every_file_and_every_place() {
    let json = json(&checked());
    assert_eq!(json["warraq_check"], 1);
    assert_eq!(
        json["files"][1],
        serde_json::json!({
            "file": "good.toml", "verdict": "ok", "errors": 0, "warnings": 0, "diagnostics": []
        })
    );
    let file = &json["files"][0];
    assert_eq!((&file["verdict"], &file["errors"], &file["warnings"]), (&"invalid".into(), &3.into(), &1.into()));
    let first = &file["diagnostics"][0];
    assert_eq!(first["code"], "WQ003");
    assert_eq!(first["severity"], "error");
    assert_eq!(first["message"], "100% wrong:\r\nreally, really");
    for (key, value) in [("line", 1), ("column", 5), ("end_line", 1), ("end_column", 11)] {
        assert_eq!(first[key], value, "{key}");
    }
    assert_eq!(first["bytes"], serde_json::json!([4, 14]));
    assert_eq!(first["helps"], serde_json::json!(["do it"]));
    let labels = first["labels"].as_array().unwrap();
    let labels: Vec<_> =
        labels.iter().map(|l| (l["primary"].as_bool(), l["text"].as_str(), l["file"].as_str())).collect();
    assert_eq!(labels[0], (Some(true), Some("here"), Some("أ b,c:1%.toml")));
    assert_eq!(labels[2], (Some(false), Some("and there"), Some("--set")));
    let nowhere = &file["diagnostics"][3];
    assert_eq!(nowhere["file"], "أ b,c:1%.toml");
    assert_eq!(nowhere.get("line"), None);
}

#[test]
fn github_commands_are_one_line_each_and_escaped() {
    let text = github(&checked());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "::error file=أ b%2Cc%3A1%25.toml,line=1,col=5,endColumn=11,title=WQ003::100%25 wrong:%0D%0Areally, really\
             %0Ahere: here%0Ahelp: do it",
            "::warning file=أ b%2Cc%3A1%25.toml,line=2,endLine=4,title=WQ003::several lines",
            "::error file=أ b%2Cc%3A1%25.toml,title=WQ003::an argument%0Ain: --set a=2",
            "::error file=أ b%2Cc%3A1%25.toml,title=WQ001::nowhere",
        ]
    );
}

/// The properties that SARIF 2.1.0 requires (§3.13 log, §3.14 run, §3.19 driver, §3.49 rule, §3.27 result, §3.30 region).
#[test]
fn sarif_has_what_the_standard_requires() {
    let log = sarif(&checked());
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().ends_with("sarif-schema-2.1.0.json"));
    let runs = log["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 1);
    let run = &runs[0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    assert_eq!(run["invocations"][0]["exitCode"], 78);
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "warraq");
    let rules = driver["rules"].as_array().unwrap();
    assert_eq!(rules.len(), CODES.len());
    for (rule, (code, title)) in rules.iter().zip(CODES) {
        assert_eq!(rule["id"], *code);
        assert_eq!(rule["shortDescription"]["text"], *title);
        assert!(rule["help"]["text"].is_string() && rule["help"]["markdown"].is_string());
    }
    let uris: Vec<_> = run["artifacts"].as_array().unwrap().iter().map(|a| &a["location"]["uri"]).collect();
    assert_eq!(uris, ["%D8%A3%20b%2Cc%3A1%25.toml", "good.toml"]);
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 4);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["error", "warning"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let physical = &result["locations"][0]["physicalLocation"];
        assert!(physical["artifactLocation"]["uri"].is_string());
        if let Some(region) = physical.get("region") {
            let at = |key: &str| region[key].as_u64().unwrap();
            assert!(at("startLine") >= 1 && at("startColumn") >= 1 && at("endColumn") >= 1);
            assert!((at("startLine"), at("startColumn")) <= (at("endLine"), at("endColumn")));
        }
    }
    let related = results[0]["relatedLocations"].as_array().unwrap();
    assert_eq!(related.len(), 1, "an argument of the command line is no artifact");
    assert_eq!((&related[0]["id"], &related[0]["message"]["text"]), (&0.into(), &Value::from("there")));
    assert!(results[2]["locations"][0]["physicalLocation"].get("region").is_none());
}

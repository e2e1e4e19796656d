//! `--set`: what it reaches, and what it says when it reaches nothing.

use super::*;

#[test]
fn overrides_reach_every_kind_of_target() {
    let changed = |set: &str| spec(FULL, &[set]);
    assert_eq!(changed("run.threads=9").run.threads.value, 9);
    assert_eq!(changed("run.threads = 9 ").run.threads.value, 9);
    assert_eq!(changed("name=متحف").name.value, "متحف");
    assert_eq!(changed("name=a=b").name.value, "a=b");
    assert_eq!(changed("run.errors=1%").run.errors.value, Budget::Share(0.01));
    assert_eq!(changed("source.0.paths=x.txt").sources[0].paths[0].value, "x.txt");
    assert_eq!(changed("source.0.paths.1=x.txt").sources[0].paths[1].value, "x.txt");
    assert_eq!(changed("source.1.paths=['a', 'b']").sources[1].paths.len(), 2);
    assert_eq!(changed("export.1.path=o").exports[1].path.as_ref().unwrap().value, "o");
    assert_eq!(changed("stage.stems.run.on_error=skip").stages[1].on_error.unwrap().value, OnError::Skip);

    for key in [
        "stage.clean.arabic.tashkeel",
        "stage.\"clean.arabic\".tashkeel",
        "stage.'clean.arabic'.tashkeel",
        "stage.0.tashkeel",
        "'stage'.clean.\"arabic\".tashkeel",
    ] {
        let spec = changed(&format!("{key}=keep"));
        let options = to_json(&spec.stages[0].options);
        assert_eq!(options, serde_json::json!({ "tashkeel": "keep" }), "{key}");
    }
    for key in ["stage.stems.depth.min", "stage.morph.stem.depth.min", "stage.1.depth.min"] {
        let options = to_json(&changed(&format!("{key}=1")).stages[1].options);
        assert_eq!(options, serde_json::json!({ "depth": { "max": 2, "min": 1 } }), "{key}");
    }
}

#[test]
fn the_last_override_of_a_key_holds() {
    assert_eq!(spec(FULL, &["name=a", "name=b"]).name.value, "b");
}

#[test]
fn overrides_that_lead_nowhere_are_explained() {
    problems(
        "overrides",
        FULL,
        &[
            "run.threads",
            "=5",
            "a b=5",
            "run.=5",
            "run.thread=5",
            "run.threads=many",
            "name.first=x",
            "stage.clean.arabc.tashkeel=strip",
            "stage.nobody.option=1",
            "stage.stems=1",
            "stage.7.option=1",
            "source.jsonl.paths=x",
            "source.0.paths.x=y",
            "rejects.path=\u{1b}[31m",
            "rejects.path=out/news.jsonl",
        ],
    );
}

#[test]
fn an_override_by_use_must_mean_one_stage() {
    let text = r#"warraq = 1
[[source]]
paths = "a"
[[stage]]
use = "clean.regex"
name = "first"
[[stage]]
use = "clean.regex"
name = "second"
[[export]]
path = "b"
"#;
    problems("ambiguous_override", text, &["stage.clean.regex.rules=[]", "export.5.path=x"]);
    let none = "warraq = 1\n[[source]]\npaths = 'a'\n[[export]]\npath = 'b'\n";
    problems("override_of_no_stage", none, &["stage.clean.regex.rules=[]"]);
}

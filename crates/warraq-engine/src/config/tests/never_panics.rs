//! No text and no argument, however odd, may panic or overflow the stack.

use super::*;
use proptest::prelude::*;

#[test]
fn deep_nesting_is_an_error_and_no_overflow() {
    for (open, close) in [("[", "]"), ("{a=", "}"), ("{a.a.a.a.a.a.a.a=", "}")] {
        for depth in [60, 75, 5000] {
            let text = format!("warraq = 1\nx = {}1{}\n", open.repeat(depth), close.repeat(depth));
            let mut files = Files::new();
            let (_, found) = load(&mut files, "deep.toml", &text, &Surroundings::default());
            assert!(found.has_errors());
            let _ = crate::diagnostic::render(&found, &files, false);
        }
    }
}

/// What can happen to a file: pieces of the grammar, of its punctuation and of other scripts, anywhere.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "[[",
            "]]",
            "[",
            "]",
            "{",
            "}",
            "=",
            ".",
            ",",
            "\"",
            "'",
            "\"\"\"",
            "\n",
            "\r\n",
            "#",
            " ",
            "warraq = 1\n",
            "name",
            "[run]\n",
            "threads",
            "errors = ",
            "\"5%\"",
            "on_error",
            "window = \"1MB\"\n",
            "[[source]]\n",
            "paths = ",
            "[[stage]]\n",
            "use = ",
            "when = { ",
            "score",
            "lang",
            "meta",
            "run",
            "[[export]]\n",
            "path = ",
            "after = ",
            "[rejects]\n",
            "[expect]\n",
            "kept = \">= 80%\"\n",
            "dropped_by",
            "labels = { ",
            "${vars.x}",
            "$${",
            "[vars]\nx = { env = 'X', default = 1 }\n",
            "[profile.ci]\n",
            "[profile.ci.stage.stems]\n",
            "profile.b.source.0.",
            "include = ['full', 'self']\n",
            "include = 'f/full'\n",
            "true",
            "-1",
            "1e999",
            "nan",
            "99999999999999999999",
            "2024-01-01",
            "\u{feff}",
            "\u{0}",
            "\\u12",
            "كتاب",
            "\u{202e}",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,6}",
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// A good file with a stretch of bytes replaced.
fn mutated() -> impl Strategy<Value = String> {
    (0..FULL.len(), 0..40usize, pieces(), any::<bool>()).prop_map(|(at, len, new, insert)| {
        let mut text = FULL.to_owned();
        let start = text.floor_char_boundary(at);
        let end = text.ceil_char_boundary(start + len).min(text.len());
        let new: String = new.chars().take(12).collect();
        text.replace_range(start..if insert { start } else { end }, &new);
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn no_text_and_no_override_panics(
        text in prop_oneof![pieces(), mutated()],
        sets in prop::collection::vec(
            prop_oneof![pieces(), Just("stage.stems.depth.max=3".to_owned()), "(stage|source|run|name)[.a-z0-9\"]{0,12}=.{0,8}"],
            0..3,
        ),
    ) {
        let mut files = Files::new();
        let around = Surroundings {
            sets: &sets,
            profile: Some("ci"),
            env: &|name| Some(name.into()),
            read: &|path| match path.to_string_lossy().as_ref() {
                "self" => Ok(text.clone()),
                _ => Ok(FULL.to_owned()),
            },
            tests: Some(("any.test.toml", &text)),
        };
        let (spec, found) = load(&mut files, "any.toml", &text, &around);
        let rendered = crate::diagnostic::render(&found, &files, false);
        prop_assert!(rendered.chars().all(|c| c == '\n' || !c.is_control()));
        for problem in &found {
            prop_assert_eq!(problem.one_line(&files).lines().count(), 1);
            prop_assert!(crate::diagnostic::title(problem.code).is_some());
        }
        if let Some(spec) = spec {
            let options_schema = schema::tests::schema();
            for stage in &spec.stages {
                let _ = files.slice(locate(&stage.options, &text));
                let _ = to_json(&stage.options);
                let mut more = Diagnostics::new();
                schema::check(&stage.options, &options_schema, &stage.name, &mut more);
                let _ = crate::diagnostic::render(&more, &files, true);
            }
        } else {
            prop_assert!(found.has_errors());
        }
    }
}

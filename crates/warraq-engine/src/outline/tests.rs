use super::*;
use std::collections::HashSet;

/// An outline whose names hold whatever the forms have a meaning for.
fn odd() -> Outline {
    const ODD: &str = "a \"b\" \\n <c> #d; `e` {f} [g] | -> ورق\u{1b}[31m\nx";
    let stage = |name: &str, when: Option<&str>| StageOutline {
        name: name.into(),
        use_name: "clean.unicode".into(),
        reads: vec!["text"],
        writes: vec![],
        order: "batch",
        batch: Some(64),
        isolated: true,
        timeout_ms: None,
        memory_bytes: None,
        when: None,
        on_error: "skip",
        options: json!({}),
        when_words: when.map(str::to_owned),
    };
    let export = |path: Option<&str>, after| ExportOutline {
        format: "jsonl".into(),
        path: path.map(str::to_owned),
        codec: Some("gzip"),
        after,
        order: "in order",
        filter: None,
        filter_words: Some(ODD.into()),
    };
    let input = |path: &str, bytes| InputOutline { path: path.into(), bytes };
    Outline {
        warraq_plan: SCHEMA,
        name: ODD.into(),
        file: ODD.into(),
        sources: vec![
            SourceOutline {
                format: "jsonl".into(),
                inputs: vec![input(ODD, Some(1)), input("-", None), input("ملف.jsonl", None), input("d", Some(4))],
                bytes: None,
            },
            SourceOutline { format: "text".into(), inputs: vec![], bytes: Some(0) },
        ],
        stages: vec![stage(ODD, Some(ODD)), stage("clean.unicode", None)],
        exports: vec![export(None, 0), export(Some(ODD), 1), export(Some("-"), 2)],
        rejects: ODD.into(),
        report: ODD.into(),
        resources: vec![FileOutline { path: ODD.into(), bytes: 123_456, sha256: "0123456789abcdef".into() }],
        plugins: vec![],
        expect: vec![],
        run: RunOutline {
            threads: 1,
            window_bytes: 999,
            record_limit_bytes: 67_108_864,
            expansion_limit: 1000,
            token_limit: 20_000_000,
            span_limit: 20_000_000,
            memory_bytes: None,
            errors: "0".into(),
            on_error: "abort",
        },
    }
}

/// The tokens of a graph in Graphviz' language, as far as it is used here; fails on anything else.
fn dot_tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            c if c.is_whitespace() => {}
            '{' | '}' | '[' | ']' | ';' | '=' | ',' => tokens.push(c.to_string()),
            '-' => {
                assert_eq!(chars.next(), Some('>'));
                tokens.push("->".into());
            }
            '"' => {
                let mut string = String::from('"');
                loop {
                    match chars.next().expect("a string ends") {
                        '"' => break,
                        '\\' => string.extend(['\\', chars.next().expect("an escape is whole")]),
                        c => {
                            assert!(!c.is_control(), "{c:?}");
                            string.push(c);
                        }
                    }
                }
                tokens.push(string);
            }
            c if c.is_ascii_alphanumeric() => {
                let mut word = String::from(c);
                while let Some(c) = chars.next_if(|c| c.is_ascii_alphanumeric()) {
                    word.push(c);
                }
                tokens.push(word);
            }
            c => panic!("{c:?} is no part of the language"),
        }
    }
    tokens
}

#[test]
fn a_graph_is_whole_whatever_the_names_hold() {
    let tokens = dot_tokens(&dot(&odd()));
    assert_eq!((tokens[0].as_str(), tokens[2].as_str(), tokens.last().unwrap().as_str()), ("digraph", "{", "}"));
    let statements: Vec<&[String]> = tokens[3..tokens.len() - 1].split(|token| token == ";").collect();
    let mut nodes = HashSet::new();
    let mut arrows = 0;
    for statement in statements.iter().filter(|statement| !statement.is_empty()) {
        match statement {
            [from, arrow, to] if arrow == "->" => {
                assert!(nodes.contains(from.as_str()) && nodes.contains(to.as_str()), "{from} -> {to}");
                arrows += 1;
            }
            [id, open, .., close] if open == "[" && close == "]" => assert!(nodes.insert(id.as_str())),
            other => panic!("no statement: {other:?}"),
        }
    }
    // Two sources lead to a branch and a stage; a branch, a stage and the last export follow.
    assert_eq!((nodes.len(), arrows), (1 + 2 + 2 + 3, 4 + 2 + 1));
}

#[test]
fn a_flowchart_is_whole_whatever_the_names_hold() {
    let text = mermaid(&odd());
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("flowchart TD"));
    let mut nodes = HashSet::new();
    for line in lines {
        let line = line.strip_prefix("    ").unwrap();
        if let Some((from, to)) = line.split_once(" --> ").filter(|_| !line.contains('"')) {
            assert!(nodes.contains(from) && nodes.contains(to), "{line}");
            continue;
        }
        let (id, rest) = line.split_once('[').unwrap();
        nodes.insert(id);
        let label = rest.strip_prefix("(").map_or(rest, |rest| rest.strip_suffix(")]").unwrap());
        let label = label.strip_suffix(']').unwrap_or(label);
        let label = label.strip_prefix('"').and_then(|label| label.strip_suffix('"')).unwrap();
        let label = label.replace("<br/>", "");
        assert!(!label.contains(['"', '<', '>', '`', '\\', '\u{1b}']), "{label}");
    }
}

#[test]
fn columns_line_up_and_nothing_drives_a_terminal() {
    insta::assert_snapshot!(ascii(&odd()));
}

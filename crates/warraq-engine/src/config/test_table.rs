//! `[[test]]`: from the tree to [`TestSpec`]s, with everything reported that could make a test pass for no reason.

use super::condition::range;
use super::fields::{Fields, missing_key, strings, unknown_key};
use super::node::{Kind, Node, to_json, type_error};
use super::spec::{ScoreRange, Spanned};
use super::suggest;
use super::test_spec::{
    Expected, ExpectedField, ExpectedVerdict, LayerExpectation, TestContent, TestExpect, TestInput, TestLayer, TestSpec,
};
use crate::diagnostic::{
    Diagnostic, Diagnostics, NO_SUCH_STAGE, Span, TEST_CONTRADICTION, TEST_EXPECTS_NOTHING, TEST_INPUT, TEST_NAME,
    TEST_RANGE,
};
use serde_json::Value;
use std::collections::HashMap;
use warraq_core::TokenKind;

pub(crate) const KEYS: &[&str] = &["name", "input", "from", "to", "expect"];
pub(crate) const INPUT_KEYS: &[&str] = &["text", "record", "file", "source", "id", "lang", "meta"];
const CONTENTS: &[&str] = &["text", "record", "file"];
pub(crate) const VERDICTS: &[&str] = &["kept", "dropped", "duplicate", "failed"];
/// Layers of which a part can be expected; of the others, tables of named values, a part is all that is ever asked for.
pub(crate) const LISTS: &[&str] = &["text", "tokens", "words", "sentences", "spans", "removed"];
pub(crate) const SPAN_KEYS: &[&str] = &["label", "text", "start", "end", "source"];
pub(crate) const REMOVED_KEYS: &[&str] = &["label", "text", "reason"];

/// What of the pipeline the tests refer to.
pub(super) struct Pipeline<'a> {
    /// The names of the stages in order, also of those that were refused.
    pub(super) stages: Vec<&'a str>,
    /// The number of sources.
    pub(super) sources: usize,
}

/// Reads the `[[test]]` tables.
pub(super) fn tests(nodes: &[&Node], pipeline: &Pipeline<'_>, out: &mut Diagnostics) -> Vec<TestSpec> {
    let mut seen: HashMap<String, Span> = HashMap::new();
    let mut tests = Vec::with_capacity(nodes.len());
    for node in nodes {
        let Some(test) = test(node, pipeline, &mut seen, out) else { continue };
        tests.push(test);
    }
    tests
}

fn test(
    node: &Node,
    pipeline: &Pipeline<'_>,
    seen: &mut HashMap<String, Span>,
    out: &mut Diagnostics,
) -> Option<TestSpec> {
    let mut fields = Fields::of(node, "`[[test]]`", out)?;
    fields.required("name", KEYS, out);
    let name = fields.string("name", out);
    if let Some(name) = &name {
        fields.owner = format!("test `{}`", super::node::shorten(name));
        match seen.get(&name.value) {
            Some(first) => out.push(
                Diagnostic::error(TEST_NAME, format!("two tests are named `{}`", super::node::shorten(name)))
                    .label(name.span, "the second")
                    .also(*first, "the first"),
            ),
            None => drop(seen.insert(name.value.clone(), name.span)),
        }
    }
    fields.check_keys(KEYS, out);
    let input = fields.required("input", KEYS, out).and_then(|node| input(node, &fields.label("input"), pipeline, out));
    let (from, to) = (stage(&fields, "from", pipeline, out), stage(&fields, "to", pipeline, out));
    if let (Some((from, first)), Some((to, last))) = (&from, &to)
        && first > last
    {
        let message = format!("`from` names stage `{from}`, which comes after stage `{to}` of `to`");
        out.push(Diagnostic::error(TEST_RANGE, message).label(from.span, "comes after").also(to.span, "comes before"));
    }
    let expect = fields.required("expect", KEYS, out).and_then(|node| expect(node, &fields.label("expect"), out));
    Some(TestSpec {
        span: fields.span,
        name: name?,
        input: input?,
        from: from.map(|(name, _)| name),
        to: to.map(|(name, _)| name),
        expect: expect?,
    })
}

/// A stage by its name, and its place among the others.
fn stage(
    fields: &Fields<'_>,
    key: &str,
    pipeline: &Pipeline<'_>,
    out: &mut Diagnostics,
) -> Option<(Spanned<String>, usize)> {
    let name = fields.string(key, out)?;
    let Some(at) = pipeline.stages.iter().position(|stage| *stage == name.as_str()) else {
        let help = suggest::help(&name, pipeline.stages.iter().copied(), "stages");
        let error = Diagnostic::error(NO_SUCH_STAGE, format!("no stage is named `{name}`"));
        out.push(error.label(name.span, fields.label(key)).help_if(help));
        return None;
    };
    Some((name, at))
}

fn input(node: &Node, what: &str, pipeline: &Pipeline<'_>, out: &mut Diagnostics) -> Option<TestInput> {
    let fields = Fields::of(node, what, out)?;
    fields.check_keys(INPUT_KEYS, out);
    let given: Vec<_> = CONTENTS.iter().filter_map(|key| fields.table.entry(key)).collect();
    let (key, content) = match given.as_slice() {
        [(key, content)] => (key, content),
        [] => {
            let error = Diagnostic::error(TEST_INPUT, format!("{what} has nothing to read")).at(node.span);
            out.push(error.help("give it one of `text`, `record` and `file`"));
            return None;
        }
        [(first, _), (second, _), ..] => {
            let message = format!("{what} has both `{}` and `{}`", first.name, second.name);
            let error = Diagnostic::error(TEST_INPUT, message).at(second.span).also(first.span, "given here");
            out.push(error.help("a test has one document: give one of them"));
            return None;
        }
    };
    for (key_of, other) in [("source", "text"), ("id", "record"), ("lang", ""), ("meta", "")] {
        let belongs = key.name != other && (!other.is_empty() || key.name == "text");
        if let (Some((option, _)), false) = (fields.table.entry(key_of), belongs) {
            let message = format!("`{key_of}` says nothing about an input that is a {}", key.name);
            let error = Diagnostic::error(TEST_INPUT, message).at(option.span).also(key.span, "given here");
            out.push(error.help(match key_of {
                "source" => "a text becomes a document without a source: remove it, or give a `record`",
                _ => "the source takes it from what it reads: put it there, or give a `text`",
            }));
        }
    }
    let source = fields.get("source").and_then(|node| source(node, &fields.label("source"), pipeline, out));
    let label = fields.label(&key.name);
    let content = match key.name.as_str() {
        "text" => TestContent::Text(content.expect_str(&label, out)?.to_owned()),
        "file" => TestContent::File(fields.string("file", out)?),
        _ => TestContent::Record(match &content.kind {
            Kind::Str(text) => Spanned::new(text.clone(), content.span),
            Kind::Table(_) => Spanned::new(to_json(content).to_string(), content.span),
            _ => {
                out.push(type_error(content, "a string or a table", &label));
                return None;
            }
        }),
    };
    let meta = fields.get("meta").and_then(|node| node.expect_table(&fields.label("meta"), out));
    let meta = meta.into_iter().flatten().map(|(key, node)| (key.name.clone(), to_json(node)));
    Some(TestInput {
        span: node.span,
        content,
        id: fields.string("id", out),
        lang: fields.string("lang", out),
        meta: meta.collect(),
        source,
    })
}

/// The index of a source, which is given by its number.
fn source(node: &Node, what: &str, pipeline: &Pipeline<'_>, out: &mut Diagnostics) -> Option<Spanned<usize>> {
    let number = node.expect_int(what, out)?;
    let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
    let Some(index) = index.filter(|&index| index < pipeline.sources) else {
        let error = Diagnostic::error(TEST_INPUT, format!("there is no source number {number}"));
        let help = match pipeline.sources {
            0 => "the pipeline has no `[[source]]`".to_owned(),
            1 => "the only `[[source]]` is number 1".to_owned(),
            last => format!("the `[[source]]` tables are numbered from 1 to {last}"),
        };
        out.push(error.label(node.span, what).help(help));
        return None;
    };
    Some(Spanned::new(index, node.span))
}

fn expect(node: &Node, what: &str, out: &mut Diagnostics) -> Option<TestExpect> {
    let fields = Fields::of(node, what, out)?;
    let layers = TestLayer::ALL.map(|(key, _)| key);
    let known: Vec<&str> = layers.iter().chain(VERDICTS).chain(&["contains", "golden"]).copied().collect();
    fields.check_keys(&known, out);
    if fields.table.is_empty() {
        let error = Diagnostic::error(TEST_EXPECTS_NOTHING, format!("{what} is empty: the test could not fail"));
        out.push(error.at(node.span).help("to expect that the document comes through, write `kept = true`"));
        return None;
    }
    let verdict = verdict(&fields, out);
    let mut found = layers_of(&fields, &layers, true, out);
    if let Some(node) = fields.get("contains")
        && let Some(part) = Fields::of(node, &fields.label("contains"), out)
    {
        for (key, _) in part.table {
            let name = key.name.as_str();
            match fields.table.entry(name) {
                Some((whole, _)) if LISTS.contains(&name) => {
                    let message = format!("`{name}` is expected as a whole and in part");
                    let error = Diagnostic::error(TEST_CONTRADICTION, message).label(key.span, "in part");
                    out.push(error.also(whole.span, "as a whole").help("keep one of them"));
                }
                _ if ["meta", "scores", "columns"].contains(&name) => {
                    let error = unknown_key(name, key.span, &part.owner, LISTS);
                    out.push(error.help(format!("`{name}` of `expect` never asks for more than it names")));
                }
                _ if !LISTS.contains(&name) => out.push(unknown_key(name, key.span, &part.owner, LISTS)),
                _ => {}
            }
        }
        if part.table.is_empty() {
            let message = format!("{} is empty: it could not fail", part.owner);
            out.push(Diagnostic::error(TEST_EXPECTS_NOTHING, message).at(node.span));
        }
        found.extend(layers_of(&part, LISTS, false, out));
    }
    lengths(&found, out);
    let golden = fields.string("golden", out);
    if let (Some(golden), Some((key, _))) = (&golden, VERDICTS[1..].iter().find_map(|key| fields.table.entry(key))) {
        let message = format!("a golden file holds a document that is kept, and `{}` says it is not", key.name);
        let error = Diagnostic::error(TEST_CONTRADICTION, message).label(golden.span, "kept");
        out.push(error.also(key.span, "not kept"));
    }
    Some(TestExpect { span: node.span, verdict: verdict?, layers: found, golden })
}

fn verdict(fields: &Fields<'_>, out: &mut Diagnostics) -> Option<ExpectedVerdict> {
    let given: Vec<_> = VERDICTS.iter().filter_map(|key| fields.table.entry(key)).collect();
    if let [(first, _), (second, _), ..] = given.as_slice() {
        let message = format!("a document cannot be both `{}` and `{}`", first.name, second.name);
        let error = Diagnostic::error(TEST_CONTRADICTION, message).label(second.span, "the second");
        out.push(error.also(first.span, "the first"));
        return None;
    }
    let Some((key, node)) = given.first() else { return Some(ExpectedVerdict::Kept) };
    if key.name == "kept" {
        if !node.expect_bool(&fields.label("kept"), out)? {
            let error = Diagnostic::error(TEST_CONTRADICTION, "`kept = false` does not say what becomes of it");
            out.push(error.label(node.span, fields.label("kept")).help(
                "write why it is not kept: `dropped = \"reason\"`, `duplicate = \"kept id\"` or `failed = \"reason\"`",
            ));
            return None;
        }
        return Some(ExpectedVerdict::Kept);
    }
    let word = fields.string(&key.name, out)?.value;
    Some(match key.name.as_str() {
        "dropped" => ExpectedVerdict::Dropped(word),
        "duplicate" => ExpectedVerdict::Duplicate(word),
        _ => ExpectedVerdict::Failed(word),
    })
}

fn layers_of(fields: &Fields<'_>, keys: &[&str], whole: bool, out: &mut Diagnostics) -> Vec<LayerExpectation> {
    let layers = TestLayer::ALL.iter().filter(|(key, _)| keys.contains(key));
    let layers = layers.filter_map(|(key, layer)| {
        let node = fields.get(key)?;
        let value = expected(*layer, node, &fields.label(key), whole, out)?;
        Some(LayerExpectation { layer: *layer, span: node.span, value })
    });
    layers.collect()
}

fn expected(layer: TestLayer, node: &Node, what: &str, whole: bool, out: &mut Diagnostics) -> Option<Expected> {
    use TestLayer as L;
    Some(match layer {
        L::Text if !whole => {
            let parts: Vec<String> = strings(node, what, out).into_iter().map(|part| part.value).collect();
            Expected::Parts(Some(parts).filter(|parts| !parts.is_empty())?)
        }
        L::Text | L::Lang => Expected::Text(node.expect_str(what, out)?.to_owned()),
        L::Meta | L::Scores | L::Columns => Expected::Fields(named(layer, node, what, out)?),
        _ => {
            let items = node.expect_array(what, out)?;
            if items.is_empty() && !whole {
                let message = format!("{what} is empty: it could not fail");
                out.push(Diagnostic::error(TEST_EXPECTS_NOTHING, message).at(node.span));
                return None;
            }
            let values: Option<Vec<Value>> = items.iter().map(|item| value(layer, item, what, out)).collect();
            if whole { Expected::Items(values?) } else { Expected::Some(values?) }
        }
    })
}

/// One item of a list.
fn value(layer: TestLayer, item: &Node, what: &str, out: &mut Diagnostics) -> Option<Value> {
    let keys = match layer {
        TestLayer::Spans => SPAN_KEYS,
        TestLayer::Removed => REMOVED_KEYS,
        TestLayer::Kinds => {
            let word = item.expect_str(what, out)?;
            let kinds = TokenKind::ALL.map(TokenKind::name);
            if !kinds.contains(&word) {
                out.push(super::fields::unknown_value(item, word, &kinds, what));
                return None;
            }
            return Some(word.into());
        }
        _ => return Some(item.expect_str(what, out)?.into()),
    };
    let fields = Fields::of(item, &format!("an item of {what}"), out)?;
    fields.check_keys(keys, out);
    if fields.table.is_empty() {
        out.push(missing_key("label", &fields.owner, item.span).help("give it at least a `label` or a `text`"));
    }
    for (key, node) in fields.table {
        let _ = match key.name.as_str() {
            "start" | "end" => node.expect_int(&fields.label(&key.name), out).map(drop),
            _ => node.expect_str(&fields.label(&key.name), out).map(drop),
        };
    }
    Some(to_json(item))
}

/// Named values: fields, scores or columns.
fn named(layer: TestLayer, node: &Node, what: &str, out: &mut Diagnostics) -> Option<Vec<(String, ExpectedField)>> {
    let table = node.expect_table(what, out)?;
    if table.is_empty() {
        let message = format!("{what} is empty: it could not fail");
        out.push(Diagnostic::error(TEST_EXPECTS_NOTHING, message).at(node.span));
        return None;
    }
    let mut found = Vec::with_capacity(table.len());
    for (key, node) in table {
        let label = format!("`{}` of {what}", key.name);
        let field = match layer {
            TestLayer::Meta => Some(ExpectedField::Value(to_json(node))),
            TestLayer::Columns => (node.expect_array(&label, out))
                .and_then(|items| {
                    items.iter().map(|item| Some(Value::from(item.expect_str(&label, out)?))).collect::<Option<_>>()
                })
                .map(|cells| ExpectedField::Value(Value::Array(cells))),
            _ => match &node.kind {
                Kind::Int(_) | Kind::Float(_) => {
                    let number = node.expect_number(&label, out);
                    number.map(|number| ExpectedField::Range(ScoreRange { min: Some(number), max: Some(number) }))
                }
                Kind::Table(_) => range(node, &label, out).map(ExpectedField::Range),
                _ => {
                    out.push(type_error(node, "a number, or a table with `min`, `max` or both", &label));
                    None
                }
            },
        };
        found.extend(field.map(|field| (key.name.clone(), field)));
    }
    Some(found)
}

/// Lists that run beside the tokens are as long as they are.
fn lengths(layers: &[LayerExpectation], out: &mut Diagnostics) {
    let items = |layer| {
        let found = layers.iter().find(|l| l.layer == layer)?;
        match &found.value {
            Expected::Items(items) => Some((items.len(), found.span)),
            _ => None,
        }
    };
    if let (Some((tokens, first)), Some((kinds, second))) = (items(TestLayer::Tokens), items(TestLayer::Kinds))
        && tokens != kinds
    {
        let message = format!("{tokens} tokens cannot have {kinds} kinds");
        let error = Diagnostic::error(TEST_CONTRADICTION, message).label(second, format!("{kinds} kinds"));
        out.push(error.also(first, format!("{tokens} tokens")));
    }
}

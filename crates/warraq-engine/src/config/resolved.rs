//! A pipeline file as it is run: includes, profile, `--set` and variables resolved, defaults filled in, and beside every
//! value where it is from. This is what `config` shows.
//!
//! Saved beside the pipeline file, the TOML form means the same: its paths start at the same folder, and what looks like a
//! reference in a value is escaped again. Only secrets are lost: `***` stands for them.

use super::node::{Key, Kind, Node, Table, to_json};
use super::spec::{Budget, DEFAULT_CHECKPOINT, DEFAULT_RECORD_LIMIT, OnError, PipelineSpec};
use super::write::{toml_key, toml_value};
use super::{EXPORT_KEYS, GRAMMAR, SOURCE_KEYS, STAGE_KEYS, limits, references};
use crate::diagnostic::{Files, Span, printable};
use crate::plan::Plan;
use crate::secret::Secrets;
use serde_json::{Value, json};
use std::path::Path;

/// The version of the JSON form. Keys are added, never changed.
const SCHEMA: u32 = 1;
/// Longest line that others line up their comments with.
const MAX_ALIGNED: usize = 72;

/// Where a value is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueSource {
    /// Nobody said otherwise.
    Default,
    /// The pipeline file, or one that it includes: file, line and column.
    File(String, usize, usize),
    /// The profile of this name: file, line and column.
    Profile(String, String, usize, usize),
    /// This `--set` argument.
    Argument(String),
    /// The variable of this name.
    Variable(String),
    /// The environment variable of this name.
    Environment(String),
}

impl ValueSource {
    fn words(&self) -> String {
        match self {
            Self::Default => "default".to_owned(),
            Self::File(file, line, _) => format!("{file}:{line}"),
            Self::Profile(name, file, line, _) => format!("profile {name}, {file}:{line}"),
            Self::Argument(text) => format!("--set {text}"),
            Self::Variable(name) => format!("vars.{name}"),
            Self::Environment(name) => format!("environment {name}"),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Default => json!({ "kind": "default" }),
            Self::File(file, line, column) => json!({ "kind": "file", "file": file, "line": line, "column": column }),
            Self::Profile(name, file, line, column) => {
                json!({ "kind": "profile", "name": name, "file": file, "line": line, "column": column })
            }
            Self::Argument(text) => json!({ "kind": "set", "argument": text }),
            Self::Variable(name) => json!({ "kind": "variable", "name": name }),
            Self::Environment(name) => json!({ "kind": "environment", "name": name }),
        }
    }
}

/// A value and where it is from.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its key in the section; the keys of tables in tables are joined.
    pub key: Vec<String>,
    /// The value.
    pub value: Node,
    /// Where it is from: its place first, then what it was filled in with.
    pub from: Vec<ValueSource>,
    /// Whether it is what it would be if nobody had said anything.
    pub is_default: bool,
}

/// A table of the file.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its name: one part, or two of a plugin's; none of the root.
    pub name: Vec<String>,
    /// Its number among those of this name, of `[[source]]`, `[[stage]]` and `[[export]]`.
    pub number: Option<usize>,
    /// Its values.
    pub entries: Vec<Entry>,
}

/// A pipeline file as it is run.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The pipeline file, as named by the caller.
    pub file: String,
    /// Its tables.
    pub sections: Vec<Section>,
}

/// Resolves a pipeline file of which there is a plan.
#[must_use]
pub fn resolve(spec: &PipelineSpec, plan: &Plan, files: &Files) -> Resolved {
    let resolver = Resolver { spec, plan, files };
    let empty = Table::new();
    let root = spec.root.as_table().unwrap_or(&empty);
    let mut sections = vec![resolver.root(root), resolver.run(root)];
    for (key, node) in root.get("plugins").and_then(Node::as_table).into_iter().flatten() {
        sections.push(resolver.section(vec!["plugins".to_owned(), key.name.clone()], None, node, Vec::new()));
    }
    for list in ["source", "stage", "export"] {
        let items = root.get(list).and_then(Node::as_array).unwrap_or_default();
        for (number, node) in items.iter().enumerate() {
            let defaults = match list {
                "source" => resolver.source(number),
                "stage" => resolver.stage(number),
                _ => resolver.export(number),
            };
            sections.push(resolver.section(vec![list.to_owned()], Some(number), node, defaults));
        }
    }
    let rejects = root.get("rejects").cloned().unwrap_or_else(|| resolver.node(Kind::Table(Table::new())));
    sections.push(resolver.section(vec!["rejects".to_owned()], None, &rejects, resolver.rejects()));
    if let Some(expect) = root.get("expect") {
        sections.push(resolver.section(vec!["expect".to_owned()], None, expect, Vec::new()));
    }
    Resolved { file: files.name(spec.file).to_owned(), sections }
}

/// Keys and what they are by default.
type Defaults = Vec<(Vec<String>, Kind)>;

struct Resolver<'a> {
    spec: &'a PipelineSpec,
    plan: &'a Plan,
    files: &'a Files,
}

impl Resolver<'_> {
    fn node(&self, kind: Kind) -> Node {
        Node::new(kind, Span::new(self.spec.file, 0, 0))
    }

    /// A table of the file: what it says, then what it leaves to its defaults.
    fn section(&self, name: Vec<String>, number: Option<usize>, node: &Node, defaults: Defaults) -> Section {
        let mut entries = Vec::new();
        self.flatten(&mut Vec::new(), node, &mut entries);
        self.fill(&mut entries, defaults);
        Section { name, number, entries }
    }

    /// The values of a table, those of tables in it under joined keys.
    fn flatten(&self, path: &mut Vec<String>, node: &Node, entries: &mut Vec<Entry>) {
        match node.as_table().filter(|table| !table.is_empty()) {
            Some(table) => {
                for (key, node) in table {
                    path.push(key.name.clone());
                    self.flatten(path, node, entries);
                    path.pop();
                }
            }
            None if path.is_empty() => {}
            None => {
                let from = self.sources_of(node);
                let mut value = node.clone();
                hide(&mut value, self.spec.provenance.secrets());
                entries.push(Entry { key: path.clone(), value, from, is_default: false });
            }
        }
    }

    fn fill(&self, entries: &mut Vec<Entry>, defaults: Defaults) {
        for (key, kind) in defaults {
            let value = self.node(kind);
            if let Some(entry) = entries.iter_mut().find(|entry| entry.key == key) {
                // Whether a format could be told without its name is not known here.
                entry.is_default |= key != ["use"] && to_json(&entry.value) == to_json(&value);
            } else if !entries.iter().any(|entry| entry.key.starts_with(&key)) {
                // A table of which the file gives some keys is the file's.
                let start = entries.len();
                self.flatten(&mut key.clone(), &value, entries);
                for entry in &mut entries[start..] {
                    (entry.from, entry.is_default) = (vec![ValueSource::Default], true);
                }
            }
        }
    }

    /// Where a value is from, and of its parts whatever is from elsewhere.
    fn sources_of(&self, node: &Node) -> Vec<ValueSource> {
        let mut from = vec![self.place(node.span)];
        self.filled(node, &mut from);
        from
    }

    fn filled(&self, node: &Node, from: &mut Vec<ValueSource>) {
        let place = self.place(node.span);
        // Of the lines of one value, the first is enough.
        let is_file = |from: &ValueSource| matches!(from, ValueSource::File(..));
        let is_profile = |from: &ValueSource| matches!(from, ValueSource::Profile(..));
        let mut add = |new: ValueSource| {
            let has = |is_such: &dyn Fn(&ValueSource) -> bool| is_such(&new) && from.iter().any(is_such);
            if !from.contains(&new) && !has(&is_file) && !has(&is_profile) {
                from.push(new);
            }
        };
        add(place);
        for origin in self.spec.provenance.origins(node.span) {
            add(ValueSource::Variable(origin.variable.clone()));
            match (&origin.env, self.place(origin.span)) {
                (Some(name), _) => add(ValueSource::Environment(name.clone())),
                (None, argument @ ValueSource::Argument(_)) => add(argument),
                (None, profile @ ValueSource::Profile(..)) => add(profile),
                _ => {}
            }
        }
        match &node.kind {
            Kind::Array(items) => items.iter().for_each(|item| self.filled(item, from)),
            Kind::Table(table) => table.iter().for_each(|(_, node)| self.filled(node, from)),
            _ => {}
        }
    }

    fn place(&self, span: Span) -> ValueSource {
        let file = self.files.name(span.file).to_owned();
        if file.starts_with("--") {
            return ValueSource::Argument(self.files.text(span.file).to_owned());
        }
        let (line, column) = self.files.line_col(span.file, span.start);
        match self.spec.provenance.profile(span) {
            Some(name) => ValueSource::Profile(name.to_owned(), file, line, column),
            None => ValueSource::File(file, line, column),
        }
    }

    fn root(&self, root: &Table) -> Section {
        let entry = |name: &str| root.entry(name).cloned();
        let keys: Table = ["warraq", "name"].into_iter().filter_map(entry).collect();
        let stem = Path::new(self.files.name(self.spec.file)).file_stem();
        let stem = stem.map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let defaults = vec![(key("warraq"), Kind::Int(GRAMMAR)), (key("name"), Kind::Str(stem))];
        let mut section = self.section(Vec::new(), None, &self.node(Kind::Table(keys)), defaults);
        // No pipeline file goes without it.
        section
            .entries
            .iter_mut()
            .filter(|entry| entry.key == key("warraq"))
            .for_each(|entry| entry.is_default = false);
        section
    }

    fn run(&self, root: &Table) -> Section {
        let run = &self.spec.run;
        let size = format!("{}MiB", DEFAULT_RECORD_LIMIT >> 20);
        let mut defaults = vec![
            (key("threads"), Kind::Int(0)),
            (key("errors"), Kind::Str("0".to_owned())),
            (key("on_error"), on_error(OnError::default())),
            (key("record_limit"), Kind::Str(size)),
            (key("checkpoint"), Kind::Str(format!("{}s", DEFAULT_CHECKPOINT.as_secs()))),
        ];
        defaults.extend(limits::defaults().map(|(name, kind)| (key(name), kind)));
        let node = root.get("run").cloned().unwrap_or_else(|| self.node(Kind::Table(Table::new())));
        let mut section = self.section(key("run"), None, &node, defaults);
        for entry in &mut section.entries {
            // These can be written in several ways.
            entry.is_default |= match entry.key[0].as_str() {
                "errors" => run.errors.value == Budget::Count(0),
                "record_limit" => run.record_limit.value == DEFAULT_RECORD_LIMIT,
                "checkpoint" => run.checkpoint.value == Some(DEFAULT_CHECKPOINT),
                _ => false,
            };
        }
        section
    }

    fn source(&self, number: usize) -> Defaults {
        // Paths of several formats under one header have no `use` in common, and no options either.
        let mut sources = self.plan.sources.iter().filter(|source| source.index == number);
        let (Some(source), None) = (sources.next(), sources.next()) else { return Vec::new() };
        let mut defaults = vec![(key("use"), Kind::Str(source.format_name.to_string()))];
        defaults.extend(self.options(&source.schema));
        defaults
    }

    fn stage(&self, number: usize) -> Defaults {
        let Some(stage) = self.plan.stages.get(number) else { return Vec::new() };
        let mut defaults = vec![
            (key("name"), Kind::Str(stage.use_name.clone())),
            (vec!["run".to_owned(), "on_error".to_owned()], on_error(self.plan.on_error)),
        ];
        defaults.extend(self.options(&stage.schema));
        defaults
    }

    fn export(&self, number: usize) -> Defaults {
        let Some(export) = self.plan.exports.get(number) else { return Vec::new() };
        let mut defaults = vec![(key("use"), Kind::Str(export.format_name.to_string()))];
        defaults.extend(self.plan.stage_names.last().map(|last| (key("after"), Kind::Str(last.clone()))));
        defaults.extend(self.options(&export.schema));
        defaults
    }

    /// Beside the first export that has a path; where that is standard output, in the current folder, for which a pipeline
    /// file has no words.
    fn rejects(&self) -> Defaults {
        let first = self.spec.exports.iter().find_map(|export| export.path.as_ref());
        let path = match first.map(|path| path.as_str()) {
            Some("-") => return Vec::new(),
            Some(path) => Path::new(path).with_file_name("rejects.jsonl").to_string_lossy().into_owned(),
            None => "rejects.jsonl".to_owned(),
        };
        vec![(key("path"), Kind::Str(path))]
    }

    /// The defaults that a schema gives.
    fn options(&self, schema: &Value) -> Defaults {
        let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        let defaults = properties.filter_map(|(name, property)| {
            let node = self.json_node(property.get("default")?)?;
            Some((key(name), node.kind))
        });
        defaults.collect()
    }

    /// A JSON value as TOML has it; none for `null`, which it lacks.
    fn json_node(&self, value: &Value) -> Option<Node> {
        let kind = match value {
            Value::Null => return None,
            Value::Bool(flag) => Kind::Bool(*flag),
            Value::Number(number) => match number.as_i64() {
                Some(number) => Kind::Int(number),
                None => Kind::Float(number.as_f64()?),
            },
            Value::String(text) => Kind::Str(text.clone()),
            Value::Array(items) => Kind::Array(items.iter().map(|item| self.json_node(item)).collect::<Option<_>>()?),
            Value::Object(map) => {
                let span = Span::new(self.spec.file, 0, 0);
                let entries = map
                    .iter()
                    .filter_map(|(name, value)| Some((Key { name: name.clone(), span }, self.json_node(value)?)));
                Kind::Table(entries.collect())
            }
        };
        Some(self.node(kind))
    }
}

fn key(name: &str) -> Vec<String> {
    vec![name.to_owned()]
}

fn on_error(value: OnError) -> Kind {
    let word = OnError::ALL.iter().find(|(_, known)| *known == value).map_or("", |(word, _)| word);
    Kind::Str(word.to_owned())
}

impl Resolved {
    /// The same without what is as it would be anyway.
    #[must_use]
    pub fn without_defaults(mut self) -> Self {
        for section in &mut self.sections {
            section.entries.retain(|entry| !entry.is_default);
        }
        self
    }

    /// As a pipeline file, with where each value is from as a comment.
    #[must_use]
    pub fn toml(&self) -> String {
        let mut text = String::new();
        for section in &self.sections {
            // A stage may have nothing but defaults, and is still there.
            if section.entries.is_empty()
                && section.number.is_none()
                && section.name.first().is_none_or(|n| n != "plugins")
            {
                continue;
            }
            let name: Vec<String> = section.name.iter().map(|part| toml_key(part)).collect();
            match (name.join("."), section.number) {
                (name, _) if name.is_empty() => {}
                (name, None) => text.push_str(&format!("\n[{name}]\n")),
                (name, Some(_)) => text.push_str(&format!("\n[[{name}]]\n")),
            }
            let lines: Vec<(String, String)> = section.entries.iter().map(|entry| line(section, entry)).collect();
            let width = |line: &str| unicode_width::UnicodeWidthStr::width(line);
            let widest = lines.iter().map(|(line, _)| width(line)).filter(|width| *width <= MAX_ALIGNED).max();
            for (line, comment) in &lines {
                let fill = widest.unwrap_or(0).saturating_sub(width(line));
                text.push_str(&format!("{line}{}  # {comment}\n", " ".repeat(fill)));
            }
        }
        text
    }

    /// As JSON, value by value.
    #[must_use]
    pub fn json(&self) -> Value {
        let values = self.sections.iter().flat_map(|section| {
            section.entries.iter().map(|entry| {
                let mut path: Vec<Value> = section.name.iter().map(|part| json!(part)).collect();
                path.extend(section.number.map(|number| json!(number)));
                path.extend(entry.key.iter().map(|part| json!(part)));
                let from: Vec<Value> = entry.from.iter().map(ValueSource::json).collect();
                json!({ "path": path, "value": to_json(&entry.value), "from": from, "default": entry.is_default })
            })
        });
        json!({ "warraq_config": SCHEMA, "file": self.file, "values": values.collect::<Vec<_>>() })
    }
}

/// Puts what stands for secrets in their place, in all strings of a value.
fn hide(node: &mut Node, secrets: &Secrets) {
    match &mut node.kind {
        Kind::Str(text) => *text = secrets.hide(text).into_owned(),
        Kind::Array(items) => items.iter_mut().for_each(|item| hide(item, secrets)),
        Kind::Table(table) => table.iter_mut().for_each(|(_, node)| hide(node, secrets)),
        _ => {}
    }
}

/// A line of the file, and its comment.
fn line(section: &Section, entry: &Entry) -> (String, String) {
    let runner = match section.name.first().map(String::as_str) {
        Some("source") => SOURCE_KEYS,
        Some("stage") => STAGE_KEYS,
        Some("export") => EXPORT_KEYS,
        _ => &[],
    };
    let is_runner = section.number.is_none() || entry.key.first().is_some_and(|key| runner.contains(&key.as_str()));
    let mut value = entry.value.clone();
    references::escape(&mut value, is_runner);
    let key: Vec<String> = entry.key.iter().map(|part| toml_key(part)).collect();
    let from: Vec<String> = entry.from.iter().map(ValueSource::words).collect();
    (format!("{} = {}", key.join("."), toml_value(&value)), printable(&from.join(", ")).into_owned())
}

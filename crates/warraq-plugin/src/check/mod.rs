//! The conformance suite behind `warraq plugin check`: what every stage of a plugin is held to, through the real ABI.
//!
//! Each rule has a name that stays, and is reported once for each stage: it holds, it does not, or it was left out and why.
//! A plugin that crashes takes the caller along; findings are reported one by one, so the last of them says where.

mod describe;
mod documents;
mod exports;
mod options;
mod order;
mod outcome;
mod rules;
mod subject;

use crate::import::{Plugin, RawStage};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use subject::Subject;
use warraq_core::testing::ParseToml;
use warraq_core::{Labels, Order, Registry, Resources};

/// The rules, with what each says. The names stay.
pub const RULES: &[(&str, &str)] = &[
    ("plugin", "the descriptor can be used, and names a licence"),
    ("description.summary", "the summary is one line"),
    ("description.manual", "there is a manual"),
    ("description.schema", "the schema takes no unknown options and describes those it has"),
    ("description.layers", "the stage writes something, and columns only beside layers that it declares"),
    ("description.examples", "there are examples"),
    ("examples", "every example does what it shows"),
    ("options.default", "the stage is built from its defaults, or says what it needs"),
    ("options.garbage", "options that are none are refused, with a reason"),
    ("texts", "texts that have broken text tools before are dealt with"),
    ("contract", "what is handed over keeps the contract"),
    ("undeclared", "no layer is written that is not declared"),
    ("repeat", "the same document twice gives the same"),
    ("fresh", "a used worker and a fresh one agree"),
    ("view", "nothing that is handed over lies in the host's memory"),
    ("batches", "batches of 1, 7 and 64 documents give the same"),
    ("threads", "1, 2 and 8 threads give the same"),
    ("reads", "layers that the stage says it does not read make no difference"),
    ("lifecycle", "stages and workers can be made and destroyed again and again"),
    ("memory", "memory does not grow from call to call"),
    ("order.decide", "the same sequence of documents gets the same decisions"),
    ("order.replay", "a journal that is replayed leads to the same decisions afterwards"),
    ("export.frame", "header and footer are the same each time"),
    ("export.write", "the same sequence of documents gives the same bytes"),
];

/// How a rule came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It holds.
    Ok,
    /// It was left out.
    Skipped,
    /// It holds, and something looks wrong.
    Warning,
    /// It does not hold.
    Error,
}

impl Severity {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Ok => "ok",
            Severity::Skipped => "skipped",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// What was found about one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The stage, by its name in the plugin; empty for the plugin itself.
    pub stage: String,
    /// The rule, by its name in [`RULES`].
    pub rule: &'static str,
    /// How it came out.
    pub severity: Severity,
    /// What was found, for a person; may be empty where the rule holds.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { stage, rule, severity, message } = self;
        write!(f, "{}: ", severity.name())?;
        if !stage.is_empty() {
            write!(f, "{stage}: ")?;
        }
        f.write_str(rule)?;
        if message.is_empty() { Ok(()) } else { write!(f, ": {message}") }
    }
}

/// Where a stage that is checked finds its files.
pub type MakeResources = Arc<dyn Fn() -> Box<dyn Resources> + Send + Sync>;

/// What the suite is run with.
pub struct CheckOptions<'a> {
    /// Reads the options of examples.
    pub toml: ParseToml<'a>,
    /// The stages that examples may name in `after`.
    pub registry: &'a Registry,
    /// Options of stages that cannot do without, by the stages' names in the plugin.
    pub stages: BTreeMap<String, Value>,
    /// The files that those options name.
    pub resources: Option<MakeResources>,
}

impl<'a> CheckOptions<'a> {
    /// Every stage with its defaults, or else with the options of its examples.
    pub fn new(toml: ParseToml<'a>, registry: &'a Registry) -> Self {
        CheckOptions { toml, registry, stages: BTreeMap::new(), resources: None }
    }
}

impl fmt::Debug for CheckOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckOptions").field("stages", &self.stages).finish_non_exhaustive()
    }
}

/// Runs the suite over every stage and export of a plugin.
pub fn check(plugin: &Plugin, options: &CheckOptions<'_>, report: &mut dyn FnMut(Finding)) {
    let (name, version, license) = (&plugin.name, &plugin.version, &plugin.license);
    let mut reporter = Reporter { stage: String::new(), report };
    match license.trim().is_empty() {
        true => reporter
            .warning("plugin", format!("{name} {version} names no licence: nobody may know whether they may use it")),
        false => reporter.ok("plugin", format!("{name} {version}, {license}, {}", plugin.built_with)),
    }
    for stage in &plugin.stages {
        reporter.stage = stage.info.name.to_string();
        check_stage(stage, options, &mut reporter);
    }
}

fn check_stage(stage: &Arc<RawStage>, options: &CheckOptions<'_>, report: &mut Reporter<'_>) {
    describe::check(stage, report);
    describe::examples(stage, options, report);
    let setup = options::find(stage, options, report);
    options::garbage(stage, report);
    let Some((options, files)) = setup else {
        let why = "no options are known with which the stage can be built: give some".to_owned();
        return report.skipped("texts", why);
    };
    let subject = Subject::new(Arc::clone(stage), options, files, Labels::new());
    match (stage.is_export(), stage.info.order) {
        (false, Order::Parallel) => rules::check(&subject, report),
        (false, Order::InOrder) => {
            rules::check(&subject, report);
            order::check(&subject, report);
        }
        (true, Order::Parallel) => {
            rules::check(&subject, report);
            exports::frame(&subject, report);
        }
        (true, Order::InOrder) => exports::write(&subject, report),
    }
}

/// Where findings go, and which stage they are about.
struct Reporter<'a> {
    stage: String,
    report: &'a mut dyn FnMut(Finding),
}

impl Reporter<'_> {
    fn tell(&mut self, rule: &'static str, severity: Severity, message: String) {
        debug_assert!(RULES.iter().any(|(name, _)| *name == rule), "{rule} is not in the list");
        (self.report)(Finding { stage: self.stage.clone(), rule, severity, message });
    }

    fn ok(&mut self, rule: &'static str, message: impl Into<String>) {
        self.tell(rule, Severity::Ok, message.into());
    }

    fn skipped(&mut self, rule: &'static str, message: impl Into<String>) {
        self.tell(rule, Severity::Skipped, message.into());
    }

    fn warning(&mut self, rule: &'static str, message: impl Into<String>) {
        self.tell(rule, Severity::Warning, message.into());
    }

    fn error(&mut self, rule: &'static str, message: impl Into<String>) {
        self.tell(rule, Severity::Error, message.into());
    }

    /// The rule holds, unless something speaks against it.
    fn verdict(&mut self, rule: &'static str, against: Option<String>) {
        match against {
            None => self.ok(rule, ""),
            Some(message) => self.error(rule, message),
        }
    }
}

/// A text as it is shown in a message: its beginning.
fn shorten(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{:?}…", &text[..at]),
        None => format!("{text:?}"),
    }
}

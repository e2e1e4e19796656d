//! What authors test a plugin with: a document in, changes out, through the real ABI.
//!
//! A [`Harness`] takes the very descriptor that a host would find in the library, so a test that passes here has been through
//! everything but the loading.
//!
//! ```ignore
//! #[test]
//! fn the_examples_hold() {
//!     Harness::new(&crate::warraq_plugin_v1).examples().unwrap();
//! }
//! ```

use crate::abi::WqPlugin;
use crate::check::{self, CheckOptions, Severity};
use crate::import::Plugin;
use serde_json::Value;
use std::sync::Arc;
use warraq_core::testing::{self, describe};
use warraq_core::{Document, Expect, Labels, MemoryResources, Registry, StageDef};

/// The family of the plugin's stages in a harness.
pub const ALIAS: &str = "plugin";

/// A plugin under test.
#[derive(Debug)]
pub struct Harness {
    plugin: Plugin,
    registry: Registry,
    files: MemoryResources,
}

impl Harness {
    /// A harness for the plugin that this descriptor is of.
    ///
    /// # Panics
    /// If the descriptor is not one that a host would accept.
    pub fn new(descriptor: &'static WqPlugin) -> Self {
        // SAFETY: a static of the right type; a plugin that lies about itself is caught as a host would catch it.
        let plugin = unsafe { Plugin::open(descriptor) };
        let plugin = plugin.unwrap_or_else(|e| panic!("no host would take this plugin: {e}; {}", e.help()));
        let mut registry = Registry::new();
        for stage in plugin.stages.iter().filter(|s| !s.is_export()) {
            registry.add_stage(stage.definition(ALIAS)).unwrap_or_else(|e| panic!("{e}"));
        }
        Harness { plugin, registry, files: MemoryResources::new() }
    }

    /// With a stage that examples name in `after`, or that is to run before.
    ///
    /// # Panics
    /// If there is one of its name.
    #[must_use]
    pub fn with(mut self, stage: StageDef) -> Self {
        self.registry.add_stage(stage).unwrap_or_else(|e| panic!("{e}"));
        self
    }

    /// With a file that stages may ask for.
    #[must_use]
    pub fn file(mut self, path: &str, contents: impl AsRef<[u8]>) -> Self {
        self.files = self.files.with(path, contents);
        self
    }

    /// What the host made of the descriptor.
    pub fn plugin(&self) -> &Plugin {
        &self.plugin
    }

    /// Runs every example of every stage.
    ///
    /// # Errors
    /// All that went wrong.
    pub fn examples(&self) -> Result<(), String> {
        let mut failures = String::new();
        for stage in self.stages() {
            for example in &stage.info.examples {
                if let Err(e) = testing::run_example(&self.registry, stage, example, &toml) {
                    failures += &format!("{}: {}\n{e}\n", stage.info.name, example.title);
                }
            }
        }
        if failures.is_empty() { Ok(()) } else { Err(failures) }
    }

    /// Runs the conformance suite of `warraq plugin check` over every stage and export, examples included: stages with their
    /// defaults, or else with the options of their examples.
    ///
    /// # Errors
    /// The rules that do not hold. What only looks wrong is printed.
    pub fn check(&self) -> Result<(), String> {
        self.check_with(&[])
    }

    /// As [`check`](Harness::check), with options as TOML for these stages, which find the files of this harness.
    ///
    /// # Errors
    /// The rules that do not hold, and options that are no TOML.
    pub fn check_with(&self, stages: &[(&str, &str)]) -> Result<(), String> {
        let files = self.files.clone();
        let mut options = CheckOptions::new(&toml, &self.registry);
        options.resources = Some(Arc::new(move || Box::new(files.clone())));
        for (stage, given) in stages {
            options.stages.insert((*stage).to_owned(), toml(given)?);
        }
        let mut errors = String::new();
        check::check(&self.plugin, &options, &mut |finding| match finding.severity {
            Severity::Error => errors += &format!("{finding}\n"),
            Severity::Warning => println!("{finding}"),
            Severity::Ok | Severity::Skipped => {}
        });
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// Holds a parallel stage to what every stage is held to, on texts that have broken text tools before.
    ///
    /// # Errors
    /// What does not hold.
    pub fn conformance(&self, stage: &str, options: &str, after: &[&str]) -> Result<(), String> {
        testing::conformance(&self.registry, self.stage(stage)?, &toml(options)?, after, &self.files, false)
    }

    /// Runs stages on a document, each by its name and its options as TOML. A name without a family is one of the plugin's.
    ///
    /// # Errors
    /// Why a stage could not be built, or failed on the document.
    pub fn run(&self, document: Document, stages: &[(&str, &str)]) -> Result<Processed, String> {
        let (labels, mut files, mut document) = (Labels::new(), self.files.clone(), document);
        for (index, (name, options)) in stages.iter().enumerate() {
            let stage = self.stage(name)?;
            testing::run_stage(stage, toml(options)?, &labels, &mut files, &mut document, index as u16)?;
        }
        Ok(Processed { document, labels })
    }

    fn stages(&self) -> impl Iterator<Item = &StageDef> {
        let of_plugin = |s: &&StageDef| s.info.name.split('.').next() == Some(ALIAS);
        self.registry.stages().iter().filter(of_plugin)
    }

    fn stage(&self, name: &str) -> Result<&StageDef, String> {
        let full = if name.contains('.') { name.to_owned() } else { format!("{ALIAS}.{name}") };
        self.registry.stage(&full).ok_or_else(|| format!("there is no stage `{full}`"))
    }
}

/// A document after its stages.
#[derive(Debug)]
pub struct Processed {
    /// The document.
    pub document: Document,
    /// The names behind its ids.
    pub labels: Labels,
}

impl Processed {
    /// Everything there is to see, by text and name.
    pub fn describe(&self) -> Expect {
        describe(&self.document, &self.labels)
    }

    /// The values of a column beside the tokens, in order.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn column(&self, name: &str) -> Vec<Option<&str>> {
        let column = self.labels.get(name).and_then(|name| self.document.column(warraq_core::Layer::Tokens, name));
        let column = column.unwrap_or_else(|| panic!("there is no column `{name}`"));
        (0..column.cells.len()).map(|item| self.document.cell(column, item)).collect()
    }
}

fn toml(text: &str) -> Result<Value, String> {
    toml::from_str(text).map_err(|e| e.to_string())
}

//! What a plugin is and offers, as data that can cross the pipe.

use crate::abi;
use crate::import::Plugin;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use warraq_core::{Example, Order, StageInfo};

/// A plugin, as its descriptor tells.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Description {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence.
    pub license: String,
    /// What it was built with.
    pub built_with: String,
    /// The version of the ABI it was compiled against: major, minor.
    pub abi: (u16, u16),
    /// The lowest minor version of the host it runs with.
    pub host_minor: u16,
    /// Its stages and exports, in its order.
    pub stages: Vec<StageDescription>,
}

/// A stage or an export of a plugin.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StageDescription {
    /// Its name, without a family.
    pub name: String,
    /// One line.
    pub summary: String,
    /// Markdown.
    pub manual: String,
    /// Its kind, by name: `clean`, `filter`, `tokenize`, `tag` or `export`.
    pub kind: String,
    /// In which order it sees documents.
    pub order: Order,
    /// Whether it has one worker for the whole run.
    pub serial: bool,
    /// Whether it is an export that writes to a sink of its own.
    pub own_sink: bool,
    /// The layers it reads, as bits of the ABI.
    pub reads: u32,
    /// The layers it writes, as bits of the ABI.
    pub writes: u32,
    /// JSON Schema of its options.
    pub schema: Value,
    /// Its examples.
    pub examples: Vec<Example>,
}

impl Description {
    /// Describes a plugin.
    pub fn of(plugin: &Plugin) -> Self {
        let stages = plugin.stages.iter().map(|stage| StageDescription {
            name: stage.info.name.to_string(),
            summary: stage.info.summary.to_string(),
            manual: stage.info.manual.to_string(),
            kind: stage.kind().to_owned(),
            order: stage.info.order,
            serial: stage.is_serial(),
            own_sink: stage.has_own_sink(),
            reads: abi::layer_bits(stage.info.reads),
            writes: abi::layer_bits(stage.info.writes),
            schema: stage.info.schema.clone(),
            examples: stage.info.examples.clone(),
        });
        Description {
            name: plugin.name.clone(),
            version: plugin.version.clone(),
            license: plugin.license.clone(),
            built_with: plugin.built_with.clone(),
            abi: plugin.abi,
            host_minor: plugin.host_minor,
            stages: stages.collect(),
        }
    }

    /// The stage of this name.
    pub fn stage(&self, name: &str) -> Option<&StageDescription> {
        self.stages.iter().find(|stage| stage.name == name)
    }
}

impl StageDescription {
    /// Whether it is an export.
    pub fn is_export(&self) -> bool {
        self.kind == abi::KINDS[abi::EXPORT as usize]
    }

    /// The description that the engine knows, under `ALIAS.name`; under its own name where the alias is empty.
    pub fn info(&self, alias: &str) -> StageInfo {
        StageInfo {
            name: if alias.is_empty() { self.name.clone().into() } else { format!("{alias}.{}", self.name).into() },
            summary: self.summary.clone().into(),
            manual: self.manual.clone().into(),
            reads: abi::layers(self.reads),
            writes: abi::layers(self.writes),
            order: self.order,
            schema: self.schema.clone(),
            examples: self.examples.clone(),
        }
    }
}

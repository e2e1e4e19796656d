//! The list of all stages, formats and codecs a program has, by name.

use crate::{CodecDef, FormatDef, StageDef};
use std::fmt;

/// Everything a pipeline can name.
#[derive(Debug, Default)]
pub struct Registry {
    stages: Vec<StageDef>,
    formats: Vec<FormatDef>,
    codecs: Vec<CodecDef>,
}

/// Why something cannot be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistryError {
    /// There is one of this name already.
    Duplicate {
        /// Stage, format or codec.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A stage's name is not `family.name` in lower-case letters, digits and hyphens.
    Name(String),
}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RegistryError::Duplicate { what, name } => {
                write!(f, "there is a {what} `{name}` already")
            }
            RegistryError::Name(name) => write!(
                f,
                "`{name}` is no stage name: it takes `family.name` in lower-case letters, digits, hyphens and underscores"
            ),
        }
    }
}

impl std::error::Error for RegistryError {}

impl Registry {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a stage.
    ///
    /// # Errors
    /// If its name is taken or malformed.
    pub fn add_stage(&mut self, stage: StageDef) -> Result<(), RegistryError> {
        let name = stage.info.name.as_ref();
        let part = |p: &str| {
            p.starts_with(|c: char| c.is_ascii_lowercase())
                && p.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
        };
        match name.split_once('.') {
            Some((family, rest)) if part(family) && part(rest) => {}
            _ => return Err(RegistryError::Name(name.into())),
        }
        if self.stage(name).is_some() {
            return Err(RegistryError::Duplicate { what: "stage", name: name.into() });
        }
        let at = self.stages.partition_point(|s| s.info.name < stage.info.name);
        self.stages.insert(at, stage);
        Ok(())
    }

    /// Adds a format.
    ///
    /// # Errors
    /// If its name is taken.
    pub fn add_format(&mut self, format: FormatDef) -> Result<(), RegistryError> {
        if self.format(&format.name).is_some() {
            return Err(RegistryError::Duplicate { what: "format", name: format.name.into() });
        }
        self.formats.push(format);
        Ok(())
    }

    /// Adds a codec.
    ///
    /// # Errors
    /// If its name is taken.
    pub fn add_codec(&mut self, codec: CodecDef) -> Result<(), RegistryError> {
        if self.codecs.iter().any(|c| c.name == codec.name) {
            return Err(RegistryError::Duplicate { what: "codec", name: codec.name.into() });
        }
        self.codecs.push(codec);
        Ok(())
    }

    /// The stage of this name.
    pub fn stage(&self, name: &str) -> Option<&StageDef> {
        self.stages.iter().find(|s| s.info.name == name)
    }

    /// The format of this name.
    pub fn format(&self, name: &str) -> Option<&FormatDef> {
        self.formats.iter().find(|f| f.name == name)
    }

    /// All stages, by name.
    pub fn stages(&self) -> &[StageDef] {
        &self.stages
    }

    /// All formats, in the order they were added.
    pub fn formats(&self) -> &[FormatDef] {
        &self.formats
    }

    /// All codecs, in the order they were added.
    pub fn codecs(&self) -> &[CodecDef] {
        &self.codecs
    }
}

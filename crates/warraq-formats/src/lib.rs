//! Bytes to documents and back: one file per format, its decoder and its encoder together.
//!
//! To add a format, write its file and add its `definition` to `ALL`.

mod bio;
mod codecs;
mod conllu;
mod declared;
mod encoding;
mod flaw;
mod jsonl;
mod tags;
pub mod testing;
mod text;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;
use warraq_core::{Document, Error, ErrorKind, FormatDef, MAX_TEXT, Record, Registry, RegistryError};

/// Every format.
static ALL: &[fn() -> FormatDef] = &[bio::definition, conllu::definition, jsonl::definition, text::definition];

/// Adds every format and every codec to a registry.
///
/// # Errors
/// If the registry has one of the same name.
pub fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    ALL.iter().try_for_each(|definition| registry.add_format(definition()))?;
    codecs::register(registry)
}

/// The JSON Schema of a format's options, made from the struct they are read into.
fn schema<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>().to_value()
}

/// Gives the document the id of one that has none of its own.
fn set_default_id(record: &Record<'_>, doc: &mut Document) {
    let mut id = String::new();
    record.write_default_id(&mut id);
    doc.set_id(&id);
}

/// Refuses a text that offsets cannot reach the end of.
fn check_length(text: &str) -> warraq_core::Result<()> {
    if text.len() <= MAX_TEXT {
        return Ok(());
    }
    let message = format!("the record has {} bytes as UTF-8; a document holds less than 4 GiB", text.len());
    Err(Error::new(ErrorKind::Limit, "text.length", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_documented() {
        let mut registry = Registry::new();
        register(&mut registry).expect("names are unique");
        for format in registry.formats() {
            assert!(format.manual.len() > 200, "{} has no manual", format.name);
            let source = format.source.iter().map(|source| &source.schema);
            for schema in source.chain(format.export.iter().map(|export| &export.schema)) {
                assert_eq!(schema["additionalProperties"], false, "{} accepts unknown options", format.name);
                for (name, option) in schema["properties"].as_object().into_iter().flatten() {
                    assert!(option.get("description").is_some(), "{}: option `{name}` has no doc comment", format.name);
                }
            }
        }
    }
}

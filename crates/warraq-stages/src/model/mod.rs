//! Trained models: the file they are kept in, and what all of them are made of, a table from features to weights.
//!
//! A model file is text, so that it goes wherever text goes:
//!
//! ```text
//! warraq-model 1
//! {"kind":"segmenter","name":"…","template":1,"bytes":1234,"sha256":"…"}
//! the bytes in base64, on one line
//! ```
//!
//! The second line says what the bytes are for, so that `head -2` tells one model from another. Nothing in the file depends
//! on when or where it was made.

mod bytes;
pub(crate) mod features;
mod perceptron;
mod table;
mod weights;

pub(crate) use bytes::{Reader, Writer, broken, steps};
pub(crate) use features::{Key, conjoin, hash, hash_str};
pub(crate) use perceptron::{Averager, shuffle};
pub(crate) use table::Table;
pub(crate) use weights::Weights;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use warraq_core::{BuildContext, OptionError};

const MAGIC: &[u8] = b"warraq-model ";
/// The version of the file's layout.
const FORMAT: u32 = 1;

/// What a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Splits tokens into syntactic words: for `tokenize.segment-ar`.
    Segmenter,
    /// Gives words their part of speech: for `tag.pos`.
    Tagger,
    /// Finds entities: for `tag.entities`.
    Entities,
}

impl Kind {
    /// The version of its features and of its bytes. It goes up when models trained before no longer mean the same.
    pub(crate) fn template(self) -> u32 {
        1
    }

    /// The stage that uses such a model.
    pub fn stage(self) -> &'static str {
        match self {
            Kind::Segmenter => "tokenize.segment-ar",
            Kind::Tagger => "tag.pos",
            Kind::Entities => "tag.entities",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Segmenter => "segmenter",
            Kind::Tagger => "tagger",
            Kind::Entities => "entities",
        })
    }
}

/// The second line of a model file.
#[derive(Debug, Deserialize, Serialize)]
struct Header {
    kind: Kind,
    /// What whoever trained it calls it.
    name: String,
    /// The version of the features.
    template: u32,
    /// The length of what follows.
    bytes: u64,
    /// The checksum of what follows.
    sha256: String,
}

/// A model's bytes, known to be whole and of a version that this program reads.
#[derive(Debug)]
pub(crate) struct Payload {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Why bytes are not a model that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelError(String);

impl ModelError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        ModelError(message.into())
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ModelError {}

/// The file of a model.
pub(crate) fn seal(kind: Kind, name: &str, bytes: &[u8]) -> Vec<u8> {
    let header = Header {
        kind,
        name: name.into(),
        template: kind.template(),
        bytes: bytes.len() as u64,
        sha256: hex(&Sha256::digest(bytes)),
    };
    let mut file = [MAGIC, FORMAT.to_string().as_bytes(), b"\n"].concat();
    serde_json::to_writer(&mut file, &header).expect("a header is JSON, and memory takes it");
    file.push(b'\n');
    file.extend_from_slice(BASE64.encode(bytes).as_bytes());
    file.push(b'\n');
    file
}

/// Opens the file of a model, whatever its kind.
///
/// # Errors
/// When it is none, is damaged, or comes from a version of the program whose models this one cannot read.
pub(crate) fn open(file: &[u8]) -> Result<Payload, ModelError> {
    let rest = file.strip_prefix(MAGIC).ok_or_else(|| ModelError::new("this is not a model of `warraq train`"))?;
    let broken = || ModelError::new("the model's first lines are damaged");
    let (version, rest) = line(rest).ok_or_else(broken)?;
    if version.parse() != Ok(FORMAT) {
        let message =
            format!("the model's file format is {version:?}, and this program reads {FORMAT}: train it again");
        return Err(ModelError(message));
    }
    let (header, rest) = line(rest).ok_or_else(broken)?;
    let header: Header = serde_json::from_str(header).map_err(|_| broken())?;
    let bytes = BASE64.decode(rest.trim_ascii_end()).map_err(|_| {
        let message = format!(
            "the model is cut off or damaged: what follows its second line is not base64 of {} bytes",
            header.bytes
        );
        ModelError(message)
    })?;
    if bytes.len() as u64 != header.bytes {
        let message = format!("the model is cut off or damaged: {} bytes in place of {}", bytes.len(), header.bytes);
        return Err(ModelError(message));
    }
    if hex(&Sha256::digest(&bytes)) != header.sha256 {
        return Err(ModelError::new("the model is damaged: its checksum does not agree with its bytes"));
    }
    let Header { kind, name, template, .. } = header;
    if template != kind.template() {
        let message = format!(
            "the model was trained for version {template} of the features of a {kind}, and this program has version {}: \
             train it again",
            kind.template()
        );
        return Err(ModelError(message));
    }
    Ok(Payload { kind, name, bytes })
}

/// Reads a model from the file that a stage's option `model` names.
///
/// # Errors
/// When there is no such file, or it is not a model of this kind that can be used.
pub(crate) fn load<T>(
    path: &str,
    kind: Kind,
    cx: &mut BuildContext<'_>,
    read: impl FnOnce(&[u8]) -> Result<T, ModelError>,
) -> Result<T, OptionError> {
    let file = cx.resources.read(path).map_err(|e| OptionError::new("model", e.to_string()))?;
    let model = open(&file.bytes).and_then(|payload| {
        if payload.kind != kind {
            let (found, stage) = (payload.kind, payload.kind.stage());
            return Err(ModelError(format!(
                "this is a model of kind `{found}`, for `{stage}`; `{kind}` is needed here"
            )));
        }
        read(&payload.bytes)
    });
    model.map_err(|e| OptionError::new("model", format!("{}: {e}", file.path)))
}

fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = memchr::memchr(b'\n', bytes)?;
    Some((std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 1..]))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_comes_back_as_it_was_sealed() {
        let file = seal(Kind::Tagger, "a name", b"bytes\nof any kind\0");
        let payload = open(&file).unwrap();
        assert_eq!(
            (payload.kind, &*payload.name, &*payload.bytes),
            (Kind::Tagger, "a name", &b"bytes\nof any kind\0"[..])
        );
        assert_eq!(file, seal(Kind::Tagger, "a name", b"bytes\nof any kind\0"));
    }

    #[test]
    fn what_is_no_model_says_so() {
        let file = seal(Kind::Segmenter, "n", b"0123456789");
        let text = String::from_utf8(file).unwrap();
        for (bytes, expected) in [
            (String::new(), "this is not a model of `warraq train`"),
            ("{\"id\":1}\n".into(), "this is not a model of `warraq train`"),
            ("warraq-model 1".into(), "the model's first lines are damaged"),
            ("warraq-model 1\n{}\n".into(), "the model's first lines are damaged"),
            (
                text.replacen("warraq-model 1", "warraq-model 9", 1),
                "the model's file format is \"9\", and this program reads 1: train it again",
            ),
            (text[..text.len() - 5].into(), "the model is cut off or damaged: 9 bytes in place of 10"),
            (
                text[..text.len() - 4].into(),
                "the model is cut off or damaged: what follows its second line is not base64 of 10 bytes",
            ),
            (text.replace("MDEy", "MDEx"), "the model is damaged: its checksum does not agree with its bytes"),
            (
                text.replace("\"template\":1", "\"template\":7"),
                "the model was trained for version 7 of the features of a segmenter, and this program has version 1: \
                 train it again",
            ),
        ] {
            assert_eq!(open(bytes.as_bytes()).unwrap_err().to_string(), expected, "{bytes:?}");
        }
    }
}

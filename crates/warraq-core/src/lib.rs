//! The heart of Warraq: what a document is, how a stage may change it, and how stages and formats introduce themselves.
//!
//! Everything else hangs on the contracts in this crate, so it stays small and slow-moving: it does no I/O, starts no
//! threads, and contains no `unsafe`.
//!
//! * [`Document`] is one text with its layers, its source map and the record of what was removed.
//! * A [`Stage`] never mutates a document: its [`Worker`] reads a [`DocView`] and proposes [`Changes`].
//! * [`Document::apply`] is the one place that checks the proposal and carries it out.
//! * A [`Registry`] lists stages, formats and codecs by name; the engine knows them only through it.

mod apply;
mod carry;
mod changes;
mod document;
mod edits;
mod error;
mod format;
mod info;
mod labels;
mod layers;
mod limits;
mod meta;
mod offsets;
mod registry;
mod resources;
mod source_map;
mod stage;
pub mod testing;
mod units;
mod view;

pub use changes::{ChangeParts, Changes, ColumnWriter, ProposedVerdict};
pub use document::{Document, Removed, Score, Verdict};
pub use edits::{Edit, EditList};
pub use error::{Broken, Error, ErrorKind, OptionError, Result};
pub use format::{
    Blocks, BuildExport, BuildSource, BuiltExport, Codec, CodecDef, Decoder, EncodeContext, Encoder, ExportDef,
    ExportFormat, ExportWriter, Flushed, FormatDef, Framing, InOrderExport, Record, SourceDef, SourceFormat,
};
pub use info::{Example, Expect, Order, StageInfo};
pub use labels::{LabelId, LabelNames, LabelTable, Labels, REDACTED};
pub use layers::{Cell, Column, Layer, Layers, Sentence, Span, Token, TokenKind, Word};
pub use limits::DocumentLimits;
pub use meta::Meta;
pub use offsets::{OffsetCursor, OffsetTable, OffsetUnit, Offsets};
pub use registry::{Registry, RegistryError};
pub use resources::{
    BuildContext, LogLevel, MemoryResources, NoServices, Resource, ResourceError, Resources, Scratch, Services,
};
pub use source_map::{Run, SourceCursor, SourceMap};
pub use stage::{
    BatchStage, BatchWorker, BuildStage, Built, Holds, InOrderStage, Preparer, Stage, StageDef, StageState, Survey,
    Worker, parse_options,
};
pub use units::{SIZE_UNITS, byte_size};
pub use view::{DocView, Origin};

/// The largest text a document may hold, in bytes: offsets are `u32`.
pub const MAX_TEXT: usize = u32::MAX as usize;

/// The position of a stage in the plan, from 0 in file order.
pub type StageIndex = u16;

//! The pipe of an isolated stage: the contract of the ABI between two processes.
//!
//! A parent starts a worker process (the *child*), hands it one end of a stream, and asks; the child holds the plugin and
//! answers. Everything is a **frame**: the length of its body (`u32`), its [`Kind`] (`u8`), and the body, flat and little
//! endian. Arrays are a count and their items; texts a length and their bytes. Nothing is a pointer, nothing is padded.
//!
//! | parent | child |
//! |---|---|
//! | | [`Kind::Hello`] at once: which protocol it speaks |
//! | [`Kind::Describe`] | [`Kind::Described`], or [`Kind::NoPlugin`] |
//! | [`Kind::Create`] | [`Kind::Created`], [`Kind::Refused`] or [`Kind::NoPlugin`]; before that, [`Kind::Wanted`] files |
//! | [`Kind::File`], [`Kind::NoFile`] | |
//! | [`Kind::Process`]: a batch | [`Kind::Changes`], as many frames as it takes to answer for every document |
//! | [`Kind::Prepare`]: a batch | [`Kind::Keys`], likewise |
//! | [`Kind::State`] | [`Kind::Done`] or [`Kind::Failed`] |
//! | [`Kind::Decide`] | [`Kind::Decided`] |
//! | [`Kind::Replay`]: journal entries | [`Kind::Done`] or [`Kind::Failed`] |
//! | | [`Kind::Log`] at any time |
//!
//! The parent asks one thing at a time, and the stream's end is the child's. An export can be created, to see whether its options
//! are right, and not be asked for more.
//!
//! **Names.** Each side has a table of its own. A frame with ids in it begins with the names that its sender has given out since
//! the last one ([`NamesOut`]); the receiver keeps, for each id of the sender's, its own ([`NamesIn`]). So a name crosses
//! once, and no document costs a lookup by name.
//!
//! **Trust.** The parent believes nothing: what a child sends is checked for bounds, UTF-8, kinds, counts and ids before
//! anything is made of it, no count reserves memory that is not there in bytes, and [`warraq_core::Document::apply`] checks the
//! rest, as for any stage. The child checks the same, but takes the parent's layers for those of a document.

mod changes;
mod describe;
mod docs;
mod frame;
mod message;
mod names;
mod serve;

pub use changes::{put_changes, take_changes};
pub use describe::{Description, StageDescription};
pub use docs::{DocsIn, put_doc};
pub use frame::{Fields, Frame, Frames, Kind, MAX_BATCH, MAX_FRAME, TARGET_FRAME, WireError};
pub use message::{
    Create, put_error, put_hello, put_refusal, put_result, take_error, take_hello, take_refusal, take_result,
};
pub use names::{NamesIn, NamesOut};
pub use serve::{NotAPlugin, serve};

//! Stages that decide whether a document is kept.

pub mod blocklist;
pub mod c4;
pub mod fineweb;
pub mod gopher_quality;
pub mod gopher_repetition;
pub mod language;
pub mod length;
pub mod sample;
pub mod score;
pub mod urls;

mod checks;
mod marks;
mod python;
mod repeats;
mod thresholds;
mod words;

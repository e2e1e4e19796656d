//! Stages that find tokens and sentences.

mod abbreviation;
pub mod sentences;
mod table;
pub mod words;

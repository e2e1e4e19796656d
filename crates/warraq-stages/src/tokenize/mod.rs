//! Stages that find tokens and sentences.

mod table;
pub mod words;

//! Stages that find tokens and sentences.

mod abbreviation;
#[cfg(test)]
mod new_characters;
pub mod sentences;
mod table;
pub mod words;

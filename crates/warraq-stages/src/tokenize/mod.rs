//! Stages that find tokens and sentences.

mod abbreviation;
pub mod bpe;
pub mod characters;
mod language;
#[cfg(test)]
mod new_characters;
pub mod ngrams;
pub mod regex;
pub mod segment_ar;
pub mod sentences;
mod table;
pub mod words;

//! Stages that find labelled spans.

pub mod dates;
pub mod entities;
pub mod gazetteer;
pub mod keywords;
pub mod language;
pub mod lemma_lookup;
pub mod numbers;
pub mod pos;
pub mod regex;
pub mod stats;
pub mod stopwords;

//! Stages that find labelled spans.

pub mod gazetteer;
pub mod regex;

//! Stages that decide whether a document is kept.

pub mod length;

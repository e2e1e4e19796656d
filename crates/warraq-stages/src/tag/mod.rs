//! Stages that find labelled spans.

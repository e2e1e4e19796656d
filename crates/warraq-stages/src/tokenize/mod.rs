//! Stages that find tokens and sentences.

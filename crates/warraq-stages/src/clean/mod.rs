//! Stages that change the text.

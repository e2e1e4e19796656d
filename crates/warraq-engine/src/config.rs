//! config
pub mod node;
pub mod read;
pub mod suggest;

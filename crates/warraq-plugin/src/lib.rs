//! Plugins: the C ABI, what Rust authors write against, and how the host takes a plugin for a stage of its own.
//!
//! **For authors.** The contract is that of the built-in stages: everything of `warraq-core` is here under its own name. A
//! stage is a function that returns its [`StageDef`]; one line makes a plugin of it:
//!
//! ```ignore
//! warraq_plugin::export_plugin! { stages: [shout::definition] }
//! ```
//!
//! With the feature `test`, the module `test` runs a plugin's examples and the conformance suite through the real ABI.
//!
//! **For the host.** [`import::Plugin`] judges a loaded library's descriptor and turns its stages into [`StageDef`]s and
//! its exports into [`FormatDef`]s. Neither side of the boundary knows more of the other than [`abi`] says.
//!
//! **Between processes.** [`wire`] carries the same contract over a pipe, for plugins that run in a process of their own.
//! **For both.** [`check`] is the conformance suite behind `warraq plugin check`.
//!
//! `unsafe` lives here and in the engine's loader, and nowhere else.

#![allow(unsafe_code)]

pub mod abi;
pub mod check;
pub mod export;
pub mod import;
mod read;
#[cfg(feature = "test")]
pub mod test;
pub mod wire;

pub use warraq_core::*;

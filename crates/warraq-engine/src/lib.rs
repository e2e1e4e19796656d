//! The engine: a pipeline file becomes a plan, a plan becomes a run.
//!
//! It knows stages, formats and codecs only through the [`Registry`](warraq_core::Registry) it is given and names none of
//! them.

pub mod compare;
pub mod config;
pub mod diagnostic;
pub mod documents;
mod exit;
pub mod json_schema;
pub mod junit;
pub mod metrics;
pub mod outline;
pub mod plan;
pub mod plugins;
pub mod probe;
pub mod run;
pub mod secret;
pub mod temporary;
pub mod test;
pub mod verify;

pub use exit::Exit;

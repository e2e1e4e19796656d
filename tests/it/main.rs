//! The program as its users meet it: pipeline files and inputs go in, and outputs, rejects, reports, messages and exit codes
//! are looked at. Every test runs the binary; see [`case::Case`].

mod bad_input;
mod c_plugin;
mod case;
mod check_formats;
mod config;
mod conllu;
mod dedup;
mod determinism;
mod diagnostics;
mod diff;
mod endings;
mod expect;
mod explain;
mod generated;
mod help;
mod lexicons;
mod new_pipeline;
mod new_plugin;
mod one_file_many_uses;
mod pipelines;
mod plan;
mod plugins;
mod readme;
mod reread;
mod routing;
mod schema;
mod shared;
mod shell;
mod signals;
mod testing;
mod trace;
mod train;
mod unsafety;
mod verify;
mod web_pages;

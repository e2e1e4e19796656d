//! Stages of a plugin in a process of their own (`run.isolate = "process"`): a segfault, an endless loop or a gigabyte too much
//! costs one document, which is rejected with its cause, and the run goes on.
//!
//! The engine cannot tell an isolated stage from another: it is a [`BatchStage`](warraq_core::BatchStage) or an
//! [`InOrderStage`](warraq_core::InOrderStage). Each worker of it has a worker process (the *child*) that it asks over a
//! socket, in the frames of [`warraq_plugin::wire`]:
//!
//! ```text
//! Recipe     what a stage is built from, so that it can be built again; shared by all of
//! Desk       one worker: a link, and how it is replaced when its child dies
//! Link       a child with the stage built in it; a request and its answer are one call
//! Process    the child itself: started, written to and read from within a time limit, ended, waited for
//! ```
//!
//! **What a death costs.** A batch of documents whose child dies, hangs or talks nonsense is tried again one by one: the
//! documents that end it alone fail, the others have their results. In order, only the document at hand is at stake: the
//! journal of decisions leads a new child to where the old one was.
//!
//! **Who ends whom.** A child that is idle ends when the socket does, whatever ended this process; one that is busy looks
//! once a second whether its parent is still there. It is in a process group of its own, so that an interrupt from the
//! terminal is the run's to handle. This process waits for every child it has started.
//!
//! Files that a stage has read while it was built are kept in memory, for children that are started later.

mod desk;
mod error;
mod journal;
mod link;
mod order;
mod parallel;
#[cfg(unix)]
mod process;
#[cfg(not(unix))]
#[path = "process_other.rs"]
mod process;
mod worker;

pub use error::IsolateError;
pub use worker::{follow_parent, run_worker};

use desk::Recipe;
use link::Link;
use serde_json::Value;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use warraq_core::{
    BuildContext, Built, BuiltExport, Document, EncodeContext, Encoder, Error, ErrorKind, ExportDef, ExportFormat,
    FormatDef, OptionError, Order, Result, StageDef,
};
use warraq_plugin::wire::{Description, StageDescription};

/// The hidden subcommand under which this program is a worker.
pub const WORKER_COMMAND: &str = "__plugin-worker";

/// How long a batch of documents may take.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// How long starting a worker process and building the stage in it may take.
pub const DEFAULT_START_TIMEOUT: Duration = Duration::from_secs(600);

/// How much address space a worker process may have, in bytes.
pub const DEFAULT_MEMORY: u64 = 4 << 30;

/// The program that is started as a worker: it must call [`run_worker`] with the library at hand.
#[derive(Clone, Debug)]
pub struct WorkerCommand {
    /// The program.
    pub program: PathBuf,
    /// Its arguments, the library among them.
    pub args: Vec<OsString>,
    /// Environment variables to be set for it; the others are this process's.
    pub env: Vec<(OsString, OsString)>,
}

impl WorkerCommand {
    /// A program that knows the hidden subcommand, with the library and the SHA-256 that it must have when it is loaded: also in
    /// processes that are started later in a run, in the place of one that died.
    pub fn new(program: PathBuf, library: &Path, sha256: Option<&str>) -> Self {
        let mut args: Vec<OsString> = vec![WORKER_COMMAND.into(), library.into()];
        args.extend(sha256.map(Into::into));
        WorkerCommand { program, args, env: Vec::new() }
    }
}

/// How the stages of one library are isolated.
#[derive(Debug)]
pub struct Isolation {
    /// What is started.
    pub command: WorkerCommand,
    /// How long one batch of documents, one key or one decision may take, from the first byte sent to the last received.
    pub timeout: Option<Duration>,
    /// How long starting a process and building the stage in it may take; likewise replaying one part of a journal.
    pub start_timeout: Option<Duration>,
    /// How much address space a worker process may have, in bytes. An allocation past it fails in the plugin, which ends the
    /// process at most, instead of whatever the system would choose to end. Not all systems hold to it; Linux does.
    pub memory: Option<u64>,
    started: AtomicU64,
    lost: AtomicU64,
}

impl Isolation {
    /// With the limits that are usual.
    pub fn new(command: WorkerCommand) -> Self {
        Isolation {
            command,
            timeout: Some(DEFAULT_TIMEOUT),
            start_timeout: Some(DEFAULT_START_TIMEOUT),
            memory: Some(DEFAULT_MEMORY),
            started: AtomicU64::new(0),
            lost: AtomicU64::new(0),
        }
    }

    /// How many worker processes have been started.
    pub fn started(&self) -> u64 {
        self.started.load(Ordering::Relaxed)
    }

    /// How many of them did not end as they should: by themselves, or because they had to be stopped.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

/// Asks a worker process what the plugin is, so that nothing of it runs in this one.
///
/// # Errors
/// When the library is no plugin, or the process ends or hangs over it.
pub fn describe(isolation: &Isolation) -> std::result::Result<Description, IsolateError> {
    link::describe(isolation).map_err(|error| error.isolate(isolation))
}

/// A stage of a plugin as the engine knows stages, under `ALIAS.name`, isolated.
///
/// # Panics
/// If it is an export: those are not isolated.
pub fn definition(isolation: &Arc<Isolation>, stage: &StageDescription, alias: &str) -> StageDef {
    assert!(!stage.is_export(), "exports are not isolated");
    let (isolation, name, order, serial) = (Arc::clone(isolation), stage.name.clone(), stage.order, stage.serial);
    StageDef {
        info: stage.info(alias),
        build: Box::new(move |options, cx| build(&isolation, &name, order, serial, &options, cx)),
    }
}

/// Starts a worker process and builds the stage in it.
///
/// # Errors
/// What the stage says about its options; or why there is no stage that could.
pub fn build(
    isolation: &Arc<Isolation>,
    stage: &str,
    order: Order,
    serial: bool,
    options: &Value,
    cx: &mut BuildContext<'_>,
) -> std::result::Result<Built, OptionError> {
    let recipe = Recipe::new(isolation, stage, options, cx);
    let link = Link::open(&recipe, Some(cx.resources)).map_err(|error| error.option(isolation))?;
    let reads = link.needs();
    recipe.keep(link);
    Ok(match order {
        Order::Parallel => Built::Batch(parallel::stage(recipe, reads, serial)),
        Order::InOrder => Built::InOrder(order::stage(recipe, reads, serial)),
    })
}

/// An export of a plugin, whose options are tried in a worker process and which is not run: for `check`.
///
/// # Panics
/// If it is a stage.
pub(crate) fn checked_export(isolation: &Arc<Isolation>, export: &StageDescription, alias: &str) -> FormatDef {
    assert!(export.is_export(), "stages are isolated, not only checked");
    let (isolation, name, order, own_sink) =
        (Arc::clone(isolation), export.name.clone(), export.order, export.own_sink);
    let info = export.info(alias);
    FormatDef {
        name: info.name,
        summary: info.summary,
        manual: info.manual,
        extensions: &[],
        source: None,
        export: Some(ExportDef {
            schema: info.schema,
            order,
            own_sink,
            build: Arc::new(move |options, cx| {
                let recipe = Recipe::new(&isolation, &name, &options, cx);
                Link::open(&recipe, Some(cx.resources)).map_err(|error| error.option(&isolation))?;
                Ok(BuiltExport::Encoded(Box::new(Checked)))
            }),
        }),
    }
}

/// What stands in a plan that was made to be checked.
struct Checked;

impl ExportFormat for Checked {
    fn encoder(&self) -> Box<dyn Encoder> {
        Box::new(Checked)
    }
}

impl Encoder for Checked {
    fn encode(&mut self, _: &Document, _: &mut EncodeContext<'_>, _: &mut Vec<u8>) -> Result<()> {
        Err(Error::new(ErrorKind::Encode, "plugin.checked", "this plan was made to be checked, not to be run"))
    }
}

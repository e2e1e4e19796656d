//! From the ABI to stages: a descriptor is judged, and what it offers becomes [`StageDef`]s and [`FormatDef`]s that the engine
//! cannot tell from built-in ones.
//!
//! Nothing of the plugin is called before magic, versions and sizes have been found right. What comes back from a call is
//! checked as far as it can be before anything is made of it; [`Document::apply`](warraq_core::Document::apply) checks the
//! rest, as it does for built-in stages.

mod call;
mod error;
mod exports;
mod host;
mod incoming;
mod order;
mod outgoing;
mod stages;

pub use call::RawWorker;
pub use error::ImportError;
pub use order::RawState;

use crate::abi::{self, ABI_MAJOR, ABI_MINOR, Layout, MAGIC, WqPlugin, WqStage};
use crate::read;
use host::HostContext;
use serde_json::Value;
use std::ffi::{CStr, c_char, c_void};
use std::fmt;
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard};
use warraq_core::{
    Broken, BuildContext, Built, BuiltExport, Example, ExportDef, FormatDef, Labels, Layers, OptionError, Order,
    StageDef, StageInfo,
};

/// The sizes of ABI 1.0, which every plugin's structs have at least.
const LEAST_PLUGIN: usize = size_of::<WqPlugin>();
const LEAST_STAGE: usize = size_of::<WqStage>();

/// How the messages end that stand in for those a plugin did not give.
pub(crate) const GAVE_NO_REASON: &str = " and gave no reason";
pub(crate) const HANDED_NOTHING: &str = ", and handed over nothing";

/// A plugin that has been judged, with its stages.
#[derive(Debug)]
pub struct Plugin {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence.
    pub license: String,
    /// What it was built with.
    pub built_with: String,
    /// The version of the ABI it was compiled against: major, minor.
    pub abi: (u16, u16),
    /// The lowest minor version of the host it runs with.
    pub host_minor: u16,
    /// Its stages and exports, in its order.
    pub stages: Vec<Arc<RawStage>>,
}

impl Plugin {
    /// Judges a descriptor and reads the stages behind it.
    ///
    /// # Errors
    /// What is wrong with it.
    ///
    /// # Safety
    /// `at` is the symbol [`abi::SYMBOL`] of a loaded library that is never unloaded, and at least 8 bytes can be read there.
    /// From magic and versions on, the library is trusted to be what they say.
    pub unsafe fn open(at: *const WqPlugin) -> Result<Plugin, ImportError> {
        if at.is_null() {
            return Err(ImportError::Null);
        }
        if !at.is_aligned() {
            return Err(ImportError::Magic { found: 0 });
        }
        // SAFETY: the caller says that magic and size can be read; the rest is read only once they are right.
        let (magic, size) = unsafe { (at.cast::<u32>().read(), at.cast::<u32>().add(1).read() as usize) };
        if magic != MAGIC {
            return Err(ImportError::Magic { found: magic });
        }
        // Versions come right after the size, in every version of the struct.
        if size < 12 {
            return Err(ImportError::Short { what: "wq_plugin", found: size, least: LEAST_PLUGIN });
        }
        // SAFETY: the struct has at least 12 bytes.
        let (major, minor) = unsafe { (at.cast::<u16>().add(4).read(), at.cast::<u16>().add(5).read()) };
        if major != ABI_MAJOR {
            return Err(ImportError::Major { found: major, minor });
        }
        if size < LEAST_PLUGIN {
            return Err(ImportError::Short { what: "wq_plugin", found: size, least: LEAST_PLUGIN });
        }
        // SAFETY: it has all the bytes of our struct.
        let header = unsafe { at.read() };
        if header.host_minor > ABI_MINOR {
            return Err(ImportError::HostMinor { needed: header.host_minor });
        }
        let sizes = Sizes {
            view: long_enough("wq_doc_view", header.doc_view_size, abi::WqDocView::LAYOUT)?,
            changes: long_enough("wq_changes", header.changes_size, abi::WqChanges::LAYOUT)?,
            output: long_enough("wq_output", header.output_size, abi::WqOutput::LAYOUT)?,
        };
        // SAFETY: texts of the descriptor are NUL-terminated and static.
        let text = |what, at| unsafe { c_text("the plugin", what, at, true) };
        let mut plugin = Plugin {
            name: text("name", header.name)?,
            version: text("version", header.version)?,
            license: text("license", header.license)?,
            built_with: text("built_with", header.built_with)?,
            abi: (major, minor),
            host_minor: header.host_minor,
            stages: Vec::new(),
        };
        let stages = header.stages.ok_or(ImportError::Function { stage: String::new(), missing: "stages" })?;
        let mut count = 0;
        let tables = {
            let _alone = alone();
            // SAFETY: versions and sizes are right: the function is what the header says.
            unsafe { stages(&mut count) }
        };
        // SAFETY: as above; null and nonsense are refused.
        let tables = unsafe { read::items("stages", tables, count) }.map_err(|e| ImportError::Data(e.message))?;
        if tables.is_empty() {
            return Err(ImportError::Empty);
        }
        for &table in tables {
            // SAFETY: as above.
            let stage = unsafe { RawStage::read(table, sizes)? };
            if plugin.stages.iter().any(|s| s.info.name == stage.info.name) {
                return Err(ImportError::Duplicate { stage: stage.info.name.to_string() });
            }
            plugin.stages.push(Arc::new(stage));
        }
        Ok(plugin)
    }

    /// The stage of this name.
    pub fn stage(&self, name: &str) -> Option<&Arc<RawStage>> {
        self.stages.iter().find(|s| s.info.name == name)
    }
}

/// The sizes a plugin was compiled with, in bytes: the strides of the arrays it is passed.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    view: usize,
    changes: usize,
    output: usize,
}

fn long_enough(what: &'static str, found: u32, layout: Layout) -> Result<usize, ImportError> {
    let (found, least) = (found as usize, layout.1);
    // Arrays need every item aligned; no struct will ever have grown to 64 KiB.
    if found < least || found % align_of::<usize>() != 0 || found > 1 << 16 {
        return Err(ImportError::Short { what, found, least });
    }
    Ok(found)
}

/// # Safety
/// A pointer that is not null leads to a NUL-terminated text that stays.
unsafe fn c_text(owner: &str, what: &'static str, at: *const c_char, required: bool) -> Result<String, ImportError> {
    if at.is_null() {
        return match required {
            true => Err(ImportError::Text { owner: owner.into(), what, why: "is missing".into() }),
            false => Ok(String::new()),
        };
    }
    // SAFETY: the caller's word.
    let text = unsafe { CStr::from_ptr(at) };
    text.to_str().map(str::to_owned).map_err(|e| ImportError::Text {
        owner: owner.into(),
        what,
        why: format!("is not UTF-8 at byte {}", e.valid_up_to()),
    })
}

/// A stage or an export of a plugin, described and not yet built.
pub struct RawStage {
    /// Its descriptor, as much of it as both sides know.
    table: WqStage,
    at: *const WqStage,
    sizes: Sizes,
    /// What it is. The name has no family: a pipeline's alias is its family.
    pub info: StageInfo,
}

// SAFETY: the descriptor is constant and static, and the header says from which threads its functions may be called.
unsafe impl Send for RawStage {}
// SAFETY: as above.
unsafe impl Sync for RawStage {}

impl fmt::Debug for RawStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawStage").field("name", &self.info.name).finish_non_exhaustive()
    }
}

impl RawStage {
    /// # Safety
    /// `at` is an item of a plugin's list of stages.
    unsafe fn read(at: *const WqStage, sizes: Sizes) -> Result<Self, ImportError> {
        if at.is_null() || !at.is_aligned() {
            return Err(ImportError::Data("a stage's descriptor is a null or misaligned pointer".into()));
        }
        // SAFETY: a descriptor begins with its size and has as many bytes.
        let (size, table) = unsafe { (at.cast::<u32>().read() as usize, read::sized(at, None)) };
        if size < LEAST_STAGE {
            return Err(ImportError::Short { what: "wq_stage", found: size, least: LEAST_STAGE });
        }
        // SAFETY: texts of a descriptor are NUL-terminated and static.
        let text = |owner: &str, what, at, required| unsafe { c_text(owner, what, at, required) };
        let name = text("a stage", "name", table.name, true)?;
        let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(is_part) {
            return Err(ImportError::Name { stage: name });
        }
        let owner = format!("stage `{name}`");
        let schema = text(&owner, "schema", table.schema, true)?;
        let schema: Value = serde_json::from_str(&schema)
            .map_err(|e| ImportError::Schema { stage: name.clone(), why: format!("is not JSON: {e}") })?;
        if !schema.is_object() || schema.get("type").is_some_and(|t| t != "object") {
            let why = "does not describe an object".into();
            return Err(ImportError::Schema { stage: name, why });
        }
        let examples = text(&owner, "examples", table.examples, false)?;
        let examples: Vec<Example> = match examples.as_str() {
            "" => Vec::new(),
            json => serde_json::from_str(json).map_err(|e| ImportError::Text {
                owner: owner.clone(),
                what: "examples",
                why: e.to_string(),
            })?,
        };
        let order = match table.order {
            abi::PARALLEL => Order::Parallel,
            abi::IN_ORDER => Order::InOrder,
            found => return Err(ImportError::Number { stage: name, what: "order", found }),
        };
        if table.threading > abi::SERIAL {
            return Err(ImportError::Number { stage: name, what: "threading", found: table.threading });
        }
        if table.kind == 0 || table.kind > abi::EXPORT {
            return Err(ImportError::Number { stage: name, what: "kind", found: table.kind });
        }
        let may_have_sink = table.kind == abi::EXPORT && order == Order::InOrder;
        if table.flags & abi::OWN_SINK != 0 && !may_have_sink {
            return Err(ImportError::Sink { stage: name });
        }
        if let Some(missing) = missing_function(&table) {
            return Err(ImportError::Function { stage: name, missing });
        }
        let info = StageInfo {
            name: name.into(),
            summary: text(&owner, "summary", table.summary, true)?.into(),
            manual: text(&owner, "manual", table.manual, false)?.into(),
            reads: abi::layers(table.reads),
            writes: abi::layers(table.writes),
            order,
            schema,
            examples,
        };
        Ok(RawStage { table, at, sizes, info })
    }

    /// Whether it is an export.
    pub fn is_export(&self) -> bool {
        self.table.kind == abi::EXPORT
    }

    /// Its kind, by name.
    pub fn kind(&self) -> &'static str {
        abi::KINDS[self.table.kind as usize]
    }

    /// Whether it has one worker for the whole run.
    pub fn is_serial(&self) -> bool {
        self.table.threading == abi::SERIAL
    }

    /// Whether it is an export that writes to a sink of its own.
    pub fn has_own_sink(&self) -> bool {
        self.table.flags & abi::OWN_SINK != 0
    }

    /// Builds it.
    ///
    /// # Errors
    /// When the plugin refuses its options.
    pub fn create(self: &Arc<Self>, options: &Value, cx: &mut BuildContext<'_>) -> Result<Instance, OptionError> {
        self.create_from_json(&options.to_string(), cx)
    }

    /// Builds it from options as JSON text, which is passed on as it is.
    ///
    /// # Errors
    /// When the plugin refuses its options.
    pub fn create_from_json(
        self: &Arc<Self>,
        options: &str,
        cx: &mut BuildContext<'_>,
    ) -> Result<Instance, OptionError> {
        let host = HostContext::new(cx);
        let mut raw = ptr::null_mut();
        let create = self.table.create.expect("checked when the descriptor was read");
        let _alone = alone();
        let status = host.while_building(cx, |table| {
            // SAFETY: the table lives as long as the instance, the text for the call, and there is a place for the stage.
            unsafe { create(self.at, table, abi::WqStr::of(options), &mut raw) }
        });
        let failure = host.take_failure();
        match (status, raw.is_null()) {
            (abi::OK, false) => Ok(Instance { stage: Arc::clone(self), raw, host }),
            (abi::OK, true) => {
                Err(OptionError::new("", format!("the plugin said that it built the stage{HANDED_NOTHING}")))
            }
            (status, _) => Err(failure.filter(|failure| !failure.message.is_empty()).unwrap_or_else(|| {
                OptionError::new("", format!("the plugin refused to build the stage (status {status}){GAVE_NO_REASON}"))
            })),
        }
    }

    /// The stage as the engine knows stages, under `ALIAS.name`.
    pub fn definition(self: &Arc<Self>, alias: &str) -> StageDef {
        let raw = Arc::clone(self);
        let mut info = self.info.clone();
        info.name = format!("{alias}.{}", info.name).into();
        StageDef {
            info,
            build: Box::new(move |options, cx| {
                let instance = Arc::new(raw.create(&options, cx)?);
                Ok(match raw.info.order {
                    Order::Parallel => Built::Parallel(stages::parallel(instance)),
                    Order::InOrder => Built::InOrder(order::in_order(instance)),
                })
            }),
        }
    }

    /// The export as the engine knows formats, under `ALIAS.name`.
    pub fn format(self: &Arc<Self>, alias: &str) -> FormatDef {
        let raw = Arc::clone(self);
        FormatDef {
            name: format!("{alias}.{}", self.info.name).into(),
            summary: self.info.summary.clone(),
            manual: self.info.manual.clone(),
            extensions: &[],
            source: None,
            export: Some(ExportDef {
                schema: self.info.schema.clone(),
                order: self.info.order,
                own_sink: self.has_own_sink(),
                build: Arc::new(move |options, cx| {
                    let instance = Arc::new(raw.create(&options, cx)?);
                    Ok(match raw.info.order {
                        Order::Parallel => BuiltExport::Encoded(exports::encoded(instance)),
                        Order::InOrder => BuiltExport::InOrder(exports::in_order(instance)),
                    })
                }),
            }),
        }
    }
}

/// Ends the run, as a panic would, without a word from the panic handler: the plugin has said that its state can no longer be
/// trusted.
fn broken(message: String) -> ! {
    std::panic::resume_unwind(Box::new(Broken(message)))
}

/// The functions of a plugin that are called on one thread at a time: plans may be compiled and dropped on several.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(|e| e.into_inner())
}

/// The name of a function that a stage of this kind and order must have, and has not.
fn missing_function(table: &WqStage) -> Option<&'static str> {
    let common = [("create", table.create.is_some()), ("destroy", table.destroy.is_some())];
    let worker = [("worker", table.worker.is_some()), ("worker_destroy", table.worker_destroy.is_some())];
    let needed: &[(&'static str, bool)] = match (table.kind == abi::EXPORT, table.order) {
        (false, abi::PARALLEL) => &[worker[0], worker[1], ("process", table.process.is_some())],
        (false, _) => &[
            worker[0],
            worker[1],
            ("prepare", table.prepare.is_some()),
            ("state", table.state.is_some()),
            ("state_destroy", table.state_destroy.is_some()),
            ("decide", table.decide.is_some()),
            ("replay", table.replay.is_some()),
        ],
        (true, abi::PARALLEL) => &[worker[0], worker[1], ("encode", table.encode.is_some())],
        (true, _) => &[
            ("writer", table.writer.is_some()),
            ("writer_destroy", table.writer_destroy.is_some()),
            ("write", table.write.is_some()),
            ("finish", table.finish.is_some()),
        ],
    };
    common.iter().chain(needed).find(|(_, there)| !there).map(|(name, _)| *name)
}

/// A stage that a plugin has built. Dropped after its last worker, it is destroyed.
pub struct Instance {
    stage: Arc<RawStage>,
    raw: *mut c_void,
    host: HostContext,
}

// SAFETY: the header says that `worker`, `state` and `writer` may be called from any thread; what else is called of the stage
// is called once, from `create` or `drop`.
unsafe impl Send for Instance {}
// SAFETY: as above.
unsafe impl Sync for Instance {}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance").field("stage", &self.stage).finish_non_exhaustive()
    }
}

impl Instance {
    /// The layers it reads with its options.
    pub fn reads(&self) -> Layers {
        let declared = self.stage.info.reads;
        let Some(reads_with) = self.stage.table.reads_with else { return declared };
        // SAFETY: the stage has been built and not destroyed.
        let reads = abi::layers(unsafe { reads_with(self.raw) });
        declared.without(Layers::ALL.without(reads))
    }

    /// The names of the run it was built for.
    pub fn labels(&self) -> &Labels {
        self.host.labels()
    }

    /// What the descriptor says of it.
    pub fn info(&self) -> &StageInfo {
        &self.stage.info
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let Some(destroy) = self.stage.table.destroy {
            let _alone = alone();
            // SAFETY: built once, destroyed once, and its workers hold it, so that they are gone.
            unsafe { destroy(self.raw) };
        }
    }
}

//! From a Rust stage to the ABI: [`export_plugin!`](crate::export_plugin) and what it calls.
//!
//! One set of functions serves every stage, because a stage's descriptor is the head of a larger struct that holds its
//! [`StageDef`]: `create` gets the descriptor back and finds the definition behind it. Every function catches panics. One
//! in the middle of a document fails that document alone, and the worker it may have left in pieces is replaced.

mod exports;
mod host;
mod inbox;
mod order;
mod outbox;
mod quiet;
mod stages;

use crate::abi::{self, ABI_MAJOR, ABI_MINOR, FAILED, MAGIC, OK, WqDocView, WqHost, WqPlugin, WqStage, WqStr};
use crate::read::{host_text, panic_message};
use host::{Host, HostFiles};
use quiet::catch_unwind;
use serde_json::Value;
use std::ffi::{CStr, CString, c_char, c_void};
use std::panic::AssertUnwindSafe;
use std::ptr;
use std::sync::Arc;
use warraq_core::{
    BuildContext, Built, BuiltExport, ExportDef, FormatDef, Labels, Layer, Layers, LogLevel, OptionError, Order,
    Services, StageDef,
};

/// Makes a plugin of this crate: exports its stages, each a path to a function that returns a [`StageDef`]. `serial` stages
/// get one worker for the whole run; `exports` are functions that return a [`FormatDef`]. `all`, which comes first, is a
/// function that returns many stages.
///
/// Name, version and licence are those of the package.
///
/// ```ignore
/// warraq_plugin::export_plugin! {
///     stages: [stem::definition, shout::definition],
///     serial: [legacy::definition],
///     exports: [tei::definition],
/// }
/// ```
#[macro_export]
macro_rules! export_plugin {
    (
        $(all: [$all:path] $(,)?)?
        $(stages: [$($stage:path),* $(,)?] $(,)?)?
        $(serial: [$($serial:path),* $(,)?] $(,)?)?
        $(exports: [$($export:path),* $(,)?] $(,)?)?
    ) => {
        /// What a host looks for in this library.
        #[unsafe(no_mangle)]
        #[allow(non_upper_case_globals)]
        pub static warraq_plugin_v1: $crate::abi::WqPlugin = {
            unsafe extern "C" fn stages(count: *mut usize) -> *const *const $crate::abi::WqStage {
                static LIST: ::std::sync::OnceLock<$crate::export::StageList> = ::std::sync::OnceLock::new();
                let list = LIST.get_or_init(|| {
                    $crate::export::StageList::new(|list| {
                        $($all().into_iter().for_each(|stage| list.stage(stage));)?
                        $($(list.stage($stage());)*)?
                        $($(list.serial_stage($serial());)*)?
                        $($(list.export($export());)*)?
                    })
                });
                // SAFETY: the host passes a place for the count.
                unsafe { list.give(count) }
            }
            $crate::export::descriptor(
                concat!(env!("CARGO_PKG_NAME"), "\0"),
                concat!(env!("CARGO_PKG_VERSION"), "\0"),
                concat!(env!("CARGO_PKG_LICENSE"), "\0"),
                stages,
            )
        };
    };
}

/// A plugin's descriptor. The texts end in a NUL.
///
/// # Panics
/// If one does not, which stops the compiler.
pub const fn descriptor(
    name: &'static str,
    version: &'static str,
    license: &'static str,
    stages: unsafe extern "C" fn(*mut usize) -> *const *const WqStage,
) -> WqPlugin {
    const fn c_str(text: &'static str) -> *const c_char {
        match CStr::from_bytes_with_nul(text.as_bytes()) {
            Ok(text) => text.as_ptr(),
            Err(_) => panic!("a text of the descriptor does not end in its only NUL"),
        }
    }
    WqPlugin {
        magic: MAGIC,
        struct_size: size_of::<WqPlugin>() as u32,
        abi_major: ABI_MAJOR,
        abi_minor: ABI_MINOR,
        host_minor: 0,
        reserved: 0,
        doc_view_size: size_of::<WqDocView>() as u32,
        changes_size: size_of::<abi::WqChanges>() as u32,
        output_size: size_of::<abi::WqOutput>() as u32,
        reserved2: 0,
        name: c_str(name),
        version: c_str(version),
        license: c_str(license),
        built_with: c_str(concat!("warraq-plugin ", env!("CARGO_PKG_VERSION"), "\0")),
        stages: Some(stages),
    }
}

/// A descriptor with the definition behind it.
#[repr(C)]
struct Exported {
    table: WqStage,
    what: Definition,
}

enum Definition {
    Stage(StageDef),
    Export(ExportDef),
}

/// The stages of a plugin, static once made.
#[derive(Debug)]
pub struct StageList {
    tables: Vec<*const WqStage>,
}

// SAFETY: the descriptors are leaked and constant.
unsafe impl Send for StageList {}
// SAFETY: as above.
unsafe impl Sync for StageList {}

impl StageList {
    /// The list that `fill` makes. If that panics, the list is empty, and the host will say so.
    pub fn new(fill: impl FnOnce(&mut Self)) -> Self {
        let mut list = StageList { tables: Vec::new() };
        let filled = catch_unwind(AssertUnwindSafe(|| fill(&mut list)));
        if filled.is_err() {
            list.tables.clear();
        }
        list
    }

    /// Adds a stage.
    pub fn stage(&mut self, stage: StageDef) {
        self.add(stage, abi::PER_WORKER);
    }

    /// Adds a stage that is to have one worker for the whole run.
    pub fn serial_stage(&mut self, stage: StageDef) {
        self.add(stage, abi::SERIAL);
    }

    fn add(&mut self, stage: StageDef, threading: u32) {
        let info = &stage.info;
        let mut table = base(&info.name, &info.summary, &info.manual, &info.schema);
        table.kind = kind(&stage);
        table.threading = threading;
        table.reads = abi::layer_bits(info.reads);
        table.writes = abi::layer_bits(info.writes);
        if !info.examples.is_empty() {
            table.examples = leak(&serde_json::to_string(&info.examples).unwrap_or_default());
        }
        match info.order {
            Order::Parallel => stages::functions(&mut table),
            Order::InOrder => order::functions(&mut table),
        }
        self.push(table, Definition::Stage(stage));
    }

    /// Adds a format's export.
    ///
    /// # Panics
    /// If the format has none.
    pub fn export(&mut self, format: FormatDef) {
        let export = format.export.expect("a format that is exported as an export has one");
        let mut table = base(&format.name, &format.summary, &format.manual, &export.schema);
        table.kind = abi::EXPORT;
        table.reads = abi::layer_bits(Layers::ALL);
        table.flags = if export.own_sink { abi::OWN_SINK } else { 0 };
        exports::functions(&mut table, export.order);
        self.push(table, Definition::Export(export));
    }

    fn push(&mut self, table: WqStage, what: Definition) {
        let exported: &'static Exported = Box::leak(Box::new(Exported { table, what }));
        self.tables.push(ptr::from_ref(exported).cast());
    }

    /// The descriptors.
    pub fn tables(&self) -> &[*const WqStage] {
        &self.tables
    }

    /// Hands the array over.
    ///
    /// # Safety
    /// `count` is a place for the count.
    pub unsafe fn give(&self, count: *mut usize) -> *const *const WqStage {
        // SAFETY: the caller's word.
        unsafe { count.write(self.tables.len()) };
        self.tables.as_ptr()
    }
}

/// What the family of a stage's name says about it; else what it writes.
fn kind(stage: &StageDef) -> u32 {
    let family = stage.info.name.split('.').next().unwrap_or_default();
    let by_name = abi::KINDS[..abi::EXPORT as usize].iter().position(|kind| *kind == family && !family.is_empty());
    by_name.map_or_else(
        || match stage.info.writes {
            writes if writes.contains(Layer::Text) => 1,
            writes if writes.contains(Layer::Verdict) => 2,
            writes if writes.contains(Layer::Tokens) || writes.contains(Layer::Sentences) => 3,
            _ => 4,
        },
        |kind| kind as u32,
    )
}

fn leak(text: &str) -> *const c_char {
    // Texts come from authors' constants; a NUL in one would cut it short on the other side.
    CString::new(text.replace('\0', "")).unwrap_or_default().into_raw()
}

/// What all descriptors have. The family of a name is left off: the pipeline's alias takes its place.
fn base(name: &str, summary: &str, manual: &str, schema: &serde_json::Value) -> WqStage {
    let mut table = <WqStage as abi::Sized32>::empty();
    table.name = leak(name.rsplit('.').next().unwrap_or(name));
    table.summary = leak(summary);
    table.manual = leak(manual);
    table.schema = leak(&schema.to_string());
    table.create = Some(create);
    table.destroy = Some(destroy);
    table
}

/// A stage that has been built, with its host.
struct Instance {
    what: Ready,
    host: Host,
    labels: Labels,
}

enum Ready {
    Stage(Built),
    Export(BuiltExport),
}

impl Instance {
    /// # Safety
    /// `stage` comes from `create` and has not been destroyed; the reference is not used after that.
    unsafe fn of(stage: *mut c_void) -> &'static Instance {
        // SAFETY: the caller's word.
        unsafe { &*stage.cast::<Instance>() }
    }

    /// Tells the host about what went wrong where no document can be blamed.
    fn complain(&self, what: &str, panic: &(dyn std::any::Any + Send)) {
        self.host.log(LogLevel::Error, "", &format!("{what} panicked: {}", panic_message(panic)));
    }
}

unsafe extern "C" fn create(
    table: *const WqStage,
    host: *const WqHost,
    options: WqStr,
    stage: *mut *mut c_void,
) -> i32 {
    // SAFETY: the host passes the descriptor it was given, its own table and a place for the stage.
    let (exported, host, options) = unsafe { (&*table.cast::<Exported>(), Host::new(host), host_text(options)) };
    let built = catch_unwind(AssertUnwindSafe(|| build(exported, host, options)));
    let built = built.unwrap_or_else(|panic| {
        Err(OptionError::new("", format!("the stage panicked while it was built: {}", panic_message(&*panic))))
    });
    match built {
        Ok(instance) => {
            // SAFETY: as above.
            unsafe { stage.write(Box::into_raw(Box::new(instance)).cast()) };
            OK
        }
        Err(error) => {
            host.fail(&error);
            FAILED
        }
    }
}

fn build(exported: &Exported, host: Host, options: &str) -> Result<Instance, OptionError> {
    let options: Value = serde_json::from_str(options).map_err(|e| OptionError::new("", format!("options: {e}")))?;
    if !options.is_object() {
        // An array would pass for a struct whose fields all have defaults.
        return Err(OptionError::new("", "options: expected a JSON object"));
    }
    let labels = Labels::with_table(Arc::new(host));
    let mut files = HostFiles(host);
    let mut cx = BuildContext { name: host.name(), labels: &labels, resources: &mut files, services: Arc::new(host) };
    let what = match &exported.what {
        Definition::Stage(stage) => Ready::Stage((stage.build)(options, &mut cx)?),
        Definition::Export(export) => Ready::Export((export.build)(options, &mut cx)?),
    };
    let declared = if exported.table.order == abi::IN_ORDER { Order::InOrder } else { Order::Parallel };
    let is_ordered = matches!(what, Ready::Stage(Built::InOrder(_)) | Ready::Export(BuiltExport::InOrder(_)));
    if (declared == Order::InOrder) != is_ordered {
        return Err(OptionError::new(
            "",
            "the stage was built for another order than it declares: a defect of the plugin",
        ));
    }
    if let Ready::Stage(Built::InOrder(stage)) = &what
        && (stage.survey().is_some() || stage.saves().is_some())
    {
        let what = "the stage wants to look at the whole corpus beforehand, or to save what it has learned";
        return Err(OptionError::new("", format!("{what}: a plugin cannot do that yet")));
    }
    Ok(Instance { what, host, labels })
}

unsafe extern "C" fn destroy(stage: *mut c_void) {
    // SAFETY: the host destroys what `create` made, once.
    let instance = unsafe { Box::from_raw(stage.cast::<Instance>()) };
    let host = instance.host;
    drop_quietly(instance, &host, "the stage, when it was dropped,");
}

/// Makes something of an author's (a worker, a state) and hands it to the host.
///
/// # Safety
/// `place` is a place for it.
unsafe fn hand_over<T>(
    instance: &Instance,
    place: *mut *mut c_void,
    what: &str,
    make: impl FnOnce() -> Option<T>,
) -> i32 {
    match catch_unwind(AssertUnwindSafe(make)) {
        Ok(Some(made)) => {
            // SAFETY: the caller's word.
            unsafe { place.write(Box::into_raw(Box::new(made)).cast()) };
            OK
        }
        Ok(None) => FAILED,
        Err(panic) => {
            instance.complain(&format!("{what}, when it was made,"), &*panic);
            FAILED
        }
    }
}

/// Puts a new one in the place of what a panic may have left in pieces. Whether there is one.
fn renew<T>(instance: &Instance, what: &str, old: &mut T, make: impl FnOnce() -> Option<T>) -> bool {
    let Ok(Some(new)) = catch_unwind(AssertUnwindSafe(make)) else { return false };
    drop_quietly(std::mem::replace(old, new), &instance.host, &format!("{what}, when it was dropped,"));
    true
}

/// Drops what an author wrote; a panic there has no document to fail.
fn drop_quietly<T>(value: T, host: &Host, what: &str) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        host.log(LogLevel::Error, "", &format!("{what} panicked: {}", panic_message(&*panic)));
    }
}

unsafe extern "C" fn reads_with(stage: *mut c_void) -> u32 {
    // SAFETY: the stage comes from `create`.
    let instance = unsafe { Instance::of(stage) };
    let reads = match &instance.what {
        Ready::Stage(built) => catch_unwind(AssertUnwindSafe(|| built.reads())).ok().flatten(),
        Ready::Export(_) => None,
    };
    abi::layer_bits(reads.unwrap_or(Layers::ALL))
}

//! The plugin boundary, from both sides of it: what a plugin hands back through the C ABI, and the wire protocol between
//! processes.
//!
//! A plugin without the SDK, whose functions fill in the ABI's structs from the fuzzer's bytes. Its memory is always readable,
//! as the header demands; everything else about it may be wrong.

#![allow(unsafe_code)]

mod given;
mod import;
mod wire;

pub(crate) use import::plugin_import;
pub(crate) use wire::wire;

use given::Given;
use std::cell::RefCell;
use std::ffi::c_void;
use std::sync::LazyLock;
use warraq_core::{Changes, Document, Labels, Layer, Layers, Sentence, Span, Token, TokenKind, Word};
use warraq_plugin::abi::{
    EXPORT, FAILED, IN_ORDER, OK, Sized32, WqBytes, WqChanges, WqDocView, WqHost, WqOutput, WqPlugin, WqStage, WqStr,
    layer_bits,
};
use warraq_plugin::export::descriptor;
use warraq_plugin::import::Plugin;

thread_local! {
    /// What the plugin's functions hand back in this run, and the memory behind it.
    static GIVEN: RefCell<Given> = RefCell::default();
    /// The descriptors that a plugin made for one run has.
    static TABLES: RefCell<Vec<*const WqStage>> = const { RefCell::new(Vec::new()) };
}

/// The fuzzed plugin: a stage `process`, a stage `decide`, an export `encode` and an export `write`.
static PLUGIN: LazyLock<Plugin> = LazyLock::new(|| {
    let mut all = [
        table(c"process", 4, 0),
        table(c"decide", 2, IN_ORDER),
        table(c"encode", EXPORT, 0),
        table(c"write", EXPORT, IN_ORDER),
    ];
    for table in &mut all {
        table.worker = Some(make);
        table.worker_destroy = Some(drop_it);
    }
    all[0].process = Some(process);
    all[1].prepare = Some(bytes_of_each);
    all[1].state = Some(make);
    all[1].state_destroy = Some(drop_it);
    all[1].decide = Some(decide);
    all[1].replay = Some(replay);
    all[2].encode = Some(bytes_of_each);
    all[2].header = Some(bytes);
    all[2].footer = Some(bytes);
    all[3].writer = Some(make_writer);
    all[3].writer_destroy = Some(drop_it);
    all[3].write = Some(write);
    all[3].flush = Some(bytes);
    all[3].finish = Some(bytes);
    all[3].resumable = Some(status);
    all[3].mark = Some(bytes);
    all[3].resume = Some(resume_writer);
    open(all.into_iter().map(|table| std::ptr::from_ref(Box::leak(Box::new(table)))).collect())
        .expect("the descriptor is good")
});

static DESCRIPTOR: WqPlugin = descriptor("fuzzed\0", "1.0.0\0", "MIT\0", stages);

/// A plugin with these stages, whose descriptors stay as long as it does.
fn open(tables: Vec<*const WqStage>) -> Result<Plugin, warraq_plugin::import::ImportError> {
    TABLES.set(tables);
    // SAFETY: the descriptor is this program's own, and its texts and tables outlive the plugin.
    unsafe { Plugin::open(&DESCRIPTOR) }
}

fn table(name: &'static std::ffi::CStr, kind: u32, order: u32) -> WqStage {
    let mut table = WqStage::empty();
    table.kind = kind;
    table.order = order;
    table.reads = layer_bits(Layers::ALL.without(NOT_READ));
    table.writes = layer_bits(Layers::ALL);
    table.name = name.as_ptr();
    table.summary = c"hands back anything".as_ptr();
    table.schema = c"{\"type\":\"object\"}".as_ptr();
    table.create = Some(create);
    table.destroy = Some(drop_it);
    table
}

const NOT_READ: Layers = Layers::of(&[Layer::Source, Layer::Verdict]);

unsafe extern "C" fn stages(count: *mut usize) -> *const *const WqStage {
    TABLES.with_borrow(|tables| {
        // SAFETY: the host passes a place for the count, and copies the array before the list changes.
        unsafe { count.write(tables.len()) };
        tables.as_ptr()
    })
}

/// What stands for a stage, a worker, a state and a writer: nothing of them is ever looked at.
static NOTHING: u8 = 0;

fn nothing() -> *mut c_void {
    std::ptr::from_ref(&NOTHING).cast_mut().cast()
}

unsafe extern "C" fn create(_: *const WqStage, host: *const WqHost, _: WqStr, out: *mut *mut c_void) -> i32 {
    let refusal = GIVEN.with_borrow_mut(Given::refusal);
    // SAFETY: the host passes what the header says.
    unsafe {
        match refusal {
            None => out.write(nothing()),
            Some([option, message, help]) => {
                let fail = (*host).fail.expect("the host has all its functions");
                fail((*host).ctx, option, message, help);
                return FAILED;
            }
        }
    }
    OK
}

unsafe extern "C" fn make(_: *mut c_void, out: *mut *mut c_void) -> i32 {
    // SAFETY: the host passes a place.
    unsafe { out.write(nothing()) };
    OK
}

unsafe extern "C" fn make_writer(stage: *mut c_void, out: *mut *mut c_void, found: *mut WqOutput) -> i32 {
    // SAFETY: as above.
    unsafe {
        make(stage, out);
        bytes(stage, found)
    }
}

unsafe extern "C" fn resume_writer(
    stage: *mut c_void,
    _: u64,
    _: WqBytes,
    out: *mut *mut c_void,
    found: *mut WqOutput,
) -> i32 {
    // SAFETY: as above.
    unsafe { make_writer(stage, out, found) }
}

unsafe extern "C" fn status(_: *mut c_void) -> i32 {
    GIVEN.with_borrow_mut(Given::status)
}

unsafe extern "C" fn drop_it(_: *mut c_void) {}

unsafe extern "C" fn process(_: *mut c_void, docs: *const WqDocView, out: *mut WqChanges, n: usize) -> i32 {
    GIVEN.with_borrow_mut(|given| {
        for at in 0..n {
            // SAFETY: there are `n` views and `n` places, of the sizes that this program was compiled with.
            unsafe { given.changes(&*docs.add(at), &mut *out.add(at)) };
        }
        given.status()
    })
}

unsafe extern "C" fn decide(
    _: *mut c_void,
    doc: *const WqDocView,
    _: WqBytes,
    out: *mut WqChanges,
    journal: *mut WqOutput,
) -> i32 {
    GIVEN.with_borrow_mut(|given| {
        // SAFETY: as above.
        unsafe {
            given.changes(&*doc, &mut *out);
            given.output(&mut *journal);
        }
        given.status()
    })
}

unsafe extern "C" fn replay(_: *mut c_void, _: WqBytes) -> i32 {
    GIVEN.with_borrow_mut(Given::status)
}

unsafe extern "C" fn bytes_of_each(_: *mut c_void, _: *const WqDocView, out: *mut WqOutput, n: usize) -> i32 {
    GIVEN.with_borrow_mut(|given| {
        // SAFETY: as above.
        (0..n).for_each(|at| unsafe { given.output(&mut *out.add(at)) });
        given.status()
    })
}

unsafe extern "C" fn write(writer: *mut c_void, _: *const WqDocView, out: *mut WqOutput) -> i32 {
    // SAFETY: as above.
    unsafe { bytes(writer, out) }
}

unsafe extern "C" fn bytes(_: *mut c_void, out: *mut WqOutput) -> i32 {
    GIVEN.with_borrow_mut(|given| {
        // SAFETY: as above.
        unsafe { given.output(&mut *out) };
        given.status()
    })
}

/// Documents with something in every layer, of ASCII, and with nothing.
fn documents() -> [Document; 3] {
    let labels = names();
    let (label, source) = (labels.intern("LOC"), labels.intern("a"));
    let mut full = Document::with_text("معرّف", "وبالكتاب قال");
    full.set_lang("ar");
    full.meta_mut().push("url", "\"u\"");
    let mut changes = Changes::new();
    changes.remove(21..23, label);
    full.apply(&mut changes, 0, Layers::ALL).expect("the edit fits");
    let mut changes = Changes::new();
    let kind = TokenKind::Word;
    changes.tokens().extend([(0, 16), (17, 21)].map(|(start, end)| Token { start, end, kind }));
    changes.words().extend([(0, 0, 2), (0, 2, 16), (1, 17, 21)].map(|(token, start, end)| Word { token, start, end }));
    changes.sentences().push(Sentence { start: 0, end: 21 });
    changes.spans().push(Span { start: 4, end: 16, label, score: 0.5, source });
    let mut column = changes.column(Layer::Words, labels.intern("form"));
    [None, Some("الكتاب"), None].iter().for_each(|form| column.push(*form));
    changes.score(label, 1.5);
    full.apply(&mut changes, 0, Layers::ALL).expect("the layers fit");
    [full, Document::with_text("b", "a b\n😀"), Document::new()]
}

/// A table with the labels that proposals use.
fn names() -> Labels {
    let labels = Labels::new();
    crate::proposal::LABELS.iter().for_each(|name| _ = labels.intern(name));
    labels
}

//! Small plugins made in a test, through the SDK or of the ABI's structs alone.

use serde_json::{Value, json};
use std::cell::RefCell;
use std::ffi::{CStr, c_void};
use std::sync::Arc;
use warraq_core::{
    Built, BuiltExport, Changes, DocView, Document, EncodeContext, Encoder, Error, ErrorKind, Example, ExportDef,
    ExportFormat, ExportWriter, Flushed, FormatDef, InOrderExport, InOrderStage, LabelId, Layer, Layers, OptionError,
    Order, Preparer, Result, Span, Stage, StageDef, StageInfo, StageState, Worker,
};
use warraq_plugin::abi::{FAILED, OK, Sized32, WqChanges, WqDocView, WqHost, WqPlugin, WqStage, WqStr, layer_bits};
use warraq_plugin::export::{StageList, descriptor};
use warraq_plugin::import::Plugin;

thread_local! {
    /// The stages of the plugin that this thread is about to open.
    static TABLES: RefCell<Vec<*const WqStage>> = const { RefCell::new(Vec::new()) };
}

/// The descriptor of a plugin with those stages.
static DESCRIPTOR: WqPlugin = descriptor("tests\0", "1.0.0\0", "MIT\0", stages);

unsafe extern "C" fn stages(count: *mut usize) -> *const *const WqStage {
    TABLES.with_borrow(|tables| {
        // SAFETY: the host passes a place for the count, and copies the array before the next test of this thread.
        unsafe { count.write(tables.len()) };
        tables.as_ptr()
    })
}

fn open_tables(tables: Vec<*const WqStage>) -> Plugin {
    TABLES.set(tables);
    // SAFETY: the descriptor is this binary's own.
    unsafe { Plugin::open(&DESCRIPTOR) }.unwrap()
}

/// A plugin made with the SDK.
pub(crate) fn open(fill: impl FnOnce(&mut StageList)) -> Plugin {
    open_tables(StageList::new(fill).tables().to_vec())
}

/// What a worker of a test does: the id is that of the score `it`.
pub(crate) type Act = Box<dyn FnMut(&DocView<'_>, &mut Changes, LabelId) -> Result<()> + Send>;

struct Acting {
    make: Arc<dyn Fn(()) -> Act + Send + Sync>,
    id: LabelId,
    reads: Option<Layers>,
}

struct ActingWorker(Act, LabelId);

impl Stage for Acting {
    fn reads(&self) -> Option<Layers> {
        self.reads
    }

    fn worker(&self) -> Box<dyn Worker> {
        Box::new(ActingWorker((self.make)(()), self.id))
    }
}

impl Worker for ActingWorker {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        (self.0)(doc, out, self.1)
    }
}

/// Takes no options.
pub(crate) fn no_options(options: &Value) -> std::result::Result<(), OptionError> {
    match options.as_object().and_then(|o| o.keys().next()) {
        Some(key) => Err(OptionError::new(key, "there is no such option")),
        None => Ok(()),
    }
}

fn schema() -> Value {
    let a = json!({"type": "integer", "description": "A number."});
    json!({"type": "object", "additionalProperties": false, "properties": {"a": a}})
}

fn info(order: Order) -> StageInfo {
    StageInfo {
        name: "test.it".into(),
        summary: "does something".into(),
        manual: "It does something.".into(),
        reads: Layers::ALL.without(Layers::of(&[Layer::Source, Layer::Verdict])),
        writes: Layers::of(&[Layer::Spans, Layer::Scores]),
        order,
        schema: schema(),
        examples: vec![Example::new("The text stays", "abc").unchanged()],
    }
}

/// A stage whose workers do what `make` returns.
pub(crate) fn stage(make: impl Fn(()) -> Act + Send + Sync + 'static) -> StageDef {
    built_by(no_options, Arc::new(make), None)
}

/// A stage that looks at its options and does nothing.
pub(crate) fn stage_with(
    options: impl Fn(&Value) -> std::result::Result<(), OptionError> + Send + Sync + 'static,
) -> StageDef {
    built_by(options, Arc::new(|()| Box::new(|_, _, _| Ok(()))), None)
}

/// A stage that says it reads only these layers.
pub(crate) fn stage_reading(reads: Layers, act: fn(&DocView<'_>, &mut Changes, LabelId) -> Result<()>) -> StageDef {
    built_by(no_options, Arc::new(move |()| Box::new(act)), Some(reads))
}

fn built_by(
    options: impl Fn(&Value) -> std::result::Result<(), OptionError> + Send + Sync + 'static,
    make: Arc<dyn Fn(()) -> Act + Send + Sync>,
    reads: Option<Layers>,
) -> StageDef {
    let build = move |given: Value, cx: &mut warraq_core::BuildContext<'_>| {
        options(&given)?;
        Ok(Built::parallel(Acting { make: Arc::clone(&make), id: cx.labels.intern("it"), reads }))
    };
    StageDef { info: info(Order::Parallel), build: Box::new(build) }
}

/// An in-order stage that scores each document by how many there were before, or by `count`.
#[derive(Clone, Copy)]
struct Counting {
    id: LabelId,
    count: Option<fn() -> u64>,
    replays: bool,
    seen: u64,
}

impl InOrderStage for Counting {
    fn preparer(&self) -> Box<dyn Preparer> {
        Box::new(*self)
    }

    fn state(&self) -> Box<dyn StageState> {
        Box::new(*self)
    }
}

impl Preparer for Counting {
    fn prepare(&mut self, doc: &DocView<'_>, key: &mut Vec<u8>) -> Result<()> {
        key.extend_from_slice(doc.text.as_bytes());
        Ok(())
    }
}

impl StageState for Counting {
    fn decide(&mut self, _: &DocView<'_>, _: &[u8], out: &mut Changes, journal: &mut Vec<u8>) -> Result<()> {
        out.score(self.id, self.count.map_or(self.seen, |count| count()) as f64);
        self.seen += 1;
        journal.push(1);
        Ok(())
    }

    fn replay(&mut self, journal: &[u8]) -> Result<()> {
        if self.replays {
            self.seen += journal.len() as u64;
        }
        Ok(())
    }
}

pub(crate) fn in_order(count: Option<fn() -> u64>, replays: bool) -> StageDef {
    let build = move |options: Value, cx: &mut warraq_core::BuildContext<'_>| {
        no_options(&options)?;
        let stage = Counting { id: cx.labels.intern("it"), count, replays, seen: 0 };
        Ok(Built::InOrder(Box::new(stage)))
    };
    let mut info = info(Order::InOrder);
    // An example sees a state with nothing in it.
    info.examples = vec![Example::new("The first one", "abc").unchanged()];
    StageDef { info, build: Box::new(build) }
}

/// An export whose header and records hold a number.
#[derive(Clone, Copy)]
struct Numbers {
    header: fn() -> u64,
    record: fn() -> u64,
}

impl ExportFormat for Numbers {
    fn encoder(&self) -> Box<dyn Encoder> {
        Box::new(*self)
    }

    fn header(&self) -> Result<Vec<u8>> {
        Ok((self.header)().to_le_bytes().into())
    }
}

impl Encoder for Numbers {
    fn encode(&mut self, doc: &Document, _: &mut EncodeContext<'_>, out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(doc.source().as_bytes());
        out.extend_from_slice(&(self.record)().to_le_bytes());
        Ok(())
    }
}

impl InOrderExport for Numbers {
    fn writer(&self) -> Result<Box<dyn ExportWriter>> {
        Ok(Box::new(*self))
    }

    fn resumable(&self) -> bool {
        true
    }

    /// One that says where it goes on.
    fn resume(&self, at: &Flushed<'_>) -> Result<Box<dyn ExportWriter>> {
        match at.mark {
            b"mark" => Ok(Box::new(Resumed(at.documents))),
            _ => Err(Error::new(ErrorKind::Encode, "test.mark", "that is not its mark")),
        }
    }
}

struct Resumed(u64);

impl ExportWriter for Resumed {
    fn write(&mut self, _: &Document, _: &mut EncodeContext<'_>, out: &mut Vec<u8>) -> Result<()> {
        self.0 += 1;
        out.extend_from_slice(self.0.to_string().as_bytes());
        Ok(())
    }

    fn flush(&mut self, _: &mut Vec<u8>) -> Result<()> {
        Ok(())
    }

    fn finish(&mut self, _: &mut Vec<u8>) -> Result<()> {
        Ok(())
    }
}

impl ExportWriter for Numbers {
    fn write(&mut self, doc: &Document, cx: &mut EncodeContext<'_>, out: &mut Vec<u8>) -> Result<()> {
        self.encode(doc, cx, out)
    }

    fn flush(&mut self, _: &mut Vec<u8>) -> Result<()> {
        Ok(())
    }

    fn mark(&mut self, mark: &mut Vec<u8>) -> Result<()> {
        mark.extend_from_slice(b"mark");
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        out.push(b'.');
        Ok(())
    }
}

fn format(order: Order, numbers: Numbers) -> FormatDef {
    let build = move |options: Value, _: &mut warraq_core::BuildContext<'_>| {
        no_options(&options)?;
        Ok(match order {
            Order::Parallel => BuiltExport::Encoded(Box::new(numbers)),
            Order::InOrder => BuiltExport::InOrder(Box::new(numbers)),
        })
    };
    let export = ExportDef { schema: schema(), order, own_sink: false, build: Arc::new(build) };
    FormatDef {
        name: "numbers".into(),
        summary: "numbers".into(),
        manual: "Writes numbers.".into(),
        extensions: &[],
        source: None,
        export: Some(export),
    }
}

/// A parallel export with these numbers in its header and its records.
pub(crate) fn export(header: fn() -> u64, record: fn() -> u64) -> FormatDef {
    format(Order::Parallel, Numbers { header, record })
}

/// An in-order export with this number in its records.
pub(crate) fn in_order_export(record: fn() -> u64) -> FormatDef {
    format(Order::InOrder, Numbers { header: || 0, record })
}

/// How a stage without the SDK deals with one document. The worker is a vector of one span.
pub(crate) type RawAct = fn(&mut Vec<Span>, &WqDocView, &mut WqChanges);

/// What a stage without the SDK makes of its options: it takes them, or refuses them, with a reason or without.
pub(crate) type Judge = fn(&str) -> Judgement;

pub(crate) type Judgement = std::result::Result<(), Option<&'static CStr>>;

/// Takes nothing but `{}`.
pub(crate) fn strict(options: &str) -> Judgement {
    if options == "{}" { Ok(()) } else { Err(Some(c"there are no options")) }
}

/// Refuses what is not `{}` without a word.
pub(crate) fn mute_on_garbage(options: &str) -> Judgement {
    if options == "{}" { Ok(()) } else { Err(None) }
}

/// Takes everything.
pub(crate) fn anything(_: &str) -> Judgement {
    Ok(())
}

/// Hands over a span of its own.
pub(crate) fn own_spans(own: &mut Vec<Span>, view: &WqDocView, out: &mut WqChanges) {
    own.clear();
    // SAFETY: the view's spans can be read until the call returns.
    let spans = unsafe { std::slice::from_raw_parts(view.spans, view.n_spans) };
    own.extend_from_slice(if view.n_spans == 0 { &[] } else { spans });
    (out.spans, out.n_spans) = (own.as_ptr(), own.len());
}

/// Hands over the spans it was shown.
pub(crate) fn spans_of_the_view(_: &mut Vec<Span>, view: &WqDocView, out: &mut WqChanges) {
    (out.spans, out.n_spans) = (view.spans, view.n_spans);
}

/// Hands over the columns it was shown, with copies of the spans that some of them stand beside.
pub(crate) fn columns_of_the_view(own: &mut Vec<Span>, view: &WqDocView, out: &mut WqChanges) {
    own_spans(own, view, out);
    (out.columns, out.n_columns, out.forms) = (view.columns, view.n_columns, view.forms);
}

/// A stage's table with what it is to do behind it.
#[repr(C)]
struct RawStage {
    table: WqStage,
    act: RawAct,
    judge: Judge,
}

/// What `create` hands over: the stage, and what is left to be handed over to its documents.
struct RawWorker {
    act: RawAct,
    slots: Vec<Vec<Span>>,
}

/// A plugin of the ABI's structs alone.
pub(crate) fn raw(act: RawAct, judge: Judge) -> Plugin {
    let mut table = WqStage::empty();
    (table.kind, table.reads, table.writes) = (
        4,
        layer_bits(Layers::of(&[Layer::Text, Layer::Tokens, Layer::Spans, Layer::Columns, Layer::Words])),
        layer_bits(Layers::of(&[Layer::Spans, Layer::Columns])),
    );
    table.name = c"raw".as_ptr();
    table.summary = c"hands over spans".as_ptr();
    table.manual = c"Hands over spans.".as_ptr();
    table.schema = c"{\"type\":\"object\",\"additionalProperties\":false}".as_ptr();
    table.examples = c"[{\"title\":\"The text stays\",\"input\":\"a\",\"expect\":{\"text\":\"a\"}}]".as_ptr();
    table.create = Some(create);
    table.destroy = Some(destroy);
    table.worker = Some(worker);
    table.worker_destroy = Some(worker_destroy);
    table.process = Some(process);
    let stage: &'static RawStage = Box::leak(Box::new(RawStage { table, act, judge }));
    open_tables(vec![std::ptr::from_ref(stage).cast()])
}

unsafe extern "C" fn create(table: *const WqStage, host: *const WqHost, options: WqStr, out: *mut *mut c_void) -> i32 {
    // SAFETY: the host passes what the header says; the table is the head of a `RawStage`.
    unsafe {
        let options = std::slice::from_raw_parts(options.ptr.cast::<u8>(), options.len);
        let stage = &*table.cast::<RawStage>();
        match (stage.judge)(str::from_utf8(options).unwrap()) {
            Ok(()) => {
                out.write(table.cast_mut().cast());
                OK
            }
            Err(message) => {
                let fail = (*host).fail.unwrap();
                if let Some(message) = message {
                    fail((*host).ctx, WqStr::NULL, WqStr::of(message.to_str().unwrap()), WqStr::NULL);
                }
                FAILED
            }
        }
    }
}

unsafe extern "C" fn destroy(_: *mut c_void) {}

unsafe extern "C" fn worker(stage: *mut c_void, out: *mut *mut c_void) -> i32 {
    // SAFETY: the stage is what `create` handed over.
    unsafe {
        let act = (*stage.cast::<RawStage>()).act;
        out.write(Box::into_raw(Box::new(RawWorker { act, slots: Vec::new() })).cast());
    }
    OK
}

unsafe extern "C" fn worker_destroy(worker: *mut c_void) {
    // SAFETY: it was made above, and is destroyed once.
    drop(unsafe { Box::from_raw(worker.cast::<RawWorker>()) });
}

unsafe extern "C" fn process(worker: *mut c_void, docs: *const WqDocView, out: *mut WqChanges, n: usize) -> i32 {
    // SAFETY: the host passes `n` views and places of the sizes in the descriptor.
    unsafe {
        let worker = &mut *worker.cast::<RawWorker>();
        worker.slots.resize_with(n.max(worker.slots.len()), Vec::new);
        for at in 0..n {
            (worker.act)(&mut worker.slots[at], &*docs.add(at), &mut *out.add(at));
        }
    }
    OK
}

//! The import under a plugin that hands back anything: each document gets its changes or an error, and is as it was after one.

use super::{DESCRIPTOR, GIVEN, PLUGIN, documents, names, open, stages, table};
use crate::bytes::Bytes;
use crate::laws::{check_document, copy, state};
use std::ffi::CString;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use warraq_core::{
    Broken, BuildContext, BuiltExport, Changes, Document, EncodeContext, Error, ExportWriter, Flushed, Labels, Layers,
    MemoryResources, OptionError, Preparer, Result, StageState,
};
use warraq_plugin::abi::WqPlugin;
use warraq_plugin::import::{Instance, Plugin, RawState, RawWorker};

/// The first byte chooses what is asked of the plugin; the others are what it hands back, in the order in which it is asked.
pub(crate) fn plugin_import(data: &[u8]) {
    let mut bytes = Bytes(data);
    let task = bytes.u8() % 5;
    GIVEN.with_borrow_mut(|given| given.start(bytes.0));
    match task {
        0 => process(),
        1 => decide(),
        2 => encode(),
        3 => write(),
        _ => describe(bytes),
    }
}

fn check(error: &Error) {
    assert!(!error.reason.is_empty() && !error.message.is_empty(), "{error:?}");
}

fn create(stage: &str, labels: &Labels) -> Option<Arc<Instance>> {
    let mut files = MemoryResources::new();
    let stage = PLUGIN.stage(stage).expect("the plugin has it");
    let created = stage.create_from_json("{}", &mut BuildContext::new("fuzz", labels, &mut files));
    let refused = |e: &OptionError| assert!(!e.message.is_empty(), "{e:?}");
    created.inspect_err(refused).ok().map(Arc::new)
}

/// Carries out what was taken over, or sees that nothing was.
fn carry_out(doc: &mut Document, labels: &Labels, taken: Result<()>, changes: &mut Changes) {
    let before = copy(doc);
    match taken.and_then(|()| doc.apply(changes, 1, Layers::ALL)) {
        Ok(()) => check_document(doc),
        Err(error) => {
            check(&error);
            assert_eq!(state(doc, labels), state(&before, labels));
        }
    }
}

fn process() {
    let labels = names();
    let Some(instance) = create("process", &labels) else { return };
    let mut worker = RawWorker::new(instance);
    for _ in 0..3 {
        let mut docs = documents();
        let views: Vec<_> = docs.iter().map(Document::view).collect();
        let called = worker.call(&views);
        match called {
            Ok(()) => {
                for (n, doc) in docs.iter_mut().enumerate() {
                    let mut changes = Changes::new();
                    let taken = worker.collect(n, &mut changes);
                    carry_out(doc, &labels, taken, &mut changes);
                }
            }
            Err(error) => check(&error),
        }
    }
}

/// Does what may end in the announcement that the plugin is broken, which ends a run; `false` if it did.
fn unless_broken(act: impl FnOnce()) -> bool {
    match catch_unwind(AssertUnwindSafe(act)) {
        Ok(()) => true,
        Err(panic) => match panic.downcast::<Broken>() {
            Ok(broken) => {
                assert!(!broken.0.is_empty());
                false
            }
            Err(other) => resume_unwind(other),
        },
    }
}

fn decide() {
    let labels = names();
    let Some(instance) = create("decide", &labels) else { return };
    let mut preparer = RawWorker::for_keys(Arc::clone(&instance));
    let mut states = RawState::new(&instance);
    for mut doc in documents() {
        let (mut key, mut changes, mut journal) = (Vec::new(), Changes::new(), Vec::new());
        if let Err(error) = preparer.prepare(&doc.view(), &mut key) {
            check(&error);
        }
        let going_on = unless_broken(|| {
            let view = copy(&doc);
            let taken = states.decide(&view.view(), &key, &mut changes, &mut journal);
            carry_out(&mut doc, &labels, taken, &mut changes);
        });
        if !going_on {
            return;
        }
        let _ = states.replay(&journal).inspect_err(check);
    }
}

fn build_export(name: &str, labels: &Labels) -> Option<BuiltExport> {
    let mut files = MemoryResources::new();
    let export = PLUGIN.stage(name).expect("the plugin has it").format("fuzz").export.expect("it is an export");
    (export.build)(serde_json::json!({}), &mut BuildContext::new("fuzz", labels, &mut files)).ok()
}

fn encode() {
    let labels = names();
    let Some(BuiltExport::Encoded(export)) = build_export("encode", &labels) else { return };
    let _ = export.header().inspect_err(check);
    let (mut encoder, mut names, mut out) = (export.encoder(), labels.names(), Vec::new());
    for doc in documents() {
        let mut cx = EncodeContext { labels: &mut names, stages: &["one".into(), "two".into()] };
        let _ = encoder.encode(&doc, &mut cx, &mut out).inspect_err(check);
    }
    let _ = export.footer().inspect_err(check);
}

fn write() {
    let labels = names();
    let Some(BuiltExport::InOrder(export)) = build_export("write", &labels) else { return };
    let (mut names, mut out, mut mark) = (labels.names(), Vec::new(), Vec::new());
    let mut write_all = |mut writer: Box<dyn ExportWriter>, mark: &mut Vec<u8>| {
        unless_broken(|| {
            for doc in documents() {
                let mut cx = EncodeContext { labels: &mut names, stages: &["one".into(), "two".into()] };
                let _ = writer.write(&doc, &mut cx, &mut out).inspect_err(check);
                let _ = writer.flush(&mut out).inspect_err(check);
                let _ = writer.mark(mark).inspect_err(check);
            }
            let _ = writer.finish(&mut out).inspect_err(check);
        });
    };
    let Ok(writer) = export.writer().inspect_err(check) else { return };
    write_all(writer, &mut mark);
    if export.resumable() {
        let at = Flushed { documents: 3, mark: &mark.clone() };
        let Ok(writer) = export.resume(&at).inspect_err(check) else { return };
        write_all(writer, &mut mark);
    }
}

/// A descriptor of any numbers and texts: it is refused with a reason, or is that of a plugin.
fn describe(mut bytes: Bytes<'_>) {
    let mut own = table(c"x", 4, 0);
    if let Some(known) = ["process", "decide", "encode", "write"].get(bytes.below(5)) {
        // Its functions, so that all that is needed is there.
        let of = PLUGIN.stages.iter().position(|stage| stage.info.name == *known).unwrap_or_default();
        super::TABLES.with_borrow(|tables| {
            if let Some(&known) = tables.get(of).filter(|_| tables.len() == 4) {
                // SAFETY: the tables of the fuzzed plugin are never freed.
                own = unsafe { *known };
            }
        });
    }
    let mut texts = Vec::new();
    for field in [&mut own.name, &mut own.summary, &mut own.manual, &mut own.schema, &mut own.examples] {
        match bytes.u8() % 4 {
            0 => continue,
            1 => *field = std::ptr::null(),
            _ => {
                let len = usize::from(bytes.u8());
                let mut text = bytes.take(len).to_vec();
                text.retain(|&byte| byte != 0);
                let text = CString::new(text).expect("it has no NUL");
                *field = text.as_ptr();
                texts.push(text);
            }
        }
    }
    for field in [&mut own.kind, &mut own.order, &mut own.threading, &mut own.flags, &mut own.reads, &mut own.writes] {
        match bytes.u8() {
            small @ 1..16 => *field = u32::from(small),
            255 => *field = bytes.u32(),
            _ => {}
        }
    }
    if bytes.u8() > 250 {
        own.struct_size = bytes.u32() % (size_of_val(&own) as u32 + 1);
    }
    let known = super::TABLES.with_borrow(Clone::clone);
    let count = bytes.u8() % 3;
    let list = (0..count).map(|_| std::ptr::from_ref(&own)).collect();
    let opened = match bytes.u8() {
        251.. => {
            super::TABLES.set(list);
            let header = WqPlugin {
                magic: DESCRIPTOR.magic ^ (bytes.u32() & 0x8000_0000),
                struct_size: bytes.u32() % (size_of::<WqPlugin>() as u32 + 1),
                abi_major: DESCRIPTOR.abi_major + u16::from(bytes.u8() > 250),
                host_minor: u16::from(bytes.u8() > 250),
                doc_view_size: DESCRIPTOR.doc_view_size ^ u32::from(bytes.u8()),
                stages: Some(stages),
                ..DESCRIPTOR
            };
            // SAFETY: it is as long as a descriptor, and says so or less.
            unsafe { Plugin::open(&header) }
        }
        _ => open(list),
    };
    super::TABLES.set(known);
    match opened {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(plugin) => {
            let json = serde_json::to_string(&warraq_plugin::wire::Description::of(&plugin));
            json.expect("a description is JSON");
            for stage in &plugin.stages {
                stage.definition("fuzz");
                stage.format("fuzz");
            }
        }
    }
}

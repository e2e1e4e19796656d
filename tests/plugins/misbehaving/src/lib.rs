//! A plugin for the tests: it does what a text orders, down to taking the process with it.
//!
//! A text that begins with `!` orders what the next word says; every other text gets a span `SEEN` over all of it.

#![allow(unsafe_code)]

use serde_json::{Value, json};
use std::sync::Arc;
use warraq_plugin::{
    BuildContext, BuildExport, Built, BuiltExport, Changes, DocView, Document, EncodeContext, Encoder, Error,
    ExportDef, ExportFormat, FormatDef, InOrderStage, LabelId, Layer, Layers, LogLevel, OptionError, Order, Preparer,
    Result, Span, Stage, StageDef, StageInfo, StageState, Token, TokenKind, Worker,
};

warraq_plugin::export_plugin! {
    stages: [obey, remember],
    exports: [ids],
}

fn info(name: &'static str, writes: Layers, order: Order) -> StageInfo {
    StageInfo {
        name: name.into(),
        summary: "does what a text orders".into(),
        manual: "".into(),
        reads: Layers::of(&[Layer::Text]),
        writes,
        order,
        schema: json!({
            "type": "object",
            "properties": {
                "token": { "type": "string", "description": "What it tells everybody." },
                "create": { "type": "string", "description": "What to do when the stage is built." },
                "drop": { "type": "boolean", "description": "Whether to panic when the stage is dropped." },
            },
            "additionalProperties": false,
        }),
        examples: Vec::new(),
    }
}

/// A tagger that obeys.
pub fn obey() -> StageDef {
    let writes = Layers::of(&[Layer::Spans, Layer::Tokens]);
    StageDef { info: info("test.obey", writes, Order::Parallel), build: Box::new(build_obey) }
}

#[allow(clippy::needless_pass_by_value)] // the signature of every stage
fn build_obey(options: Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    if let Some(order) = options.get("create").and_then(Value::as_str) {
        if order == "refuse" {
            return Err(OptionError::new("create", "it was told to refuse").help("tell it something else"));
        }
        if order == "tell" {
            let token = options["token"].as_str().unwrap_or_default();
            let part = token.get(..token.len().min(12)).unwrap_or_default();
            return Err(OptionError::new("token", format!("`{part}` cannot be used")).help(format!("not {token}")));
        }
        carry_out(order);
    }
    let token = options.get("token").and_then(Value::as_str).unwrap_or_default().to_owned();
    if !token.is_empty() {
        cx.services.log(LogLevel::Info, cx.name, &format!("the token is {token}"));
    }
    let will_panic = options.get("drop").and_then(Value::as_bool).unwrap_or(false);
    Ok(Built::parallel(Obey { seen: cx.labels.intern("SEEN"), source: cx.labels.intern(cx.name), will_panic, token }))
}

struct Obey {
    seen: LabelId,
    source: LabelId,
    will_panic: bool,
    token: String,
}

impl Drop for Obey {
    fn drop(&mut self) {
        assert!(!self.will_panic, "on purpose, when dropped");
    }
}

impl Stage for Obey {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(Hand { seen: self.seen, source: self.source, token: self.token.clone() })
    }
}

struct Hand {
    seen: LabelId,
    source: LabelId,
    token: String,
}

impl Worker for Hand {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let end = doc.text.len() as u32;
        match doc.text.strip_prefix('!').and_then(|text| text.split_whitespace().next()) {
            Some("undeclared") => out.meta("note", "1"),
            Some("out-of-bounds") => out.tokens().push(Token { start: 0, end: end + 5, kind: TokenKind::Word }),
            Some("blame") => return Err(Error::stage(self.token.clone(), "the reason is the token")),
            Some("tell") => return Err(Error::stage("test.told", format!("the token is {}", self.token))),
            Some(order) => carry_out(order),
            None => {}
        }
        if end > 0 {
            out.spans().push(Span { start: 0, end, label: self.seen, score: f32::NAN, source: self.source });
        }
        Ok(())
    }
}

/// An in-order stage that numbers documents with a score, and obeys while it decides.
pub fn remember() -> StageDef {
    let writes = Layers::of(&[Layer::Scores]);
    StageDef {
        info: info("test.remember", writes, Order::InOrder),
        build: Box::new(|_, cx| Ok(Built::in_order(Remember { number: cx.labels.intern("number") }))),
    }
}

struct Remember {
    number: LabelId,
}

impl InOrderStage for Remember {
    fn preparer(&self) -> Box<dyn Preparer> {
        Box::new(Key)
    }

    fn state(&self) -> Box<dyn StageState> {
        Box::new(Count { number: self.number, seen: 0 })
    }
}

struct Key;

impl Preparer for Key {
    fn prepare(&mut self, doc: &DocView<'_>, key: &mut Vec<u8>) -> Result<()> {
        key.extend_from_slice(doc.text.as_bytes());
        Ok(())
    }
}

struct Count {
    number: LabelId,
    seen: u64,
}

impl StageState for Count {
    fn decide(&mut self, _: &DocView<'_>, key: &[u8], out: &mut Changes, journal: &mut Vec<u8>) -> Result<()> {
        if let Some(order) = std::str::from_utf8(key).ok().and_then(|text| text.strip_prefix('!')) {
            carry_out(order.split_whitespace().next().unwrap_or_default());
        }
        self.seen += 1;
        journal.push(1);
        out.score(self.number, self.seen as f64);
        Ok(())
    }

    fn replay(&mut self, _: &[u8]) -> Result<()> {
        self.seen += 1;
        Ok(())
    }
}

/// An export of ids, a line each, that fails where its options say.
pub fn ids() -> FormatDef {
    let schema = json!({
        "type": "object",
        "properties": { "fail": { "enum": ["header", "footer"], "description": "What is to fail." } },
        "additionalProperties": false,
    });
    let build: BuildExport = Arc::new(|options, _| {
        let fails = |what: &str| options["fail"] == what;
        Ok(BuiltExport::Encoded(Box::new(Ids { header: fails("header"), footer: fails("footer") })))
    });
    let export = Some(ExportDef { schema, order: Order::Parallel, own_sink: false, build });
    let (summary, manual) = ("ids, a line each".into(), "".into());
    FormatDef { name: "test.ids".into(), summary, manual, extensions: &[], source: None, export }
}

#[derive(Clone, Copy)]
struct Ids {
    header: bool,
    footer: bool,
}

fn unless(fails: bool, bytes: &str) -> Result<Vec<u8>> {
    if fails { Err(Error::stage("test.frame", "it was told to fail")) } else { Ok(bytes.into()) }
}

impl ExportFormat for Ids {
    fn encoder(&self) -> Box<dyn Encoder> {
        Box::new(*self)
    }

    fn header(&self) -> Result<Vec<u8>> {
        unless(self.header, "begin\n")
    }

    fn footer(&self) -> Result<Vec<u8>> {
        unless(self.footer, "end\n")
    }
}

impl Encoder for Ids {
    fn encode(&mut self, doc: &Document, _: &mut EncodeContext<'_>, out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(format!("{}\n", doc.id()).as_bytes());
        Ok(())
    }
}

/// Does what the word says; a word that says nothing is obeyed too.
fn carry_out(order: &str) {
    match order {
        "panic" => panic!("on purpose"),
        // SAFETY: none; the crash is what the tests are about.
        "segv" => unsafe { std::ptr::without_provenance_mut::<u8>(8).write_volatile(1) },
        "abort" => std::process::abort(),
        "overflow" => {
            std::hint::black_box(overflow(0));
        }
        "exit" => std::process::exit(0),
        "hang" => loop {
            std::thread::sleep(std::time::Duration::from_secs(1));
        },
        "spin" => loop {
            std::hint::spin_loop();
        },
        "allocate" => {
            // Written to, page by page, so that it is not only promised.
            let mut memory: Vec<u8> = Vec::with_capacity(10 << 30);
            memory.resize(10 << 30, 1);
            std::hint::black_box(memory);
        }
        "print" => println!("a plugin that prints to standard output"),
        _ => {}
    }
}

#[allow(unconditional_recursion)]
fn overflow(depth: u64) -> u64 {
    let frame = std::hint::black_box([depth; 512]);
    frame[1] + overflow(depth + 1) + frame[2]
}

//! Formats of one line per document, and a codec whose frames can be seen.

use super::{Told, obey};
use serde_json::json;
use std::io::Read;
use std::sync::Arc;
use warraq_core::*;

pub(super) fn register(registry: &mut Registry, told: &Told) {
    let lines: BuildExport = Arc::new(|_, _| Ok(BuiltExport::Encoded(Box::new(Lines))));
    let ordered = |own_sink: bool| -> BuildExport {
        let told = Arc::clone(told);
        Arc::new(move |options, _| {
            let option = |name: &str| options[name].as_str().unwrap_or_default().to_owned();
            let (trouble, disk) = (option("trouble"), option("orders").into());
            Ok(BuiltExport::InOrder(Box::new(Ordered { told: Arc::clone(&told), own_sink, trouble, disk })))
        })
    };
    let readable: BuildSource = |_, _| Ok(Box::new(Lines));
    let unreadable: BuildSource = |_, _| Ok(Box::new(Unreadable));
    let faulty: BuildSource = |options, _| Ok(Box::new(Faulty { orders: options["orders"].as_str().unwrap().into() }));
    for (name, source, own_sink, build) in [
        ("lines", Some(readable), false, Some(lines)),
        ("unreadable", Some(unreadable), false, None),
        ("faulty", Some(faulty), false, None),
        ("ordered", None, false, Some(ordered(false))),
        ("sink", None, true, Some(ordered(true))),
    ] {
        let schema = json!({ "type": "object" });
        let export = build.map(|build| ExportDef { schema: schema.clone(), order: Order::Parallel, own_sink, build });
        let source = source.map(|build| SourceDef { schema, build });
        let (summary, manual, extensions) = ("".into(), "".into(), &[][..]);
        registry.add_format(FormatDef { name: name.into(), summary, manual, extensions, source, export }).unwrap();
    }
    registry
        .add_codec(CodecDef { name: "frames", extensions: &["framed"], magics: &[b"<framed>"], codec: &Frames })
        .unwrap();
}

/// Puts frames between pointed brackets.
struct Frames;

impl Codec for Frames {
    fn reader(&self, _: Box<dyn Read + Send>) -> std::io::Result<Box<dyn Read + Send>> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
    fn compress(&self, bytes: &[u8], out: &mut Vec<u8>) -> std::io::Result<()> {
        out.extend_from_slice(&[b"<", bytes, b">"].concat());
        Ok(())
    }
}

/// A line is a document; on the way out, `id TAB text`.
struct Lines;

impl SourceFormat for Lines {
    fn framing(&self) -> Framing {
        Framing::Lines
    }
    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(Lines)
    }
}

impl Decoder for Lines {
    fn decode(&mut self, record: &Record<'_>, doc: &mut Document) -> Result<()> {
        let text = std::str::from_utf8(record.bytes).map_err(|e| Error::decode("utf8", e.to_string()))?;
        obey("decode", text)?;
        let mut id = String::new();
        record.write_default_id(&mut id);
        doc.set_id(&id);
        doc.text_mut().push_str(text);
        // For conditions: slow documents have a language.
        doc.set_lang(if text.starts_with("slow") { "sl" } else { "" });
        Ok(())
    }
}

impl ExportFormat for Lines {
    fn encoder(&self) -> Box<dyn Encoder> {
        Box::new(Lines)
    }
    fn header(&self) -> Result<Vec<u8>> {
        Ok(b"head\n".into())
    }
    fn footer(&self) -> Result<Vec<u8>> {
        Ok(b"foot\n".into())
    }
}

impl Encoder for Lines {
    fn encode(&mut self, doc: &Document, _: &mut EncodeContext<'_>, out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(doc.id().as_bytes());
        // Half a record is out when this fails: the engine has to cut it off.
        obey("encode", doc.text())?;
        out.extend_from_slice(format!("\t{}\n", doc.text()).as_bytes());
        Ok(())
    }
}

/// A format that panics when an input is opened.
struct Unreadable;

impl SourceFormat for Unreadable {
    fn framing(&self) -> Framing {
        Framing::Lines
    }
    fn reader(&self, _: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        panic!("on purpose, opening")
    }
    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(Lines)
    }
}

/// Lines from a disk with faults: the file at `orders` says which, when an input is opened. `fail N` reads no further than
/// byte N, `short` hands out few bytes at a time, `slow` takes its time.
struct Faulty {
    orders: std::path::PathBuf,
}

struct FaultyReader {
    inner: Box<dyn Read + Send>,
    orders: String,
    read: usize,
}

impl SourceFormat for Faulty {
    fn framing(&self) -> Framing {
        Framing::Lines
    }
    fn reader(&self, inner: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        let orders = std::fs::read_to_string(&self.orders).unwrap_or_default();
        Box::new(FaultyReader { inner, orders, read: 0 })
    }
    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(Lines)
    }
}

impl Read for FaultyReader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut most = buffer.len();
        if let Some(bytes) = self.orders.strip_prefix("fail ") {
            most = most.min(bytes.parse::<usize>().unwrap() - self.read);
            if most == 0 {
                return Err(std::io::Error::from_raw_os_error(5));
            }
        } else if self.orders == "short" {
            most = most.min(1 + self.read % 4099);
        } else if self.orders == "slow" {
            most = most.min(1 << 14);
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        let n = self.inner.read(&mut buffer[..most])?;
        self.read += n;
        Ok(n)
    }
}

/// Takes documents in order, as lines in a file or told one by one. `trouble` names a call that fails or, with a `!`, panics;
/// `bytes` is a sink of its own that hands bytes over all the same. The file at `disk` names calls, too: for these the disk has
/// an error.
#[derive(Clone)]
struct Ordered {
    told: Told,
    own_sink: bool,
    trouble: String,
    disk: std::path::PathBuf,
}

impl Ordered {
    fn call(&self, what: &str) -> Result<()> {
        self.told.lock().unwrap().push(what.into());
        if std::fs::read_to_string(&self.disk).is_ok_and(|orders| orders == what) {
            let error = std::io::Error::from_raw_os_error(5);
            return Err(Error::new(ErrorKind::Encode, "test.disk", "its disk").because(error));
        }
        obey(what, &self.trouble)
    }
}

impl InOrderExport for Ordered {
    fn writer(&self) -> Result<Box<dyn ExportWriter>> {
        self.call("open")?;
        Ok(Box::new(self.clone()))
    }

    fn resumable(&self) -> bool {
        self.trouble != "once"
    }

    fn resume(&self, at: &Flushed<'_>) -> Result<Box<dyn ExportWriter>> {
        self.told.lock().unwrap().push(format!("resume after {}, {:?}", at.documents, at.mark));
        Ok(Box::new(self.clone()))
    }
}

impl ExportWriter for Ordered {
    fn write(&mut self, doc: &Document, _: &mut EncodeContext<'_>, out: &mut Vec<u8>) -> Result<()> {
        if self.own_sink {
            self.told.lock().unwrap().push(format!("write {}", doc.id()));
            if self.trouble == "bytes" {
                out.push(b'x');
            }
            return obey("write", doc.text());
        }
        out.extend_from_slice(doc.id().as_bytes());
        // Half a record is out when this fails: the engine has to cut it off.
        obey("write", doc.text())?;
        out.extend_from_slice(format!("\t{}\n", doc.text()).as_bytes());
        Ok(())
    }

    fn flush(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if !self.own_sink {
            out.extend_from_slice(b"flush\n");
        }
        self.call("flush")
    }

    fn mark(&mut self, mark: &mut Vec<u8>) -> Result<()> {
        mark.extend_from_slice(b"m");
        obey("mark", &self.trouble)
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if !self.own_sink {
            out.extend_from_slice(b"finish\n");
        }
        self.call("finish")
    }
}

//! The wire protocol under a child and a parent that send anything.

use super::{GIVEN, PLUGIN, documents, names};
use crate::bytes::Bytes;
use crate::laws::{check_document, copy, state};
use crate::proposal::{propose, show};
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use warraq_core::{Changes, Column, DocView, Document, Labels, Layer, Layers};
use warraq_plugin::abi;
use warraq_plugin::wire::{
    Create, DocsIn, Fields, Frame, Frames, Kind, NamesIn, NamesOut, NotAPlugin, WireError, put_changes, put_doc,
    put_error, put_refusal, put_result, serve, take_changes, take_error, take_hello, take_refusal, take_result,
};

/// The first byte chooses: bytes as they are, a good message with a few bytes exchanged, or a whole conversation.
pub(crate) fn wire(data: &[u8]) {
    let mut bytes = Bytes(data);
    match bytes.u8() % 4 {
        0 => take_all(bytes.0),
        1 => stream(bytes.0),
        2 => wounded(bytes),
        _ => conversation(bytes),
    }
}

/// Exchanges bytes and cuts the end off, as the input says.
fn wound(message: &mut Vec<u8>, from: usize, bytes: &mut Bytes<'_>) {
    for _ in 0..bytes.u8() % 4 {
        let len = message.len() - from;
        if len > 0 {
            let at = from + bytes.u32() as usize % len;
            message[at] = bytes.u8();
        }
    }
    if bytes.u8() >= 240 {
        message.truncate(from + usize::from(bytes.u8()));
    }
}

/// Everything a body can be taken for.
fn take_all(body: &[u8]) {
    let (labels, mut names_in, mut docs) = (names(), NamesIn::new(), DocsIn::new());
    let mut fields = Fields::new(body);
    if names_in.take(&mut fields, &labels).is_ok() {
        let _ = docs.take(&mut fields, 2, Layers::ALL, &names_in);
        taken(fields, &names_in, &labels, body);
    }
    let mut known = NamesIn::new();
    let mut frame = Frame::new();
    frame.start(Kind::Changes);
    NamesOut::new(&labels).put(&mut frame);
    let all = frame.finish().expect("it is short")[5..].to_vec();
    known.take(&mut Fields::new(&all), &labels).expect("names as they were put");
    taken(Fields::new(body), &known, &labels, body);
    let _ = take_hello(&mut Fields::new(body));
    let _ = Create::take(&mut Fields::new(body));
    if let Ok(refusal) = take_refusal(&mut Fields::new(body)) {
        let mut frame = Frame::new();
        put_refusal(frame.start(Kind::Refused), &refusal);
        let again = take_refusal(&mut Fields::new(&frame.finish().expect("it is short")[5..])).expect("as it was put");
        assert_eq!(again, refusal);
    }
    if let Ok(error) = take_error(&mut Fields::new(body)) {
        let mut frame = Frame::new();
        put_error(frame.start(Kind::Failed), &error);
        let again = take_error(&mut Fields::new(&frame.finish().expect("it is short")[5..])).expect("as it was put");
        assert_eq!((again.to_string(), again.kind, again.at), (error.to_string(), error.kind, error.at));
    }
    let _ = take_result(&mut Fields::new(body), |fields| fields.text());
}

/// Takes changes from a child: they are no larger than what they came in, come out of another frame as they are, and are
/// carried out whole or not at all.
fn taken(mut fields: Fields<'_>, names_in: &NamesIn, labels: &Labels, body: &[u8]) {
    let mut changes = Changes::new();
    if take_changes(&mut fields, names_in, &mut changes).is_err() {
        return;
    }
    assert!(changes.parts().forms.len() + changes.edits().arena().len() <= 2 * body.len());
    let mut frame = Frame::new();
    frame.start(Kind::Changes);
    NamesOut::new(labels).put(&mut frame);
    put_changes(&mut frame, &changes);
    let message = frame.finish().expect("it is short")[5..].to_vec();
    let (mut fields, mut again, mut own) = (Fields::new(&message), Changes::new(), NamesIn::new());
    own.take(&mut fields, labels).expect("names as they were put");
    take_changes(&mut fields, &own, &mut again).expect("as they were put");
    fields.end().expect("nothing is left");
    assert_eq!(show(&again, labels), show(&changes, labels));
    for mut doc in documents() {
        let before = copy(&doc);
        let mut changes = Changes::new();
        take_changes(&mut fields_after_names(&message, labels), &own, &mut changes).expect("as before");
        match doc.apply(&mut changes, 1, Layers::ALL) {
            Ok(()) => check_document(&doc),
            Err(_) => assert_eq!(state(&doc, labels), state(&before, labels)),
        }
    }
}

fn fields_after_names<'a>(message: &'a [u8], labels: &Labels) -> Fields<'a> {
    let mut fields = Fields::new(message);
    NamesIn::new().take(&mut fields, labels).expect("names as they were put");
    fields
}

/// A stream that gives a few bytes at a time and stops in between.
struct Halting<'a> {
    bytes: Bytes<'a>,
    halts: bool,
}

impl Read for Halting<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.halts = !self.halts;
        if self.halts {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let some = self.bytes.take(into.len().min(7));
        into[..some.len()].copy_from_slice(some);
        Ok(some.len())
    }
}

/// Frames out of any stream: however it is cut up, the same frames and the same end.
fn stream(bytes: &[u8]) {
    let (mut at_once, mut whole) = (Frames::new(), bytes);
    let (mut by_and_by, mut halting) = (Frames::new(), Halting { bytes: Bytes(bytes), halts: false });
    loop {
        let one = at_once.next(&mut whole).map(|frame| frame.map(|(kind, fields)| (kind, format!("{fields:?}"))));
        let two = loop {
            match by_and_by.next(&mut halting) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                other => break other.map(|frame| frame.map(|(kind, fields)| (kind, format!("{fields:?}")))),
            }
        };
        match (one, two) {
            (Ok(Some(one)), Ok(Some(two))) => assert_eq!(one, two),
            (Ok(None), Ok(None)) => return,
            (Err(one), Err(two)) => return assert_eq!(one.to_string(), two.to_string()),
            (one, two) => panic!("{one:?} and {two:?}"),
        }
    }
}

/// A message with names, documents and a proposal; unwounded, it comes out as it went in.
fn wounded(mut bytes: Bytes<'_>) {
    let labels = names();
    let docs = documents();
    let reads = abi::layers(bytes.u32());
    let mut wounds = Bytes(bytes.take(20));
    let mut changes = Changes::new();
    while !bytes.is_empty() && propose(&mut bytes, docs[0].text(), &mut changes) {}
    let mut frame = Frame::new();
    frame.start(Kind::Changes);
    NamesOut::new(&labels).put(&mut frame);
    docs.iter().for_each(|doc| put_doc(&mut frame, &doc.view(), reads));
    put_result(&mut frame, &Ok(&changes), |frame, changes| put_changes(frame, changes));
    let mut message = frame.finish().expect("it is short")[5..].to_vec();
    let before = message.clone();
    wound(&mut message, 0, &mut wounds);

    let others = Labels::new();
    others.intern("taken");
    let result = take_message(&message, &docs, reads, &others, message == before);
    let has_place = |column: &Column| abi::COLUMN_LAYERS.contains(&column.layer);
    if message == before && changes.parts().columns.iter().all(has_place) {
        let taken = result.expect("it was not touched");
        assert_eq!(taken, Some(show(&changes, &labels)));
    }
    take_all(&message);
}

/// Takes it apart again: what the changes are, if there are any. An `untouched` one has the documents that were put.
fn take_message(
    message: &[u8],
    docs: &[Document],
    reads: Layers,
    labels: &Labels,
    untouched: bool,
) -> Result<Option<String>, WireError> {
    let (mut fields, mut names_in, mut docs_in) = (Fields::new(message), NamesIn::new(), DocsIn::new());
    names_in.take(&mut fields, labels)?;
    let views = docs_in.take(&mut fields, docs.len(), reads, &names_in)?;
    assert_eq!(views.len(), docs.len());
    if untouched {
        for (view, doc) in views.iter().zip(docs) {
            assert_eq!(seen(view, reads, labels), seen(&doc.view(), reads, &names()));
        }
    }
    let mut taken = Changes::new();
    let result = take_result(&mut fields, |fields| take_changes(fields, &names_in, &mut taken))?;
    fields.end()?;
    Ok(result.map(|()| show(&taken, labels)).ok())
}

/// What a stage with these `reads` sees of a document, with names for labels.
fn seen(view: &DocView<'_>, reads: Layers, labels: &Labels) -> Vec<String> {
    let spans = view.spans.iter().map(|s| (s.start, s.end, labels.name(s.label).to_string(), s.score.to_bits()));
    let columns = view.columns.iter().filter(|column| abi::COLUMN_LAYERS.contains(&column.layer)).map(|column| {
        let cells: Vec<_> = column.cells.iter().map(|cell| cell.get(view.forms)).collect();
        format!("{:?} {} {cells:?}", column.layer, labels.name(column.name))
    });
    [
        (None, view.id.to_owned()),
        (Some(Layer::Text), view.text.to_owned()),
        (Some(Layer::Lang), format!("{:?}", view.lang)),
        (Some(Layer::Tokens), format!("{:?}", view.tokens)),
        (Some(Layer::Words), format!("{:?}", view.words)),
        (Some(Layer::Sentences), format!("{:?}", view.sentences)),
        (Some(Layer::Spans), format!("{:?}", spans.collect::<Vec<_>>())),
        (Some(Layer::Columns), format!("{:?}", columns.collect::<Vec<_>>())),
    ]
    .into_iter()
    .filter_map(|(layer, shown)| layer.is_none_or(|layer| reads.contains(layer)).then_some(shown))
    .collect()
}

/// What the child has said.
#[derive(Clone, Default)]
struct Answers(Arc<Mutex<Vec<u8>>>);

impl Write for Answers {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A child with the fuzzed plugin behind it: a stage is created, and then anything comes.
fn conversation(mut bytes: Bytes<'_>) {
    let labels = names();
    let docs = documents();
    let (mut input, mut frame, mut names_out) = (Vec::new(), Frame::new(), NamesOut::new(&labels));
    frame.start(Kind::Create);
    let stage = bytes.choice(&["process", "decide", "encode", "nothing"]);
    Create { stage, options: "{}", name: "fuzz" }.put(&mut frame);
    names_out.put(&mut frame);
    input.extend_from_slice(frame.finish().expect("it is short"));
    let good = input.len();
    let reads = Layers::ALL.without(super::NOT_READ);
    for _ in 0..1 + bytes.u8() % 6 {
        let kind = bytes.choice(&[
            Kind::Process,
            Kind::Process,
            Kind::Prepare,
            Kind::State,
            Kind::Decide,
            Kind::Replay,
            Kind::Describe,
            Kind::Create,
            Kind::File,
        ]);
        frame.start(kind);
        match kind {
            Kind::Process | Kind::Prepare => {
                names_out.put(&mut frame);
                frame.u32(docs.len() as u32);
                docs.iter().for_each(|doc| put_doc(&mut frame, &doc.view(), reads));
            }
            Kind::Decide => {
                names_out.put(&mut frame);
                frame.bytes(b"key");
                put_doc(&mut frame, &docs[usize::from(bytes.u8() % 3)].view(), reads);
            }
            Kind::Replay => {
                frame.u32(2);
                frame.bytes(b"one");
                frame.bytes(&[]);
            }
            _ => {
                let len = usize::from(bytes.u8() % 32);
                frame.raw(bytes.take(len));
            }
        }
        input.extend_from_slice(frame.finish().expect("it is short"));
    }
    wound(&mut input, good, &mut bytes);
    GIVEN.with_borrow_mut(|given| given.start(bytes.0));
    let plugin = &*PLUGIN;
    let open =
        || Ok::<_, NotAPlugin>(warraq_plugin::import::Plugin { stages: plugin.stages.clone(), ..fields_of(plugin) });
    let answers = Answers::default();
    let _ = serve(input.as_slice(), answers.clone(), open);
    // Whatever came in, what goes out are whole frames of answers.
    let answers = answers.0.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut frames, mut rest) = (Frames::new(), answers.as_slice());
    while let Some((kind, _)) = frames.next(&mut rest).expect("an answer is a frame") {
        assert!(kind != Kind::Process && kind != Kind::Create, "{kind:?} is no answer");
    }
}

fn fields_of(plugin: &warraq_plugin::import::Plugin) -> warraq_plugin::import::Plugin {
    warraq_plugin::import::Plugin {
        name: plugin.name.clone(),
        version: plugin.version.clone(),
        license: plugin.license.clone(),
        built_with: plugin.built_with.clone(),
        abi: plugin.abi,
        host_minor: plugin.host_minor,
        stages: Vec::new(),
    }
}

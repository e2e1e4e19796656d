//! The pipe of an isolated stage: what goes in comes out, and nothing that comes in can do harm.

#![allow(unsafe_code)]

use proptest::collection::vec;
use proptest::prelude::*;
use std::io::{self, Read};
use warraq_core::{
    Cell, Changes, Column, DocView, Error, LabelId, Labels, Layer, Layers, Meta, OptionError, ProposedVerdict, Score,
    Sentence, Span, Token, TokenKind, Word,
};
use warraq_plugin::import::Plugin;
use warraq_plugin::wire::{
    Create, DocsIn, Fields, Frame, Frames, Kind, NamesIn, NamesOut, put_changes, put_doc, put_error, put_hello,
    put_refusal, put_result, serve, take_changes, take_error, take_hello, take_refusal, take_result,
};

warraq_plugin::export_plugin! {
    stages: [warraq_stages::clean::whitespace::definition, warraq_stages::tag::regex::definition]
}

/// The body of a frame that is filled in.
fn body(fill: impl FnOnce(&mut Frame)) -> Vec<u8> {
    let mut frame = Frame::new();
    frame.start(Kind::Changes);
    fill(&mut frame);
    frame.finish().unwrap()[5..].to_vec()
}

/// What a stage may propose, call by call.
#[derive(Clone, Debug)]
enum Proposal {
    Edit(usize, usize, String, Option<(u32, Option<u32>)>),
    Tokens(Vec<(u32, u32, usize)>),
    Words(Vec<(u32, u32, u32)>),
    Sentences(Vec<(u32, u32)>),
    Spans(Vec<(u32, u32, u32, u32, u32)>, bool),
    Column(bool, u32, Vec<Option<String>>),
    Meta(String, String),
    Score(u32, u64),
    Lang(String),
    Drop(u32, String),
    Duplicate(String),
    Rebase(String),
}

/// Labels that every test has.
const LABELS: u32 = 5;

fn proposal() -> impl Strategy<Value = Proposal> {
    let label = || 0..LABELS;
    let text = || "[a-zé\u{64e}سلام😀]{0,6}";
    let (number, few) = (any::<u32>, 0..4);
    prop_oneof![
        (0..99usize, 0..99usize, text(), proptest::option::of((label(), proptest::option::of(label()))))
            .prop_map(|(a, b, with, label)| Proposal::Edit(a, b, with, label)),
        vec((number(), number(), 0..TokenKind::ALL.len()), few.clone()).prop_map(Proposal::Tokens),
        vec((number(), number(), number()), few.clone()).prop_map(Proposal::Words),
        vec((number(), number()), few.clone()).prop_map(Proposal::Sentences),
        (vec((number(), number(), label(), number(), label()), few.clone()), any::<bool>())
            .prop_map(|(spans, clear)| Proposal::Spans(spans, clear)),
        (any::<bool>(), label(), vec(proptest::option::of(text()), few))
            .prop_map(|(words, name, cells)| Proposal::Column(words, name, cells)),
        (text(), text()).prop_map(|(key, json)| Proposal::Meta(key, json)),
        (label(), any::<u64>()).prop_map(|(name, bits)| Proposal::Score(name, bits)),
        text().prop_map(Proposal::Lang),
        (label(), text()).prop_map(|(reason, message)| Proposal::Drop(reason, message)),
        text().prop_map(Proposal::Duplicate),
        text().prop_map(Proposal::Rebase),
    ]
}

fn propose(proposals: &[Proposal]) -> Changes {
    let mut out = Changes::new();
    for proposal in proposals {
        match proposal {
            Proposal::Edit(a, b, with, None) => out.replace(*a..*b, with),
            Proposal::Edit(a, b, with, Some((label, reason))) => {
                out.replace_labelled(*a..*b, with, LabelId(*label), reason.map(LabelId));
            }
            Proposal::Tokens(items) => {
                let token = |&(start, end, kind): &(u32, u32, usize)| Token { start, end, kind: TokenKind::ALL[kind] };
                out.tokens().extend(items.iter().map(token));
            }
            Proposal::Words(items) => {
                out.words().extend(items.iter().map(|&(token, start, end)| Word { token, start, end }));
            }
            Proposal::Sentences(items) => {
                out.sentences().extend(items.iter().map(|&(start, end)| Sentence { start, end }));
            }
            Proposal::Spans(items, clear) => {
                if *clear {
                    out.clear_spans();
                }
                out.spans().extend(items.iter().map(|&(start, end, label, score, source)| Span {
                    start,
                    end,
                    label: LabelId(label),
                    score: f32::from_bits(score),
                    source: LabelId(source),
                }));
            }
            Proposal::Column(words, name, cells) => {
                let mut column = out.column(if *words { Layer::Words } else { Layer::Tokens }, LabelId(*name));
                cells.iter().for_each(|cell| column.push(cell.as_deref()));
            }
            Proposal::Meta(key, json) => out.meta(key, json),
            Proposal::Score(name, bits) => out.score(LabelId(*name), f64::from_bits(*bits)),
            Proposal::Lang(tag) => out.lang(tag),
            Proposal::Drop(reason, message) => out.drop_document(LabelId(*reason), message),
            Proposal::Duplicate(id) => out.duplicate_of(id),
            Proposal::Rebase(text) => out.rebase(text.clone()),
        }
    }
    out
}

/// All of it, by name.
fn show_changes(changes: &Changes, labels: &Labels) -> String {
    let parts = changes.parts();
    let name = |id: LabelId| labels.name(id);
    let edits: Vec<_> = parts
        .edits
        .edits()
        .iter()
        .map(|e| (e.start, e.end, parts.edits.replacement(e), e.label.map(name), e.reason.map(name)))
        .collect();
    let spans = show_spans(parts.spans, labels);
    let columns = show_columns(parts.columns, parts.forms, labels);
    let scores: Vec<_> = parts.scores.iter().map(|s| (name(s.name), s.value.to_bits())).collect();
    let verdict = parts.verdict.map(|verdict| match verdict {
        ProposedVerdict::Drop { reason, message } => format!("{} {message}", name(reason)),
        ProposedVerdict::Duplicate { kept_id } => format!("duplicate {kept_id}"),
    });
    let meta: Vec<_> = changes.meta_fields().collect();
    let layers = (parts.tokens, parts.words, parts.sentences, spans, columns, meta, scores);
    format!("{edits:?} {:?} {layers:?} {:?} {verdict:?} {:?}", parts.replaced, parts.lang, parts.rebased)
}

fn show_spans(spans: &[Span], labels: &Labels) -> String {
    let spans: Vec<_> = spans
        .iter()
        .map(|s| (s.start, s.end, labels.name(s.label), s.score.to_bits(), labels.name(s.source)))
        .collect();
    format!("{spans:?}")
}

fn show_columns(columns: &[Column], forms: &str, labels: &Labels) -> String {
    let columns: Vec<_> = columns
        .iter()
        .map(|c| (labels.name(c.name), c.layer, c.cells.iter().map(|cell| cell.get(forms)).collect::<Vec<_>>()))
        .collect();
    format!("{columns:?}")
}

fn labels(names: &[&str]) -> Labels {
    let labels = Labels::new();
    names.iter().for_each(|name| _ = labels.intern(name));
    labels
}

/// The sender's names, and a receiver's, which has others and in another order.
fn tables() -> (Labels, Labels) {
    (labels(&["a", "b", "ج", "", "e"]), labels(&["x", "e", "y", "a"]))
}

/// A document with something in every layer, from changes.
struct Doc {
    meta: Meta,
    changes: Changes,
    columns: Vec<Column>,
    forms: String,
}

impl Doc {
    fn of(proposals: &[Proposal]) -> Self {
        let (changes, mut meta) = (propose(proposals), Meta::new());
        changes.meta_fields().for_each(|(key, json)| meta.push(key, json));
        let (columns, forms) = (changes.parts().columns.to_vec(), changes.parts().forms.to_owned());
        Doc { meta, changes, columns, forms }
    }

    fn view<'a>(&'a self, text: &'a str) -> DocView<'a> {
        let parts = self.changes.parts();
        DocView {
            id: "معرّف",
            text,
            lang: parts.lang.filter(|lang| !lang.is_empty()),
            meta: &self.meta,
            tokens: parts.tokens,
            words: parts.words,
            sentences: parts.sentences,
            spans: parts.spans,
            columns: &self.columns,
            forms: if self.columns.is_empty() { "" } else { &self.forms },
            scores: parts.scores,
        }
    }
}

fn show_doc(doc: &DocView<'_>, labels: &Labels) -> String {
    let meta: Vec<_> = doc.meta.iter().collect();
    let scores: Vec<_> = doc.scores.iter().map(|s: &Score| (labels.name(s.name), s.value.to_bits())).collect();
    let spans = show_spans(doc.spans, labels);
    let columns = show_columns(doc.columns, doc.forms, labels);
    let layers = (doc.tokens, doc.words, doc.sentences, spans, columns, scores);
    format!("{} {} {:?} {meta:?} {layers:?}", doc.id, doc.text, doc.lang)
}

/// A frame with names, a document and changes, as the receiver gets it.
fn both(proposals: &[Proposal], text: &str, reads: Layers) -> Vec<u8> {
    let doc = Doc::of(proposals);
    let mut names = NamesOut::new(&tables().0);
    body(|frame| {
        names.put(frame);
        put_doc(frame, &doc.view(text), reads);
        put_changes(frame, &doc.changes);
    })
}

proptest! {
    #[test]
    fn changes_and_documents_come_out_as_they_went_in(
        proposals in vec(proposal(), 0..12),
        text in "[a-c سلام]{0,20}",
    ) {
        let (from, to) = tables();
        let doc = Doc::of(&proposals);
        let bytes = both(&proposals, &text, Layers::ALL);
        let (mut fields, mut names, mut docs, mut out) =
            (Fields::new(&bytes), NamesIn::new(), DocsIn::new(), Changes::new());
        names.take(&mut fields, &to).unwrap();
        let views = docs.take(&mut fields, 1, Layers::ALL, &names).unwrap();
        take_changes(&mut fields, &names, &mut out).unwrap();
        fields.end().unwrap();
        prop_assert_eq!(show_doc(&views[0], &to), show_doc(&doc.view(&text), &from));
        prop_assert_eq!(show_changes(&out, &to), show_changes(&doc.changes, &from));
    }

    #[test]
    fn what_is_not_read_is_not_sent(proposals in vec(proposal(), 0..12), bits in 0..512u32) {
        let reads = warraq_plugin::abi::layers(bits);
        let bytes = both(&proposals, "text", reads);
        let (mut fields, mut names, mut docs) = (Fields::new(&bytes), NamesIn::new(), DocsIn::new());
        names.take(&mut fields, &tables().1).unwrap();
        // Left over from another document.
        let full = both(&[Proposal::Meta("k".into(), "1".into()), Proposal::Sentences(vec![(1, 2)])], "x", Layers::ALL);
        let (mut full, mut others) = (Fields::new(&full), NamesIn::new());
        others.take(&mut full, &tables().1).unwrap();
        docs.take(&mut full, 1, Layers::ALL, &others).unwrap();
        let views = docs.take(&mut fields, 1, reads, &names).unwrap();
        let there = [
            (Layer::Text, !views[0].text.is_empty()),
            (Layer::Meta, !views[0].meta.is_empty()),
            (Layer::Tokens, !views[0].tokens.is_empty()),
            (Layer::Sentences, !views[0].sentences.is_empty()),
            (Layer::Spans, !views[0].spans.is_empty()),
            (Layer::Columns, !views[0].columns.is_empty() || !views[0].forms.is_empty()),
        ];
        prop_assert!(there.iter().all(|(layer, is_there)| reads.contains(*layer) || !is_there));
        prop_assert_eq!(views[0].id, "معرّف");
    }

    #[test]
    fn no_bytes_do_harm(
        proposals in vec(proposal(), 0..8),
        wounds in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in proptest::option::of(any::<prop::sample::Index>()),
        noise in vec(any::<u8>(), 0..200),
    ) {
        let mut bytes = both(&proposals, "نص", Layers::ALL);
        for (at, byte) in wounds {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        for bytes in [bytes, noise] {
            let (to, mut names, mut docs) = (tables().1, NamesIn::new(), DocsIn::new());
            let mut fields = Fields::new(&bytes);
            if names.take(&mut fields, &to).is_ok()
                && let Ok(views) = docs.take(&mut fields, 1, Layers::ALL, &names)
            {
                show_doc(&views[0], &to);
            }
            let mut changes = Changes::new();
            if take_changes(&mut fields, &names, &mut changes).is_ok() {
                show_changes(&changes, &to);
                // It is no larger than what it came in.
                prop_assert!(changes.parts().forms.len() + changes.edits().arena().len() <= 2 * bytes.len());
                let mut doc = warraq_core::Document::with_text("x", "نص");
                let _ = doc.apply(&mut changes, 0, Layers::ALL);
            }
            let _ = take_changes(&mut Fields::new(&bytes), &names, &mut Changes::new());
            let _ = take_refusal(&mut Fields::new(&bytes));
            let _ = take_error(&mut Fields::new(&bytes));
            let _ = take_hello(&mut Fields::new(&bytes));
            let _ = Create::take(&mut Fields::new(&bytes));
            let _ = take_result(&mut Fields::new(&bytes), |fields| fields.text());
        }
    }

    #[test]
    fn a_child_survives_any_parent(
        proposals in vec(proposal(), 0..6),
        wounds in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        kinds in vec(0..12u8, 0..4),
    ) {
        let mut stream = Vec::new();
        let mut frame = Frame::new();
        let mut names = NamesOut::new(&tables().0);
        frame.start(Kind::Create);
        Create { stage: "whitespace", options: "{}", name: "stage" }.put(&mut frame);
        names.put(&mut frame);
        stream.extend_from_slice(frame.finish().unwrap());
        let good = stream.len();
        for kind in kinds {
            let doc = Doc::of(&proposals);
            frame.start(Kind::of(kind).unwrap_or(Kind::Process));
            names.put(&mut frame);
            frame.u32(1);
            put_doc(&mut frame, &doc.view("a  b"), Layers::of(&[Layer::Text]));
            stream.extend_from_slice(frame.finish().unwrap());
        }
        if stream.len() > good {
            for (at, byte) in wounds {
                let at = good + at.index(stream.len() - good);
                stream[at] = byte;
            }
        }
        // SAFETY: the descriptor is this binary's own.
        let _ = serve(stream.as_slice(), io::sink(), || Ok(unsafe { Plugin::open(&warraq_plugin_v1) }.unwrap()));
    }

    #[test]
    fn frames_come_out_of_any_stream(bodies in vec(vec(any::<u8>(), 0..3000), 0..6), steps in vec(0..900usize, 1..9)) {
        let mut bytes = Vec::new();
        let mut frame = Frame::new();
        for body in &bodies {
            frame.start(Kind::Log).raw(body);
            bytes.extend_from_slice(frame.finish().unwrap());
        }
        let mut stream = Halting { bytes: &bytes, steps: steps.iter().cycle() };
        let (mut frames, mut found) = (Frames::new(), Vec::new());
        loop {
            match frames.next(&mut stream) {
                Ok(Some((Kind::Log, fields))) => found.push(format!("{fields:?}")),
                Ok(None) => break,
                Ok(other) => panic!("{other:?}"),
                Err(e) => prop_assert_eq!(e.kind(), io::ErrorKind::WouldBlock),
            }
            if steps.iter().all(|step| *step == 0) {
                return Ok(());
            }
        }
        prop_assert_eq!(found, bodies.iter().map(|body| format!("{:?}", Fields::new(body))).collect::<Vec<_>>());
    }
}

/// A stream that hands over a few bytes at a time, or none yet.
struct Halting<'a, I> {
    bytes: &'a [u8],
    steps: I,
}

impl<'a, I: Iterator<Item = &'a usize>> Read for Halting<'_, I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match *self.steps.next().unwrap() {
            0 if !self.bytes.is_empty() => Err(io::ErrorKind::WouldBlock.into()),
            step => (&mut self.bytes).take(step.max(1) as u64).read(buffer),
        }
    }
}

#[test]
fn a_stream_that_ends_within_a_frame_or_claims_too_much_is_an_error() {
    let mut frame = Frame::new();
    frame.start(Kind::Log).text("abc");
    let bytes = frame.finish().unwrap().to_vec();
    let kind = |bytes: &[u8]| Frames::new().next(&mut &bytes[..]).map(|f| f.map(|(k, _)| k)).map_err(|e| e.kind());
    assert_eq!(kind(&bytes), Ok(Some(Kind::Log)));
    assert_eq!(kind(&[]), Ok(None));
    for end in 1..bytes.len() {
        assert_eq!(kind(&bytes[..end]), Err(io::ErrorKind::UnexpectedEof));
    }
    assert_eq!(kind(&[0, 0, 0, 0, 0]), Err(io::ErrorKind::InvalidData));
    assert_eq!(kind(&[255, 255, 255, 255, 75]), Err(io::ErrorKind::InvalidData));
    // A large claim with little behind it asks for no memory.
    assert_eq!(kind(&[255, 255, 255, 127, 75, 1]), Err(io::ErrorKind::UnexpectedEof));
}

#[test]
fn values_that_overlap_cannot_ask_for_more_than_they_bring() {
    let arena = "x".repeat(1000);
    let edits = body(|frame| {
        frame.u16(1 << Layer::Text as u16);
        frame.u16(0);
        frame.text(&arena);
        frame.u32(2);
        for _ in 0..2 {
            [0, 1, 0, 1000, u32::MAX, u32::MAX].into_iter().for_each(|number| frame.u32(number));
        }
        frame.u8(0);
    });
    let cells = [Cell { start: 0, len: 1000 }; 2];
    let columns = body(|frame| {
        frame.u16(1 << Layer::Columns as u16);
        frame.u16(0);
        frame.u32(1);
        frame.text(&arena);
        frame.u32(0);
        frame.u8(Layer::Tokens as u8);
        frame.u32(2);
        cells.iter().for_each(|cell| [cell.start, cell.len].into_iter().for_each(|number| frame.u32(number)));
        frame.u8(0);
    });
    let mut names = NamesIn::new();
    names.take(&mut Fields::new(&body(|frame| NamesOut::new(&labels(&["n"])).put(frame))), &Labels::new()).unwrap();
    for bytes in [edits, columns] {
        let error = take_changes(&mut Fields::new(&bytes), &names, &mut Changes::new()).unwrap_err();
        assert_eq!(error.0, "values overlap in the text they are slices of");
    }
}

#[test]
fn names_cross_once() {
    let (from, to) = tables();
    let (mut out, mut names) = (NamesOut::new(&from), NamesIn::new());
    let cross = |out: &mut NamesOut, names: &mut NamesIn| {
        let bytes = body(|frame| out.put(frame));
        names.take(&mut Fields::new(&bytes), &to).unwrap();
        bytes.len()
    };
    cross(&mut out, &mut names);
    assert_eq!(cross(&mut out, &mut names), 4);
    let id = from.intern("new");
    assert!(names.get(id.0).is_err());
    // A frame that was never sent.
    let sent = out.sent();
    body(|frame| out.put(frame));
    out.unsend(sent);
    assert_eq!(cross(&mut out, &mut names), 4 + 4 + 3);
    assert_eq!(to.name(names.get(id.0).unwrap()), "new".into());
    (0..LABELS).for_each(|id| assert_eq!(to.name(names.get(id).unwrap()), from.name(LabelId(id))));
}

#[test]
fn errors_arrive_with_all_they_say() {
    let refusal = OptionError::new("a[2].b", "no").help("yes");
    for refusal in [OptionError::new("", ""), refusal] {
        let bytes = body(|frame| put_refusal(frame, &refusal));
        assert_eq!(take_refusal(&mut Fields::new(&bytes)).unwrap(), refusal);
    }
    let error = Error::new(warraq_core::ErrorKind::Limit, "a.b", "message").at(7).because(io::Error::other("below"));
    let bytes = body(|frame| put_error(frame, &error));
    let found = take_error(&mut Fields::new(&bytes)).unwrap();
    let shown = (found.kind, &*found.reason, &*found.message, found.at);
    assert_eq!(shown, (warraq_core::ErrorKind::Limit, "a.b", "message: below", Some(7)));
    let bytes = body(|frame| put_result(frame, &Ok(3), |frame, value| frame.u32(*value)));
    assert_eq!(take_result(&mut Fields::new(&bytes), |fields| fields.u32()).unwrap().unwrap(), 3);
    let mut frame = Frame::new();
    put_hello(&mut frame);
    take_hello(&mut Fields::new(&frame.finish().unwrap()[5..])).unwrap();
    assert!(take_hello(&mut Fields::new(b"Usage: something else")).is_err());
}

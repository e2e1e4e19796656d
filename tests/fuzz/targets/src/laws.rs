//! What holds for every document, however it came about, and for every error.

use std::time::{Duration, Instant};
use warraq_core::testing::{check_source_map, describe};
use warraq_core::{Document, Error, Labels, Layer, Verdict};

/// Holds a document to the rules of its layers, of its source map and of what is on record as removed.
pub(crate) fn check_document(doc: &Document) {
    let text = doc.text();
    let is_range = |start: u32, end: u32| text.get(start as usize..end as usize).is_some();
    let partition = |what: &str, items: &mut dyn Iterator<Item = (u32, u32)>| {
        let mut last = 0;
        for (start, end) in items {
            assert!(last <= start && start < end && is_range(start, end), "{what} {start}..{end} after {last}");
            last = end;
        }
    };
    partition("token", &mut doc.tokens().iter().map(|t| (t.start, t.end)));
    partition("sentence", &mut doc.sentences().iter().map(|s| (s.start, s.end)));
    for span in doc.spans() {
        assert!(span.start < span.end && is_range(span.start, span.end), "{span:?}");
    }
    let mut last = 0;
    for word in doc.words() {
        assert!(
            last <= word.token && (word.token as usize) < doc.tokens().len(),
            "{word:?} after {last} of {:?}",
            doc.tokens()
        );
        assert!(is_range(word.start, word.end), "{word:?}");
        last = word.token;
    }
    for column in doc.columns() {
        let items = match column.layer {
            Layer::Tokens => doc.tokens().len(),
            Layer::Words => doc.words().len(),
            _ => doc.spans().len(),
        };
        assert_eq!(column.cells.len(), items, "a column of {}", column.layer.name());
        (0..items).for_each(|n| _ = doc.cell(column, n));
    }
    assert!(doc.scores().iter().all(|s| s.value.is_finite()));
    check_way_back(doc);
}

/// Every offset leads back into the source, in order.
fn check_way_back(doc: &Document) {
    check_source_map(doc).expect("the source map fits both texts");
    let source = doc.source();
    let mut cursor = doc.source_map().cursor();
    let (mut last, mut accounted) = (0, 0);
    for (at, c) in doc.text().char_indices() {
        let (from, to) = cursor.range(at as u32, (at + c.len_utf8()) as u32);
        assert!(last <= from && source.get(from as usize..to as usize).is_some(), "byte {at}: {from}..{to}");
        last = from;
    }
    for run in doc.source_map().runs() {
        assert!(accounted <= run.source_start && run.source_start <= run.source_end, "{run:?}");
        accounted = run.source_end;
    }
    for removed in doc.removed() {
        let range = removed.source_start as usize..removed.source_end as usize;
        assert!(source.get(range.clone()).is_some_and(|text| !text.is_empty()), "removed: {range:?}");
    }
}

/// An error about a record has a reason, a message, and a place that is in the record or its end.
pub(crate) fn check_error(error: &Error, record: &[u8]) {
    assert!(!error.reason.is_empty() && !error.message.is_empty());
    let at = error.at.expect("an error about a record says where");
    assert!(at <= record.len() as u64, "{error} of {} bytes", record.len());
}

/// Everything that a proposal may change: two documents of the same are the same.
pub(crate) fn state(doc: &Document, labels: &Labels) -> String {
    let verdict = match doc.verdict() {
        Verdict::Keep => String::new(),
        Verdict::Dropped { stage, reason, message } => format!("{stage} {} {message}", labels.name(*reason)),
        Verdict::Duplicate { stage, kept_id } => format!("{stage} {kept_id}"),
    };
    let seen = describe(doc, labels);
    format!("{seen:?} {verdict:?} {:?} {:?} {:?}", doc.source(), doc.source_map().runs(), doc.rebased())
}

/// The same document once more.
pub(crate) fn copy(doc: &Document) -> Document {
    let mut copy = Document::new();
    copy.restore(&doc.view(), &doc.origin());
    copy
}

/// How long an input becomes that is repeated to see whether the work grows faster than it, in bytes.
const LONG: usize = 128 << 10;

/// What a pass over [`LONG`] bytes may take: a hundred times of what it does, and far less than a quadratic one.
const BUDGET: Duration = Duration::from_secs(4);

/// As many of the text as make [`LONG`] bytes.
pub(crate) fn repeated(text: &str) -> String {
    text.repeat(LONG / text.len().max(1))
}

/// Runs `work`, which must not take longer than any linear pass would.
pub(crate) fn bounded<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let (wall, cpu) = (Instant::now(), cpu_time());
    let done = work();
    let took = match (cpu, cpu_time()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => wall.elapsed(),
    };
    assert!(took < BUDGET, "{what} took {took:?}");
    done
}

/// What this thread has run for, where the system tells: other than the time on the wall, it does not grow when the machine
/// is busy.
fn cpu_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

//! The table of metrics. `docs/observability.md` shows it, and a test holds the two equal.

use super::Kind::{Counter, Gauge};
use super::{Metric, Points, View};
use crate::run::{Fate, Phase};
use std::time::{SystemTime, UNIX_EPOCH};

const DOCUMENTS: &str = "{document}";

/// All metrics, in the order in which they are written.
pub const METRICS: &[Metric] = &[
    Metric {
        name: "warraq.build.info",
        kind: Gauge,
        unit: "",
        labels: &["version"],
        help: "1, with the version of the program.",
        read: |_, out| out.int(&[env!("CARGO_PKG_VERSION")], 1),
    },
    Metric {
        name: "warraq.run.start_time",
        kind: Gauge,
        unit: "s",
        labels: &[],
        help: "When the run began, since 1970.",
        read: |view, out| out.float(&[], since_1970(view.numbers.started)),
    },
    Metric {
        name: "warraq.run.time",
        kind: Gauge,
        unit: "s",
        labels: &[],
        help: "How long the run has lasted, or did last.",
        read: |view, out| {
            let until = view.numbers.ended.map_or(view.now, |(at, _)| at);
            out.float(&[], until.duration_since(view.numbers.started).unwrap_or_default().as_secs_f64());
        },
    },
    Metric {
        name: "warraq.run.end_time",
        kind: Gauge,
        unit: "s",
        labels: &[],
        help: "When the run ended, since 1970; absent until then.",
        read: |view, out| {
            if let Some((at, _)) = view.numbers.ended {
                out.float(&[], since_1970(at));
            }
        },
    },
    Metric {
        name: "warraq.run.exit_code",
        kind: Gauge,
        unit: "",
        labels: &[],
        help: "The exit code of the run; absent until it has ended.",
        read: |view, out| {
            if let Some((_, exit)) = view.numbers.ended {
                out.int(&[], exit.code().into());
            }
        },
    },
    Metric {
        name: "warraq.run.phase",
        kind: Gauge,
        unit: "",
        labels: &["phase"],
        help: "1 for the part of the run that is under way, 0 for the others.",
        read: |view, out| {
            let now = if view.numbers.ended.is_some() { Phase::Ended } else { view.board.phase().0 };
            Phase::ALL.iter().for_each(|&phase| out.int(&[phase.name()], u64::from(phase == now)));
        },
    },
    Metric {
        name: "warraq.threads",
        kind: Gauge,
        unit: "{thread}",
        labels: &[],
        help: "Worker threads.",
        read: |view, out| out.int(&[], view.plan.threads as u64),
    },
    Metric {
        name: "warraq.input.size",
        kind: Gauge,
        unit: "By",
        labels: &[],
        help: "Bytes of all inputs as stored; absent while it is not known, and where one of them is a stream.",
        read: |view, out| {
            if let Some(total) = view.numbers.progress.total {
                out.int(&[], total);
            }
        },
    },
    Metric {
        name: "warraq.input.read",
        kind: Counter,
        unit: "By",
        labels: &["survey"],
        help: "Bytes read from the inputs as stored; `survey` names the stage, in a pass that is a survey.",
        read: |view, out| {
            view.numbers.passes.iter().for_each(|(survey, pass)| out.int(&[survey], pass.bytes));
        },
    },
    Metric {
        name: "warraq.input.documents",
        kind: Counter,
        unit: DOCUMENTS,
        labels: &["survey"],
        help: "Documents read whose fate is known; `survey` as above.",
        read: |view, out| {
            view.numbers.passes.iter().for_each(|(survey, pass)| out.int(&[survey], pass.documents));
        },
    },
    Metric {
        name: "warraq.input.blank_lines",
        kind: Counter,
        unit: "{line}",
        labels: &[],
        help: "Blank lines, which are no documents.",
        read: |view, out| out.int(&[], view.numbers.ledger.blank),
    },
    Metric {
        name: "warraq.documents",
        kind: Counter,
        unit: DOCUMENTS,
        labels: &["verdict"],
        help: "Documents by what became of them: kept, dropped, duplicate or failed.",
        read: |view, out| {
            out.int(&["kept"], view.numbers.ledger.kept);
            for fate in [Fate::Dropped, Fate::Duplicate, Fate::Failed] {
                out.int(&[fate.name()], view.numbers.ledger.count(fate));
            }
        },
    },
    Metric {
        name: "warraq.stage.documents",
        kind: Counter,
        unit: DOCUMENTS,
        labels: &["stage"],
        help: "Documents that the stage was run on.",
        read: |view, out| {
            view.numbers.stages(view.plan).for_each(|(stage, count)| out.int(&[stage], count.documents));
        },
    },
    Metric {
        name: "warraq.stage.time",
        kind: Counter,
        unit: "s",
        labels: &["stage"],
        help: "Time spent in the stage, on all threads together.",
        read: |view, out| {
            view.numbers.stages(view.plan).for_each(|(stage, count)| out.float(&[stage], count.time.as_secs_f64()));
        },
    },
    Metric {
        name: "warraq.stage.not_applied",
        kind: Counter,
        unit: DOCUMENTS,
        labels: &["stage"],
        help: "Documents that the stage did not see, because of its `when`.",
        read: |view, out| {
            view.numbers.stages(view.plan).for_each(|(stage, count)| out.int(&[stage], count.not_applied));
        },
    },
    Metric {
        name: "warraq.stage.skipped",
        kind: Counter,
        unit: DOCUMENTS,
        labels: &["stage"],
        help: "Documents that the stage failed on and that went on without it (`on_error` is `skip`).",
        read: |view, out| {
            view.numbers.stages(view.plan).for_each(|(stage, count)| out.int(&[stage], count.skipped));
        },
    },
    Metric {
        name: "warraq.stage.rejected",
        kind: Counter,
        unit: DOCUMENTS,
        labels: &["stage", "verdict"],
        help: "Documents that ended at the stage: dropped, duplicate or failed. Without `stage`: in a source or an export.",
        read: rejected,
    },
    Metric {
        name: "warraq.slow.documents",
        kind: Counter,
        unit: DOCUMENTS,
        labels: &[],
        help: "Documents, or groups of them, that a single stage took longer for than `--slow` says.",
        read: |view, out| out.int(&[], view.board.slow_documents()),
    },
    Metric {
        name: "warraq.export.documents",
        kind: Counter,
        unit: DOCUMENTS,
        labels: &["output"],
        help: "Documents that the export wrote.",
        read: |view, out| {
            view.numbers.exports(view.plan).for_each(|(output, count)| out.int(&[&output], count.written));
        },
    },
    Metric {
        name: "warraq.export.not_selected",
        kind: Counter,
        unit: DOCUMENTS,
        labels: &["output"],
        help: "Documents that came to the export and that its `where` does not select.",
        read: |view, out| {
            view.numbers.exports(view.plan).for_each(|(output, count)| out.int(&[&output], count.not_selected));
        },
    },
    Metric {
        name: "warraq.output.written",
        kind: Counter,
        unit: "By",
        labels: &["output"],
        help: "Bytes written, compressed where the output is: exports, rejects and what stages save.",
        read: |view, out| view.numbers.outputs.iter().for_each(|(output, bytes)| out.int(&[output], *bytes)),
    },
    Metric {
        name: "warraq.chunks.in_flight",
        kind: Gauge,
        unit: "{chunk}",
        labels: &[],
        help: "Chunks that have been started and not yet appended.",
        read: |view, out| out.int(&[], view.numbers.chunks),
    },
    Metric {
        name: "warraq.chunks.waiting",
        kind: Gauge,
        unit: "{chunk}",
        labels: &["turnstile"],
        help: "Of these, chunks that wait for an earlier one: before the stage of this name, or before `export`, `survey` or `append`.",
        read: |view, out| {
            view.numbers.waiting.iter().for_each(|waiting| out.int(&[&waiting.turnstile], waiting.chunks));
        },
    },
    Metric {
        name: "warraq.window.used",
        kind: Gauge,
        unit: "By",
        labels: &[],
        help: "Bytes of input between the reader and the appended output.",
        read: |view, out| out.int(&[], view.numbers.window),
    },
    Metric {
        name: "warraq.window.limit",
        kind: Gauge,
        unit: "By",
        labels: &[],
        help: "The most that the window lets in, but for a single larger chunk.",
        read: |view, out| out.int(&[], view.plan.window),
    },
    Metric {
        name: "warraq.memory.resident",
        kind: Gauge,
        unit: "By",
        labels: &[],
        help: "Resident memory of the process; absent where the system does not tell.",
        read: |view, out| {
            if let Some(bytes) = view.memory.resident {
                out.int(&[], bytes);
            }
        },
    },
    Metric {
        name: "warraq.memory.peak",
        kind: Gauge,
        unit: "By",
        labels: &[],
        help: "The most resident memory of the process so far; absent where the system does not tell.",
        read: |view, out| {
            if let Some(bytes) = view.memory.peak {
                out.int(&[], bytes);
            }
        },
    },
];

fn since_1970(at: SystemTime) -> f64 {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// Every stage with every verdict, also those without a document yet: a series that begins at 1 has no increase.
fn rejected(view: &View<'_>, out: &mut Points) {
    let fates = [Fate::Dropped, Fate::Duplicate, Fate::Failed];
    for (stage, _) in view.numbers.stages(view.plan) {
        fates.iter().for_each(|fate| out.int(&[stage, fate.name()], 0));
    }
    out.int(&["", Fate::Failed.name()], 0);
    view.numbers.rejected(view.plan).for_each(|(fate, stage, count)| out.int(&[stage, fate.name()], count));
}

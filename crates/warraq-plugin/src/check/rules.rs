//! What every worker is held to, whatever it hands over: changes, keys or records.

use super::documents::{Case, cases, without};
use super::outcome::Outcome;
use super::subject::{Hand, Subject};
use super::{Reporter, shorten};
use crate::import::Instance;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use warraq_core::{Document, ErrorKind, Layer, Layers, Order};

/// How often stages and workers are made and destroyed.
const LIVES: usize = 200;

/// How many calls memory is watched over.
const CALLS: usize = 2_000;

/// How long to go on with a stage that takes its time over either.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a quarter of the calls may add to the program's memory, in KiB: less is the allocator's business.
const GROWTH: u64 = 512;

/// Runs the rules for workers.
pub(super) fn check(subject: &Subject, report: &mut Reporter<'_>) {
    let instance = match subject.build() {
        Ok(instance) => instance,
        Err(error) => return report.error("lifecycle", format!("what was built before is now refused: {error}")),
    };
    let cases = cases(&subject.labels, subject.stage.is_export());
    let rules = Rules { subject, instance, cases: &cases };

    let mut first = Hand::new(subject, &rules.instance);
    let baseline = rules.sequence(&mut first, 1, false, true);
    if subject.stage.is_export() || subject.stage.info.order == Order::Parallel {
        judge(&cases, &baseline, report);
    }
    let again = rules.sequence(&mut first, 1, false, true);
    // A serial stage has one worker at a time.
    drop(first);
    let repeated = rules.difference(&baseline, &again);
    let is_repeatable = repeated.is_none();
    let mut is_same_when_fresh = false;
    report.verdict("repeat", repeated);
    if is_repeatable {
        is_same_when_fresh = rules.fresh(&baseline, report);
        let spoiled = rules.sequence(&mut Hand::new(subject, &rules.instance), 1, true, true);
        report.verdict(
            "view",
            rules.difference(&baseline, &spoiled).map(|how| {
                format!(
                    "once the host's memory was overwritten after the call, there was something else to read: {how}"
                )
            }),
        );
        rules.batches(&baseline, report);
        rules.threads(&baseline, report);
        rules.reads(&baseline, report);
    } else {
        for rule in ["fresh", "view", "batches", "threads", "reads"] {
            report.skipped(rule, "the stage does not give the same twice, so there is nothing to compare");
        }
    }
    rules.lifecycle(&baseline, is_same_when_fresh, report);
    rules.memory(report);
}

/// What the first run over all documents says about failures and breaches of the contract.
pub(super) fn judge(cases: &[Case], outcomes: &[Outcome], report: &mut Reporter<'_>) {
    let mut found: [Vec<String>; 4] = Default::default();
    for (case, outcome) in cases.iter().zip(outcomes) {
        let Outcome::Failed { kind, reason, message } = outcome else { continue };
        let rule = match (kind, reason.as_str()) {
            (ErrorKind::Contract, "undeclared") => 0,
            (ErrorKind::Contract, _) => 1,
            (_, "panic" | "plugin.call" | "plugin.worker") => 2,
            _ => 3,
        };
        found[rule].push(format!("{}: {reason}: {message}", case.what));
    }
    let [undeclared, contract, broken, failed] = found;
    let told = |found: &[String]| match found {
        [] => None,
        [only] => Some(only.clone()),
        [first, ..] => Some(format!("{first} (and {} more)", found.len() - 1)),
    };
    match (told(&broken), told(&failed)) {
        (Some(message), _) => report.error("texts", message),
        (None, Some(message)) if failed.len() == outcomes.len() => {
            report.error("texts", format!("all of them fail: {message}"));
        }
        (None, Some(message)) => report.warning("texts", message),
        (None, None) => report.ok("texts", format!("{} documents", outcomes.len())),
    }
    report.verdict("contract", told(&contract));
    report.verdict("undeclared", told(&undeclared));
}

struct Rules<'a> {
    subject: &'a Subject,
    instance: Arc<Instance>,
    cases: &'a [Case],
}

impl Rules<'_> {
    fn cases(&self, big: bool) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(move |case| big || !case.is_big)
    }

    /// What comes of all documents, in calls of `batch` documents.
    fn sequence(&self, hand: &mut Hand, batch: usize, spoil: bool, big: bool) -> Vec<Outcome> {
        let docs: Vec<&Document> = self.cases(big).map(|case| &case.doc).collect();
        docs.chunks(batch).flat_map(|docs| hand.run(docs, spoil)).collect()
    }

    /// The first document of which something else came. The second list may end early.
    fn difference(&self, expected: &[Outcome], found: &[Outcome]) -> Option<String> {
        let different = self.cases.iter().zip(expected.iter().zip(found));
        different.filter_map(|(case, (a, b))| Some(format!("{}: {}", case.what, a.difference(b)?))).next()
    }

    fn fresh(&self, baseline: &[Outcome], report: &mut Reporter<'_>) -> bool {
        let found: Vec<Outcome> = self
            .cases(false)
            .flat_map(|case| Hand::new(self.subject, &self.instance).run(&[&case.doc], false))
            .collect();
        let how = self.difference(baseline, &found).map(|how| format!("a fresh worker differs from a used one: {how}"));
        let holds = how.is_none();
        report.verdict("fresh", how);
        holds
    }

    fn batches(&self, baseline: &[Outcome], report: &mut Reporter<'_>) {
        for batch in [7, 64] {
            let found = self.sequence(&mut Hand::new(self.subject, &self.instance), batch, false, false);
            if let Some(how) = self.difference(baseline, &found) {
                return report.error("batches", format!("in a batch of {batch}: {how}"));
            }
        }
        report.ok("batches", "");
    }

    fn threads(&self, baseline: &[Outcome], report: &mut Reporter<'_>) {
        let is_serial = self.subject.stage.is_serial();
        for threads in [1, 2, 8] {
            // A serial stage has one worker, which the threads take in turn.
            let shared = is_serial.then(|| Mutex::new(Hand::new(self.subject, &self.instance)));
            let one = || match &shared {
                None => self.sequence(&mut Hand::new(self.subject, &self.instance), 1, false, false),
                Some(shared) => {
                    let run = |case: &Case| shared.lock().unwrap_or_else(|e| e.into_inner()).run(&[&case.doc], false);
                    self.cases(false).flat_map(run).collect()
                }
            };
            let found: Vec<Vec<Outcome>> = thread::scope(|scope| {
                let running: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
                running.into_iter().map(|thread| thread.join().unwrap_or_default()).collect()
            });
            for found in found {
                if let Some(how) = self.difference(baseline, &found) {
                    return report.error("threads", format!("one of {threads} threads: {how}"));
                }
            }
        }
        report.ok("threads", if is_serial { "with the one worker of a serial stage" } else { "" });
    }

    /// The stage may need fewer layers than it declares. One that does not need a layer and still uses it where it is there,
    /// gives other results in other pipelines: that may be meant, and somebody should look.
    fn reads(&self, baseline: &[Outcome], report: &mut Reporter<'_>) {
        if self.subject.stage.is_export() {
            return report.skipped("reads", "exports see everything");
        }
        // What is not declared is not even shown; the text is there in any case, because layers stand on it.
        let unread = Layers::ALL.without(self.instance.reads()).without(Layers::of(&[Layer::Text]));
        let mut hand = Hand::new(self.subject, &self.instance);
        for (case, expected) in self.cases(false).zip(baseline) {
            let doc = without(&case.doc, unread);
            let found = hand.run(&[&doc], false);
            if let Some(how) = found.first().and_then(|found| expected.difference(found)) {
                let names: Vec<_> = unread.iter().map(|layer| layer.name()).collect();
                let message = format!("{}: without {}: {how}", case.what, names.join(", "));
                return report.warning("reads", message);
            }
        }
        report.ok("reads", "");
    }

    fn lifecycle(&self, baseline: &[Outcome], compares: bool, report: &mut Reporter<'_>) {
        let (began, rule) = (Instant::now(), "lifecycle");
        let mut lives = 0;
        for life in 0..LIVES {
            if began.elapsed() > PATIENCE {
                break;
            }
            let instance = match self.subject.build() {
                Ok(instance) => instance,
                Err(error) => return report.error(rule, format!("life {life}: the stage is now refused: {error}")),
            };
            let at = life % (self.cases.len() - 1);
            let (case, expected) = (&self.cases[at], &baseline[at]);
            for worker in [Hand::new(self.subject, &instance), Hand::new(self.subject, &self.instance)] {
                let mut worker = worker;
                let found = worker.run(&[&case.doc], false);
                let how = found.first().and_then(|found| expected.difference(found));
                if let Some(how) = how.filter(|_| compares) {
                    return report.error(rule, format!("life {life}: {}: {how}", case.what));
                }
            }
            lives += 1;
        }
        match lives == LIVES {
            true => report.ok(rule, ""),
            false => report.ok(rule, format!("{lives} times, because that takes its time")),
        }
    }

    fn memory(&self, report: &mut Reporter<'_>) {
        let (began, rule) = (Instant::now(), "memory");
        let Some(_) = resident() else {
            return report.skipped(rule, "this system does not say how much memory a program has");
        };
        let docs: Vec<&Document> =
            self.cases(false).map(|case| &case.doc).filter(|doc| doc.text().len() < 4096).collect();
        let mut hand = Hand::new(self.subject, &self.instance);
        // All buffers find their size first.
        docs.iter().for_each(|doc| drop(hand.run(&[*doc], false)));
        let mut sizes = vec![resident().unwrap_or_default()];
        for call in 1..=CALLS {
            drop(hand.run(&[docs[call % docs.len()]], false));
            if call % (CALLS / 4) == 0 {
                sizes.push(resident().unwrap_or_default());
            }
            if began.elapsed() > PATIENCE {
                return report.skipped(rule, "the stage takes too long for so many calls");
            }
        }
        let growth: Vec<u64> = sizes.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect();
        // What leaks grows all the time; what others of this program allocate meanwhile comes and goes.
        match growth.iter().all(|&kib| kib > GROWTH) {
            true => {
                let kib: u64 = growth.iter().sum();
                report.warning(rule, format!("it grew by {kib} KiB over {CALLS} calls, and did not stop"));
            }
            false => report.ok(rule, ""),
        }
    }
}

/// The memory of this program that is in use, in KiB.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().split(' ').next()?.parse().ok()
}

/// What a panic of the host's own said: an in-order stage that can no longer be trusted unwinds.
pub(super) fn unwound(panic: &(dyn std::any::Any + Send)) -> String {
    shorten(crate::read::panic_message(panic))
}

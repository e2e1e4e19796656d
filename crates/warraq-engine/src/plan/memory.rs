//! A memory ceiling, divided: among what the program is, its threads, the documents in flight and what in-order stages
//! remember. `docs/limits.md` has the sums with what was measured.
//!
//! What bounds a record does not depend on the number of threads, so that no output does; the window may.

use crate::config::Spanned;
use crate::diagnostic::{Diagnostic, Diagnostics, OUT_OF_RANGE, Span};
use warraq_core::Holds;

/// The program with its tables, and what stages are built of that is no file.
const PROGRAM: u64 = 64 << 20;
/// What is built of a file that a stage reads, per byte of it.
const PER_RESOURCE: u64 = 4;
/// A thread with its decoders, workers, encoders, caches and the memory that its allocator keeps back.
const PER_THREAD: u64 = 16 << 20;
/// What a byte of a record turns into, with layers, buffers and outputs: 37 where every token, sentence and n-gram is
/// exported, 7 where only texts are.
const PER_BYTE: u64 = 40;
/// The least window for each thread: a chunk.
const LEAST_WINDOW: u64 = 1 << 20;

/// What a plan needs to know to divide its memory.
pub(super) struct Needs<'a> {
    pub(super) threads: u64,
    /// The window that is asked for, and where, if anywhere.
    pub(super) window: Option<(u64, Option<Span>)>,
    pub(super) default_window: u64,
    pub(super) record_limit: u64,
    /// Of each in-order stage.
    pub(super) holds: &'a [Holds],
    /// Bytes of all files that stages have read.
    pub(super) resources: u64,
}

/// What everything gets, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Division {
    pub(super) window: u64,
    pub(super) record_limit: u64,
    /// For each stage that asks for a share.
    pub(super) index: Option<usize>,
}

impl Needs<'_> {
    /// Without a ceiling: everything as it is asked for.
    pub(super) fn undivided(&self) -> Division {
        let window = self.window.map_or(self.default_window, |(window, _)| window);
        Division { window, record_limit: self.record_limit, index: None }
    }

    /// Divides the ceiling. What cannot be is reported.
    pub(super) fn divide(&self, ceiling: Spanned<u64>, out: &mut Diagnostics) -> Division {
        let Some(free) = ceiling.value.checked_sub(self.taken()).filter(|free| *free >= self.least_free()) else {
            out.push(self.too_little(ceiling));
            return self.undivided();
        };
        let shares = self.shares();
        let indexes = if shares > 0 { free / 4 } else { 0 };
        let documents = free - indexes - PER_THREAD * self.threads;
        let most = documents / PER_BYTE;
        if let Some((window, span)) = self.window.filter(|(window, _)| *window > most) {
            let message = format!("a window of {} does not fit into a memory of {}", Size(window), Size(ceiling.value));
            let error = Diagnostic::error(OUT_OF_RANGE, message);
            let error = match span {
                Some(span) => error.label(span, "`window` of `[run]`").also(ceiling.span, "the memory"),
                None => error.label(ceiling.span, "`memory` of `[run]`"),
            };
            out.push(error.help(format!(
                "{} at most, with {} threads; left out, it is chosen to fit",
                Size(most >> 20 << 20),
                self.threads
            )));
        }
        Division {
            window: self.window.map_or(self.default_window, |(window, _)| window).min(most),
            record_limit: self.record_limit.min(free / 8 * 3 / PER_BYTE),
            // A map grows to twice its size beside its old self.
            index: indexes.checked_div(shares).and_then(|index| usize::try_from(index / 3 * 2).ok()),
        }
    }

    /// What is taken before the first document is read, for any number of threads.
    fn taken(&self) -> u64 {
        let held = self.holds.iter().map(|holds| match holds {
            Holds::Bytes(bytes) => bytes.saturating_add(bytes / 2),
            Holds::Share => 0,
        });
        let resources = self.resources.saturating_mul(PER_RESOURCE);
        held.fold(PROGRAM.saturating_add(resources), u64::saturating_add)
    }

    /// The least that must be free: a quarter is for indexes and three eighths for the largest record, which is at least a
    /// chunk; beside the indexes there is room for the threads, and with them for that record, or for a chunk each.
    fn least_free(&self) -> u64 {
        let for_record = (self.threads * PER_THREAD).max(PER_BYTE * LEAST_WINDOW) * 8 / 3;
        let for_chunks = self.threads * (PER_THREAD + PER_BYTE * LEAST_WINDOW) * 4 / 3;
        for_record.max(for_chunks) + 4096
    }

    fn shares(&self) -> u64 {
        self.holds.iter().filter(|holds| **holds == Holds::Share).count() as u64
    }

    fn too_little(&self, ceiling: Spanned<u64>) -> Diagnostic {
        let least = self.taken().saturating_add(self.least_free());
        let message = format!("a memory of {} is too little for this pipeline", Size(ceiling.value));
        let threads = if self.threads == 1 { "1 thread".to_owned() } else { format!("{} threads", self.threads) };
        let error = Diagnostic::error(OUT_OF_RANGE, message).label(ceiling.span, "`memory` of `[run]`");
        let error = error.help(format!("the least is \"{}MiB\" with {threads}", least.div_ceil(1 << 20)));
        let own = self.taken() - PROGRAM;
        error.help_if((own > 0).then(|| {
            format!("of that, {} are for what its stages say themselves: their files and their `memory`", Size(own))
        }))
    }
}

/// A number of bytes, rounded, for a message.
struct Size(u64);

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            bytes if bytes < 10 << 10 => write!(f, "{bytes} bytes"),
            bytes if bytes < 10 << 20 => write!(f, "{} KiB", bytes >> 10),
            bytes => write!(f, "{} MiB", bytes >> 20),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Files;

    const MIB: u64 = 1 << 20;

    fn needs(threads: u64, holds: &[Holds]) -> Needs<'_> {
        let default_window = threads * 4 * MIB;
        Needs { threads, window: None, default_window, record_limit: 64 * MIB, holds, resources: 0 }
    }

    fn divide(needs: &Needs<'_>, ceiling: u64) -> Result<Division, Vec<String>> {
        let span = Span::new(Files::new().add("p.toml", ""), 0, 0);
        let mut out = Diagnostics::new();
        let division = needs.divide(Spanned::new(ceiling, span), &mut out);
        if out.has_errors() { Err(out.iter().map(|d| d.message.clone()).collect()) } else { Ok(division) }
    }

    /// What the parts of a division come to, as the sums have it.
    fn total(needs: &Needs<'_>, division: &Division) -> u64 {
        let documents = (division.window * PER_BYTE).max(division.record_limit * PER_BYTE);
        let index = division.index.map_or(0, |index| index as u64 * 3 / 2) * needs.shares();
        needs.taken() + PER_THREAD * needs.threads + documents + index
    }

    #[test]
    fn the_parts_fit_into_the_ceiling_from_the_least_on() {
        let own = [Holds::Bytes(100 * MIB), Holds::Share];
        for threads in [1, 2, 7, 64, 1024] {
            for holds in [&[][..], &[Holds::Share], &[Holds::Share, Holds::Share, Holds::Bytes(0)], &own] {
                let needs = Needs { resources: 3 * MIB, ..needs(threads, holds) };
                let least = needs.taken() + needs.least_free();
                assert!(divide(&needs, least - 1).is_err());
                for ceiling in [least, least + 1, least * 2, least * 100] {
                    let division = divide(&needs, ceiling).unwrap();
                    assert!(total(&needs, &division) <= ceiling, "{threads} {holds:?} {ceiling}: {division:?}");
                    assert!(division.window >= threads * LEAST_WINDOW, "{threads} {holds:?} {ceiling}: {division:?}");
                    assert!(division.record_limit >= MIB, "{threads} {holds:?} {ceiling}: {division:?}");
                }
            }
        }
    }

    #[test]
    fn what_bounds_a_record_does_not_depend_on_threads() {
        let limits: Vec<u64> =
            [1, 2, 4, 8].map(|n| divide(&needs(n, &[Holds::Share]), 1 << 30).unwrap().record_limit).into();
        assert!(limits.windows(2).all(|pair| pair[0] == pair[1]) && limits[0] < 64 * MIB, "{limits:?}");
        assert_eq!(divide(&needs(2, &[]), 64 << 30).unwrap().record_limit, 64 * MIB, "there is room for it");
    }

    #[test]
    fn indexes_share_a_quarter_unless_they_say_themselves() {
        let index = |holds: &[Holds]| divide(&needs(2, holds), 1 << 30).unwrap().index;
        let (none, one, two) =
            (index(&[Holds::Bytes(5)]), index(&[Holds::Share]), index(&[Holds::Share, Holds::Share]));
        assert_eq!(none, None);
        let one = one.unwrap() as u64;
        assert_eq!(one, ((1 << 30) - PROGRAM) / 4 / 3 * 2);
        assert!(two.unwrap().abs_diff(one as usize / 2) <= 2);
    }

    #[test]
    fn a_window_that_does_not_fit_is_refused() {
        let asked = |window| Needs { window: Some((window, None)), ..needs(2, &[]) };
        assert_eq!(divide(&asked(16 * MIB), 1 << 30).unwrap().window, 16 * MIB, "it may be larger than the default");
        let refused = divide(&asked(512 * MIB), 1 << 30).unwrap_err();
        assert_eq!(refused, ["a window of 512 MiB does not fit into a memory of 1024 MiB"]);
        assert_eq!(divide(&needs(2, &[]), u64::MAX).unwrap(), needs(2, &[]).undivided(), "no ceiling to speak of");
    }
}

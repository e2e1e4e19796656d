//! The time that a stage may take for a document. Nobody is interrupted: a stage that can take long asks
//! ([`warraq_core::Services::cancelled`]), and of one that took too long nothing is carried out.

use std::cell::Cell;
use std::time::{Duration, Instant};
use warraq_core::{Error, ErrorKind, Result};

thread_local! {
    /// When the time of the call under way on this thread is up.
    static END: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Whether the call under way on this thread has taken all of its time.
pub(super) fn is_past() -> bool {
    END.get().is_some_and(|end| Instant::now() >= end)
}

/// The clock of one call. The time that it may take ends with it.
pub(crate) struct Deadline {
    started: Instant,
    limit: Option<Duration>,
}

impl Deadline {
    /// Starts the clock of a call on this thread.
    pub(crate) fn start(limit: Option<Duration>) -> Self {
        let started = Instant::now();
        // A limit past the end of the clock is none.
        END.set(limit.and_then(|limit| started.checked_add(limit)));
        Deadline { started, limit }
    }

    /// When the call was made.
    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    /// How long the call has taken so far.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// What came of the call, unless it took too long for that: then nobody waits for it any more.
    pub(crate) fn judge(&self, result: Result<()>) -> Result<()> {
        match self.limit.filter(|limit| self.elapsed() > *limit) {
            Some(limit) => Err(Error::new(
                ErrorKind::Limit,
                "limit.time",
                format!("the stage took more than {limit:?} for the document, the `run.timeout`; raise it if it may"),
            )),
            None => result,
        }
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        END.set(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_call_ends_with_it() {
        assert!(!is_past());
        let deadline = Deadline::start(Some(Duration::ZERO));
        std::thread::sleep(Duration::from_millis(2));
        assert!(is_past());
        assert!(std::thread::spawn(|| !is_past()).join().unwrap(), "another thread has its own");
        let error = deadline.judge(Ok(())).unwrap_err();
        assert_eq!((error.kind, &*error.reason), (ErrorKind::Limit, "limit.time"));
        drop(deadline);
        assert!(!is_past());
        for patient in [None, Some(Duration::MAX), Some(Duration::from_secs(3600))] {
            let deadline = Deadline::start(patient);
            assert!(!is_past() && deadline.judge(Ok(())).is_ok(), "{patient:?}");
            assert_eq!(deadline.judge(Err(Error::stage("own", "…"))).unwrap_err().reason, "own");
        }
    }
}

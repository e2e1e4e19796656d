//! Backpressure: at most so many bytes of input between the reader and the appended output.

use std::sync::{Condvar, Mutex};

#[derive(Debug, Default)]
struct State {
    in_flight: u64,
    closed: bool,
}

/// A sliding window over the input. The reader enters bytes and waits while it is full; the appender releases them. There is
/// no barrier: a slow chunk keeps its own bytes, not those of others.
#[derive(Debug)]
pub(super) struct Window {
    limit: u64,
    state: Mutex<State>,
    room: Condvar,
}

impl Window {
    pub(super) fn new(limit: u64) -> Self {
        Window { limit, state: Mutex::default(), room: Condvar::new() }
    }

    /// Waits until there is room and takes it. A chunk larger than the whole window goes in alone. Returns false once the
    /// window is closed.
    pub(super) fn enter(&self, bytes: u64) -> bool {
        let state = self.state.lock().unwrap_or_else(|e| e.into_inner());
        let full = |s: &mut State| !s.closed && s.in_flight > 0 && s.in_flight + bytes > self.limit;
        let mut state = self.room.wait_while(state, full).unwrap_or_else(|e| e.into_inner());
        state.in_flight += bytes;
        !state.closed
    }

    /// Bytes that are in now.
    pub(super) fn in_flight(&self) -> u64 {
        self.state.lock().unwrap_or_else(|e| e.into_inner()).in_flight
    }

    /// Gives room back.
    pub(super) fn release(&self, bytes: u64) {
        let mut state = self.state.lock().unwrap_or_else(|e| e.into_inner());
        state.in_flight = state.in_flight.saturating_sub(bytes);
        self.room.notify_all();
    }

    /// Lets nothing more in, and wakes whoever waits.
    pub(super) fn close(&self) {
        self.state.lock().unwrap_or_else(|e| e.into_inner()).closed = true;
        self.room.notify_all();
    }
}

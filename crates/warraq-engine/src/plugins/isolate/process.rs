//! A worker process: started, written to and read from within a time limit, and always waited for.

use super::Isolation;
use super::error::Fault;
use super::worker::MEMORY_VARIABLE;
use std::io::{self, ErrorKind, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};
use warraq_core::Services;
use warraq_plugin::wire::{Fields, Frames, Kind};

/// How often a wait is broken off to see whether it still makes sense.
const SLICE: Duration = Duration::from_millis(100);

/// How long a process may take to end when its socket has.
const GRACE: Duration = Duration::from_secs(2);

/// How long to wait, and for whom.
#[derive(Clone, Copy)]
pub(super) struct Wait<'a> {
    limit: Option<Duration>,
    end: Option<Instant>,
    services: Option<&'a dyn Services>,
}

impl<'a> Wait<'a> {
    /// From now on, until the limit has passed or the run has been cancelled.
    pub(super) fn new(limit: Option<Duration>, services: Option<&'a dyn Services>) -> Self {
        // A limit past the end of the clock is none.
        Wait { limit, end: limit.and_then(|limit| Instant::now().checked_add(limit)), services }
    }

    pub(super) fn check(&self) -> Result<(), Fault> {
        if self.services.is_some_and(Services::cancelled) {
            return Err(Fault::Cancelled);
        }
        match (self.end, self.limit) {
            (Some(end), Some(limit)) if Instant::now() >= end => Err(Fault::Timeout(limit)),
            _ => Ok(()),
        }
    }

    /// Sleeps, unless the run is cancelled meanwhile.
    pub(super) fn sleep(&self, time: Duration) -> Result<(), Fault> {
        let mut left = time;
        while !left.is_zero() {
            self.check()?;
            let slice = left.min(SLICE);
            thread::sleep(slice);
            left -= slice;
        }
        self.check()
    }
}

/// A worker process and this side's end of the socket.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    stream: UnixStream,
    frames: Frames,
    /// Whether it has been waited for.
    is_gone: bool,
}

impl Process {
    /// Starts it.
    pub(super) fn start(isolation: &Isolation) -> Result<Self, Fault> {
        let command = &isolation.command;
        let failed = |e: io::Error| {
            Fault::Start(format!("the worker process `{}` could not be started: {e}", command.program.display()))
        };
        let (stream, other) = UnixStream::pair().map_err(failed)?;
        stream.set_read_timeout(Some(SLICE)).map_err(failed)?;
        stream.set_write_timeout(Some(SLICE)).map_err(failed)?;
        let mut start = Command::new(&command.program);
        start.args(&command.args).envs(command.env.iter().map(|(name, value)| (name, value)));
        match isolation.memory {
            Some(memory) => start.env(MEMORY_VARIABLE, memory.to_string()),
            None => start.env_remove(MEMORY_VARIABLE),
        };
        // What a plugin prints goes where it does no harm.
        start.stdin(Stdio::from(OwnedFd::from(other))).stdout(Stdio::from(io::stderr())).stderr(Stdio::inherit());
        start.process_group(0);
        let child = start.spawn().map_err(failed)?;
        // With the command goes our copy of the child's end: else its death would not end the stream.
        drop(start);
        isolation.started.fetch_add(1, Ordering::Relaxed);
        Ok(Process { child, stream, frames: Frames::new(), is_gone: false })
    }

    /// Whether it has ended, although nothing was asked of it.
    pub(super) fn has_ended(&mut self) -> Option<Fault> {
        match self.child.try_wait() {
            Ok(Some(status)) => {
                self.is_gone = true;
                Some(fate(status))
            }
            _ => None,
        }
    }

    /// Writes a frame.
    pub(super) fn send(&mut self, frame: &[u8], wait: &Wait<'_>) -> Result<(), Fault> {
        let mut rest = frame;
        while !rest.is_empty() {
            self.check(wait)?;
            match self.stream.write(rest) {
                Ok(n) => rest = &rest[n..],
                Err(e) => self.judge(&e)?,
            }
        }
        Ok(())
    }

    /// Reads a frame; its fields are then [at hand](Process::fields).
    pub(super) fn receive(&mut self, wait: &Wait<'_>) -> Result<Kind, Fault> {
        loop {
            self.check(wait)?;
            match self.frames.poll(&mut &self.stream) {
                Ok(Some(kind)) => return Ok(kind),
                Ok(None) => return Err(self.bury()),
                Err(e) => self.judge(&e)?,
            }
        }
    }

    /// The fields of the frame that was received last.
    pub(super) fn fields(&self) -> Fields<'_> {
        self.frames.fields()
    }

    fn check(&mut self, wait: &Wait<'_>) -> Result<(), Fault> {
        wait.check().inspect_err(|_| self.kill())
    }

    /// What an error of the stream means; `Ok` if it means to go on.
    fn judge(&mut self, error: &io::Error) -> Result<(), Fault> {
        match error.kind() {
            ErrorKind::Interrupted => Ok(()),
            // The slice has passed. A process of the plugin's own could hold the socket open past its end.
            ErrorKind::WouldBlock | ErrorKind::TimedOut => self.has_ended().map_or(Ok(()), Err),
            ErrorKind::InvalidData => {
                self.kill();
                Err(Fault::Protocol(error.to_string()))
            }
            _ => Err(self.bury()),
        }
    }

    /// What became of a process whose socket has ended.
    fn bury(&mut self) -> Fault {
        match self.wait_for_end(GRACE) {
            Some(status) => fate(status),
            None => {
                self.kill();
                Fault::Protocol("it closed its connection and went on".into())
            }
        }
    }

    fn wait_for_end(&mut self, grace: Duration) -> Option<ExitStatus> {
        let start = Instant::now();
        let mut pause = Duration::from_micros(100);
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                self.is_gone = true;
                self.kill_group();
                return Some(status);
            }
            if start.elapsed() >= grace {
                return None;
            }
            thread::sleep(pause);
            pause = (2 * pause).min(Duration::from_millis(20));
        }
    }

    /// Stops whatever the child has started: it leads a process group of its own.
    fn kill_group(&self) {
        use rustix::process::{Pid, Signal, kill_process_group};
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }

    /// Stops it at once.
    pub(super) fn kill(&mut self) {
        if !self.is_gone {
            // All fail only where it has ended and been waited for.
            self.kill_group();
            let _ = self.child.kill();
            let _ = self.child.wait();
            self.is_gone = true;
        }
    }

    /// Ends it in peace: it may let go of what it holds, and say a last word.
    pub(super) fn end(&mut self, mut last_words: impl FnMut(Kind, Fields<'_>)) {
        let wait = Wait::new(Some(GRACE), None);
        if self.is_gone || self.stream.shutdown(Shutdown::Write).is_err() {
            return self.kill();
        }
        while wait.check().is_ok() {
            match self.frames.poll(&mut &self.stream) {
                Ok(Some(kind)) => last_words(kind, self.frames.fields()),
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) => {}
                _ => break,
            }
        }
        if self.wait_for_end(GRACE).is_none() {
            self.kill();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn fate(status: ExitStatus) -> Fault {
    match (status.signal(), status.code()) {
        (Some(signal), _) => Fault::Signal(signal),
        (None, code) => Fault::Exit(code.unwrap_or_default()),
    }
}

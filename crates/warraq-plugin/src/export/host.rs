//! The host as a plugin sees it: its names, its files, its ear for messages.

use crate::abi::{FAILED, NONE, WqBytes, WqHost, WqStr};
use crate::read;
use std::fmt;
use std::ptr;
use std::sync::Arc;
use warraq_core::{LabelId, LabelTable, LogLevel, OptionError, Resource, ResourceError, Resources, Services};

/// The host of one stage. What is known of its functions is a copy, so that an older host's lack of one is `None`.
#[derive(Clone, Copy)]
pub(super) struct Host(WqHost);

// SAFETY: the header says that the host's functions may be called from any thread; those that may not are called in `create`
// only, through `HostFiles` and `fail`.
unsafe impl Send for Host {}
// SAFETY: as above.
unsafe impl Sync for Host {}

impl Host {
    /// # Safety
    /// `host` is what `create` was given; the copy is not used after `destroy`.
    pub(super) unsafe fn new(host: *const WqHost) -> Self {
        // SAFETY: the caller's word.
        Host(unsafe { read::sized(host, None) })
    }

    /// The stage's name in the pipeline.
    pub(super) fn name(&self) -> &str {
        // SAFETY: valid as long as the stage, and UTF-8.
        unsafe { read::host_text(self.0.name) }
    }

    /// Tells why the stage cannot be built.
    pub(super) fn fail(&self, error: &OptionError) {
        if let Some(fail) = self.0.fail {
            let help = error.help.as_deref().unwrap_or_default();
            // SAFETY: the texts are borrowed for the call.
            unsafe { fail(self.0.ctx, WqStr::of(&error.path), WqStr::of(&error.message), WqStr::of(help)) };
        }
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Host").field(&self.name()).finish()
    }
}

impl LabelTable for Host {
    fn intern(&self, name: &str) -> LabelId {
        // SAFETY: the text is borrowed for the call.
        LabelId(self.0.intern.map_or(NONE, |intern| unsafe { intern(self.0.ctx, WqStr::of(name)) }))
    }

    fn get(&self, name: &str) -> Option<LabelId> {
        // SAFETY: the text is borrowed for the call.
        let id = unsafe { self.0.find?(self.0.ctx, WqStr::of(name)) };
        (id != NONE).then_some(LabelId(id))
    }

    fn name(&self, id: LabelId) -> Option<Arc<str>> {
        let mut name = WqStr::NULL;
        // SAFETY: `name` is written to, and valid until `destroy`.
        unsafe { (self.0.label_name?(self.0.ctx, id.0, &mut name) == 0).then(|| read::host_text(name).into()) }
    }

    fn len(&self) -> usize {
        // SAFETY: no more than a call.
        self.0.label_count.map_or(0, |count| unsafe { count(self.0.ctx) } as usize)
    }

    fn names_from(&self, from: usize, out: &mut Vec<Arc<str>>) {
        out.extend((from..self.len()).map_while(|id| LabelTable::name(self, LabelId(id as u32))));
    }
}

impl Services for Host {
    fn log(&self, level: LogLevel, _: &str, message: &str) {
        if let Some(log) = self.0.log {
            // SAFETY: the text is borrowed for the call.
            unsafe { log(self.0.ctx, level as u32, WqStr::of(message)) };
        }
    }

    fn cancelled(&self) -> bool {
        // SAFETY: no more than a call.
        self.0.cancelled.is_some_and(|cancelled| unsafe { cancelled(self.0.ctx) } != 0)
    }
}

/// The host's files, to be read while the stage is built.
pub(super) struct HostFiles(pub(super) Host);

impl Resources for HostFiles {
    fn read(&mut self, path: &str) -> Result<Resource, ResourceError> {
        let mut out = WqBytes { ptr: ptr::null(), len: 0 };
        let host = self.0.0;
        // SAFETY: the text is borrowed for the call, which comes from `create` on its own thread.
        let status = host.read_resource.map_or(FAILED, |read| unsafe { read(host.ctx, WqStr::of(path), &mut out) });
        // SAFETY: valid until `create` returns; copied here.
        let bytes = unsafe { read::host_items(out.ptr, out.len) };
        match status {
            0 => Ok(Resource { path: path.into(), bytes: bytes.into() }),
            _ => {
                // The host's message begins with the path as it was looked for.
                let message = String::from_utf8_lossy(bytes);
                let (path, message) = message.split_once(": ").unwrap_or((path, &message));
                Err(ResourceError { path: path.into(), message: message.into() })
            }
        }
    }
}

//! The child's side: a plugin behind a stream.

use super::frame::{Fields, Frame, Frames, Kind, MAX_FRAME, TARGET_FRAME, WireError};
use super::{
    Create, Description, DocsIn, NamesIn, NamesOut, put_changes, put_error, put_hello, put_refusal, put_result,
};
use crate::abi;
use crate::import::{Instance, Plugin, RawState, RawWorker};
use crate::read::panic_message;
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use warraq_core::{
    BuildContext, Changes, DocView, Error, ErrorKind, Labels, Layers, LogLevel, OptionError, Order, Preparer, Resource,
    ResourceError, Resources, Result, Services, StageState,
};

/// Why a library could not be opened as a plugin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotAPlugin {
    /// What is wrong.
    pub message: String,
    /// What to do about it; may be empty.
    pub help: String,
}

/// Answers what comes over the stream until it ends: `input` is what the parent writes, `output` what it reads. `open` loads
/// the plugin, when it is first asked for.
///
/// One stage is created at most. The plugin is called on this thread alone; its messages may come from any.
///
/// # Errors
/// When the stream fails, or the parent breaks the protocol: there is nobody left to tell.
pub fn serve(
    input: impl Read,
    output: impl Write + Send + 'static,
    open: impl FnOnce() -> std::result::Result<Plugin, NotAPlugin>,
) -> io::Result<()> {
    let out = Arc::new(Out::new(output));
    let mut server = Server { input, frames: Frames::new(), out, frame: Frame::new() };
    put_hello(&mut server.frame);
    server.send()?;
    let mut open = Some(open);
    let (mut plugin, mut stage) = (None, None);
    loop {
        let Some((kind, mut fields)) = server.frames.next(&mut server.input)? else { return Ok(()) };
        let request = match kind {
            Kind::Describe => None,
            Kind::Create => Some(Request::take(&mut fields)?),
            _ => {
                let stage = stage.as_mut().ok_or_else(|| WireError::new("there is no stage yet"))?;
                answer(&server.out, &mut server.frame, stage, kind, fields)?;
                continue;
            }
        };
        if let Some(open) = open.take() {
            plugin = Some(open());
        }
        match (&plugin, request) {
            (None, _) => {}
            (Some(Err(error)), _) => {
                server.frame.start(Kind::NoPlugin);
                server.frame.text(&error.message);
                server.frame.text(&error.help);
            }
            (Some(Ok(plugin)), None) => {
                let json = serde_json::to_string(&Description::of(plugin)).unwrap_or_default();
                server.frame.start(Kind::Described).text(&json);
            }
            (Some(Ok(_)), Some(_)) if stage.is_some() => {
                return Err(WireError::new("there is a stage already").into());
            }
            (Some(Ok(plugin)), Some(request)) => stage = server.create(plugin, request),
        }
        server.send()?;
    }
}

/// What the parent reads, shared with whatever thread of the plugin has something to say.
struct Out {
    stream: Mutex<Box<dyn Write + Send>>,
    /// The process that the parent talks to.
    process: u32,
}

impl Out {
    fn new(stream: impl Write + Send + 'static) -> Self {
        Out { stream: Mutex::new(Box::new(stream)), process: std::process::id() }
    }

    fn send(&self, frame: &mut Frame) -> io::Result<()> {
        // A plugin that forks and returns twice would have its copy answer as well, and every later answer be that to the
        // request before.
        if std::process::id() != self.process {
            std::process::abort();
        }
        let bytes = frame.finish()?;
        let mut stream = self.stream.lock().unwrap_or_else(|e| e.into_inner());
        stream.write_all(bytes)?;
        stream.flush()
    }
}

/// What the parent does for the stage.
struct RemoteServices(Arc<Out>);

impl Services for RemoteServices {
    fn log(&self, level: LogLevel, _: &str, message: &str) {
        let mut frame = Frame::new();
        frame.start(Kind::Log).u8(level as u8);
        frame.text(message);
        // Without a parent the process is about to end.
        let _ = self.0.send(&mut frame);
    }

    /// A parent whose run has been cancelled does not ask: it ends the process.
    fn cancelled(&self) -> bool {
        false
    }
}

/// The parent's files.
struct RemoteFiles<'a, R> {
    input: &'a mut R,
    frames: &'a mut Frames,
    out: &'a Out,
}

impl<R: Read> RemoteFiles<'_, R> {
    fn ask(&mut self, path: &str) -> io::Result<std::result::Result<Resource, ResourceError>> {
        let mut frame = Frame::new();
        frame.start(Kind::Wanted).text(path);
        self.out.send(&mut frame)?;
        match self.frames.next(&mut *self.input)? {
            Some((Kind::File, mut fields)) => {
                Ok(Ok(Resource { path: fields.text()?.to_owned(), bytes: fields.bytes()?.into() }))
            }
            Some((Kind::NoFile, mut fields)) => {
                Ok(Err(ResourceError { path: fields.text()?.to_owned(), message: fields.text()?.to_owned() }))
            }
            Some((kind, _)) => Err(WireError::new(format!("{kind:?} where a file was asked for")).into()),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

impl<R: Read> Resources for RemoteFiles<'_, R> {
    fn read(&mut self, path: &str) -> std::result::Result<Resource, ResourceError> {
        self.ask(path).unwrap_or_else(|e| Err(ResourceError { path: path.to_owned(), message: e.to_string() }))
    }
}

/// The stage at work.
struct Stage {
    /// Dropped before the plugin's instance, which they hold.
    work: Work,
    labels: Labels,
    names_in: NamesIn,
    names_out: NamesOut,
    reads: Layers,
    docs: DocsIn,
    changes: Vec<Changes>,
}

enum Work {
    /// An export: it is built to see whether it can be, and nothing is asked of it.
    Built {
        _export: Arc<Instance>,
    },
    Process(RawWorker),
    InOrder {
        preparer: RawWorker,
        state: Option<Box<RawState>>,
        new_state: Box<dyn Fn() -> RawState>,
    },
}

/// What stage to build. Owned, because the frame's buffer is needed for the files that the stage asks for.
struct Request {
    stage: String,
    options: String,
    name: String,
    labels: Labels,
    names_in: NamesIn,
}

impl Request {
    fn take(fields: &mut Fields<'_>) -> std::result::Result<Self, WireError> {
        let create = Create::take(fields)?;
        let (labels, mut names_in) = (Labels::new(), NamesIn::new());
        names_in.take(fields, &labels)?;
        Ok(Request {
            stage: create.stage.to_owned(),
            options: create.options.to_owned(),
            name: create.name.to_owned(),
            labels,
            names_in,
        })
    }
}

struct Server<R> {
    input: R,
    frames: Frames,
    out: Arc<Out>,
    frame: Frame,
}

impl<R: Read> Server<R> {
    fn send(&mut self) -> io::Result<()> {
        self.out.send(&mut self.frame)
    }

    /// Builds a stage, and prepares the answer.
    fn create(&mut self, plugin: &Plugin, request: Request) -> Option<Stage> {
        let Request { stage, options, name, labels, names_in } = request;
        let built = match plugin.stage(&stage) {
            None => Err(OptionError::new("", format!("the plugin has no stage `{stage}`"))),
            Some(stage) => {
                let mut files = RemoteFiles { input: &mut self.input, frames: &mut self.frames, out: &self.out };
                let services = Arc::new(RemoteServices(Arc::clone(&self.out)));
                let mut cx = BuildContext { name: &name, labels: &labels, resources: &mut files, services };
                stage.create_from_json(&options, &mut cx).map(|instance| (stage, Arc::new(instance)))
            }
        };
        let (stage, instance) = match built {
            Ok(built) => built,
            Err(error) => {
                put_refusal(self.frame.start(Kind::Refused), &error);
                return None;
            }
        };
        // As in one process, it sees all that it declares, also where its options need less.
        let reads = stage.info.reads;
        let mut names_out = NamesOut::new(&labels);
        self.frame.start(Kind::Created).u32(abi::layer_bits(reads));
        self.frame.u32(abi::layer_bits(instance.reads()));
        names_out.put(&mut self.frame);
        let work = match stage.info.order {
            _ if stage.is_export() => Work::Built { _export: instance },
            Order::Parallel => Work::Process(RawWorker::new(instance)),
            Order::InOrder => {
                let preparer = RawWorker::for_keys(Arc::clone(&instance));
                Work::InOrder { preparer, state: None, new_state: Box::new(move || RawState::new(&instance)) }
            }
        };
        Some(Stage { work, labels, names_in, names_out, reads, docs: DocsIn::new(), changes: Vec::new() })
    }
}

/// Answers one request to the stage.
fn answer<'a>(
    out: &Out,
    frame: &mut Frame,
    stage: &'a mut Stage,
    kind: Kind,
    mut fields: Fields<'a>,
) -> io::Result<()> {
    let Stage { work, labels, names_in, names_out, reads, docs, changes } = stage;
    match (kind, work) {
        (Kind::Process, Work::Process(worker)) => {
            names_in.take(&mut fields, labels)?;
            let count = fields.count(4)?;
            let docs = docs.take(&mut fields, count, *reads, names_in)?;
            let results = process(worker, &docs, changes);
            let items: Vec<_> = results.into_iter().zip(&*changes).map(|(r, c)| r.map(|()| c)).collect();
            send_results(out, frame, Kind::Changes, Some(names_out), &items, |frame, changes| {
                put_changes(frame, changes);
            })
        }
        (Kind::Prepare, Work::InOrder { preparer, .. }) => {
            names_in.take(&mut fields, labels)?;
            let count = fields.count(4)?;
            let docs = docs.take(&mut fields, count, *reads, names_in)?;
            let key = |doc| {
                let mut key = Vec::new();
                preparer.prepare(doc, &mut key).map(|()| key)
            };
            let keys: Vec<_> = docs.iter().map(key).collect();
            send_results(out, frame, Kind::Keys, None, &keys, |frame, key| frame.bytes(key))
        }
        (Kind::State, Work::InOrder { state, new_state, .. }) => {
            let made = state.insert(Box::new(new_state()));
            match made.is_usable() {
                true => _ = frame.start(Kind::Done),
                false => {
                    let error = Error::stage("plugin.state", "the plugin could not make its state");
                    put_error(frame.start(Kind::Failed), &error);
                }
            }
            out.send(frame)
        }
        (Kind::Decide, Work::InOrder { state: Some(state), .. }) => {
            names_in.take(&mut fields, labels)?;
            let key = fields.bytes()?;
            let docs = docs.take(&mut fields, 1, *reads, names_in)?;
            changes.resize_with(1.max(changes.len()), Changes::new);
            changes[0].clear();
            let mut journal = Vec::new();
            // A state that can no longer be trusted is told by unwinding.
            let decided = catch_unwind(AssertUnwindSafe(|| state.decide(&docs[0], key, &mut changes[0], &mut journal)));
            let is_broken = decided.is_err();
            let decided =
                decided.unwrap_or_else(|panic| Err(Error::stage("plugin.broken", panic_message(&*panic).to_owned())));
            frame.start(Kind::Decided).u8(is_broken.into());
            names_out.put(frame);
            put_result(frame, &decided, |frame, ()| put_changes(frame, &changes[0]));
            frame.bytes(&journal);
            out.send(frame)
        }
        (Kind::Replay, Work::InOrder { state: Some(state), .. }) => {
            let count = fields.count(4)?;
            let mut replayed = Ok(());
            for _ in 0..count {
                let entry = fields.bytes()?;
                replayed = replayed.and_then(|()| state.replay(entry));
            }
            match replayed {
                Ok(()) => _ = frame.start(Kind::Done),
                Err(error) => put_error(frame.start(Kind::Failed), &error),
            }
            out.send(frame)
        }
        (kind, _) => Err(WireError::new(format!("{kind:?} is nothing to ask of this stage now")).into()),
    }
}

/// One call for all documents. Where a call fails as a whole, each document is given one of its own, so that none fails for
/// another.
fn process(worker: &mut RawWorker, docs: &[DocView<'_>], changes: &mut Vec<Changes>) -> Vec<Result<()>> {
    if changes.len() < docs.len() {
        changes.resize_with(docs.len(), Changes::new);
    }
    changes.iter_mut().for_each(Changes::clear);
    match worker.call(docs) {
        Ok(()) => (0..docs.len()).map(|n| worker.collect(n, &mut changes[n])).collect(),
        Err(error) if docs.len() == 1 => vec![Err(error)],
        Err(_) => {
            let alone = docs.iter().zip(&mut *changes).map(|(doc, changes)| {
                worker.call(std::slice::from_ref(doc))?;
                worker.collect(0, changes)
            });
            alone.collect()
        }
    }
}

/// Sends what came of a batch, in frames of about [`TARGET_FRAME`].
fn send_results<T>(
    out: &Out,
    frame: &mut Frame,
    kind: Kind,
    mut names: Option<&mut NamesOut>,
    results: &[Result<T>],
    put: impl Fn(&mut Frame, &T),
) -> io::Result<()> {
    let mut next = 0;
    while next < results.len() {
        frame.start(kind);
        if let Some(names) = &mut names {
            names.put(frame);
        }
        let (at, first) = (frame.len(), next);
        frame.u32(0);
        while next < results.len() && (next == first || frame.len() < TARGET_FRAME) {
            let before = frame.len();
            put_result(frame, &results[next], &put);
            if frame.len() > MAX_FRAME {
                frame.truncate(before);
                if next > first {
                    break;
                }
                let message = format!("what the plugin proposes takes more than {MAX_FRAME} bytes");
                put_result(frame, &Err(Error::new(ErrorKind::Limit, "plugin.size", message)), |_, ()| {});
            }
            next += 1;
        }
        frame.patch(at, (next - first) as u32);
        out.send(frame)?;
    }
    Ok(())
}

//! A worker process with a stage in it: what is asked of it, and what it answers.

use super::Isolation;
use super::desk::Recipe;
use super::error::{Fault, OpenError};
use super::process::{Process, Wait};
use std::sync::Arc;
use warraq_core::{
    Changes, DocView, Error, Labels, Layers, LogLevel, Resource, ResourceError, Resources, Result, Services,
};
use warraq_plugin::abi;
use warraq_plugin::wire::{
    Create, Description, Fields, Frame, Kind, MAX_BATCH, MAX_FRAME, NamesIn, NamesOut, TARGET_FRAME, WireError,
    put_doc, take_changes, take_error, take_hello, take_refusal, take_result,
};

type Outcome<T> = std::result::Result<T, Fault>;

/// A child with a stage built in it.
pub(super) struct Link {
    process: Process,
    frame: Frame,
    names_out: NamesOut,
    names_in: NamesIn,
    labels: Labels,
    services: Arc<dyn Services>,
    /// The stage's name in the pipeline.
    name: String,
    /// The layers that the stage declares to read: those that it is sent.
    reads: Layers,
    /// The layers that it needs with its options.
    needs: Layers,
    /// Whether every request has been answered.
    is_idle: bool,
}

/// What came of a decision.
pub(super) enum Decision {
    /// The stage has decided, or given up on the document.
    Made(Result<()>),
    /// The state can no longer be trusted.
    Broken(Fault),
}

/// Asks what the plugin is.
pub(super) fn describe(isolation: &Isolation) -> std::result::Result<Description, OpenError> {
    let wait = Wait::new(isolation.start_timeout, None);
    let mut process = Process::start(isolation)?;
    let asked = greet(&mut process, &wait).and_then(|()| {
        let mut frame = Frame::new();
        process.send(finish(frame.start(Kind::Describe))?, &wait)?;
        loop {
            match process.receive(&wait)? {
                Kind::Log => {}
                kind => return Ok(kind),
            }
        }
    });
    let kind = asked.inspect_err(|fault| fault.count(isolation))?;
    let mut fields = process.fields();
    let description = match kind {
        Kind::Described => fields.text().and_then(|json| {
            serde_json::from_str(json).map_err(|e| WireError::new(format!("its description is none: {e}")))
        }),
        Kind::NoPlugin => return Err(no_plugin(fields)),
        kind => Err(unexpected(kind)),
    };
    let description = description.map_err(protocol)?;
    process.end(|_, _| {});
    Ok(description)
}

fn greet(process: &mut Process, wait: &Wait<'_>) -> Outcome<()> {
    match process.receive(wait)? {
        Kind::Hello => take_hello(&mut process.fields()).map_err(|e| Fault::Start(format!("the worker process: {e}"))),
        kind => Err(protocol(unexpected(kind))),
    }
}

fn protocol(error: WireError) -> Fault {
    Fault::Protocol(error.0)
}

fn unexpected(kind: Kind) -> WireError {
    WireError::new(format!("{kind:?} is no answer to what was asked"))
}

fn finish(frame: &mut Frame) -> Outcome<&[u8]> {
    frame.finish().map_err(|e| Fault::Size(e.0))
}

fn no_plugin(mut fields: Fields<'_>) -> OpenError {
    let texts = fields.text().and_then(|message| Ok((message.to_owned(), fields.text()?.to_owned())));
    match texts {
        Ok((message, help)) => OpenError::NoPlugin { message, help },
        Err(e) => protocol(e).into(),
    }
}

impl Link {
    /// Starts a process and builds the stage in it. The files it asks for are read from `resources`, if given, and kept in
    /// the recipe, where later children find them.
    pub(super) fn open(
        recipe: &Recipe,
        mut resources: Option<&mut dyn Resources>,
    ) -> std::result::Result<Self, OpenError> {
        let wait = Wait::new(recipe.isolation.start_timeout, Some(&*recipe.services));
        let mut link = Link {
            process: Process::start(&recipe.isolation)?,
            frame: Frame::new(),
            names_out: NamesOut::new(&recipe.labels),
            names_in: NamesIn::new(),
            labels: recipe.labels.clone(),
            services: Arc::clone(&recipe.services),
            name: recipe.name.clone(),
            reads: Layers::NONE,
            needs: Layers::NONE,
            is_idle: false,
        };
        let built = link.build(recipe, &mut resources, &wait);
        if let Err(OpenError::Fault(fault)) = &built {
            fault.count(&recipe.isolation);
        }
        built?;
        link.is_idle = true;
        Ok(link)
    }

    fn build(
        &mut self,
        recipe: &Recipe,
        resources: &mut Option<&mut dyn Resources>,
        wait: &Wait<'_>,
    ) -> std::result::Result<(), OpenError> {
        greet(&mut self.process, wait)?;
        self.frame.start(Kind::Create);
        Create { stage: &recipe.stage, options: &recipe.options, name: &recipe.name }.put(&mut self.frame);
        self.names_out.put(&mut self.frame);
        self.process.send(finish(&mut self.frame)?, wait)?;
        loop {
            let kind = self.answer(wait)?;
            let mut fields = self.process.fields();
            match kind {
                Kind::Created => {
                    self.reads = abi::layers(fields.u32().map_err(protocol)?);
                    self.needs = abi::layers(fields.u32().map_err(protocol)?);
                    self.names_in.take(&mut fields, &self.labels).map_err(protocol)?;
                    return Ok(());
                }
                Kind::Wanted => {
                    let path = fields.text().map_err(protocol)?;
                    let file = recipe.file(path, resources);
                    put_file(&mut self.frame, &file);
                    self.process.send(finish(&mut self.frame)?, wait)?;
                }
                Kind::Refused => {
                    return Err(take_refusal(&mut fields).map_or_else(|e| protocol(e).into(), OpenError::Refused));
                }
                Kind::NoPlugin => return Err(no_plugin(fields)),
                kind => return Err(protocol(unexpected(kind)).into()),
            }
        }
    }

    /// The layers that the stage needs with its options, where they are fewer than it declares.
    pub(super) fn needs(&self) -> Option<Layers> {
        (self.needs != self.reads).then_some(self.needs)
    }

    /// Whether the process has ended since it last answered, and how.
    pub(super) fn has_ended(&mut self) -> Option<Fault> {
        self.process.has_ended()
    }

    /// The next frame that is not a message of the plugin's.
    fn answer(&mut self, wait: &Wait<'_>) -> Outcome<Kind> {
        loop {
            match self.process.receive(wait)? {
                Kind::Log => pass_on(&*self.services, &self.name, self.process.fields()),
                kind => return Ok(kind),
            }
        }
    }

    /// Sends the frame at hand.
    fn send(&mut self, wait: &Wait<'_>) -> Outcome<()> {
        self.is_idle = false;
        self.process.send(finish(&mut self.frame)?, wait)
    }

    /// Asks for changes to as many of the documents as make a batch, and says how many those are: at least one.
    pub(super) fn process(
        &mut self,
        docs: &[DocView<'_>],
        out: &mut [Changes],
        results: &mut [Result<()>],
        wait: &Wait<'_>,
    ) -> (usize, Outcome<()>) {
        let count = match self.put_batch(Kind::Process, docs) {
            Ok(count) => count,
            Err(fault) => return (1, Err(fault)),
        };
        let take = |n: usize, fields: &mut Fields<'_>, names: &NamesIn| {
            results[n] = take_result(fields, |fields| take_changes(fields, names, &mut out[n]))?;
            Ok(())
        };
        (count, self.exchange(Kind::Changes, count, wait, take))
    }

    /// Asks for the key of a document.
    pub(super) fn prepare(&mut self, doc: &DocView<'_>, key: &mut Vec<u8>, wait: &Wait<'_>) -> Outcome<Result<()>> {
        self.put_batch(Kind::Prepare, std::slice::from_ref(doc))?;
        let mut result = Ok(());
        self.exchange(Kind::Keys, 1, wait, |_, fields, _| {
            result = take_result(fields, |fields| {
                key.extend_from_slice(fields.bytes()?);
                Ok(())
            })?;
            Ok(())
        })?;
        Ok(result)
    }

    /// Puts documents into a frame until they make a batch.
    fn put_batch(&mut self, kind: Kind, docs: &[DocView<'_>]) -> Outcome<usize> {
        let sent = self.names_out.sent();
        self.frame.start(kind);
        self.names_out.put(&mut self.frame);
        let at = self.frame.len();
        self.frame.u32(0);
        let mut count = 0;
        for doc in &docs[..docs.len().min(MAX_BATCH)] {
            let before = self.frame.len();
            put_doc(&mut self.frame, doc, self.reads);
            if self.frame.len() > MAX_FRAME {
                if count == 0 {
                    self.names_out.unsend(sent);
                    return Err(too_long(&self.frame));
                }
                self.frame.truncate(before);
                break;
            }
            count += 1;
            if self.frame.len() >= TARGET_FRAME {
                break;
            }
        }
        self.frame.patch(at, count as u32);
        Ok(count)
    }

    /// Sends the batch at hand and takes what comes of each of its documents.
    fn exchange(
        &mut self,
        kind: Kind,
        count: usize,
        wait: &Wait<'_>,
        mut take: impl FnMut(usize, &mut Fields<'_>, &NamesIn) -> std::result::Result<(), WireError>,
    ) -> Outcome<()> {
        self.send(wait)?;
        let mut next = 0;
        while next < count {
            let found = self.answer(wait)?;
            let mut fields = self.process.fields();
            let mut parts = || {
                if found != kind {
                    return Err(unexpected(found));
                }
                if kind == Kind::Changes {
                    self.names_in.take(&mut fields, &self.labels)?;
                }
                let answered = fields.count(1)?;
                if answered == 0 || answered > count - next {
                    return Err(WireError::new(format!("{answered} answers about {} documents", count - next)));
                }
                for n in next..next + answered {
                    take(n, &mut fields, &self.names_in)?;
                }
                fields.end()?;
                Ok(answered)
            };
            match parts() {
                Ok(answered) => next += answered,
                Err(e) => return Err(self.senseless(e)),
            }
        }
        self.is_idle = true;
        Ok(())
    }

    /// Asks for the stage's state, with nothing seen yet.
    pub(super) fn state(&mut self, wait: &Wait<'_>) -> Outcome<Result<()>> {
        self.frame.start(Kind::State);
        self.done(wait)
    }

    /// Has the state remember these journal entries, each with its length before it, as in [`super::journal`].
    pub(super) fn replay(&mut self, count: usize, entries: &[u8], wait: &Wait<'_>) -> Outcome<Result<()>> {
        self.frame.start(Kind::Replay).count(count);
        self.frame.raw(entries);
        self.done(wait)
    }

    fn done(&mut self, wait: &Wait<'_>) -> Outcome<Result<()>> {
        self.send(wait)?;
        let result = match self.answer(wait)? {
            Kind::Done => Ok(()),
            Kind::Failed => match take_error(&mut self.process.fields()) {
                Ok(error) => Err(error),
                Err(e) => return Err(self.senseless(e)),
            },
            kind => return Err(self.senseless(unexpected(kind))),
        };
        self.is_idle = true;
        Ok(result)
    }

    /// Asks for a decision about the next document in input order. `journal` is cleared first.
    pub(super) fn decide(
        &mut self,
        doc: &DocView<'_>,
        key: &[u8],
        out: &mut Changes,
        journal: &mut Vec<u8>,
        wait: &Wait<'_>,
    ) -> Outcome<Decision> {
        let sent = self.names_out.sent();
        self.frame.start(Kind::Decide);
        self.names_out.put(&mut self.frame);
        self.frame.bytes(key);
        put_doc(&mut self.frame, doc, self.reads);
        if self.frame.len() > MAX_FRAME {
            self.names_out.unsend(sent);
            return Err(too_long(&self.frame));
        }
        self.send(wait)?;
        let kind = self.answer(wait)?;
        let mut fields = self.process.fields();
        let mut parts = || {
            if kind != Kind::Decided {
                return Err(unexpected(kind));
            }
            let is_broken = fields.u8()? != 0;
            self.names_in.take(&mut fields, &self.labels)?;
            let result = take_result(&mut fields, |fields| take_changes(fields, &self.names_in, out))?;
            journal.clear();
            journal.extend_from_slice(fields.bytes()?);
            fields.end()?;
            Ok((is_broken, result))
        };
        match parts() {
            Ok((false, result)) => {
                self.is_idle = true;
                Ok(Decision::Made(result))
            }
            Ok((true, result)) => {
                let message = result.err().map_or_else(String::new, |error: Error| error.message);
                Ok(Decision::Broken(Fault::Broken(message)))
            }
            Err(e) => Err(self.senseless(e)),
        }
    }

    fn senseless(&mut self, error: WireError) -> Fault {
        self.process.kill();
        protocol(error)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // A child in the middle of something is not worth waiting for.
        if self.is_idle {
            self.process.end(|kind, fields| {
                if kind == Kind::Log {
                    pass_on(&*self.services, &self.name, fields);
                }
            });
        } else {
            self.process.kill();
        }
    }
}

fn too_long(frame: &Frame) -> Fault {
    Fault::Size(format!("with its layers the document takes {} bytes; {MAX_FRAME} is the most", frame.len()))
}

fn pass_on(services: &dyn Services, stage: &str, mut fields: Fields<'_>) {
    let level = match fields.u8() {
        Ok(0 | 1) => LogLevel::Error,
        Ok(2) => LogLevel::Warning,
        Ok(3) => LogLevel::Info,
        _ => LogLevel::Debug,
    };
    if let Ok(message) = fields.text() {
        services.log(level, stage, message);
    }
}

fn put_file(frame: &mut Frame, file: &std::result::Result<Resource, ResourceError>) {
    match file {
        Ok(file) if file.bytes.len() < MAX_FRAME - file.path.len() - 8 => {
            frame.start(Kind::File).text(&file.path);
            frame.bytes(&file.bytes);
        }
        Ok(file) => {
            frame.start(Kind::NoFile).text(&file.path);
            frame.text(&format!("the file has {} bytes; an isolated stage can read {MAX_FRAME}", file.bytes.len()));
        }
        Err(error) => {
            frame.start(Kind::NoFile).text(&error.path);
            frame.text(&error.message);
        }
    }
}

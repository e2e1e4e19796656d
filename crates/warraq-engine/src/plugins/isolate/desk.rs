//! One worker of an isolated stage: its child, and what happens when that dies.

use super::Isolation;
use super::error::{Fault, OpenError};
use super::link::Link;
use super::process::Wait;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use warraq_core::{
    BuildContext, Changes, DocView, Error, Labels, Resource, ResourceError, Resources, Result, Services,
};

/// How many starts in a row may fail, over all workers of the stage, until it is given up.
const START_ATTEMPTS: u32 = 6;

/// How many documents in a row may end their process, with no success in between, until the stage is given up: a plugin that
/// crashes on everything is not worth a process for every document.
const DEATHS_IN_A_ROW: u32 = 100;

/// What a stage is built from, so that it can be built again.
pub(super) struct Recipe {
    pub(super) isolation: Arc<Isolation>,
    /// The stage's name in the plugin.
    pub(super) stage: String,
    /// Its options, as JSON.
    pub(super) options: String,
    /// Its name in the pipeline.
    pub(super) name: String,
    pub(super) labels: Labels,
    pub(super) services: Arc<dyn Services>,
    files: Mutex<HashMap<String, std::result::Result<Resource, ResourceError>>>,
    /// The child that the stage was first built in, until a worker needs one.
    spare: Mutex<Option<Link>>,
    /// Starts that failed since the last one that did not.
    failed_starts: AtomicU32,
    /// Why no more children are started.
    given_up: OnceLock<String>,
}

impl Recipe {
    pub(super) fn new(isolation: &Arc<Isolation>, stage: &str, options: &Value, cx: &BuildContext<'_>) -> Arc<Self> {
        Arc::new(Recipe {
            isolation: Arc::clone(isolation),
            stage: stage.to_owned(),
            options: options.to_string(),
            name: cx.name.to_owned(),
            labels: cx.labels.clone(),
            services: Arc::clone(&cx.services),
            files: Mutex::default(),
            spare: Mutex::default(),
            failed_starts: AtomicU32::new(0),
            given_up: OnceLock::new(),
        })
    }

    /// Keeps a child for the first worker that needs one.
    pub(super) fn keep(&self, link: Link) {
        *self.spare.lock().unwrap_or_else(|e| e.into_inner()) = Some(link);
    }

    /// A file that the stage asks for: read and kept the first time, so that every child gets the same bytes.
    pub(super) fn file(
        &self,
        path: &str,
        resources: &mut Option<&mut dyn Resources>,
    ) -> std::result::Result<Resource, ResourceError> {
        let mut files = self.files.lock().unwrap_or_else(|e| e.into_inner());
        match (resources, files.get(path)) {
            (_, Some(file)) => file.clone(),
            (Some(resources), None) => {
                let file = resources.read(path);
                files.insert(path.to_owned(), file.clone());
                file
            }
            (None, None) => Err(ResourceError {
                path: path.to_owned(),
                message: "it was not asked for when the stage was first built".into(),
            }),
        }
    }

    fn wait(&self, limit: Option<Duration>) -> Wait<'_> {
        Wait::new(limit, Some(&*self.services))
    }

    /// How long one request may take.
    pub(super) fn patience(&self) -> Wait<'_> {
        self.wait(self.isolation.timeout)
    }

    /// How long getting a child ready may take.
    pub(super) fn start_patience(&self) -> Wait<'_> {
        self.wait(self.isolation.start_timeout)
    }
}

/// What a new child needs beyond the stage that was built in it.
pub(super) type Ready<'a> = &'a mut dyn FnMut(&Recipe, &mut Link) -> std::result::Result<(), Fault>;

/// One worker.
pub(super) struct Desk {
    recipe: Arc<Recipe>,
    link: Option<Link>,
    /// Deaths since the last success.
    deaths: u32,
}

impl Desk {
    /// A desk without a child: it gets one when it first needs it.
    pub(super) fn new(recipe: &Arc<Recipe>) -> Self {
        Desk { recipe: Arc::clone(recipe), link: None, deaths: 0 }
    }

    pub(super) fn recipe(&self) -> &Arc<Recipe> {
        &self.recipe
    }

    /// Changes to each of the documents.
    pub(super) fn process(&mut self, docs: &[DocView<'_>], out: &mut [Changes], results: &mut [Result<()>]) {
        let mut done = 0;
        while done < docs.len() {
            done += self.batch(&docs[done..], &mut out[done..], &mut results[done..]);
        }
    }

    /// One batch from the first documents on; says how many those were.
    fn batch(&mut self, docs: &[DocView<'_>], out: &mut [Changes], results: &mut [Result<()>]) -> usize {
        let recipe = Arc::clone(&self.recipe);
        let link = match self.link(&mut |_, _| Ok(())) {
            Ok(link) => link,
            Err(error) => {
                results.iter_mut().for_each(|result| *result = Err(copy(&error)));
                return docs.len();
            }
        };
        let (count, outcome) = link.process(docs, out, results, &recipe.patience());
        let Err(fault) = outcome else {
            self.deaths = 0;
            return count;
        };
        self.lost(&fault);
        for (changes, result) in out[..count].iter_mut().zip(&mut results[..count]) {
            changes.clear();
            *result = Ok(());
        }
        if count > 1 && fault != Fault::Cancelled {
            // Whose doing it was shows when each is on its own.
            for n in 0..count {
                self.batch(&docs[n..=n], &mut out[n..=n], &mut results[n..=n]);
            }
        } else {
            results[..count].iter_mut().for_each(|result| *result = Err(fault.error(&recipe.isolation)));
        }
        count
    }

    /// The key of a document.
    pub(super) fn prepare(&mut self, doc: &DocView<'_>, key: &mut Vec<u8>) -> Result<()> {
        let recipe = Arc::clone(&self.recipe);
        let start = key.len();
        let prepared = self.link(&mut |_, _| Ok(()))?.prepare(doc, key, &recipe.patience());
        self.outcome(prepared).and_then(|result| result).inspect_err(|_| key.truncate(start))
    }

    /// What came of a request about a single document.
    pub(super) fn outcome<T>(&mut self, outcome: std::result::Result<T, Fault>) -> Result<T> {
        match outcome {
            Ok(value) => {
                self.deaths = 0;
                Ok(value)
            }
            Err(fault) => {
                self.lost(&fault);
                Err(fault.error(&self.recipe.isolation))
            }
        }
    }

    /// Lets go of a child that is dead, or in a state that nobody knows.
    fn lost(&mut self, fault: &Fault) {
        fault.count(&self.recipe.isolation);
        // Nothing was sent of what is too long.
        if !matches!(fault, Fault::Size(_)) {
            self.link = None;
        }
        if fault.is_death() {
            self.deaths += 1;
            if self.deaths >= DEATHS_IN_A_ROW {
                let why = format!("{DEATHS_IN_A_ROW} documents in a row ended their worker process");
                let _ = self.recipe.given_up.set(why);
            }
        }
    }

    /// The child; a new one where there is none, after a pause that grows from death to death.
    pub(super) fn link(&mut self, ready: Ready<'_>) -> Result<&mut Link> {
        if let Some(fault) = self.link.as_mut().and_then(Link::has_ended) {
            // It ended between two requests: no document is to blame.
            self.lost(&fault);
        }
        if self.link.is_none() {
            let link = self.new_link(ready)?;
            self.link = Some(link);
        }
        self.link
            .as_mut()
            .ok_or_else(|| Fault::Start("there is no worker process".into()).error(&self.recipe.isolation))
    }

    fn new_link(&mut self, ready: Ready<'_>) -> Result<Link> {
        let recipe = Arc::clone(&self.recipe);
        let isolation = &recipe.isolation;
        loop {
            if let Some(why) = recipe.given_up.get() {
                return Err(Fault::Start(why.clone()).error(isolation));
            }
            let pause = Wait::new(None, Some(&*recipe.services)).sleep(backoff(self.deaths));
            pause.map_err(|fault| fault.error(isolation))?;
            let spare = recipe.spare.lock().unwrap_or_else(|e| e.into_inner()).take();
            let spare = spare.and_then(|mut link| link.has_ended().is_none().then_some(link));
            let opened = spare.map_or_else(|| Link::open(&recipe, None), Ok).and_then(|mut link| {
                ready(&recipe, &mut link).inspect_err(|fault| fault.count(isolation))?;
                Ok(link)
            });
            match opened {
                Ok(link) => {
                    recipe.failed_starts.store(0, Ordering::Relaxed);
                    return Ok(link);
                }
                Err(OpenError::Fault(fault @ Fault::Cancelled)) => return Err(fault.error(isolation)),
                Err(error) => {
                    self.deaths = self.deaths.saturating_add(1);
                    if recipe.failed_starts.fetch_add(1, Ordering::Relaxed) >= START_ATTEMPTS - 1 {
                        let times = START_ATTEMPTS;
                        let why = error.message();
                        let _ = recipe
                            .given_up
                            .set(format!("no worker process could be started {times} times in a row: {why}"));
                    }
                }
            }
        }
    }
}

/// How long to wait before a child is started after so many deaths without a success.
fn backoff(deaths: u32) -> Duration {
    match deaths {
        0 => Duration::ZERO,
        _ => Duration::from_millis(10 << (deaths - 1).min(4)).min(Duration::from_millis(100)),
    }
}

/// The same error for another document.
fn copy(error: &Error) -> Error {
    Error::new(error.kind, error.reason.clone(), error.message.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_tenth_of_a_second() {
        let millis: Vec<_> = [0, 1, 2, 3, 4, 5, 9, u32::MAX].map(|n| backoff(n).as_millis()).into();
        assert_eq!(millis, [0, 10, 20, 40, 80, 100, 100, 100]);
    }
}

//! Stages that look at the whole corpus before the run: what they need of the inputs.

use super::{Compiler, Place, PlannedStage, Source};
use crate::config::PipelineSpec;
use crate::diagnostic::{Diagnostic, READ_TWICE};
use warraq_core::Built;

impl Compiler<'_> {
    /// Refuses inputs that can be read only once where they have to be read again.
    pub(super) fn surveys(&mut self, spec: &PipelineSpec, sources: &[Source], stages: &[Option<PlannedStage>]) {
        let surveys = |stage: &&PlannedStage| match &stage.built {
            Built::InOrder(stage) => stage.survey().is_some(),
            Built::Parallel(_) | Built::Batch(_) => false,
        };
        let Some(stage) = stages.iter().flatten().find(surveys) else { return };
        for source in sources {
            let once = source.inputs.iter().find(|input| match &input.place {
                Place::Standard => true,
                Place::File(path) => path.metadata().is_ok_and(|m| !m.is_file() && !m.is_dir()),
            });
            let Some(input) = once else { continue };
            let what = if input.place == Place::Standard { "standard input" } else { &*input.name };
            let message = format!(
                "stage `{}` looks at the whole corpus before the run, but {what} can be read only once",
                stage.name
            );
            let by_name = spec.stages.iter().find(|s| s.name.value == stage.name);
            let error = Diagnostic::error(READ_TWICE, message);
            let error = match by_name {
                Some(planned) => error.label(planned.use_name.span, "this stage reads all inputs twice"),
                None => error,
            };
            self.out.push(
                error.help("save the input to a file and read that, or choose a mode of the stage that needs one pass"),
            );
        }
    }
}

//! Expectations of what no document of the pipeline can have: found before a run instead of after it.
//!
//! These are warnings, given only where it is certain, as in [`unused`](super::unused).

use super::{Compiler, PlannedStage, Source};
use crate::config::{ExpectSpec, PipelineSpec, Subject, suggest};
use crate::diagnostic::{Diagnostic, NOTHING_TO_EXPECT};
use crate::run::UNDETERMINED;
use warraq_core::{Layer, Layers};

impl Compiler<'_> {
    /// Warns of expectations that look for what is not there.
    pub(super) fn expectations(&mut self, spec: &PipelineSpec, sources: &[Source], stages: &[Option<PlannedStage>]) {
        let all = stages.iter().map(Option::as_ref).collect::<Option<Vec<_>>>();
        let Some(stages) = all.filter(|_| !sources.is_empty()) else { return };
        let brought = sources.iter().fold(Layers::NONE, |layers, source| layers.union(source.format.may_bring()));
        let has = stages.iter().fold(brought, |layers, stage| layers.union(stage.writes));
        let mut said = Vec::new();
        for expectation in &spec.expect {
            if said.contains(&expectation.key) {
                continue;
            }
            if let Some((why, help)) = self.vain(expectation, spec, &stages, (has, brought)) {
                said.push(expectation.key);
                let warning = Diagnostic::warning(NOTHING_TO_EXPECT, why).at(expectation.key);
                self.out.push(warning.help_if(help));
            }
        }
    }

    fn vain(
        &self,
        expectation: &ExpectSpec,
        spec: &PipelineSpec,
        stages: &[&PlannedStage],
        (has, brought): (Layers, Layers),
    ) -> Option<(String, Option<String>)> {
        match &expectation.subject {
            Subject::Lang(lang) if lang != UNDETERMINED && !has.contains(Layer::Lang) => Some((
                format!("no document can have the language `{lang}`: nothing sets it"),
                Some(format!("documents without a language are counted as `{UNDETERMINED}`")),
            )),
            Subject::TokensPerDocument if !has.contains(Layer::Tokens) => {
                Some(("no document can have tokens: nothing writes them".to_owned(), None))
            }
            Subject::Label(label) if !has.contains(Layer::Spans) => {
                Some((format!("no document can have the label `{label}`: nothing writes spans"), None))
            }
            // A plugin may give names that it has not told when it was built, and so may a source.
            Subject::Label(label)
                if !brought.contains(Layer::Spans) && spec.plugins.is_empty() && self.labels.get(label).is_none() =>
            {
                let mut names = self.labels.names();
                let near = suggest::nearest(label, names.all().iter().map(|name| &**name));
                let help = near.map(|near| format!("did you mean `{near}`?"));
                Some((format!("no stage of this pipeline gives the label `{label}`"), help))
            }
            Subject::DroppedBy { stage, .. } => {
                let planned = stages.iter().find(|planned| planned.name == *stage)?;
                (!planned.writes.contains(Layer::Verdict)).then(|| (format!("stage `{stage}` drops no document"), None))
            }
            _ => None,
        }
    }
}

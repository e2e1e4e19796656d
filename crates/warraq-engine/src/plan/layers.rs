//! Layers: what a stage reads, something before it must write.

use super::{Compiler, PlannedStage, Source, known};
use crate::config::PipelineSpec;
use crate::diagnostic::{Diagnostic, MISSING_LAYER};
use warraq_core::{Layer, Layers};

impl Compiler<'_> {
    /// Every layer that a stage reads must come from a stage before it or from every source.
    pub(super) fn layers(&mut self, spec: &PipelineSpec, sources: &[Source], stages: &[Option<PlannedStage>]) {
        const GIVEN: Layers = Layers::of(&[Layer::Text, Layer::Lang, Layer::Meta, Layer::Verdict, Layer::Source]);
        let from_sources = sources.iter().map(|s| s.format.layers()).reduce(|a, b| a.without(Layers::ALL.without(b)));
        let mut written = GIVEN.union(from_sources.unwrap_or(Layers::NONE));
        for (index, (stage, planned)) in spec.stages.iter().zip(stages).enumerate() {
            let Some(definition) = self.definition(index, stage) else {
                // What an unknown stage writes is unknown: nothing after it can be blamed.
                return;
            };
            // What a stage reads may depend on its options; one that could not be built has its error already.
            let reads = planned.as_ref().map(|p| p.built.reads().unwrap_or(definition.info.reads));
            for layer in reads.unwrap_or(Layers::NONE).without(written).iter() {
                let writers = self.registry.stages().iter().filter(|s| s.info.writes.contains(layer));
                let mut stages = spec.stages.iter().enumerate();
                let writes = |(n, s)| self.definition(n, s).is_some_and(|d| d.info.writes.contains(layer));
                let later = stages.find(|&stage| writes(stage)).map(|(_, stage)| stage);
                let message =
                    format!("stage `{}` reads `{}`, which no stage before it writes", stage.name.value, layer.name());
                let mut error = Diagnostic::error(MISSING_LAYER, message)
                    .label(stage.use_name.span, format!("reads `{}`", layer.name()));
                if let Some(later) = later {
                    error = error.also(later.use_name.span, "writes it, but comes later");
                } else {
                    let names = writers.map(|s| s.info.name.as_ref());
                    error = error.help(known(&format!("stages that write `{}`", layer.name()), names));
                }
                self.out.push(error);
            }
            written = written.union(definition.info.writes);
        }
    }
}

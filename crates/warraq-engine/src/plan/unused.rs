//! What can be seen to be in vain before a document is read: layers that nobody looks at, and conditions that no document
//! can meet.
//!
//! These are warnings, given only where it is certain. A source that may bring a layer, a stage that may write it, or a
//! part of the pipeline that could not be built leaves a doubt, and then nothing is said.

use super::{Compiler, Export, PlannedStage, Source};
use crate::config::{Condition, PipelineSpec};
use crate::diagnostic::{Diagnostic, NEVER_RUNS, NEVER_WRITTEN, Span, UNREAD};
use warraq_core::{BuiltExport, Layer, Layers};

/// Layers that are of no use unless somebody looks at them. The others show in the text, or in what becomes of a document.
const TO_BE_READ: Layers =
    Layers::of(&[Layer::Tokens, Layer::Words, Layer::Sentences, Layer::Spans, Layer::Columns, Layer::Scores]);

impl Compiler<'_> {
    /// Warns of stages and exports that are in vain.
    pub(super) fn unused(
        &mut self,
        spec: &PipelineSpec,
        sources: &[Source],
        stages: &[Option<PlannedStage>],
        exports: &[Option<Export>],
    ) {
        let all = stages.iter().map(Option::as_ref).collect::<Option<Vec<_>>>();
        let Some(stages) =
            all.filter(|_| exports.iter().all(Option::is_some) && !sources.is_empty() && !exports.is_empty())
        else {
            return;
        };
        self.unread(spec, &stages, exports);
        // What documents may have, before each stage and after the last.
        let mut has = sources.iter().fold(Layers::NONE, |layers, source| layers.union(source.format.may_bring()));
        let mut before = vec![has];
        for (planned, stage) in stages.iter().zip(&spec.stages) {
            if let Some(test) = &stage.when
                && let Some((span, why)) = impossible(test, has)
            {
                let message = format!("stage `{}` can never run: {why}", planned.name);
                let warning = Diagnostic::warning(NEVER_RUNS, message).label(span, "no document meets this");
                self.out.push(warning.help("put it after a stage that sets this, or remove it"));
            } else {
                has = has.union(planned.writes);
            }
            before.push(has);
        }
        for (export, spec) in exports.iter().flatten().zip(&spec.exports) {
            if let Some(test) = &spec.filter
                && let Some((span, why)) = before.get(export.after).and_then(|has| impossible(test, *has))
            {
                let message = format!("the export {} can take no document: {why}", export.target.name());
                let warning = Diagnostic::warning(NEVER_WRITTEN, message).label(span, "no document meets this");
                self.out.push(warning.help("add a stage that sets this before the export, or remove the condition"));
            }
        }
    }

    /// Warns of stages that do nothing but write what nobody looks at.
    fn unread(&mut self, spec: &PipelineSpec, stages: &[&PlannedStage], exports: &[Option<Export>]) {
        for (index, stage) in stages.iter().enumerate() {
            if stage.writes.is_empty() || !stage.writes.without(TO_BE_READ).is_empty() {
                continue;
            }
            let later = spec.stages.iter().enumerate().skip(index + 1);
            // What a stage needs with its options may be less than it looks at where it is there: only the declaration counts.
            let by_stages = later.map(|(n, spec)| {
                let reads = self.definition(n, spec).map_or(Layers::ALL, |d| d.info.reads);
                reads.union(spec.when.as_ref().map_or(Layers::NONE, asks))
            });
            let by_exports = exports.iter().flatten().zip(&spec.exports).filter(|(export, _)| export.after > index);
            let by_exports = by_exports.map(|(export, spec)| {
                let reads = match &export.format {
                    BuiltExport::Encoded(format) => format.reads(),
                    BuiltExport::InOrder(_) => Layers::ALL,
                };
                reads.union(spec.filter.as_ref().map_or(Layers::NONE, asks))
            });
            let read = by_stages.chain(by_exports).fold(Layers::NONE, Layers::union);
            if stage.writes.without(read) != stage.writes {
                continue;
            }
            let names: Vec<String> = stage.writes.iter().map(|layer| format!("`{}`", layer.name())).collect();
            let names = names.join(" and ");
            let message =
                format!("stage `{}` writes {names}, which no later stage reads and no export writes", stage.name);
            let use_name = &spec.stages[index].use_name;
            let warning = Diagnostic::warning(UNREAD, message).label(use_name.span, "its work is lost");
            self.out.push(warning.help("add what it writes to the `fields` of an export, or remove the stage"));
        }
    }
}

/// The layers that a condition looks at.
fn asks(condition: &Condition) -> Layers {
    let parts = [
        (condition.lang.is_empty(), Layer::Lang),
        (condition.meta.is_empty(), Layer::Meta),
        (condition.label.is_empty(), Layer::Spans),
        (condition.score.is_empty(), Layer::Scores),
    ];
    let asked = parts.into_iter().filter(|(is_empty, _)| !is_empty);
    asked.fold(Layers::NONE, |layers, (_, layer)| layers.union(Layers::of(&[layer])))
}

/// The first part of a condition that no document can meet that has only these layers, and why.
fn impossible(condition: &Condition, has: Layers) -> Option<(Span, &'static str)> {
    // A document without a language counts as `und`.
    let lang = condition.lang.iter().all(|lang| lang.value != "und").then(|| condition.lang.first());
    let parts = [
        (lang.flatten().map(|lang| lang.span), Layer::Lang, "nothing before it sets the language"),
        (condition.meta.first().map(|(key, _)| key.span), Layer::Meta, "nothing before it sets fields of the record"),
        (condition.label.first().map(|label| label.span), Layer::Spans, "nothing before it writes spans"),
        (condition.score.first().map(|(name, _)| name.span), Layer::Scores, "nothing before it writes scores"),
    ];
    parts.into_iter().find_map(|(span, layer, why)| Some((span.filter(|_| !has.contains(layer))?, why)))
}

//! Sources: which formats read which inputs, as the pipeline file or the command line says.

use super::{Compiler, Input, Overrides, Place, Source, inputs, known};
use crate::config::{Node, PipelineSpec, SOURCE_KEYS};
use crate::diagnostic::{Diagnostic, NO_INPUT, UNKNOWN_FORMAT};
use std::collections::BTreeMap;
use std::path::PathBuf;
use warraq_core::FormatDef;

impl Compiler<'_> {
    pub(super) fn sources(&mut self, spec: &PipelineSpec, overrides: &Overrides) -> Vec<Source> {
        if !overrides.inputs.is_empty() {
            return self.given_sources(spec, &overrides.inputs);
        }
        let mut sources = Vec::new();
        for (index, source) in spec.sources.iter().enumerate() {
            // One format per name; consecutive paths of one format share it.
            let mut by_format: Vec<(&FormatDef, Vec<Input>)> = Vec::new();
            for path in &source.paths {
                let Some(format) = inputs::format(source, path, self.registry, self.out) else {
                    if source.use_name.is_some() {
                        break;
                    }
                    continue;
                };
                let found = inputs::expand(path, self.base, self.out);
                match by_format.last_mut() {
                    Some((last, inputs)) if last.name == format.name => inputs.extend(found),
                    _ => by_format.push((format, found)),
                }
            }
            for (format, inputs) in by_format {
                sources.extend(self.source(index, &source.options, format, inputs));
            }
        }
        sources
    }

    /// Inputs of the command line: each goes to the only source, or to the first whose format bears its extension.
    fn given_sources(&mut self, spec: &PipelineSpec, given: &[PathBuf]) -> Vec<Source> {
        let mut chosen: BTreeMap<usize, (&FormatDef, Vec<Input>)> = BTreeMap::new();
        for path in given {
            let name = path.to_string_lossy();
            let by_name = inputs::by_extension(&name, self.registry);
            let formats: Vec<Option<&FormatDef>> = spec
                .sources
                .iter()
                .map(|source| match (&source.use_name, source.paths.first()) {
                    (Some(name), _) => self.registry.format(&name.value),
                    (None, Some(_)) => by_name,
                    (None, None) => None,
                })
                .collect();
            let same = |format: &Option<&FormatDef>| match (format, by_name) {
                (Some(a), Some(b)) => a.name == b.name,
                _ => false,
            };
            let at = if formats.len() == 1 { Some(0) } else { formats.iter().position(same) };
            match at.and_then(|at| formats[at].map(|format| (at, format))) {
                Some((at, format)) => {
                    chosen.entry(at).or_insert((format, Vec::new())).1.push(inputs::given(path));
                }
                None => {
                    let message =
                        format!("no source of this pipeline reads {name}: its name does not say which format it is");
                    let names = self.registry.formats().iter().filter(|f| f.source.is_some()).map(|f| f.name.as_ref());
                    let error = Diagnostic::error(UNKNOWN_FORMAT, message);
                    self.out.push(error.help(known("formats that can be read", names)));
                }
            }
        }
        let mut sources = Vec::new();
        for (at, source) in spec.sources.iter().enumerate() {
            match chosen.remove(&at) {
                Some((format, inputs)) => sources.extend(self.source(at, &source.options, format, inputs)),
                // A source that is not read in this run is still checked.
                None => {
                    if let Some(format) =
                        source.paths.first().and_then(|p| inputs::format(source, p, self.registry, self.out))
                    {
                        self.source(at, &source.options, format, Vec::new());
                    }
                }
            }
        }
        for input in sources.iter().flat_map(|s: &Source| &s.inputs) {
            if let Place::File(path) = &input.place
                && (path.is_dir() || !path.exists())
            {
                let what = if path.is_dir() { "is a folder" } else { "does not exist" };
                self.out.push(Diagnostic::warning(NO_INPUT, format!("the input {} {what}", input.name)));
            }
        }
        sources
    }

    fn source(&mut self, index: usize, options: &Node, format: &FormatDef, inputs: Vec<Input>) -> Option<Source> {
        let definition = format.source.as_ref()?;
        let owner = format!("source `{}`", format.name);
        let built = self.build(options, &definition.schema, &owner, (&format.name, SOURCE_KEYS), definition.build)?;
        let (format_name, schema) = (format.name.clone(), definition.schema.clone());
        Some(Source { format_name, index, schema, format: built, inputs })
    }
}

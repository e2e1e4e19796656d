//! Exports: which formats write, where to, and from which place in the pipeline.

use super::{Compiler, Export, Target, Test, inputs, known, outputs, unknown};
use crate::config::{EXPORT_KEYS, ExportSpec, PipelineSpec};
use crate::diagnostic::{Diagnostic, PATH, SYNTAX, UNKNOWN_FORMAT};
use warraq_core::{ExportDef, FormatDef};

impl<'a> Compiler<'a> {
    pub(super) fn export(&mut self, index: usize, spec: &PipelineSpec) -> Option<Export> {
        let export = &spec.exports[index];
        let format = self.export_format(index, export)?;
        let Some(definition) = &format.export else {
            let span = export.use_name.as_ref().map(|name| name.span);
            let span = span.or(export.path.as_ref().map(|path| path.span)).unwrap_or(export.span);
            let names = self.registry.formats().iter().filter(|f| f.export.is_some()).map(|f| f.name.as_ref());
            let error = Diagnostic::error(UNKNOWN_FORMAT, format!("format `{}` cannot be written", format.name));
            self.out.push(error.label(span, "only a source").help(known("formats that can be written", names)));
            return None;
        };
        let target = self.target(export, format, definition);
        let owner = format!("export `{}`", format.name);
        let built =
            self.build(&export.options, &definition.schema, &owner, (&format.name, EXPORT_KEYS), &*definition.build)?;
        let target = target?;
        Some(Export {
            format_name: format.name.clone(),
            schema: definition.schema.clone(),
            format: built,
            codec: outputs::codec(&target, self.registry),
            target,
            after: export
                .after
                .as_ref()
                .and_then(|name| spec.stage_index(&name.value))
                .map_or(spec.stages.len(), |index| index + 1),
            filter: export.filter.as_ref().map(|c| Test::new(c, &self.labels)),
        })
    }

    /// The format that `use` names, or that the extension of the path stands for.
    fn export_format(&mut self, index: usize, export: &ExportSpec) -> Option<&'a FormatDef> {
        let registry = self.registry;
        let writable = registry.formats().iter().filter(|f| f.export.is_some()).map(|f| f.name.as_ref());
        if let Some(name) = &export.use_name {
            let found = registry.format(&name.value).or_else(|| self.catalog.export(index));
            if found.is_none() && !self.catalog.has_family(&name.value) {
                let names = writable.chain(self.catalog.names());
                self.out.push(unknown("format", &name.value, name.span, names));
            }
            return found;
        }
        // Where neither is given, the pipeline file's reader has said so.
        let path = export.path.as_ref()?;
        let found = inputs::by_extension(&path.value, registry);
        if found.is_none() {
            let message = format!("the name `{}` does not say which format it is", path.value);
            let error = Diagnostic::error(UNKNOWN_FORMAT, message).label(path.span, "add `use` to this export");
            self.out.push(error.help(known("formats that can be written", writable)));
        }
        found
    }

    /// Where an export goes: its path, unless its format writes to a sink of its own.
    fn target(&mut self, export: &ExportSpec, format: &FormatDef, definition: &ExportDef) -> Option<Target> {
        let Some(path) = &export.path else {
            if definition.own_sink {
                return Some(Target::Own(format.name.to_string()));
            }
            // A path that is missing from a file that is not TOML may well be in the part that could not be read.
            if !self.out.iter().any(|d| d.code == SYNTAX) {
                self.out.push(export.missing_path());
            }
            return None;
        };
        if definition.own_sink {
            let message = format!("format `{}` writes to a sink of its own, not to a path", format.name);
            self.out.push(Diagnostic::error(PATH, message).label(path.span, "nothing would be written here"));
            return None;
        }
        let filled = self.filled(path);
        if let Some(open) = filled.find('{') {
            let message = format!("`{}` has a placeholder; only `{{shard}}` is known", &filled[open..]);
            self.out.push(Diagnostic::error(PATH, message).label(path.span, "placeholders are not filled in"));
        }
        Some(outputs::resolve(&filled, self.base))
    }
}

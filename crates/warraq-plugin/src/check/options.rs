//! Which options a stage can be built with, and what it does with those that are none.

use super::subject::Files;
use super::{CheckOptions, Reporter, shorten};
use crate::import::{GAVE_NO_REASON, HANDED_NOTHING, RawStage};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use warraq_core::{BuildContext, Labels, MemoryResources, OptionError, Resources};

/// How long to go on building a stage that takes its time.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether the plugin refused without a word.
fn is_mute(error: &OptionError) -> bool {
    error.message.trim().is_empty()
        || error.message.ends_with(GAVE_NO_REASON)
        || error.message.ends_with(HANDED_NOTHING)
}

fn build(stage: &Arc<RawStage>, options: &str, files: &mut dyn Resources) -> Result<(), OptionError> {
    let labels = Labels::new();
    stage.create_from_json(options, &mut BuildContext::new(&stage.info.name, &labels, files)).map(drop)
}

/// Options with which the stage can be built, and their files: those that the caller gave, the defaults, or those of an example.
pub(super) fn find(
    stage: &Arc<RawStage>,
    options: &CheckOptions<'_>,
    report: &mut Reporter<'_>,
) -> Option<(Value, Files)> {
    let rule = "options.default";
    if let Some(given) = options.stages.get(&*stage.info.name) {
        let files = options.resources.clone().map_or_else(|| Files::Memory(MemoryResources::new()), Files::Made);
        return match build(stage, &given.to_string(), &mut *files.make()) {
            Ok(()) => {
                report.ok(rule, "the stage is built from the given options");
                Some((given.clone(), files))
            }
            Err(error) => {
                report.error(rule, format!("the given options were refused: {error}"));
                None
            }
        };
    }
    let none = json!({});
    match build(stage, "{}", &mut MemoryResources::new()) {
        Ok(()) => {
            report.ok(rule, "");
            return Some((none, Files::Memory(MemoryResources::new())));
        }
        Err(error) if is_mute(&error) => report.error(rule, format!("built without options, {}", error.message)),
        Err(error) => report.ok(rule, format!("the stage needs options, and says so: {error}")),
    }
    stage.info.examples.iter().find_map(|example| {
        let of_example = (options.toml)(&example.options).ok()?;
        let mut files = MemoryResources::new();
        for (path, contents) in &example.files {
            files = files.with(path, contents.as_bytes());
        }
        build(stage, &of_example.to_string(), &mut files).ok()?;
        Some((of_example, Files::Memory(files)))
    })
}

/// Hands the stage what is no table of options, and tables whose values nobody would write.
pub(super) fn garbage(stage: &Arc<RawStage>, report: &mut Reporter<'_>) {
    let began = Instant::now();
    let no_tables =
        ["[]", "null", "\"x\"", "0", "", "{", "{\"", "{}}", "{\"a\":}", "\0", "\u{fffd}"].map(str::to_owned);
    let values = [
        json!(null),
        json!([]),
        json!({}),
        json!([[], {}, null]),
        json!(true),
        json!(-1),
        json!(0),
        json!(1e300),
        json!(u64::MAX),
        json!(""),
        json!("\u{0}\u{202e}\"\\"),
        json!("x".repeat(70_000)),
    ];
    let properties = stage.info.schema.get("properties").and_then(Value::as_object);
    let properties = properties.into_iter().flat_map(|p| p.keys()).take(30);
    let tables = properties.flat_map(|name| values.iter().map(move |value| json!({ name: value }).to_string()));
    let (mut mute, mut taken) = (None, None);
    for (is_table, options) in no_tables.iter().map(|o| (false, o.clone())).chain(tables.map(|o| (true, o))) {
        if began.elapsed() > PATIENCE {
            break;
        }
        match build(stage, &options, &mut MemoryResources::new()) {
            Err(error) if is_mute(&error) => mute = mute.or(Some(options)),
            // That options are a table is the host's to see to, and so is whether a value fits the schema.
            Ok(()) if !is_table => taken = taken.or(Some(options)),
            _ => {}
        }
    }
    let rule = "options.garbage";
    match (mute, taken) {
        (Some(options), _) => report.error(rule, format!("refused without a reason: {}", shorten(&options))),
        (None, Some(options)) => {
            report.warning(rule, format!("the stage is built from {}, which is no table", shorten(&options)));
        }
        (None, None) => report.ok(rule, ""),
    }
}

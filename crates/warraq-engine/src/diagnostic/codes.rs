//! The table of error codes: one line per code, so that a code is never used twice and never changes its meaning.
//!
//! A code is a promise to whoever greps a CI log for it. New codes go at the end of their block; a code that is no longer
//! emitted keeps its line.

/// Declares each code as a constant and as a line of [`CODES`] at once, so that neither can exist without the other.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $title:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $code;)*

        /// Every code with its short title, in ascending order.
        pub const CODES: &[(&str, &str)] = &[$(($code, $title)),*];
    };
}

codes! {
    /// The text is not TOML.
    SYNTAX = "WQ001", "not valid TOML";
    /// A key is given twice in one table.
    DUPLICATE_KEY = "WQ002", "a key is given twice";
    /// A value has another type than the one expected.
    TYPE = "WQ003", "a value has the wrong type";
    /// A key that nobody reads.
    UNKNOWN_KEY = "WQ004", "unknown key";
    /// A key that must be there is not.
    MISSING_KEY = "WQ005", "a required key is missing";
    /// A value outside a closed list.
    UNKNOWN_VALUE = "WQ006", "a value is not one of those allowed";
    /// A number, length or nesting outside its limits.
    OUT_OF_RANGE = "WQ007", "a value is out of range";
    /// A word of the grammar that a version does not run; see [`RETIRED`].
    NOT_SUPPORTED = "WQ008", "not supported in this version";
    /// The file is written in another grammar than this version reads.
    GRAMMAR_VERSION = "WQ009", "unknown grammar version";
    /// A value of the right type whose text cannot be understood.
    MALFORMED = "WQ010", "a value cannot be understood";
    /// A pipeline without a source or without an export.
    INCOMPLETE = "WQ011", "the pipeline reads or writes nothing";
    /// Two stages share a name.
    DUPLICATE_STAGE = "WQ012", "two stages have the same name";
    /// Two outputs share a path.
    DUPLICATE_PATH = "WQ013", "two outputs have the same path";
    /// A reference to a stage that does not exist.
    NO_SUCH_STAGE = "WQ014", "no stage has this name";
    /// A `--set` argument that is not `KEY=VALUE`.
    BAD_OVERRIDE = "WQ015", "`--set` is not KEY=VALUE";
    /// A `--set` key that leads nowhere.
    OVERRIDE_TARGET = "WQ016", "`--set` names something that is not there";
    /// A `--set` key that several stages answer to.
    OVERRIDE_AMBIGUOUS = "WQ017", "`--set` could mean several stages";
    /// A `when` or `where` that asks for nothing.
    EMPTY_CONDITION = "WQ018", "a condition without a test";
    /// A reference to a variable that is not defined.
    UNKNOWN_VARIABLE = "WQ019", "no variable has this name";
    /// A `${…}` that cannot be filled in.
    REFERENCE = "WQ020", "a reference cannot be filled in";
    /// An environment variable that is not set, or whose text is not of the type expected.
    ENVIRONMENT = "WQ021", "an environment variable is missing or cannot be understood";
    /// A variable that nothing refers to.
    UNUSED_VARIABLE = "WQ022", "a variable is not used";
    /// A profile that is asked for and not there.
    UNKNOWN_PROFILE = "WQ023", "no profile has this name";
    /// A profile that says something about what it cannot change.
    PROFILE_TARGET = "WQ024", "a profile names something that it cannot change";
    /// A file that is included and cannot be.
    INCLUDE = "WQ025", "a file cannot be included";
    /// A secret that would be seen where it stands, or cannot be hidden.
    SECRET = "WQ026", "a secret cannot be kept here";
    /// A `use` that names no stage.
    UNKNOWN_STAGE = "WQ030", "unknown stage";
    /// A `use` that names no format, or one that cannot do what is asked.
    UNKNOWN_FORMAT = "WQ031", "unknown format";
    /// An option that a stage or format cannot be built with.
    OPTION = "WQ032", "an option cannot be used";
    /// A stage that reads a layer which no stage before it writes.
    MISSING_LAYER = "WQ033", "a stage reads what nobody writes";
    /// A path or pattern that matches no input.
    NO_INPUT = "WQ034", "no input matches";
    /// An output over an input or over a resource.
    OVERWRITES_INPUT = "WQ035", "an output would replace an input";
    /// A path that cannot be used.
    PATH = "WQ036", "a path cannot be used";
    /// An input that is read more than once.
    REPEATED_INPUT = "WQ037", "an input is read more than once";
    /// An input that can be read only once, where a stage needs a look at it beforehand.
    READ_TWICE = "WQ038", "an input cannot be read twice";
    /// A plugin that is at none of the places where it is looked for.
    PLUGIN_MISSING = "WQ040", "a plugin cannot be found";
    /// A library that cannot be loaded, or is no plugin for this program.
    PLUGIN_REFUSED = "WQ041", "a plugin cannot be used";
    /// An alias that stages or formats of this program have as their family.
    PLUGIN_ALIAS = "WQ042", "an alias is taken";
    /// A plugin that is not the one `warraq.lock` names.
    PLUGIN_LOCK = "WQ043", "a plugin is not the one that was locked";
    /// A plugin that nothing in the pipeline uses.
    PLUGIN_UNUSED = "WQ044", "a plugin is not used";
    /// A worker process asked for where there can be none.
    ISOLATION = "WQ045", "isolation is not possible here";
    /// A stage that only writes layers which no stage reads and no export writes.
    UNREAD = "WQ050", "nobody reads what a stage writes";
    /// A `when` that no document can meet.
    NEVER_RUNS = "WQ051", "a stage can never run";
    /// A `where` that no document can meet.
    NEVER_WRITTEN = "WQ052", "an export can take no document";
    /// Two tests share a name.
    TEST_NAME = "WQ060", "two tests have the same name";
    /// The input of a test that is none, two, or one of no source.
    TEST_INPUT = "WQ061", "the input of a test cannot be used";
    /// A test that could not fail.
    TEST_EXPECTS_NOTHING = "WQ062", "a test expects nothing";
    /// Expectations of a test that cannot hold together.
    TEST_CONTRADICTION = "WQ063", "the expectations of a test contradict each other";
    /// A part of the stages that ends before it begins.
    TEST_RANGE = "WQ064", "a test ends before the stage it begins with";
    /// A text in `[expect]` that is no comparison, or none that can be made.
    COMPARISON = "WQ070", "an expectation is no comparison";
    /// An expectation of something that no document of the pipeline can have.
    NOTHING_TO_EXPECT = "WQ071", "nothing in the pipeline has what is expected";
    /// A finished run that is not as `[expect]` says.
    EXPECTATION = "WQ072", "an expectation is not met";
}

/// Codes that nothing gives any more.
pub const RETIRED: &[&str] = &[NOT_SUPPORTED];

/// The short title of a code, if the code exists.
#[must_use]
pub fn title(code: &str) -> Option<&'static str> {
    CODES.iter().find(|(known, _)| *known == code).map(|(_, title)| *title)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn codes_ascend_and_have_one_title_each() {
        for pair in CODES.windows(2) {
            assert!(pair[0].0 < pair[1].0, "{} before {}", pair[0].0, pair[1].0);
            assert_ne!(pair[0].1, pair[1].1);
        }
    }

    /// Codes reach users only through the constants above; a literal elsewhere would escape the table.
    #[test]
    fn every_code_in_the_source_is_in_the_table() {
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ext| ext == "rs") {
                    let source = std::fs::read_to_string(&path).unwrap();
                    for (at, _) in source.match_indices("\"WQ") {
                        let code: String = source[at + 1..].chars().take(5).collect();
                        if code[2..].bytes().all(|b| b.is_ascii_digit()) {
                            assert!(title(&code).is_some(), "{code} in {}", path.display());
                        }
                    }
                }
            }
        }
    }
}

//! Reading lists of phrases, and saying exactly what is wrong with them.

use super::clitics::Proclitics;
use super::matcher::{Matcher, Phrases};
use super::{Ambiguous, Clitics, Options};
use crate::fold::Folder;
use warraq_core::{BuildContext, OptionError};

type Result<T> = std::result::Result<T, OptionError>;

/// The matcher for everything the options list.
pub(super) fn read(options: &Options, cx: &mut BuildContext<'_>) -> Result<Matcher> {
    if options.files.is_empty() && options.phrases.is_empty() {
        return Err(OptionError::new("", "it has nothing to look for")
            .help("give lists in `files`, or phrases in `phrases = [{ phrase = \"…\", label = \"…\" }]`"));
    }
    if options.label.as_deref().is_some_and(|label| label.trim().is_empty()) {
        return Err(OptionError::new("label", "a label cannot be empty"));
    }
    let mut phrases = Phrases::new(Folder::new(options.fold), options.ambiguous == Ambiguous::First);
    for (n, path) in options.files.iter().enumerate() {
        read_file(path, options, cx, &mut phrases)
            .map_err(|message| OptionError::new(format!("files[{n}]"), message))?;
    }
    for (n, entry) in options.phrases.iter().enumerate() {
        add(&entry.phrase, entry.label.as_deref(), options, cx, &mut phrases).map_err(|problem| match problem {
            Problem::Empty => OptionError::new(format!("phrases[{n}].phrase"), problem.message()),
            Problem::NoLabel => OptionError::new(format!("phrases[{n}]"), problem.message())
                .help("add `label = \"…\"` here, or the option `label` for all phrases without one"),
            Problem::EmptyLabel => OptionError::new(format!("phrases[{n}].label"), problem.message()),
        })?;
    }
    Ok(phrases.build(clitics(&options.proclitics)?))
}

/// The proclitics that may stand before a phrase; `None` if no clitics count.
fn clitics(option: &Clitics) -> Result<Option<Proclitics>> {
    let names = match option {
        Clitics::Switch(on) => return Ok(on.then_some(Proclitics::ALL)),
        Clitics::These(names) => names,
    };
    let mut set = Proclitics::NONE;
    for (n, name) in names.iter().enumerate() {
        let message = || format!("`{name}` is no proclitic; they are أ و ف ب ك ل س ال");
        set = set.with(name).ok_or_else(|| OptionError::new(format!("proclitics[{n}]"), message()))?;
    }
    Ok(Some(set))
}

/// Why an entry cannot be used.
enum Problem {
    Empty,
    NoLabel,
    EmptyLabel,
}

impl Problem {
    fn message(&self) -> &'static str {
        match self {
            Problem::Empty => "nothing is left of the phrase to look for",
            Problem::NoLabel => "the phrase has no label",
            Problem::EmptyLabel => "the label is empty",
        }
    }
}

fn add(
    phrase: &str,
    label: Option<&str>,
    options: &Options,
    cx: &BuildContext<'_>,
    phrases: &mut Phrases,
) -> std::result::Result<(), Problem> {
    let label = label.or(options.label.as_deref()).ok_or(Problem::NoLabel)?.trim();
    if label.is_empty() {
        return Err(Problem::EmptyLabel);
    }
    if phrases.add(phrase, cx.labels.intern(label)) { Ok(()) } else { Err(Problem::Empty) }
}

/// Reads one file. An error names the file, its first bad line, and how many more there are.
fn read_file(
    path: &str,
    options: &Options,
    cx: &mut BuildContext<'_>,
    phrases: &mut Phrases,
) -> std::result::Result<(), String> {
    let file = cx.resources.read(path).map_err(|e| e.to_string())?;
    let text = file.text().map_err(|e| e.to_string())?;
    let (mut first, mut bad, mut entries) = (None, 0, 0);
    for (n, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        entries += 1;
        let (phrase, label) = line.split_once('\t').map_or((line, None), |(phrase, label)| (phrase, Some(label)));
        let problem = if label.is_some_and(|label| label.contains('\t')) {
            "there are more than two columns: a line is a phrase, a tab and its label".into()
        } else {
            match add(phrase, label, options, cx, phrases) {
                Ok(()) => continue,
                Err(Problem::NoLabel) => {
                    "the phrase has no label: write it after a tab, or set the option `label`".to_owned()
                }
                Err(problem) => problem.message().into(),
            }
        };
        bad += 1;
        first.get_or_insert_with(|| format!("{}, line {}: {problem}", file.path, n + 1));
    }
    match (first, bad) {
        (Some(first), 1) => Err(first),
        (Some(first), _) => Err(format!("{first} (and {} more such lines)", bad - 1)),
        (None, _) if entries == 0 => Err(format!("{}: there is no phrase in it", file.path)),
        (None, _) => Ok(()),
    }
}

//! `filter.language`: drops documents by their language.

use super::score::Missing;
use crate::options;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Stage,
    StageDef, StageInfo, Worker, parse_options,
};

const MANUAL: &str = "\
Drops documents whose language is not among `allow` (reason `language_not_allowed`), or is among `deny` (reason
`language_denied`), and those of whose language it is too little certain: `language.score`, which `tag.language` gives, is
less than `min_score` (reason `language_score`). Put `tag.language` before it unless the records name their language.

**Tags** are compared subtag by subtag, in any case: `ar` also allows `ar-EG` and `ar-Latn`, `ar-EG` no other Arabic. An
underscore counts as a hyphen. `und` stands for documents without a language.

**What is missing.** With `unknown = \"drop\"`, the default, a document without a language goes as `language_unknown`, unless `und` is
among `allow`; with `keep` it stays. A language that the record itself gave has no score: with `unscored = \"keep\"`, the
default, it is believed; with `drop` the document goes as `language_unscored`. That is asked only if there is a
`min_score`.

**Which score.** Scores of different classifiers cannot be compared: 0.65 of fastText in FineWeb and 0.711 of GlotLID in FineWeb-2's
Arabic configuration are not thresholds for `tag.language`, whose score says how large the part of the letters in the
language's script is, times the likelihood of the language among those of that script. There is no preset for that
reason. `tag.language` gives no answer below 0.3; look at the scores of a sample before you ask for more.";

/// The options of `filter.language`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// Languages that are kept; left out, all.
    allow: Option<Vec<String>>,
    /// Languages that are dropped.
    deny: Vec<String>,
    /// Least `language.score`, from 0 to 1; left out, it is not looked at.
    #[schemars(range(min = 0.0, max = 1.0))]
    min_score: Option<f64>,
    /// What becomes of documents without a language.
    unknown: Missing,
    /// What becomes of documents without a `language.score`, if there is a `min_score`.
    unscored: Missing,
}

impl Default for Options {
    fn default() -> Self {
        Options { allow: None, deny: Vec::new(), min_score: None, unknown: Missing::Drop, unscored: Missing::Keep }
    }
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "filter.language".into(),
            summary: "drops documents by their language, and by how certain it is".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Lang, Layer::Scores]),
            writes: Layers::of(&[Layer::Verdict]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: vec![
                Example::new("Only Arabic", "The delegation arrived in the city last night.")
                    .after(&["tag.language"])
                    .options("allow = [\"ar\"]")
                    .dropped("language_not_allowed"),
                Example::new("A tag allows those that begin with it", "وصل الوفد")
                    .lang("ar-EG")
                    .options("allow = [\"ar\"]"),
                Example::new("All but Persian", "این کتاب را دیروز گرفتم")
                    .lang("fa")
                    .options("deny = [\"fa\"]")
                    .dropped("language_denied"),
                Example::new("No language", "12 / 2024").options("allow = [\"ar\"]").dropped("language_unknown"),
            ],
        },
        build: Box::new(build),
    }
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    let allow = options.allow.unwrap_or_default();
    if let Some(score) = options.min_score
        && !(0.0..=1.0).contains(&score)
    {
        return Err(OptionError::new("min_score", "a score is from 0 to 1"));
    }
    for (name, tags) in [("allow", &allow), ("deny", &options.deny)] {
        if let Some(n) = tags.iter().position(|tag| !is_tag(tag)) {
            return Err(OptionError::new(format!("{name}[{n}]"), format!("{:?} is no language tag", tags[n]))
                .help("a tag is a code with subtags behind hyphens, such as `ar` or `ar-EG`"));
        }
    }
    if allow.is_empty() && options.deny.is_empty() && options.min_score.is_none() && options.unknown == Missing::Keep {
        return Err(OptionError::new("", "it drops nothing").help("give `allow`, `deny` or `min_score`"));
    }
    if let Some(n) = options.deny.iter().position(|tag| allow.iter().any(|other| other.eq_ignore_ascii_case(tag))) {
        return Err(OptionError::new(format!("deny[{n}]"), format!("`{}` is allowed as well", options.deny[n])));
    }
    let label = |name| cx.labels.intern(name);
    Ok(Built::parallel(Language {
        allow: allow.into(),
        deny: options.deny.into(),
        min_score: options.min_score,
        unknown: options.unknown,
        unscored: options.unscored,
        score: label("language.score"),
        reasons: Reasons {
            not_allowed: label("language_not_allowed"),
            denied: label("language_denied"),
            unknown: label("language_unknown"),
            score: label("language_score"),
            unscored: label("language_unscored"),
        },
    }))
}

/// Whether it has the form of a language tag: letters and digits in groups of at most eight.
fn is_tag(tag: &str) -> bool {
    tag.split(['-', '_']).all(|sub| (1..=8).contains(&sub.len()) && sub.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Whether `lang` is `tag`, or `tag` with more subtags behind it.
fn covers(tag: &str, lang: &str) -> bool {
    let mut subtags = lang.split(['-', '_']);
    tag.split(['-', '_']).all(|wanted| subtags.next().is_some_and(|subtag| subtag.eq_ignore_ascii_case(wanted)))
}

#[derive(Clone)]
struct Language {
    allow: Arc<[String]>,
    deny: Arc<[String]>,
    min_score: Option<f64>,
    unknown: Missing,
    unscored: Missing,
    score: LabelId,
    reasons: Reasons,
}

#[derive(Clone, Copy)]
struct Reasons {
    not_allowed: LabelId,
    denied: LabelId,
    unknown: LabelId,
    score: LabelId,
    unscored: LabelId,
}

impl Stage for Language {
    fn reads(&self) -> Option<Layers> {
        let needs_score = self.min_score.is_some() && self.unscored == Missing::Drop;
        (!needs_score).then_some(Layers::of(&[Layer::Lang]))
    }

    fn worker(&self) -> Box<dyn Worker> {
        Box::new(self.clone())
    }
}

impl Worker for Language {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let reasons = self.reasons;
        let lang = doc.lang.unwrap_or("und");
        let is_among = |tags: &[String]| tags.iter().any(|tag| covers(tag, lang));
        if is_among(&self.deny) {
            out.drop_document(reasons.denied, lang);
        } else if covers("und", lang) && !is_among(&self.allow) {
            if self.unknown == Missing::Drop {
                out.drop_document(reasons.unknown, "");
            }
        } else if !self.allow.is_empty() && !is_among(&self.allow) {
            out.drop_document(reasons.not_allowed, lang);
        } else if let Some(min) = self.min_score {
            match doc.score(self.score) {
                Some(score) if score < min => {
                    out.drop_document(reasons.score, &format!("{score} is less than {min}"));
                }
                None if self.unscored == Missing::Drop => out.drop_document(reasons.unscored, lang),
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use warraq_core::testing::{describe, run_stage};
    use warraq_core::{Document, Labels, MemoryResources};

    #[test]
    fn what_becomes_of_languages() {
        for (options, lang, score, expected) in [
            (json!({"allow": ["ar", "fr-CA"]}), "AR_eg", None, None),
            (json!({"allow": ["ar", "fr-CA"]}), "fr", None, Some("language_not_allowed")),
            (json!({"allow": ["ar", "fr-CA"]}), "ara", None, Some("language_not_allowed")),
            (json!({"allow": ["ar"], "deny": ["ar-Latn"]}), "ar-Latn", None, Some("language_denied")),
            (json!({"allow": ["ar"]}), "", None, Some("language_unknown")),
            (json!({"allow": ["ar"], "unknown": "keep"}), "und", None, None),
            (json!({"allow": ["ar", "und"]}), "", None, None),
            (json!({"deny": ["und"], "unknown": "keep"}), "", None, Some("language_denied")),
            (json!({"min_score": 0.5}), "ar", Some(0.5), None),
            (json!({"min_score": 0.5}), "ar", Some(0.4), Some("language_score")),
            (json!({"min_score": 0.5}), "ar", None, None),
            (json!({"min_score": 0.5, "unscored": "drop"}), "ar", None, Some("language_unscored")),
        ] {
            let labels = Labels::new();
            let mut doc = Document::with_text("x", "text");
            doc.set_lang(lang);
            if let Some(score) = score {
                let mut changes = Changes::new();
                changes.score(labels.intern("language.score"), score);
                doc.apply(&mut changes, 0, Layers::ALL).unwrap();
            }
            run_stage(&definition(), options.clone(), &labels, &mut MemoryResources::new(), &mut doc, 1).unwrap();
            assert_eq!(describe(&doc, &labels).dropped.as_deref(), expected, "{options} {lang}");
        }
    }

    #[test]
    fn options_that_cannot_be_meant_are_refused() {
        for (options, expected) in [
            (json!({"unknown": "keep"}), "it drops nothing"),
            (json!({"allow": ["ar", "a r"]}), "`allow[1]`: \"a r\" is no language tag"),
            (json!({"allow": ["ar"], "deny": ["AR"]}), "`deny[0]`: `AR` is allowed as well"),
            (json!({"min_score": 2}), "`min_score`: a score is from 0 to 1"),
        ] {
            let (labels, mut resources) = (Labels::new(), MemoryResources::new());
            let mut cx = BuildContext::new("filter.language", &labels, &mut resources);
            assert_eq!(build(options, &mut cx).unwrap_err().to_string(), expected);
        }
    }
}

//! A Warraq plugin: Chinese words, segmented by jieba.

mod dictionary;
mod han;
mod options;
mod segment;
mod simple;

use han::Makeup;
use options::{Options, Others};
use segment::{Segmenter, Words};
use std::sync::Arc;
use warraq_plugin::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Stage,
    StageDef, StageInfo, Token, TokenKind, Worker, parse_options,
};

const MANUAL: &str = "\
Segments Chinese into words with [jieba](https://github.com/messense/jieba-rs), and leaves all else as it is tokenized.

**Han characters.** Tokens that follow one another without a gap and are made of Han characters are taken together and
segmented anew: by a dictionary of 349,045 words, choosing the most probable way through it, and, with `hmm = true`, by a
hidden Markov model where single characters are left over. A word never reaches across white space, punctuation, letters
of other scripts or digits; so a word that is broken by a line end, or that the dictionary has with Latin letters or
digits in it (`卡拉OK`), is not found. Every character is part of one word: the overlapping words of jieba's search and full
modes are not offered, because tokens do not overlap. A number in digits with `〇`, such as 二〇二四, is one token of the kind
`number`; all others are of the kind `word`.

**Other tokens** stay, with their kinds: those of `tokenize.words` or whatever tokenizer came before. A word that has Han
characters beside letters or digits is taken apart; one that has them beside kana or Hangul stays whole. Japanese words
written in Han characters alone cannot be told from Chinese ones: use `when = { lang = \"zh\" }` where they occur.
Addresses, mentions and hashtags stay whole.

**Without a tokenizer.** With `others = \"simple\"`, and for documents that have no tokens, what is not Han is tokenized by a
simple rule: runs of letters and digits are words, or numbers if they begin with a digit and have no letter; an apostrophe
between letters and a full stop or comma between digits do not part them; marks belong to what is before them; emoji are
one token; every other visible character is a token of its own. Addresses and hashtags are not known to it.

**Dictionaries.** `dictionary` is a file in jieba's format, UTF-8 text with a word on each line, then its frequency and its
tag, either of which may be left out: `云计算 5 n`. A word without a frequency is given one that lets it win over its parts.
Blank lines and lines that begin with `#` are skipped. Its words are added to jieba's own; with `builtin = false` they are
all there is. Jieba's own dictionary is made of simplified Chinese.

**Tags.** With `pos = true`, the column `pos` has jieba's part of speech for each Han word, such as `n`, `v` or `ns`; words
that no dictionary has are given a tag by a model. Other tokens have none.

The new tokens take the place of the old ones, and with these go columns beside them: put stages that write columns after
this one. A document that has tokens but no Han character is left as it is.";

warraq_plugin::export_plugin! { stages: [definition] }

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "jieba-zh.words".into(),
            summary: "segments Chinese into words with jieba, and keeps other tokens".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text, Layer::Tokens]),
            writes: Layers::of(&[Layer::Tokens, Layer::Columns]),
            order: Order::Parallel,
            schema: options::schema(),
            examples: vec![
                Example::new(
                    "Chinese beside English, numbers and an address",
                    "港口今年新建3.5公里铁路，见www.x.com。",
                )
                .after(&["tokenize.words"])
                .tokens(&["港口", "今年", "新建", "3.5", "公里", "铁路", "，", "见", "www.x.com", "。"])
                .kinds(&[
                    "word",
                    "word",
                    "word",
                    "number",
                    "word",
                    "word",
                    "punctuation",
                    "word",
                    "url",
                    "punctuation",
                ]),
                Example::new("Without a tokenizer before it", "二〇二四年iPhone卖了200台！")
                    .options("others = 'simple'")
                    .tokens(&["二〇二四", "年", "iPhone", "卖", "了", "200", "台", "！"])
                    .kinds(&["number", "word", "word", "word", "word", "number", "word", "punctuation"]),
                Example::new("Words of one's own", "骆驼泉镇昨天下雨")
                    .options("dictionary = 'words.txt'\npos = true")
                    .file("words.txt", "# 地名\n骆驼泉镇 ns\n")
                    .after(&["tokenize.words"])
                    .tokens(&["骆驼泉镇", "昨天", "下雨"]),
            ],
        },
        build: Box::new(build),
    }
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    Ok(Built::parallel(JiebaWords {
        segmenter: Arc::new(options.segmenter(cx)?),
        others: options.others,
        pos: options.pos.then(|| cx.labels.intern("pos")),
    }))
}

/// The stage. The dictionary is in memory once, for all workers.
#[derive(Clone)]
struct JiebaWords {
    segmenter: Arc<Segmenter>,
    others: Others,
    pos: Option<LabelId>,
}

impl Stage for JiebaWords {
    fn reads(&self) -> Option<Layers> {
        (self.others == Others::Simple).then_some(Layers::of(&[Layer::Text]))
    }

    fn worker(&self) -> Box<dyn Worker> {
        Box::new(AtWork { stage: self.clone(), words: Words::default(), made: Vec::new(), parts: Vec::new() })
    }
}

struct AtWork {
    stage: JiebaWords,
    words: Words,
    /// Tokens by the simple rule.
    made: Vec<Token>,
    /// The parts of one token.
    parts: Vec<Token>,
}

impl Worker for AtWork {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let keep = self.stage.others == Others::Keep && !doc.tokens.is_empty();
        if keep && doc.tokens.iter().all(|t| !is_segmented(doc, *t)) {
            return Ok(());
        }
        let AtWork { stage: JiebaWords { segmenter, pos, .. }, words, made, parts } = self;
        let tokens = if keep {
            doc.tokens
        } else {
            made.clear();
            simple::tokens(doc.text, 0, made);
            made
        };
        words.clear(pos.is_some());
        // The run of Han characters at hand.
        let mut run = 0..0;
        let mut place = |words: &mut Words, token: Token, is_han: bool| {
            if is_han && token.start == run.end {
                run.end = token.end;
                return;
            }
            segmenter.segment(doc.slice(run.start, run.end), run.start, words);
            run = if is_han { token.start..token.end } else { 0..0 };
            if !is_han {
                words.keep(token);
            }
        };
        for &token in tokens {
            let text = doc.slice(token.start, token.end);
            match makeup_of(token.kind, text) {
                Makeup::Han => place(words, token, true),
                Makeup::Mixed => {
                    parts.clear();
                    simple::tokens(text, token.start, parts);
                    for &part in &*parts {
                        place(words, part, han::makeup(doc.slice(part.start, part.end)) == Makeup::Han);
                    }
                }
                Makeup::Other | Makeup::Foreign => place(words, token, false),
            }
        }
        segmenter.segment(doc.slice(run.start, run.end), run.start, words);
        words.write(out, *pos);
        Ok(())
    }
}

/// What a token is made of, if that matters: only words and numbers are segmented.
fn makeup_of(kind: TokenKind, text: &str) -> Makeup {
    match kind {
        TokenKind::Word | TokenKind::Number => han::makeup(text),
        _ => Makeup::Other,
    }
}

fn is_segmented(doc: &DocView<'_>, token: Token) -> bool {
    matches!(makeup_of(token.kind, doc.slice(token.start, token.end)), Makeup::Han | Makeup::Mixed)
}

//! What is fuzzed: for each target a function of any bytes, which holds the code under test to its laws and panics where one is
//! broken.
//!
//! cargo-fuzz runs them (`tests/fuzz/fuzz_targets`), and so does the test `replay`, over all seeds and all inputs that once broke
//! a law. A target's bytes begin with those that choose options; most then hold a text.

mod bytes;
mod conllu;
mod formats;
mod laws;
mod pipeline;
mod plugin;
mod proposal;
mod source_map;
mod stages;

/// A target's name and its body.
pub type Target = (&'static str, fn(&[u8]));

macro_rules! targets {
    ($($(#[$doc:meta])* $name:ident = $body:path,)*) => {
        $($(#[$doc])* pub fn $name(data: &[u8]) {
            $body(data);
        })*

        /// All of them.
        pub const TARGETS: &[Target] = &[$((stringify!($name), $name),)*];
    };
}

targets! {
    /// The decoder of JSON Lines, and what the encoder makes of its documents.
    jsonl = formats::jsonl,
    /// The decoder of plain text, in any encoding.
    text = formats::text,
    /// The decoder of CoNLL-U, and what the encoder makes of its documents.
    conllu = formats::conllu,
    /// The decoder of tokens with tags.
    bio = formats::bio,
    /// Any annotated document as CoNLL-U and back.
    conllu_round_trip = conllu::round_trip,
    /// Pipeline files: the parser, and the plan.
    pipeline = pipeline::pipeline,
    /// Proposals to a document: edits, layers, the source map.
    source_map = source_map::source_map,
    /// `clean.html`.
    clean_html = stages::clean_html,
    /// The stages `tokenize.*`.
    tokenizers = stages::tokenizers,
    /// All other parallel stages.
    stages = stages::stages,
    /// What a plugin hands back through the C ABI.
    plugin_import = plugin::plugin_import,
    /// The wire protocol between processes.
    wire = plugin::wire,
}

//! The C ABI in Rust: `include/warraq_plugin.h`, type for type and field for field. The header is the contract and says what
//! everything means; a test compares every size and offset here with what a C compiler makes of it.
//!
//! Plain values that have the same layout in the data model (words, sentences, spans, cells, runs, scores) are those of
//! `warraq-core`. Tokens are not, because a byte from a plugin is a [`TokenKind`] only once it has been checked.

use std::ffi::{c_char, c_void};
use std::ptr;
use warraq_core::{Cell, LabelId, Layer, Layers, Run, Score, Sentence, Span, TokenKind, Word};

/// `WQ_MAGIC`
pub const MAGIC: u32 = u32::from_le_bytes(*b"WRQ1");
/// `WQ_ABI_MAJOR`
pub const ABI_MAJOR: u16 = 1;
/// `WQ_ABI_MINOR`
pub const ABI_MINOR: u16 = 1;
/// `WQ_NONE`: no label, no stage, no cell.
pub const NONE: u32 = u32::MAX;
/// The name of the exported symbol.
pub const SYMBOL: &str = "warraq_plugin_v1";

/// `WQ_OK`
pub const OK: i32 = 0;
/// `WQ_FAILED`
pub const FAILED: i32 = 1;
/// `WQ_BROKEN`
pub const BROKEN: i32 = 2;

/// `WQ_KEEP`
pub const KEEP: u32 = 0;
/// `WQ_DROP`
pub const DROP: u32 = 1;
/// `WQ_DUPLICATE`
pub const DUPLICATE: u32 = 2;

/// `WQ_EXPORT_STAGE`
pub const EXPORT: u32 = 5;
/// The names of stage kinds, by number.
pub const KINDS: [&str; 6] = ["", "clean", "filter", "tokenize", "tag", "export"];

/// `WQ_PARALLEL`
pub const PARALLEL: u32 = 0;
/// `WQ_IN_ORDER`
pub const IN_ORDER: u32 = 1;
/// `WQ_PER_WORKER`
pub const PER_WORKER: u32 = 0;
/// `WQ_SERIAL`
pub const SERIAL: u32 = 1;
/// `WQ_OWN_SINK`
pub const OWN_SINK: u32 = 1;

/// A struct of the ABI, as the test of the layout sees it: C name, size, and the fields with their offsets and sizes.
pub type Layout = (&'static str, usize, &'static [(&'static str, usize, usize)]);

/// Defines a struct with C layout and its [`Layout`].
macro_rules! c_struct {
    ($(#[$doc:meta])* $c_name:literal $name:ident { $($field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        #[repr(C)]
        pub struct $name {
            $(#[doc = concat!("`", $c_name, ".", stringify!($field), "`")] pub $field: $type,)*
        }

        impl $name {
            /// Size and offsets.
            pub const LAYOUT: Layout = ($c_name, size_of::<$name>(), &[
                $((stringify!($field), std::mem::offset_of!($name, $field), size_of::<$type>()),)*
            ]);
        }
    };
}

c_struct!(
    /// `wq_str`
    "wq_str" WqStr { ptr: *const c_char, len: usize, }
);
c_struct!(
    /// `wq_bytes`
    "wq_bytes" WqBytes { ptr: *const u8, len: usize, }
);
c_struct!(
    /// `wq_result`
    "wq_result" WqResult { status: i32, reserved: u32, reason: WqStr, message: WqStr, }
);
c_struct!(
    /// `wq_token`
    "wq_token" WqToken { start: u32, end: u32, kind: u8, }
);
c_struct!(
    /// `wq_column`
    "wq_column" WqColumn { name: u32, layer: u32, cells: *const Cell, n_cells: usize, }
);
c_struct!(
    /// `wq_field`
    "wq_field" WqField { key: WqStr, json: WqStr, }
);
c_struct!(
    /// `wq_removed`
    "wq_removed" WqRemoved { source_start: u32, source_end: u32, label: u32, reason: u32, stage: u32, }
);
c_struct!(
    /// `wq_edit`
    "wq_edit" WqEdit { start: u32, end: u32, text_start: u32, text_end: u32, label: u32, reason: u32, }
);
c_struct!(
    /// `wq_doc_view`
    "wq_doc_view" WqDocView {
        struct_size: u32,
        rebased: u32,
        id: WqStr,
        text: WqStr,
        lang: WqStr,
        meta: *const WqField,
        n_meta: usize,
        tokens: *const WqToken,
        n_tokens: usize,
        words: *const Word,
        n_words: usize,
        sentences: *const Sentence,
        n_sentences: usize,
        spans: *const Span,
        n_spans: usize,
        columns: *const WqColumn,
        n_columns: usize,
        forms: WqStr,
        scores: *const Score,
        n_scores: usize,
        source: WqStr,
        runs: *const Run,
        n_runs: usize,
        removed: *const WqRemoved,
        n_removed: usize,
        stages: *const WqStr,
        n_stages: usize,
    }
);
c_struct!(
    /// `wq_changes`
    "wq_changes" WqChanges {
        struct_size: u32,
        replaced: u32,
        result: WqResult,
        edits: *const WqEdit,
        n_edits: usize,
        edit_text: WqStr,
        tokens: *const WqToken,
        n_tokens: usize,
        words: *const Word,
        n_words: usize,
        sentences: *const Sentence,
        n_sentences: usize,
        spans: *const Span,
        n_spans: usize,
        columns: *const WqColumn,
        n_columns: usize,
        forms: WqStr,
        meta: *const WqField,
        n_meta: usize,
        scores: *const Score,
        n_scores: usize,
        lang: WqStr,
        rebased: WqStr,
        verdict: u32,
        reason: u32,
        message: WqStr,
    }
);
c_struct!(
    /// `wq_output`
    "wq_output" WqOutput { struct_size: u32, reserved: u32, result: WqResult, bytes: WqBytes, }
);
c_struct!(
    /// `wq_host`
    "wq_host" WqHost {
        struct_size: u32,
        abi_major: u16,
        abi_minor: u16,
        version: *const c_char,
        ctx: *mut c_void,
        name: WqStr,
        stage_label: u32,
        reserved: u32,
        log: Option<unsafe extern "C" fn(*mut c_void, u32, WqStr)>,
        intern: Option<unsafe extern "C" fn(*mut c_void, WqStr) -> u32>,
        find: Option<unsafe extern "C" fn(*mut c_void, WqStr) -> u32>,
        label_name: Option<unsafe extern "C" fn(*mut c_void, u32, *mut WqStr) -> i32>,
        label_count: Option<unsafe extern "C" fn(*mut c_void) -> u32>,
        read_resource: Option<unsafe extern "C" fn(*mut c_void, WqStr, *mut WqBytes) -> i32>,
        fail: Option<unsafe extern "C" fn(*mut c_void, WqStr, WqStr, WqStr)>,
        cancelled: Option<unsafe extern "C" fn(*mut c_void) -> u32>,
    }
);
c_struct!(
    /// `wq_stage`
    "wq_stage" WqStage {
        struct_size: u32,
        kind: u32,
        order: u32,
        threading: u32,
        flags: u32,
        reads: u32,
        writes: u32,
        reserved: u32,
        name: *const c_char,
        summary: *const c_char,
        manual: *const c_char,
        schema: *const c_char,
        examples: *const c_char,
        create: Option<unsafe extern "C" fn(*const WqStage, *const WqHost, WqStr, *mut *mut c_void) -> i32>,
        destroy: Option<unsafe extern "C" fn(*mut c_void)>,
        reads_with: Option<unsafe extern "C" fn(*mut c_void) -> u32>,
        worker: Option<unsafe extern "C" fn(*mut c_void, *mut *mut c_void) -> i32>,
        worker_destroy: Option<unsafe extern "C" fn(*mut c_void)>,
        process: Option<unsafe extern "C" fn(*mut c_void, *const WqDocView, *mut WqChanges, usize) -> i32>,
        prepare: Option<unsafe extern "C" fn(*mut c_void, *const WqDocView, *mut WqOutput, usize) -> i32>,
        state: Option<unsafe extern "C" fn(*mut c_void, *mut *mut c_void) -> i32>,
        state_destroy: Option<unsafe extern "C" fn(*mut c_void)>,
        decide: Option<
            unsafe extern "C" fn(*mut c_void, *const WqDocView, WqBytes, *mut WqChanges, *mut WqOutput) -> i32,
        >,
        replay: Option<unsafe extern "C" fn(*mut c_void, WqBytes) -> i32>,
        encode: Option<unsafe extern "C" fn(*mut c_void, *const WqDocView, *mut WqOutput, usize) -> i32>,
        header: Option<unsafe extern "C" fn(*mut c_void, *mut WqOutput) -> i32>,
        footer: Option<unsafe extern "C" fn(*mut c_void, *mut WqOutput) -> i32>,
        writer: Option<unsafe extern "C" fn(*mut c_void, *mut *mut c_void, *mut WqOutput) -> i32>,
        writer_destroy: Option<unsafe extern "C" fn(*mut c_void)>,
        write: Option<unsafe extern "C" fn(*mut c_void, *const WqDocView, *mut WqOutput) -> i32>,
        flush: Option<unsafe extern "C" fn(*mut c_void, *mut WqOutput) -> i32>,
        finish: Option<unsafe extern "C" fn(*mut c_void, *mut WqOutput) -> i32>,
        resumable: Option<unsafe extern "C" fn(*mut c_void) -> i32>,
        mark: Option<unsafe extern "C" fn(*mut c_void, *mut WqOutput) -> i32>,
        resume: Option<unsafe extern "C" fn(*mut c_void, u64, WqBytes, *mut *mut c_void, *mut WqOutput) -> i32>,
    }
);
c_struct!(
    /// `wq_plugin`
    "wq_plugin" WqPlugin {
        magic: u32,
        struct_size: u32,
        abi_major: u16,
        abi_minor: u16,
        host_minor: u16,
        reserved: u16,
        doc_view_size: u32,
        changes_size: u32,
        output_size: u32,
        reserved2: u32,
        name: *const c_char,
        version: *const c_char,
        license: *const c_char,
        built_with: *const c_char,
        stages: Option<unsafe extern "C" fn(*mut usize) -> *const *const WqStage>,
    }
);

// SAFETY: a plugin's descriptor and its stages are constant and static, and what they point to is too; the functions may be
// called as the header says.
unsafe impl Sync for WqPlugin {}
// SAFETY: as above.
unsafe impl Sync for WqStage {}
// SAFETY: as above.
unsafe impl Send for WqStage {}

/// Every struct of the ABI, for the test of the layout.
pub const LAYOUTS: &[Layout] = &[
    WqStr::LAYOUT,
    WqBytes::LAYOUT,
    WqResult::LAYOUT,
    WqToken::LAYOUT,
    WORD,
    SENTENCE,
    SPAN,
    CELL,
    WqColumn::LAYOUT,
    WqField::LAYOUT,
    SCORE,
    RUN,
    WqRemoved::LAYOUT,
    WqDocView::LAYOUT,
    WqEdit::LAYOUT,
    WqChanges::LAYOUT,
    WqOutput::LAYOUT,
    WqHost::LAYOUT,
    WqStage::LAYOUT,
    WqPlugin::LAYOUT,
];

/// The layout of a type of the data model that crosses the ABI as it is.
macro_rules! core_layout {
    ($const:ident, $c_name:literal, $type:ident { $($field:ident: $size:ty),* $(,)? }) => {
        const $const: Layout = ($c_name, size_of::<$type>(), &[
            $((stringify!($field), std::mem::offset_of!($type, $field), size_of::<$size>()),)*
        ]);
    };
}

core_layout!(WORD, "wq_word", Word { token: u32, start: u32, end: u32 });
core_layout!(SENTENCE, "wq_sentence", Sentence { start: u32, end: u32 });
core_layout!(SPAN, "wq_span", Span { start: u32, end: u32, label: LabelId, score: f32, source: LabelId });
core_layout!(CELL, "wq_cell", Cell { start: u32, len: u32 });
core_layout!(RUN, "wq_run", Run { text_start: u32, text_end: u32, source_start: u32, source_end: u32 });
core_layout!(SCORE, "wq_score", Score { name: LabelId, value: f64 });

/// What has a size of its own as its first field, and may come from another minor version.
///
/// # Safety
/// `Self` begins with a `u32` that is its size in bytes, and is valid when the rest of it is zero.
pub unsafe trait Sized32: Copy {
    /// A value of zeros with its size set.
    fn empty() -> Self {
        // SAFETY: the trait says that zeros are valid, and that a u32 comes first.
        unsafe {
            let mut value = std::mem::zeroed::<Self>();
            ptr::from_mut(&mut value).cast::<u32>().write(size_of::<Self>() as u32);
            value
        }
    }
}

// SAFETY: `struct_size` is first; pointers may be null, functions missing, numbers zero.
unsafe impl Sized32 for WqDocView {}
// SAFETY: as above.
unsafe impl Sized32 for WqChanges {}
// SAFETY: as above.
unsafe impl Sized32 for WqOutput {}
// SAFETY: as above.
unsafe impl Sized32 for WqStage {}
// SAFETY: as above.
unsafe impl Sized32 for WqHost {}

impl WqStr {
    /// No text; as a field for which NULL means something.
    pub const NULL: WqStr = WqStr { ptr: ptr::null(), len: 0 };

    /// A borrowed text.
    pub fn of(text: &str) -> Self {
        WqStr { ptr: text.as_ptr().cast(), len: text.len() }
    }
}

impl WqBytes {
    /// Borrowed bytes.
    pub fn of(bytes: &[u8]) -> Self {
        WqBytes { ptr: bytes.as_ptr(), len: bytes.len() }
    }
}

impl WqResult {
    /// All well.
    pub const OK: WqResult = WqResult { status: OK, reserved: 0, reason: WqStr::NULL, message: WqStr::NULL };
}

/// The kind with this number; one that is not known is taken for a word.
pub fn token_kind(kind: u8) -> TokenKind {
    TokenKind::ALL.get(usize::from(kind)).copied().unwrap_or_default()
}

/// A set of layers as bits.
pub fn layer_bits(layers: Layers) -> u32 {
    layers.iter().fold(0, |bits, layer| bits | layer_bit(layer))
}

/// A layer as its bit.
pub fn layer_bit(layer: Layer) -> u32 {
    1 << layer as u32
}

/// The layers that columns stand beside.
pub const COLUMN_LAYERS: [Layer; 3] = [Layer::Tokens, Layer::Words, Layer::Spans];

/// The layer that a column with this number stands beside, if it is one.
pub fn column_layer(bit: u32) -> Option<Layer> {
    COLUMN_LAYERS.into_iter().find(|&layer| layer_bit(layer) == bit)
}

/// The layers of these bits; bits that are not known are left out.
pub fn layers(bits: u32) -> Layers {
    Layer::ALL
        .into_iter()
        .filter(|&layer| bits & layer_bit(layer) != 0)
        .fold(Layers::NONE, |all, layer| all.union(Layers::of(&[layer])))
}

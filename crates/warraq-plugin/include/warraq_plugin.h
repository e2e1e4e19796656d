/*
 * warraq_plugin.h: the contract between Warraq and its plugins. ABI 1.0, C99, clean as C++17, no dependencies.
 *
 * A plugin is a shared library that exports one data symbol, `warraq_plugin_v1`, of the type wq_plugin. The host reads
 * magic, versions and sizes there before it calls anything. From then on:
 *
 *   stages()  ->  create()  ->  worker() ... process() ... worker_destroy()  ->  destroy()
 *
 * DATA IN, DATA OUT. A call gets views of documents and fills in changes; nothing is called back per token.
 *   - A view, and whatever it points to, belongs to the host and may be read until the call returns, not longer.
 *   - Changes, and whatever they point to, belong to the plugin's worker (state, writer) and must stay as they are until
 *     the next call on that same worker, or until it is destroyed. They may not point into the view.
 *   - Nothing that one side allocates is freed by the other.
 *   - All offsets are BYTE offsets into the view's text, on the first byte of a UTF-8 character or at the end of the text;
 *     all ranges are half open. Edits and layers of one set of changes are all in the coordinates of the view, that is
 *     of the text before those edits.
 *   - Counts go with pointers: where a count is 0 the pointer is not looked at.
 *
 * THREADS. create, destroy and stages are called on one thread at a time. worker may be called on many threads at once.
 * One worker is never used by two threads at the same time, but may move between threads. With WQ_SERIAL there is one
 * worker for the whole run.
 *
 * VERSIONS. Structs that begin with `struct_size` grow at their end in minor versions; the others never change. A plugin
 * states the sizes it was compiled with, and the host lays out the arrays it passes accordingly, so that docs[i] and
 * out[i] are right on both sides. Enumerations and bit sets grow; ignore what you do not know.
 *
 * ERRORS are values. No exception and no longjmp may leave a plugin's function.
 */
#ifndef WARRAQ_PLUGIN_H
#define WARRAQ_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define WQ_EXPORT __declspec(dllexport)
#elif defined(__GNUC__)
#define WQ_EXPORT __attribute__((visibility("default")))
#else
#define WQ_EXPORT
#endif

#define WQ_MAGIC UINT32_C(0x31515257) /* the bytes W R Q 1 on a little-endian machine */
#define WQ_ABI_MAJOR 1
#define WQ_ABI_MINOR 1

/* No label, no stage, no cell. */
#define WQ_NONE UINT32_MAX

/* ---- Plain values ------------------------------------------------------------------------------------------------- */

/* UTF-8 text, not NUL-terminated. ptr may be NULL where len is 0, unless a field says what NULL means. */
typedef struct wq_str {
  const char *ptr;
  size_t len; /* bytes */
} wq_str;

/* Any bytes. */
typedef struct wq_bytes {
  const uint8_t *ptr;
  size_t len;
} wq_bytes;

/* What a call returns: WQ_OK, or why not. */
typedef int32_t wq_status;
enum {
  WQ_OK = 0,
  /* The call did not do its work. A worker that returns this from process, prepare or encode is destroyed and replaced,
   * and every document of the call fails: failures of single documents are told in wq_result instead. */
  WQ_FAILED = 1,
  /* The state can no longer be trusted (decide, write), whatever the result says: the run ends, or, in a worker process, the
   * state is made anew from its journal. */
  WQ_BROKEN = 2
};

/* What became of one document, or of one call. The host sets it to zero before the call. */
typedef struct wq_result {
  wq_status status;  /* WQ_OK, WQ_FAILED or WQ_BROKEN */
  uint32_t reserved; /* 0 */
  wq_str reason;     /* short and stable, such as "model.no_answer": reports count by it; empty is "plugin.failed" */
  wq_str message;    /* for a person */
} wq_result;

/* ---- Layers ------------------------------------------------------------------------------------------------------- */

/* Bits of `reads`, `writes` and `replaced`; the numbers of `wq_column.layer` are the same bits. */
enum {
  WQ_TEXT = 1 << 0,
  WQ_LANG = 1 << 1,
  WQ_META = 1 << 2,
  WQ_TOKENS = 1 << 3,
  WQ_WORDS = 1 << 4,
  WQ_SENTENCES = 1 << 5,
  WQ_SPANS = 1 << 6,
  WQ_COLUMNS = 1 << 7,
  WQ_SCORES = 1 << 8,
  WQ_VERDICT = 1 << 9,
  WQ_SOURCE = 1 << 10 /* writing it: the stage rebases documents to its own output */
};

/* Kinds of tokens; take one you do not know for a word. */
enum {
  WQ_WORD = 0,
  WQ_NUMBER = 1,
  WQ_PUNCTUATION = 2,
  WQ_SYMBOL = 3,
  WQ_URL = 4,
  WQ_EMAIL = 5,
  WQ_MENTION = 6,
  WQ_HASHTAG = 7,
  WQ_EMOJI = 8
};

/* A surface token. Tokens are sorted, not empty, and do not overlap; gaps are allowed. */
typedef struct wq_token {
  uint32_t start;
  uint32_t end;
  uint8_t kind; /* WQ_WORD ... */
} wq_token;

/* A syntactic word of a token. Words are sorted by token; start may equal end. */
typedef struct wq_word {
  uint32_t token; /* index into tokens */
  uint32_t start;
  uint32_t end;
} wq_word;

/* A sentence. Sentences are sorted, not empty, and do not overlap; gaps are allowed. */
typedef struct wq_sentence {
  uint32_t start;
  uint32_t end;
} wq_sentence;

/* A labelled stretch of text. Spans are not empty; they may overlap and come in any order. */
typedef struct wq_span {
  uint32_t start;
  uint32_t end;
  uint32_t label;  /* an interned name */
  float score;     /* NaN for none */
  uint32_t source; /* who found it: an interned name, usually wq_host.stage_label */
} wq_span;

/* A value of a side column: bytes of `forms`. */
typedef struct wq_cell {
  uint32_t start; /* WQ_NONE for no value */
  uint32_t len;
} wq_cell;

/* A column of strings beside the tokens, the words or the spans: one cell per item of that layer. In changes, a column of the
   spans has a cell for each span of the changes; the spans that the document has keep theirs. */
typedef struct wq_column {
  uint32_t name;  /* an interned name, such as that of "stem" */
  uint32_t layer; /* WQ_TOKENS or WQ_WORDS */
  const wq_cell *cells;
  size_t n_cells;
} wq_column;

/* A field of the record: its name and its value as JSON text. */
typedef struct wq_field {
  wq_str key;
  wq_str json;
} wq_field;

/* A number that a filter computed. */
typedef struct wq_score {
  uint32_t name; /* an interned name, such as that of "length.words" */
  double value;  /* finite */
} wq_score;

/* A stretch of the text that stands for a stretch of the source; between runs both are equal and only shifted. */
typedef struct wq_run {
  uint32_t text_start;
  uint32_t text_end;
  uint32_t source_start;
  uint32_t source_end;
} wq_run;

/* A deletion on record. */
typedef struct wq_removed {
  uint32_t source_start;
  uint32_t source_end;
  uint32_t label;
  uint32_t reason; /* an interned name, or WQ_NONE */
  uint32_t stage;  /* index into stages */
} wq_removed;

/* ---- In ----------------------------------------------------------------------------------------------------------- */

/* A document. Layers that the stage does not declare to read are empty; id is always there. Exports see everything. */
typedef struct wq_doc_view {
  uint32_t struct_size;
  uint32_t rebased; /* exports: the stage that made `source`, or WQ_NONE where it is the text as it was read */
  wq_str id;
  wq_str text;
  wq_str lang; /* BCP 47; empty for unknown */
  const wq_field *meta;
  size_t n_meta;
  const wq_token *tokens;
  size_t n_tokens;
  const wq_word *words;
  size_t n_words;
  const wq_sentence *sentences;
  size_t n_sentences;
  const wq_span *spans;
  size_t n_spans;
  const wq_column *columns;
  size_t n_columns;
  wq_str forms; /* what the cells of columns point into */
  const wq_score *scores;
  size_t n_scores;
  /* Exports only: the way back to the source. */
  wq_str source;
  const wq_run *runs;
  size_t n_runs;
  const wq_removed *removed;
  size_t n_removed;
  const wq_str *stages; /* the stages' names in the pipeline */
  size_t n_stages;
} wq_doc_view;

/* ---- Out ---------------------------------------------------------------------------------------------------------- */

/* The bytes start..end of the text become the bytes text_start..text_end of `edit_text`. Edits are sorted and do not
 * overlap; start == end inserts, text_start == text_end deletes. */
typedef struct wq_edit {
  uint32_t start;
  uint32_t end;
  uint32_t text_start;
  uint32_t text_end;
  uint32_t label;  /* what was removed, to go on record: an interned name; WQ_NONE for a change that keeps what is written */
  uint32_t reason; /* why, where the label alone does not say: an interned name, or WQ_NONE */
} wq_edit;

enum {
  WQ_KEEP = 0,
  WQ_DROP = 1,     /* `reason` and `message` say why */
  WQ_DUPLICATE = 2 /* `message` is the id of the document that is kept */
};

/* What a stage proposes for one document. The host sets everything but struct_size to zero before the call: a plugin
 * fills in what it changes. The host checks it all (bounds, order, character boundaries, UTF-8, ids, declared writes) and
 * carries out either the whole or nothing. */
typedef struct wq_changes {
  uint32_t struct_size;
  uint32_t replaced; /* WQ_TOKENS, WQ_WORDS, WQ_SENTENCES, WQ_SPANS: layers that take the place of the old ones */
  wq_result result;
  const wq_edit *edits;
  size_t n_edits;
  wq_str edit_text;
  const wq_token *tokens; /* with WQ_TOKENS in replaced; words and columns of the old tokens go */
  size_t n_tokens;
  const wq_word *words; /* with WQ_WORDS in replaced */
  size_t n_words;
  const wq_sentence *sentences; /* with WQ_SENTENCES in replaced */
  size_t n_sentences;
  const wq_span *spans; /* added; with WQ_SPANS in replaced the old ones go */
  size_t n_spans;
  const wq_column *columns; /* each takes the place of the column of its name and layer */
  size_t n_columns;
  wq_str forms;         /* what the cells of columns point into */
  const wq_field *meta; /* each sets the field of its name */
  size_t n_meta;
  const wq_score *scores; /* each sets the score of its name */
  size_t n_scores;
  wq_str lang;    /* the new language tag; ptr NULL leaves it as it is */
  wq_str rebased; /* a new text that becomes the source, all layers gone; ptr NULL for none. Not together with edits or layers */
  uint32_t verdict; /* WQ_KEEP ... */
  uint32_t reason;  /* of a WQ_DROP: an interned name */
  wq_str message;
} wq_changes;

/* Bytes that a call hands over: a key, a journal entry, an encoded document. */
typedef struct wq_output {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  wq_result result;
  wq_bytes bytes;
} wq_output;

/* ---- The host ----------------------------------------------------------------------------------------------------- */

enum { WQ_LOG_ERROR = 1, WQ_LOG_WARNING = 2, WQ_LOG_INFO = 3, WQ_LOG_DEBUG = 4 };

/* What the host does for a stage. Valid, like ctx, from create until destroy has returned. All functions may be called from
 * any thread, except those that say otherwise. */
typedef struct wq_host {
  uint32_t struct_size;
  uint16_t abi_major;
  uint16_t abi_minor;
  const char *version;  /* of the host program, NUL-terminated */
  void *ctx;            /* to be passed back */
  wq_str name;          /* the stage's name in the pipeline */
  uint32_t stage_label; /* that name, interned */
  uint32_t reserved;    /* 0 */
  /* Shows a message. */
  void (*log)(void *ctx, uint32_t level, wq_str message);
  /* The id of a name, given out now if it is new; WQ_NONE if the name is not UTF-8. Meant for create: ids are the same for the whole run. */
  uint32_t (*intern)(void *ctx, wq_str name);
  /* The id of a name, or WQ_NONE if it has none. */
  uint32_t (*find)(void *ctx, wq_str name);
  /* The name behind an id, valid until destroy has returned. WQ_FAILED if there is no such id. */
  wq_status (*label_name)(void *ctx, uint32_t id, wq_str *out);
  /* How many ids have been given out: they count from 0. */
  uint32_t (*label_count)(void *ctx);
  /* The contents of a file, its path resolved against the pipeline file and put on record. In create only; valid until
   * create returns. On WQ_FAILED, out holds a message for a person. */
  wq_status (*read_resource)(void *ctx, wq_str path, wq_bytes *out);
  /* Says why create is about to return WQ_FAILED: the path of the option at fault ("rules[2].pattern", or empty), what is
   * wrong with it, and what to do (may be empty). In create only; the last call counts. */
  void (*fail)(void *ctx, wq_str option, wq_str message, wq_str help);
  /* Not 0 once the run is to end, or the time that a stage may take for a document is up (run.timeout; ask on the thread of
   * the call): a call that takes long may then give up on its document. */
  uint32_t (*cancelled)(void *ctx);
} wq_host;

/* ---- A stage ------------------------------------------------------------------------------------------------------ */

/* What it is. WQ_EXPORT is used in [[export]]; the others in [[stage]], and mean no more than their names. */
enum { WQ_CLEAN = 1, WQ_FILTER = 2, WQ_TOKENIZE = 3, WQ_TAG = 4, WQ_EXPORT_STAGE = 5 };

/* In which order it sees documents. */
enum { WQ_PARALLEL = 0, WQ_IN_ORDER = 1 };

/* How many workers it may have. */
enum { WQ_PER_WORKER = 0, WQ_SERIAL = 1 };

/* Flags. */
enum {
  WQ_OWN_SINK = 1 << 0 /* an in-order export that writes to a sink of its own and hands no bytes to the host */
};

typedef struct wq_stage wq_stage;

/* One stage of a plugin. Static for as long as the library is loaded. Texts are UTF-8 and NUL-terminated.
 *
 *                       needs                                     may have
 *   a parallel stage    worker, worker_destroy, process           reads_with
 *   an in-order stage   worker, worker_destroy, prepare,          reads_with
 *                       state, state_destroy, decide, replay
 *   a parallel export   worker, worker_destroy, encode            header, footer
 *   an in-order export  writer, writer_destroy, write,            flush; resumable, mark
 *                       finish                                    and resume together
 */
struct wq_stage {
  uint32_t struct_size;
  uint32_t kind;
  uint32_t order;
  uint32_t threading;
  uint32_t flags;
  uint32_t reads;       /* layers: WQ_TEXT | ...; the others come empty */
  uint32_t writes;      /* layers: changes to others are refused */
  uint32_t reserved;    /* 0 */
  const char *name;     /* lower-case letters, digits, hyphens, underscores; used as ALIAS.name */
  const char *summary;  /* one line */
  const char *manual;   /* Markdown */
  const char *schema;   /* JSON Schema of the options: an object with "additionalProperties": false */
  const char *examples; /* a JSON array of examples, or NULL (see docs/plugins.md) */

  /* Builds the stage. options is a JSON object that has passed the schema. On WQ_FAILED, host->fail has said why. */
  wq_status (*create)(const wq_stage *self, const wq_host *host, wq_str options, void **stage);
  /* Lets go of it; all its workers, states and writers are gone by then. */
  void (*destroy)(void *stage);
  /* The layers it reads with these options, where they are fewer than `reads`. */
  uint32_t (*reads_with)(void *stage);

  /* A worker: scratch buffers and caches of one thread. */
  wq_status (*worker)(void *stage, void **worker);
  void (*worker_destroy)(void *worker);
  /* Proposes changes to n documents, out[i] for docs[i]. What comes of a document must not depend on the others. */
  wq_status (*process)(void *worker, const wq_doc_view *docs, wq_changes *out, size_t n);

  /* The parallel half of an in-order stage: what the decision needs of each document. */
  wq_status (*prepare)(void *worker, const wq_doc_view *docs, wq_output *keys, size_t n);
  /* The ordered half, one per run: what has been learned from the documents so far. */
  wq_status (*state)(void *stage, void **state);
  void (*state_destroy)(void *state);
  /* Decides about the next document in input order. What it must remember goes to the journal as well: replay of those bytes
   * leads a new state to where this one is. On a failure nothing may have been remembered. */
  wq_status (*decide)(void *state, const wq_doc_view *doc, wq_bytes key, wq_changes *out, wq_output *journal);
  /* Remembers what one call of decide wrote to its journal. */
  wq_status (*replay)(void *state, wq_bytes journal);

  /* Parallel exports: each document as bytes, which the host appends in input order. */
  wq_status (*encode)(void *worker, const wq_doc_view *docs, wq_output *out, size_t n);
  /* Bytes before the first and after the last document; valid until destroy. On a failure, result says why. */
  wq_status (*header)(void *stage, wq_output *out);
  wq_status (*footer)(void *stage, wq_output *out);

  /* In-order exports: opens what it writes to; out->result says why on WQ_FAILED, valid until destroy. */
  wq_status (*writer)(void *stage, void **writer, wq_output *out);
  void (*writer_destroy)(void *writer);
  /* Takes the next document in input order. */
  wq_status (*write)(void *writer, const wq_doc_view *doc, wq_output *out);
  /* Makes durable whatever it holds: a run may later be continued from here. */
  wq_status (*flush)(void *writer, wq_output *out);
  /* After the last document and a last flush. Not called when a run has failed by then; the host's own files are made durable
   * and get their names after it. */
  wq_status (*finish)(void *writer, wq_output *out);

  /* Since minor version 1. In-order exports with which a run that was stopped can be continued: WQ_OK if it can, with these
   * options. Called at any time. */
  wq_status (*resumable)(void *stage);
  /* Hands over what a writer that goes on after the flush that has just been must know besides the number of documents. */
  wq_status (*mark)(void *writer, wq_output *out);
  /* As writer, for a run that is continued: goes on where a writer, which had written so many documents, gave this mark. What
   * that one has made of more documents since, in a sink of its own, is to go: they come again. */
  wq_status (*resume)(void *stage, uint64_t documents, wq_bytes mark, void **writer, wq_output *out);
};

/* ---- The plugin --------------------------------------------------------------------------------------------------- */

/* The exported symbol: data, so that a host can judge it before it runs any of it. Texts are UTF-8 and NUL-terminated. */
typedef struct wq_plugin {
  uint32_t magic;           /* WQ_MAGIC */
  uint32_t struct_size;     /* sizeof(wq_plugin) */
  uint16_t abi_major;       /* WQ_ABI_MAJOR */
  uint16_t abi_minor;       /* WQ_ABI_MINOR: what it was compiled against */
  uint16_t host_minor;      /* the lowest minor version of the host that it runs with */
  uint16_t reserved;        /* 0 */
  uint32_t doc_view_size;   /* sizeof(wq_doc_view) */
  uint32_t changes_size;    /* sizeof(wq_changes) */
  uint32_t output_size;     /* sizeof(wq_output) */
  uint32_t reserved2;       /* 0 */
  const char *name;         /* the plugin's name */
  const char *version;      /* its version */
  const char *license;      /* an SPDX expression */
  const char *built_with;   /* compiler or SDK, for error reports */
  /* Its stages: an array of pointers, static; *count is how many. */
  const wq_stage *const *(*stages)(size_t *count);
} wq_plugin;

/* The fields from magic to reserved2, for an initializer: { WQ_PLUGIN_HEAD, "name", "1.0.0", "MIT", "C", stages }. */
#define WQ_PLUGIN_HEAD                                                                                                 \
  WQ_MAGIC, (uint32_t)sizeof(wq_plugin), WQ_ABI_MAJOR, WQ_ABI_MINOR, 0, 0, (uint32_t)sizeof(wq_doc_view),             \
      (uint32_t)sizeof(wq_changes), (uint32_t)sizeof(wq_output), 0

extern WQ_EXPORT const wq_plugin warraq_plugin_v1;

/* ---- Helpers ------------------------------------------------------------------------------------------------------ */

/* Whether a struct that begins with struct_size has the field f. */
#define WQ_HAS(p, T, f) ((size_t)(p)->struct_size >= offsetof(T, f) + sizeof((p)->f))

/* A NUL-terminated string as wq_str. */
static inline wq_str wq_text(const char *text) {
  wq_str s;
  size_t len = 0;
  while (text[len] != '\0') len++;
  s.ptr = text;
  s.len = len;
  return s;
}

#ifdef __cplusplus
}
#endif
#endif /* WARRAQ_PLUGIN_H */

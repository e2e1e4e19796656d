/* A Warraq plugin in C99: the shapes of words, in a column beside the tokens. */

#include "options.h"
#include "shape.h"
#include "warraq_plugin.h"

#include <stdlib.h>
#include <string.h>

/* Tests put their own allocator here, one that can fail. */
#ifdef WS_REALLOC
extern void *WS_REALLOC(void *memory, size_t size);
#else
#define WS_REALLOC realloc
#endif

static const char manual[] =
    "Writes the shape of every token into a column beside the tokens: each character becomes the letter of its class. A\n"
    "tokenizer has to come before. The text and the tokens stay as they are. Shapes are what taggers of names and numbers learn\n"
    "from when a word is one they have never seen: `Xx` is a capitalised word, `XpXp` initials, `dpdpd` a date.\n"
    "\n"
    "| class | characters |\n"
    "|---|---|\n"
    "| `X` | upper-case and title-case letters of any script that has them (Lu, Lt) |\n"
    "| `x` | lower-case letters of any script that has them (Ll) |\n"
    "| `a` | Arabic letters, presentation forms among them (Lo and Lm of the Arabic script), but not tatweel |\n"
    "| `o` | all other letters (Lo, Lm): Hebrew, Han, Kana, Hangul, Devanagari, `ª` and `º` |\n"
    "| `d` | decimal digits of any script (Nd): `0-9`, `٠-٩`, `۰-۹` and others |\n"
    "| `p` | punctuation (P*), such as `.` `-` `/` `@` `#` `%` `،` `؟` |\n"
    "| `s` | everything else: symbols, emoji, other numbers such as `½`, controls, spaces, unassigned characters |\n"
    "\n"
    "Marks (M*), tatweel and invisible format characters (Cf) leave no trace: a word has one shape with and without its vowel\n"
    "signs. A token of nothing else has no value. The letters in brackets are general categories of Unicode 14.\n"
    "\n"
    "**`collapse`** writes a run of one class once: `Tunis` is `Xx` instead of `Xxxxx`. Marks do not end a run.\n"
    "**`max_length`** is where a shape ends, in classes after collapsing; the rest of the word is not looked at.\n";

static const char schema[] =
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
    "\"collapse\":{\"type\":\"boolean\",\"default\":true,"
    "\"description\":\"Write a run of one class once.\"},"
    "\"max_length\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":256,\"default\":16,"
    "\"description\":\"The most classes of a shape.\"},"
    "\"column\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":64,\"default\":\"shape\","
    "\"description\":\"The column to write; 1 to 64 bytes.\"}}}";

static const char examples[] =
    "[{\"title\":\"Words, a number and a mark\",\"after\":[\"tokenize.words\"],"
    "\"input\":\"Tunis und مَرحبا 3,5!\","
    "\"expect\":{\"text\":\"Tunis und مَرحبا 3,5!\","
    "\"tokens\":[\"Tunis\",\"und\",\"مَرحبا\",\"3,5\",\"!\"],"
    "\"columns\":[[\"shape\",[\"Xx\",\"x\",\"a\",\"dpd\",\"p\"]]]}},"
    "{\"title\":\"Runs kept, at most four classes, in a column of another name\","
    "\"options\":\"collapse = false\\nmax_length = 4\\ncolumn = 'form'\",\"after\":[\"tokenize.words\"],"
    "\"input\":\"Carthage ٢٠٢٥ قرطاج\","
    "\"expect\":{\"columns\":[[\"form\",[\"Xxxx\",\"dddd\",\"aaaa\"]]]}}]";

/* A stage: constant from create until destroy, shared by its workers. */
typedef struct stage {
  ws_options options;
  ws_classes classes;
  uint32_t column;
} stage;

/* What is handed over for one document. It stays as it is until the next call. */
typedef struct slot {
  wq_column column;
  wq_cell *cells;
  size_t cells_room;
  char *forms;
  size_t forms_room;
} slot;

typedef struct worker {
  const stage *stage;
  slot *slots;
  size_t slots_room;
} worker;

static wq_str text_of(const char *bytes, size_t len) {
  wq_str text;
  text.ptr = bytes;
  text.len = len;
  return text;
}

/* Memory for `wanted` items of `size` bytes, in which those of `memory` stay: `memory` itself if *room is enough. NULL if there
 * is none; `memory` is then as it was. */
static void *reserve(void *memory, size_t *room, size_t wanted, size_t size) {
  size_t more;
  void *grown;
  if (memory != NULL && wanted <= *room) return memory;
  more = wanted < SIZE_MAX / 2 ? wanted + wanted / 2 + 1 : wanted;
  if (more > SIZE_MAX / size) return NULL;
  grown = WS_REALLOC(memory, more * size);
  if (grown != NULL) *room = more;
  return grown;
}

static wq_status create(const wq_stage *self, const wq_host *host, wq_str options, void **out) {
  ws_option_error error;
  stage *made = WS_REALLOC(NULL, sizeof *made);
  (void)self;
  if (made == NULL) {
    host->fail(host->ctx, text_of("", 0), wq_text("there is not enough memory for the stage"), text_of("", 0));
    return WQ_FAILED;
  }
  if (!ws_options_parse(options.ptr, options.len, &made->options, &error)) {
    host->fail(host->ctx, text_of(error.option, error.option_len), wq_text(error.message), text_of("", 0));
    free(made);
    return WQ_FAILED;
  }
  made->column = host->intern(host->ctx, text_of(made->options.column, made->options.column_len));
  if (made->column == WQ_NONE) {
    host->fail(host->ctx, wq_text("column"), wq_text("the host takes no such name"), text_of("", 0));
    free(made);
    return WQ_FAILED;
  }
  ws_classes_init(&made->classes);
  *out = made;
  return WQ_OK;
}

static void destroy(void *made) { free(made); }

static wq_status worker_new(void *of, void **out) {
  worker *made = WS_REALLOC(NULL, sizeof *made);
  if (made == NULL) return WQ_FAILED;
  made->stage = of;
  made->slots = NULL;
  made->slots_room = 0;
  *out = made;
  return WQ_OK;
}

static void worker_destroy(void *made) {
  worker *self = made;
  size_t n;
  for (n = 0; n < self->slots_room; n++) {
    free(self->slots[n].cells);
    free(self->slots[n].forms);
  }
  free(self->slots);
  free(self);
}

static wq_result failure(const char *reason, const char *message) {
  wq_result result;
  result.status = WQ_FAILED;
  result.reserved = 0;
  result.reason = wq_text(reason);
  result.message = wq_text(message);
  return result;
}

static wq_result out_of_memory(void) {
  return failure("wordshape.memory", "there is not enough memory for the shapes of this document");
}

/* Makes room for n documents. Slots that are new own nothing yet. */
static bool reserve_slots(worker *self, size_t n) {
  size_t first = self->slots_room;
  slot *slots = reserve(self->slots, &self->slots_room, n, sizeof *slots);
  if (slots == NULL) return false;
  self->slots = slots;
  for (; first < self->slots_room; first++) {
    slots[first].cells = NULL;
    slots[first].cells_room = 0;
    slots[first].forms = NULL;
    slots[first].forms_room = 0;
  }
  return true;
}

/* Makes room for the cells and forms of one document. What has been had stays with the slot, also where the rest fails. */
static bool reserve_forms(slot *slot, size_t cells, size_t bytes) {
  wq_cell *more_cells = reserve(slot->cells, &slot->cells_room, cells, sizeof *more_cells);
  char *more_forms = reserve(slot->forms, &slot->forms_room, bytes, 1);
  if (more_cells != NULL) slot->cells = more_cells;
  if (more_forms != NULL) slot->forms = more_forms;
  return more_cells != NULL && more_forms != NULL;
}

/* The room that the shapes of all tokens take at most; false if a token is not in the text. */
static bool measure(const wq_doc_view *doc, size_t max, size_t *bytes) {
  size_t n;
  *bytes = 0;
  for (n = 0; n < doc->n_tokens; n++) {
    const wq_token *token = &doc->tokens[n];
    size_t len;
    if (token->start > token->end || token->end > doc->text.len) return false;
    len = token->end - token->start;
    *bytes += len < max ? len : max;
  }
  /* Cells count in 32 bits. Tokens that do not overlap cannot come near that; others would. */
  return *bytes < WQ_NONE;
}

static void shapes(const stage *of, slot *slot, const wq_doc_view *doc, wq_changes *out) {
  const ws_options *options = &of->options;
  size_t n, bytes, written = 0;
  if (doc->n_tokens == 0) return;
  if (!measure(doc, options->max_length, &bytes)) {
    out->result = failure("wordshape.tokens", "the tokens of this document do not fit its text");
    return;
  }
  if (!reserve_forms(slot, doc->n_tokens, bytes)) {
    out->result = out_of_memory();
    return;
  }
  for (n = 0; n < doc->n_tokens; n++) {
    const wq_token *token = &doc->tokens[n];
    size_t len = ws_shape(&of->classes, doc->text.ptr + token->start, token->end - token->start, options->collapse,
                          options->max_length, slot->forms + written);
    slot->cells[n].start = len == 0 ? WQ_NONE : (uint32_t)written;
    slot->cells[n].len = (uint32_t)len;
    written += len;
  }
  slot->column.name = of->column;
  slot->column.layer = WQ_TOKENS;
  slot->column.cells = slot->cells;
  slot->column.n_cells = doc->n_tokens;
  out->columns = &slot->column;
  out->n_columns = 1;
  out->forms = text_of(slot->forms, written);
}

static wq_status process(void *of, const wq_doc_view *docs, wq_changes *out, size_t n) {
  worker *self = of;
  size_t at;
  bool has_room = reserve_slots(self, n);
  for (at = 0; at < n; at++) {
    if (has_room) {
      shapes(self->stage, &self->slots[at], &docs[at], &out[at]);
    } else {
      out[at].result = out_of_memory();
    }
  }
  return WQ_OK;
}

static const wq_stage wordshape = {
    .struct_size = sizeof(wq_stage),
    .kind = WQ_TAG,
    .order = WQ_PARALLEL,
    .threading = WQ_PER_WORKER,
    .reads = WQ_TEXT | WQ_TOKENS,
    .writes = WQ_COLUMNS,
    .name = "wordshape",
    .summary = "writes the shapes of words (Xx, d, a) into a column beside the tokens",
    .manual = manual,
    .schema = schema,
    .examples = examples,
    .create = create,
    .destroy = destroy,
    .worker = worker_new,
    .worker_destroy = worker_destroy,
    .process = process,
};

static const wq_stage *const all[] = {&wordshape};

static const wq_stage *const *stages(size_t *count) {
  *count = sizeof all / sizeof all[0];
  return all;
}

const wq_plugin warraq_plugin_v1 = {
    WQ_PLUGIN_HEAD, "warraq-c-wordshape", "1.0.0", "MIT OR Apache-2.0", "C99", stages,
};

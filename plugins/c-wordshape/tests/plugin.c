/* The plugin through its descriptor, with a host of a few lines. */

#include "tests.h"
#include "warraq_plugin.h"

#define COLUMN 7

static char failed_option[128], failed_message[256];

static uint32_t intern(void *ctx, wq_str name) {
  (void)ctx;
  return name.len == 3 && memcmp(name.ptr, "not", 3) == 0 ? WQ_NONE : COLUMN;
}

static void fail(void *ctx, wq_str option, wq_str message, wq_str help) {
  (void)ctx;
  (void)help;
  CHECK(option.len < sizeof failed_option && message.len < sizeof failed_message);
  memcpy(failed_option, option.ptr, option.len);
  failed_option[option.len] = '\0';
  memcpy(failed_message, message.ptr, message.len);
  failed_message[message.len] = '\0';
}

static const wq_host host = {
    .struct_size = sizeof(wq_host), .abi_major = WQ_ABI_MAJOR, .version = "test", .intern = intern, .fail = fail};

static const wq_stage *stage(void) {
  size_t count;
  const wq_stage *const *all = warraq_plugin_v1.stages(&count);
  CHECK(count == 1);
  return all[0];
}

/* Fills in a view of a text whose tokens are separated by single spaces. */
static void view(wq_doc_view *doc, const char *text, wq_token *tokens) {
  size_t at, start = 0, len = strlen(text);
  memset(doc, 0, sizeof *doc);
  doc->struct_size = sizeof *doc;
  doc->text = wq_text(text);
  doc->tokens = tokens;
  for (at = 0; at <= len; at++) {
    if (at < len && text[at] != ' ') continue;
    if (at > start) {
      tokens[doc->n_tokens].start = (uint32_t)start;
      tokens[doc->n_tokens].end = (uint32_t)at;
      tokens[doc->n_tokens].kind = WQ_WORD;
      doc->n_tokens++;
    }
    start = at + 1;
  }
}

static void clear(wq_changes *out, size_t n) {
  size_t at;
  memset(out, 0, n * sizeof *out);
  for (at = 0; at < n; at++) out[at].struct_size = sizeof *out;
}

static void has(const wq_changes *out, size_t n, const char *shape) {
  const wq_column *column = out->columns;
  CHECK(out->result.status == WQ_OK && out->n_columns == 1 && column->name == COLUMN && column->layer == WQ_TOKENS);
  CHECK(n < column->n_cells);
  if (shape == NULL) {
    CHECK(column->cells[n].start == WQ_NONE);
  } else {
    CHECK(column->cells[n].len == strlen(shape));
    CHECK(column->cells[n].start + column->cells[n].len <= out->forms.len);
    CHECK(memcmp(out->forms.ptr + column->cells[n].start, shape, strlen(shape)) == 0);
  }
}

static void *create(const char *options) {
  void *made = NULL;
  CHECK(stage()->create(stage(), &host, wq_text(options), &made) == WQ_OK && made != NULL);
  return made;
}

static void batches(void) {
  void *made = create("{}"), *worker;
  wq_token tokens[4][8];
  wq_doc_view docs[4];
  wq_changes out[4];
  CHECK(stage()->worker(made, &worker) == WQ_OK);
  view(&docs[0], "Tunis in 2025 !", tokens[0]);
  view(&docs[1], "", tokens[1]);
  view(&docs[2], "\xd9\x8b مرحبا", tokens[2]);
  view(&docs[3], "x", tokens[3]);
  clear(out, 4);
  CHECK(stage()->process(worker, docs, out, 1) == WQ_OK);
  has(&out[0], 0, "Xx");
  clear(out, 4);
  CHECK(stage()->process(worker, docs, out, 4) == WQ_OK);
  /* All results of a call stay side by side, whatever is done to the views. */
  memset(tokens, 0xff, sizeof tokens);
  has(&out[0], 0, "Xx");
  has(&out[0], 1, "x");
  has(&out[0], 2, "d");
  has(&out[0], 3, "p");
  CHECK(out[1].result.status == WQ_OK && out[1].n_columns == 0);
  has(&out[2], 0, NULL);
  has(&out[2], 1, "a");
  has(&out[3], 0, "x");
  CHECK(stage()->process(worker, docs, out, 0) == WQ_OK);

  /* Tokens that are not in the text fail their document and no other. */
  clear(out, 2);
  view(&docs[0], "ab", tokens[0]);
  tokens[0][0].end = 3;
  view(&docs[1], "ab", tokens[1]);
  CHECK(stage()->process(worker, docs, out, 2) == WQ_OK);
  CHECK(out[0].result.status == WQ_FAILED && out[0].result.reason.len > 0 && out[0].n_columns == 0);
  has(&out[1], 0, "x");
  stage()->worker_destroy(worker);
  stage()->destroy(made);
}

static void refusals(void) {
  void *made = NULL;
  CHECK(stage()->create(stage(), &host, wq_text("{\"max_length\":0}"), &made) == WQ_FAILED && made == NULL);
  CHECK(strcmp(failed_option, "max_length") == 0 && failed_message[0] != '\0');
  CHECK(stage()->create(stage(), &host, wq_text("[]"), &made) == WQ_FAILED && failed_option[0] == '\0');
  CHECK(stage()->create(stage(), &host, wq_text("{\"column\":\"not\"}"), &made) == WQ_FAILED);
  CHECK(strcmp(failed_option, "column") == 0);
}

/* Memory that runs out at any point fails documents, and the worker goes on when there is some again. */
static void memory(void) {
  void *made, *worker;
  wq_token tokens[2][8];
  wq_doc_view docs[2];
  wq_changes out[2];
  long left;
  made = NULL;
  allocations_left = 0;
  CHECK(stage()->create(stage(), &host, wq_text("{}"), &made) == WQ_FAILED && made == NULL);
  allocations_left = -1;
  made = create("{}");
  allocations_left = 0;
  CHECK(stage()->worker(made, &worker) == WQ_FAILED);
  view(&docs[0], "Tunis in 2025", tokens[0]);
  view(&docs[1], "مرحبا", tokens[1]);
  for (left = 0; left <= 5; left++) {
    allocations_left = -1;
    CHECK(stage()->worker(made, &worker) == WQ_OK);
    allocations_left = left;
    clear(out, 2);
    CHECK(stage()->process(worker, docs, out, 2) == WQ_OK);
    CHECK((out[0].result.status == WQ_OK) == (left >= 3) && (out[1].result.status == WQ_OK) == (left >= 5));
    CHECK(left >= 3 || (out[0].n_columns == 0 && out[0].result.message.len > 0));
    allocations_left = -1;
    clear(out, 2);
    CHECK(stage()->process(worker, docs, out, 2) == WQ_OK);
    has(&out[0], 2, "d");
    has(&out[1], 0, "a");
    stage()->worker_destroy(worker);
  }
  stage()->destroy(made);
}

void test_plugin(void) {
  CHECK(warraq_plugin_v1.magic == WQ_MAGIC && warraq_plugin_v1.changes_size == sizeof(wq_changes));
  batches();
  refusals();
  memory();
}

#include "options.h"

#include "tests.h"

static ws_options accepted(const char *json) {
  ws_options options;
  ws_option_error error;
  if (!ws_options_parse(json, strlen(json), &options, &error)) {
    fprintf(stderr, "%s was refused: %s\n", json, error.message);
    exit(1);
  }
  return options;
}

static void refused(const char *json, const char *option) {
  ws_options options;
  ws_option_error error;
  /* A copy without the NUL, so that a sanitizer sees a step too far. */
  size_t len = strlen(json);
  char *copy = malloc(len + 1);
  CHECK(copy != NULL);
  memcpy(copy, json, len);
  copy = realloc(copy, len == 0 ? 1 : len);
  CHECK(copy != NULL);
  if (ws_options_parse(copy, len, &options, &error) || error.option_len != strlen(option) ||
      memcmp(error.option, option, error.option_len) != 0) {
    fprintf(stderr, "%s was not refused for `%s`\n", json, option);
    exit(1);
  }
  CHECK(error.message[0] != '\0');
  free(copy);
}

void test_options(void) {
  static const char whole[] = " { \"collapse\" : false , \"max_length\" : 256 , \"column\" : \"a\\u0628\\ud83d\\ude00\\\"\" } ";
  ws_options options = accepted("{}");
  ws_option_error error;
  size_t cut;
  CHECK(options.collapse && options.max_length == 16);
  CHECK(options.column_len == 5 && memcmp(options.column, "shape", 5) == 0);
  options = accepted(whole);
  CHECK(!options.collapse && options.max_length == 256);
  CHECK(options.column_len == 8 && memcmp(options.column, "aب😀\"", 8) == 0);
  CHECK(accepted("{\"max_length\":1}").max_length == 1);
  CHECK(accepted("{\"column\":\"0123456789012345678901234567890123456789012345678901234567890123\"}").column_len == 64);

  refused("", "");
  refused("null", "");
  refused("[]", "");
  refused("\"x\"", "");
  refused("{", "");
  refused("{}x", "");
  refused("{,}", "");
  refused("{\"collapse\":true,}", "");
  refused("{\"collapse\" true}", "");
  refused("{\"collapse\":true \"column\":\"x\"}", "");
  refused("{'collapse':true}", "");
  refused("{\"colapse\":true}", "colapse");
  refused("{\"collapse\":1}", "collapse");
  refused("{\"collapse\":\"true\"}", "collapse");
  refused("{\"collapse\":tru}", "collapse");
  refused("{\"max_length\":0}", "max_length");
  refused("{\"max_length\":257}", "max_length");
  refused("{\"max_length\":99999999999999999999}", "max_length");
  refused("{\"max_length\":-1}", "max_length");
  refused("{\"max_length\":01}", "max_length");
  refused("{\"max_length\":1.5}", "max_length");
  refused("{\"max_length\":1e1}", "max_length");
  refused("{\"max_length\":null}", "max_length");
  refused("{\"column\":\"\"}", "column");
  refused("{\"column\":\"a\\u0000b\"}", "column");
  refused("{\"column\":\"a\\nb\"}", "column");
  refused("{\"column\":\"\\ud800\"}", "column");
  refused("{\"column\":\"\\ud800\\u0041\"}", "column");
  refused("{\"column\":\"\\udc00\"}", "column");
  refused("{\"column\":\"\\x\"}", "column");
  refused("{\"column\":\"\\u12\"}", "column");
  refused("{\"column\":\"a}", "column");
  refused("{\"column\":\"01234567890123456789012345678901234567890123456789012345678901234\"}", "column");
  refused("{\"a key that is longer than any option is, and longer than the room for its name\":1}", "");
  CHECK(!ws_options_parse(NULL, 0, &options, &error));

  /* No beginning of it is taken for the whole. */
  for (cut = 0; cut + 2 < sizeof whole; cut++) {
    char part[sizeof whole];
    memcpy(part, whole, sizeof whole);
    part[cut] = '\0';
    CHECK(!ws_options_parse(part, cut, &options, &error));
  }
}

#include "options.h"

#include <string.h>

/* What is left of the JSON text. */
typedef struct reader {
  const char *at;
  const char *end;
} reader;

static void skip_space(reader *in) {
  while (in->at < in->end && (*in->at == ' ' || *in->at == '\t' || *in->at == '\n' || *in->at == '\r')) in->at++;
}

/* Takes this character, after white space, if it is next. */
static bool take(reader *in, char wanted) {
  skip_space(in);
  if (in->at == in->end || *in->at != wanted) return false;
  in->at++;
  return true;
}

static bool take_word(reader *in, const char *word) {
  size_t len = strlen(word);
  if ((size_t)(in->end - in->at) < len || memcmp(in->at, word, len) != 0) return false;
  in->at += len;
  return true;
}

/* A string of JSON: its first bytes, and how many it has in all. */
typedef struct json_string {
  char bytes[WS_COLUMN_BYTES];
  size_t len;
} json_string;

static void append(json_string *out, unsigned char byte) {
  if (out->len < sizeof out->bytes) out->bytes[out->len] = (char)byte;
  out->len++;
}

static void append_code(json_string *out, uint32_t code) {
  if (code < 0x80) {
    append(out, (unsigned char)code);
  } else if (code < 0x800) {
    append(out, (unsigned char)(0xc0 | code >> 6));
    append(out, (unsigned char)(0x80 | (code & 0x3f)));
  } else if (code < 0x10000) {
    append(out, (unsigned char)(0xe0 | code >> 12));
    append(out, (unsigned char)(0x80 | (code >> 6 & 0x3f)));
    append(out, (unsigned char)(0x80 | (code & 0x3f)));
  } else {
    append(out, (unsigned char)(0xf0 | code >> 18));
    append(out, (unsigned char)(0x80 | (code >> 12 & 0x3f)));
    append(out, (unsigned char)(0x80 | (code >> 6 & 0x3f)));
    append(out, (unsigned char)(0x80 | (code & 0x3f)));
  }
}

/* The four hexadecimal digits of an escape. */
static bool take_hex(reader *in, uint32_t *code) {
  int digit;
  *code = 0;
  for (digit = 0; digit < 4; digit++) {
    char c;
    if (in->at == in->end) return false;
    c = *in->at++;
    if (c >= '0' && c <= '9') {
      *code = *code << 4 | (uint32_t)(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      *code = *code << 4 | (uint32_t)(c - 'a' + 10);
    } else if (c >= 'A' && c <= 'F') {
      *code = *code << 4 | (uint32_t)(c - 'A' + 10);
    } else {
      return false;
    }
  }
  return true;
}

static bool take_escape(reader *in, json_string *out) {
  static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
  const char *found;
  uint32_t code, low;
  char c;
  if (in->at == in->end) return false;
  c = *in->at++;
  if (c != 'u') {
    found = c == '\0' ? NULL : strchr(names, c);
    if (found == NULL) return false;
    append(out, (unsigned char)values[found - names]);
    return true;
  }
  if (!take_hex(in, &code)) return false;
  if (code >= 0xd800 && code <= 0xdbff) {
    if (!take_word(in, "\\u") || !take_hex(in, &low) || low < 0xdc00 || low > 0xdfff) return false;
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  } else if (code >= 0xdc00 && code <= 0xdfff) {
    return false;
  }
  append_code(out, code);
  return true;
}

static bool take_string(reader *in, json_string *out) {
  out->len = 0;
  if (!take(in, '"')) return false;
  while (in->at < in->end) {
    unsigned char c = (unsigned char)*in->at++;
    if (c == '"') return true;
    if (c < 0x20) return false;
    if (c != '\\') {
      append(out, c);
    } else if (!take_escape(in, out)) {
      return false;
    }
  }
  return false;
}

static bool is(const json_string *text, const char *word) {
  return text->len == strlen(word) && memcmp(text->bytes, word, text->len) == 0;
}

static bool take_bool(reader *in, bool *value) {
  skip_space(in);
  *value = take_word(in, "true");
  return *value || take_word(in, "false");
}

/* A whole number written with digits alone, from 1 to WS_MAX_LENGTH. */
static bool take_length(reader *in, uint32_t *value) {
  const char *first;
  skip_space(in);
  first = in->at;
  *value = 0;
  while (in->at < in->end && *in->at >= '0' && *in->at <= '9') {
    *value = *value * 10 + (uint32_t)(*in->at - '0');
    if (*value > WS_MAX_LENGTH) return false;
    in->at++;
  }
  if (in->at < in->end && strchr(".eE", *in->at) != NULL) return false;
  return in->at > first && *first != '0';
}

static bool take_column(reader *in, ws_options *options) {
  json_string name;
  size_t at;
  if (!take_string(in, &name) || name.len == 0 || name.len > sizeof options->column) return false;
  for (at = 0; at < name.len; at++) {
    if ((unsigned char)name.bytes[at] < 0x20 || name.bytes[at] == 0x7f) return false;
  }
  memcpy(options->column, name.bytes, name.len);
  options->column_len = name.len;
  return true;
}

static bool refuse(ws_option_error *error, const json_string *option, const char *message) {
  error->option_len = 0;
  if (option != NULL && option->len <= sizeof error->option) {
    memcpy(error->option, option->bytes, option->len);
    error->option_len = option->len;
  }
  error->message = message;
  return false;
}

bool ws_options_parse(const char *json, size_t len, ws_options *options, ws_option_error *error) {
  static const char not_json[] = "the options are not a JSON object";
  reader in;
  /* So that a null pointer, which may come with a length of 0, takes no part in arithmetic. */
  in.at = len == 0 ? "" : json;
  in.end = in.at + len;
  options->collapse = true;
  options->max_length = 16;
  memcpy(options->column, "shape", 5);
  options->column_len = 5;
  if (!take(&in, '{')) return refuse(error, NULL, not_json);
  if (!take(&in, '}')) {
    do {
      json_string key;
      if (!take_string(&in, &key) || !take(&in, ':')) return refuse(error, NULL, not_json);
      if (is(&key, "collapse")) {
        if (!take_bool(&in, &options->collapse)) return refuse(error, &key, "expected `true` or `false`");
      } else if (is(&key, "max_length")) {
        if (!take_length(&in, &options->max_length)) {
          return refuse(error, &key, "expected a whole number from 1 to 256");
        }
      } else if (is(&key, "column")) {
        if (!take_column(&in, options)) {
          return refuse(error, &key, "expected a name of 1 to 64 bytes without control characters");
        }
      } else {
        return refuse(error, &key, "there is no such option; there are `collapse`, `max_length` and `column`");
      }
    } while (take(&in, ','));
    if (!take(&in, '}')) return refuse(error, NULL, not_json);
  }
  skip_space(&in);
  return in.at == in.end ? true : refuse(error, NULL, not_json);
}

#include "shape.h"

#include "unicode_tables.h"

/* The class from the tables: a binary search for the range that holds it. */
static char class_of(uint32_t code) {
  size_t low = 0, high = sizeof ws_ranges / sizeof ws_ranges[0];
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    const ws_range *range = &ws_ranges[middle];
    if (code < range->first) {
      high = middle;
    } else if (code > range->last) {
      low = middle + 1;
    } else if (range->shape_class == '/') {
      return (code - range->first) % 2 == 0 ? 'X' : 'x';
    } else {
      return range->shape_class;
    }
  }
  return 's';
}

static char class_of_ascii(uint32_t code) {
  if (code >= 'A' && code <= 'Z') return 'X';
  if (code >= 'a' && code <= 'z') return 'x';
  if (code >= '0' && code <= '9') return 'd';
  switch (code) {
  case '$':
  case '+':
  case '<':
  case '=':
  case '>':
  case '^':
  case '`':
  case '|':
  case '~':
    return 's';
  default:
    return code > ' ' && code < 0x7f ? 'p' : 's';
  }
}

void ws_classes_init(ws_classes *classes) {
  uint32_t code;
  for (code = 0; code < WS_DIRECT; code++) {
    classes->direct[code] = code < 0x80 ? class_of_ascii(code) : class_of(code);
  }
}

char ws_class(const ws_classes *classes, uint32_t code) {
  return code < WS_DIRECT ? classes->direct[code] : class_of(code);
}

static bool is_continuation(unsigned char byte) { return (byte & 0xc0) == 0x80; }

uint32_t ws_decode(const unsigned char *text, size_t len, size_t *used) {
  uint32_t code;
  *used = 1;
  if (text[0] < 0x80) return text[0];
  if (text[0] >= 0xc2 && text[0] <= 0xdf && len >= 2 && is_continuation(text[1])) {
    *used = 2;
    return (uint32_t)(text[0] & 0x1f) << 6 | (uint32_t)(text[1] & 0x3f);
  }
  if ((text[0] & 0xf0) == 0xe0 && len >= 3 && is_continuation(text[1]) && is_continuation(text[2])) {
    code = (uint32_t)(text[0] & 0x0f) << 12 | (uint32_t)(text[1] & 0x3f) << 6 | (uint32_t)(text[2] & 0x3f);
    if (code >= 0x800 && (code < 0xd800 || code > 0xdfff)) {
      *used = 3;
      return code;
    }
  }
  if ((text[0] & 0xf8) == 0xf0 && len >= 4 && is_continuation(text[1]) && is_continuation(text[2]) &&
      is_continuation(text[3])) {
    code = (uint32_t)(text[0] & 0x07) << 18 | (uint32_t)(text[1] & 0x3f) << 12 | (uint32_t)(text[2] & 0x3f) << 6 |
           (uint32_t)(text[3] & 0x3f);
    if (code >= 0x10000 && code <= 0x10ffff) {
      *used = 4;
      return code;
    }
  }
  return 0xfffd;
}

size_t ws_shape(const ws_classes *classes, const char *text, size_t len, bool collapse, size_t max, char *out) {
  const unsigned char *bytes = (const unsigned char *)text;
  size_t at = 0, written = 0;
  char last = WS_SKIP;
  while (at < len && written < max) {
    size_t used;
    char now = ws_class(classes, ws_decode(bytes + at, len - at, &used));
    at += used;
    if (now == WS_SKIP || (collapse && now == last)) continue;
    out[written++] = now;
    last = now;
  }
  return written;
}

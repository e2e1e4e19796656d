/* The shape of a word: every character as its class, runs of one class collapsed or not. */
#ifndef WORDSHAPE_SHAPE_H
#define WORDSHAPE_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The characters of one and two bytes of UTF-8, which are nearly all of Latin, Greek, Cyrillic, Hebrew and Arabic text. */
#define WS_DIRECT 0x800

/* Classes of those characters by number, so that they are found without a search. Constant once filled. */
typedef struct ws_classes {
  char direct[WS_DIRECT];
} ws_classes;

/* What a character is, or WS_SKIP for one that leaves no trace. */
#define WS_SKIP '-'

void ws_classes_init(ws_classes *classes);

/* The class of one character. */
char ws_class(const ws_classes *classes, uint32_t code);

/* The first character of `text`, which has `len` > 0 bytes, and in *used how many of them it takes. Bytes that are not UTF-8
 * are U+FFFD, one by one. */
uint32_t ws_decode(const unsigned char *text, size_t len, size_t *used);

/* Writes the shape of `text` to `out`, at most `max` characters, one byte each, and returns how many. `out` has room for the
 * smaller of `len` and `max`: a shape is never longer than its word. */
size_t ws_shape(const ws_classes *classes, const char *text, size_t len, bool collapse, size_t max, char *out);

#endif

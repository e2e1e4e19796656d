/* The stage's options, read from the JSON object that the host hands over. */
#ifndef WORDSHAPE_OPTIONS_H
#define WORDSHAPE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WS_MAX_LENGTH 256
#define WS_COLUMN_BYTES 64

typedef struct ws_options {
  bool collapse;
  uint32_t max_length;
  char column[WS_COLUMN_BYTES];
  size_t column_len;
} ws_options;

/* Why options were refused: the option at fault, empty for the whole, and what is wrong with it. */
typedef struct ws_option_error {
  char option[WS_COLUMN_BYTES];
  size_t option_len;
  const char *message;
} ws_option_error;

/* Reads options; those that are not given have their defaults. Whether they could be read; if not, *error says why. Takes any
 * bytes: nothing but a JSON object with known keys and fitting values is accepted. */
bool ws_options_parse(const char *json, size_t len, ws_options *options, ws_option_error *error);

#endif

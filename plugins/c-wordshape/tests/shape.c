#include "shape.h"

#include "tests.h"

static ws_classes classes;

static void gives(const char *word, const char *collapsed, const char *full) {
  char out[64];
  size_t len = ws_shape(&classes, word, strlen(word), true, sizeof out, out);
  if (len != strlen(collapsed) || memcmp(out, collapsed, len) != 0) {
    fprintf(stderr, "%s: %.*s, not %s\n", word, (int)len, out, collapsed);
    exit(1);
  }
  len = ws_shape(&classes, word, strlen(word), false, sizeof out, out);
  if (len != strlen(full) || memcmp(out, full, len) != 0) {
    fprintf(stderr, "%s: %.*s, not %s\n", word, (int)len, out, full);
    exit(1);
  }
}

/* Every byte sequence of up to four bytes that matters: whole characters are read back, all others are one byte long. */
static void decoding(void) {
  uint32_t code;
  unsigned char bytes[4];
  size_t len, used, cut;
  for (code = 0; code <= 0x10ffff; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    if (code < 0x80) {
      bytes[0] = (unsigned char)code;
      len = 1;
    } else if (code < 0x800) {
      bytes[0] = (unsigned char)(0xc0 | code >> 6);
      len = 2;
    } else if (code < 0x10000) {
      bytes[0] = (unsigned char)(0xe0 | code >> 12);
      len = 3;
    } else {
      bytes[0] = (unsigned char)(0xf0 | code >> 18);
      len = 4;
    }
    for (cut = 1; cut < len; cut++) bytes[cut] = (unsigned char)(0x80 | (code >> 6 * (len - 1 - cut) & 0x3f));
    CHECK(ws_decode(bytes, len, &used) == code && used == len);
    for (cut = 1; cut < len; cut++) CHECK(ws_decode(bytes, cut, &used) == 0xfffd && used == 1);
  }
  {
    static const char *const broken[] = {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf",
                                         "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf",
                                         "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3\x28", "\xe2\x82\x28"};
    size_t n;
    for (n = 0; n < sizeof broken / sizeof broken[0]; n++) {
      CHECK(ws_decode((const unsigned char *)broken[n], strlen(broken[n]), &used) == 0xfffd && used == 1);
    }
  }
}

void test_shape(void) {
  char out[8];
  ws_classes_init(&classes);
  gives("", "", "");
  gives("Tunis", "Xx", "Xxxxx");
  gives("McDonald", "XxXx", "XxXxxxxx");
  gives("UNESCO", "X", "XXXXXX");
  gives("U.S.", "XpXp", "XpXp");
  gives("3,5", "dpd", "dpd");
  gives("22/07/2025", "dpdpd", "ddpddpdddd");
  gives("٢٢٫٥", "dpd", "ddpd");
  gives("۱۴۰۴", "d", "dddd");
  gives("€12", "sd", "sdd");
  gives("½", "s", "s");
  gives("Éa", "Xx", "Xx");
  gives("ŻÓŁĆ", "X", "XXXX");
  gives("żółć", "x", "xxxx");
  gives("Őő", "Xx", "Xx");
  gives("Dž", "Xx", "Xx");
  gives("Афины", "Xx", "Xxxxx");
  gives("Ӕӕ", "Xx", "Xx");
  gives("ǅ", "X", "X");
  gives("مرحبا", "a", "aaaaa");
  gives("مَرْحَبًا", "a", "aaaaa");
  gives("مـــرحبا", "a", "aaaaa");
  gives("ﻻ", "a", "a");
  gives("پڤگ", "a", "aaa");
  gives("F16مقاتلة", "Xda", "Xddaaaaaa");
  gives("שלום", "o", "oooo");
  gives("中文", "o", "oo");
  gives("हिन्दी", "o", "ooo");
  gives("می\u200cشود", "a", "aaaaa");
  gives("👍🏽", "s", "ss");
  gives("\xd9\x8b\xd9\x8c", "", "");
  gives("e\xcc\x81", "x", "x");
  gives("𝐀𝐚", "Xx", "Xx");
  gives("a\xff"
        "b",
        "xsx", "xsx");
  gives("$+-*", "sp", "sspp");

  /* The limit counts classes that are written, after collapsing, and is never passed. */
  CHECK(ws_shape(&classes, "aB1.", 4, false, 2, out) == 2 && memcmp(out, "xX", 2) == 0);
  CHECK(ws_shape(&classes, "aaaaB1", 6, true, 2, out) == 2 && memcmp(out, "xX", 2) == 0);
  CHECK(ws_shape(&classes, "aaaa", 4, true, 1, out) == 1);
  CHECK(ws_shape(&classes, "a", 1, true, 0, out) == 0);
  decoding();
}

"""Writes src/unicode_tables.h: the class of every character above U+007F, from Python's copy of the Unicode database.

    python3 tools/make_tables.py > src/unicode_tables.h

Characters that are in no range are symbols ('s'). In a range marked '/' classes alternate: its first character is upper case,
the next one lower case, and so on, as in most of the extended Latin and Cyrillic blocks.
"""

import sys
import unicodedata

TATWEEL = 0x640


def klass(code):
    char = chr(code)
    category = unicodedata.category(char)
    if category in ("Mn", "Mc", "Me", "Cf") or code == TATWEEL:
        return "-"
    if category in ("Lu", "Lt"):
        return "X"
    if category == "Ll":
        return "x"
    if category in ("Lo", "Lm"):
        return "a" if unicodedata.name(char, "").startswith("ARABIC ") else "o"
    if category == "Nd":
        return "d"
    if category[0] == "P":
        return "p"
    return "s"


def ranges():
    classes = [klass(code) for code in range(0x110000)]
    code = 0x80
    while code < len(classes):
        end = code
        while end + 1 < len(classes) and classes[end + 1] == classes[code]:
            end += 1
        alternating = code
        if classes[code] == "X":
            while alternating + 1 < len(classes) and classes[alternating + 1] == "Xx"[(alternating + 1 - code) % 2]:
                alternating += 1
        if alternating > end + 1:
            yield code, alternating, "/"
            code = alternating + 1
        else:
            if classes[code] != "s":
                yield code, end, classes[code]
            code = end + 1


def main():
    found = list(ranges())
    out = sys.stdout
    out.write(f"/* Made by tools/make_tables.py from the Unicode Character Database {unicodedata.unidata_version}. */\n")
    out.write("#ifndef WORDSHAPE_UNICODE_TABLES_H\n#define WORDSHAPE_UNICODE_TABLES_H\n\n#include <stdint.h>\n\n")
    out.write("/* Characters from first to last, and their class. Sorted; what is in no range is 's'. */\n")
    out.write("typedef struct ws_range {\n  uint32_t first;\n  uint32_t last;\n  char shape_class;\n} ws_range;\n\n")
    out.write("static const ws_range ws_ranges[] = {\n")
    for at in range(0, len(found), 5):
        line = ", ".join(f"{{0x{first:x}, 0x{last:x}, '{name}'}}" for first, last, name in found[at : at + 5])
        out.write(f"    {line},\n")
    out.write("};\n\n#endif\n")


if __name__ == "__main__":
    main()

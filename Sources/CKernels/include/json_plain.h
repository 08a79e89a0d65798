// How far the text of a JSON string goes without an escape.
#ifndef XYLEM_JSON_PLAIN_H
#define XYLEM_JSON_PLAIN_H

#include <stddef.h>
#include <stdint.h>

enum xylem_json_level { xylem_json_portable = 0, xylem_json_avx2 = 1 };

// Bytes before the first control character (below 0x20), quotation mark or backslash; `count` where there is none.
size_t xylem_json_plain(const void *bytes, size_t count);

// The same with a chosen level, for tests; a level the machine lacks falls back to the portable one.
size_t xylem_json_plain_at_level(const void *bytes, size_t count, int level);

#endif

// How far text goes that cleaning leaves as it is.
#ifndef XYLEM_PLAIN_TEXT_H
#define XYLEM_PLAIN_TEXT_H

#include <stddef.h>
#include <stdint.h>

enum xylem_plain_level { xylem_plain_portable = 0, xylem_plain_avx2 = 1, xylem_plain_avx512 = 2 };

// Bytes from the first on that are characters which stay whatever the options are, with single spaces before them: visible
// ASCII, and most letters and marks of two and three bytes (the conditions are in plain_text.c). Ends at the border of a
// character. The first byte begins a character, and no space stands before it. Any bytes are safe.
size_t xylem_plain_text(const uint8_t *bytes, size_t count);

// The same with a chosen level, for tests; a level the machine lacks falls back to the next lower one, the lowest takes one
// character at a time.
size_t xylem_plain_text_at_level(const uint8_t *bytes, size_t count, int level);

#endif

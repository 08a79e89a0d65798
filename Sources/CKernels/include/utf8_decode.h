// UTF-8 to code points, 64 bytes at a time.
#ifndef XYLEM_UTF8_DECODE_H
#define XYLEM_UTF8_DECODE_H

#include <stddef.h>
#include <stdint.h>

enum { xylem_decode_ahead = 64 };
enum xylem_decode_level { xylem_decode_portable = 0, xylem_decode_avx512 = 1 };

// Writes the characters of `bytes`, which begin at the border of one, as long as 67 bytes are left, 64 of `room` are, and they
// are well-formed UTF-8 (Unicode standard, table 3-7); it may stop 64 bytes before what is not. Returns how many bytes it
// read, always up to the border of a character, and how many characters it wrote through `made`; up to 64 numbers behind
// them are written, too. Whoever calls takes what is left a character at a time.
size_t xylem_decode_utf8(const uint8_t *bytes, size_t count, uint32_t *out, size_t room, size_t *made);

// The same with a chosen level, for tests; a level the machine lacks falls back to the portable one.
size_t xylem_decode_utf8_at_level(
    const uint8_t *bytes, size_t count, uint32_t *out, size_t room, size_t *made, int level);

// How many bytes do not continue a character: the characters of well-formed UTF-8.
size_t xylem_count_characters(const uint8_t *bytes, size_t count);

#endif

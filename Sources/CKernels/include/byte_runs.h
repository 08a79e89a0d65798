// Long runs of bytes of a kind.
#ifndef XYLEM_BYTE_RUNS_H
#define XYLEM_BYTE_RUNS_H

#include <stddef.h>
#include <stdint.h>

enum { xylem_long_run = 20 };
enum xylem_byte_run_level { xylem_byte_run_portable = 0, xylem_byte_run_avx512 = 1 };

// Where the first run of 20 bytes or more begins that lies behind `from`; `count` where there is none. Byte b below 0x80 is of
// the kind when bit b >> 4 of rows[b & 15] is set, others are not.
size_t xylem_next_long_run(const uint8_t *bytes, size_t count, size_t from, const uint8_t rows[16]);

// The same with a chosen level, for tests; a level the machine lacks falls back to the portable one.
size_t xylem_next_long_run_at_level(
    const uint8_t *bytes, size_t count, size_t from, const uint8_t rows[16], int level);

#endif

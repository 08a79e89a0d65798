// What is asked of every character of a document, 64 characters at a time.
#ifndef XYLEM_CHARACTER_RUNS_H
#define XYLEM_CHARACTER_RUNS_H

#include <stddef.h>
#include <stdint.h>

enum { xylem_run = 64, xylem_run_ahead = xylem_run + 2 };
enum xylem_run_level { xylem_run_portable = 0, xylem_run_avx2 = 1, xylem_run_avx512 = 2 };

// Of the characters of three bytes that begin with E0, those that are not to be kept: by the low six bits of the second byte, a
// run of third bytes, from 80 to BF. No such characters where `counts` is 0.
typedef struct {
  uint8_t first[64], counts[64];
} xylem_third_bytes;

// Copies those of the first bytes that are to be kept, up to a byte above 0x7F that is not, or to where fewer than 66 are left;
// returns how many bytes it read, and how many it wrote through `made`. Byte b is to be kept when bit b >> 4 & 7 of
// rows[b & 15], or above 0x7F of rows[16 + (b & 15)], is set, and it is not of a character of `third`; bytes that continue a
// character are. Up to 64 bytes behind the last that is kept are written, too; `out` has room for them.
size_t xylem_keep_bytes(
    const uint8_t *bytes, size_t count, const uint8_t rows[32], const xylem_third_bytes *third, uint8_t *out,
    size_t *made);

// Takes runs of 64 numbers apart: bit `shift` of each goes to one bit of `low`, bit `shift` + 1 to one of `high`, a word of 64
// bits a run, and the `shift` bits below stay. `shift` is at most 30.
void xylem_take_classes(uint32_t *entries, size_t runs, unsigned shift, uint64_t *low, uint64_t *high);

// The same with a chosen level, for tests; a level the machine lacks falls back to the next lower one.
size_t xylem_keep_bytes_at_level(
    const uint8_t *bytes, size_t count, const uint8_t rows[32], const xylem_third_bytes *third, uint8_t *out,
    size_t *made, int level);
void xylem_take_classes_at_level(
    uint32_t *entries, size_t runs, unsigned shift, uint64_t *low, uint64_t *high, int level);

#endif

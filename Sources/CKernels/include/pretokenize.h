// Where the pieces of BLOOM's pre-tokenizer begin, as bit masks of 64 bytes; and a prefetch Swift has no word for.
#ifndef XYLEM_PRETOKENIZE_H
#define XYLEM_PRETOKENIZE_H

#include <stddef.h>
#include <stdint.h>

// The instruction sets the kernel is written for. A level the machine lacks falls back to the next lower one.
enum xylem_bloom_level { xylem_bloom_portable = 0, xylem_bloom_avx2 = 1, xylem_bloom_avx512 = 2 };

// Bit i of words[k] is set when a piece begins at byte from + 64 k + i of text.
// from is a multiple of 64 below length; word_count words are written; bits at or past length are clear.
// Any bytes are safe; UTF-8 is assumed only for the meaning of the result.
void xylem_bloom_boundaries(
    const uint8_t *text, size_t length, size_t from, uint64_t *words, size_t word_count);

// The same with a chosen level, for tests that compare them. Returns the level used.
int xylem_bloom_boundaries_at_level(
    const uint8_t *text, size_t length, size_t from, uint64_t *words, size_t word_count, int level);

// Writes base plus the position of each set bit of words, ascending, bit i of words[k] being position 64 k + i, modulo
// 2^32; returns how many. positions has room for 32 more than there are set bits.
size_t xylem_bit_positions(const uint64_t *words, size_t word_count, uint32_t base, uint32_t *positions);

static inline void xylem_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

#endif

// Where the pieces of GPT-2's pre-tokenizer begin, as bit masks of 64 bytes.
#ifndef XYLEM_GPT2_SPLIT_H
#define XYLEM_GPT2_SPLIT_H

#include <stddef.h>
#include <stdint.h>

// What a character is to this split: bits, none for what is neither letter nor number nor white space.
enum { xylem_gpt2_letter = 1, xylem_gpt2_number = 2, xylem_gpt2_white = 4 };

// The bits of a code point c are bits[pages[c / 64] + c % 64]. Pages cover 21 bits, as those of xylem_split_classes. ASCII
// is known to the kernels: letters, digits, and 09 to 0D and 20 as white space.
typedef struct {
  const uint16_t *pages;
  const uint8_t *bits;
} xylem_gpt2_classes;

// The instruction sets the kernel is written for. A level the machine lacks falls back to the next lower one.
enum xylem_gpt2_level { xylem_gpt2_portable = 0, xylem_gpt2_avx2 = 1, xylem_gpt2_avx512 = 2 };

// Bit i of words[k] is set when a piece begins at byte from + 64 k + i of text.
// from is a multiple of 64 below length; word_count words are written; bits at or past length are clear.
// Any bytes are safe; UTF-8 is assumed for the meaning of the result.
void xylem_gpt2_boundaries(
    const xylem_gpt2_classes *classes, const uint8_t *text, size_t length, size_t from, uint64_t *words,
    size_t word_count);

// The same with a chosen level, for tests that compare them. Returns the level used.
int xylem_gpt2_boundaries_at_level(
    const xylem_gpt2_classes *classes, const uint8_t *text, size_t length, size_t from, uint64_t *words,
    size_t word_count, int level);

#endif

// What the language identifier sees of a text: its letters, and the buckets of their n-grams.
#ifndef XYLEM_LANGUAGE_SAMPLE_H
#define XYLEM_LANGUAGE_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

enum {
  /// Entries of the table of characters; what is not below is in no table and ends a word.
  xylem_language_characters = 0x32000,
  /// An entry: two bits of kind, five of script, 21 of the letter to take (its lower case).
  xylem_language_kind_shift = 30,
  xylem_language_script_shift = 24,
  xylem_language_value_mask = 0x1FFFFF,
  xylem_language_break = 0,
  xylem_language_letter = 1,
  /// No letter and no end of a word: joiners and soft hyphens.
  xylem_language_skipped = 2,
  /// A letter inside a word only.
  xylem_language_apostrophe = 3,
  xylem_language_scripts = 32,
  /// Zeros behind the letters, so that n-grams may be looked at beyond the end.
  xylem_language_padding = 16,
  /// Buckets for one letter at most.
  xylem_language_buckets_per_letter = 6,
};

/// The letters of the characters of `text` that end within `limit` bytes; `text` is readable up to `count`. Writes a 0
/// before and after each word and `xylem_language_padding` zeros behind, at most `limit` + 2 + padding numbers, and adds the
/// letters of each script to `scripts`. Malformed bytes end a word. Returns how many numbers stand before the padding.
size_t xylem_language_letters(
    const uint8_t *text, size_t count, size_t limit, const uint32_t *table, uint32_t *letters,
    uint32_t scripts[xylem_language_scripts]);

/// The buckets, numbers below 2^`bits` (1 to 24), of the n-grams of `letters` as the function above leaves them: of every
/// word with its borders the runs of 1 to 5 but for lone borders, and the whole; in no certain order. `buckets` has room for
/// 6 a letter and `xylem_language_more_buckets` more. Returns how many.
size_t xylem_language_buckets(const uint32_t *letters, size_t count, unsigned bits, uint32_t *buckets);

enum { xylem_language_more_buckets = 8 };
enum xylem_language_level { xylem_language_portable = 0, xylem_language_avx512 = 1 };

/// The same with a chosen level, for tests; a level the machine lacks falls back to the portable one.
size_t xylem_language_buckets_at_level(
    const uint32_t *letters, size_t count, unsigned bits, uint32_t *buckets, int level);

#endif

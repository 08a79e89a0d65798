// Letters and n-grams of a text without a branch on where words end: every start writes its five n-grams and the word so
// far, and counts those that are some. A mispredicted branch costs as much as two starts. The plain twin is in
// LanguageSampleTests.
#include "language_sample.h"

#include <string.h>

// The character at `i` and its length; a malformed byte is one character that stands in no table (table 3-7 of the
// Unicode standard).
static inline uint32_t decode(const uint8_t *text, size_t i, size_t count, size_t *length) {
  const uint32_t a = text[i];
  const size_t left = count - i;
  *length = 1;
  if (a < 0x80) return a;
  if (a < 0xC2 || left < 2 || (text[i + 1] & 0xC0) != 0x80) return UINT32_MAX;
  const uint32_t b = text[i + 1] & 0x3F;
  if (a < 0xE0) {
    *length = 2;
    return (a & 0x1F) << 6 | b;
  }
  if (left < 3 || (text[i + 2] & 0xC0) != 0x80) return UINT32_MAX;
  const uint32_t c = text[i + 2] & 0x3F;
  if (a < 0xF0) {
    const uint32_t value = (a & 0x0F) << 12 | b << 6 | c;
    if (value < 0x800 || (value & 0xF800) == 0xD800) return UINT32_MAX;
    *length = 3;
    return value;
  }
  if (a > 0xF4 || left < 4 || (text[i + 3] & 0xC0) != 0x80) return UINT32_MAX;
  const uint32_t value = (a & 0x07) << 18 | b << 12 | c << 6 | (text[i + 3] & 0x3F);
  if (value < 0x10000 || value > 0x10FFFF) return UINT32_MAX;
  *length = 4;
  return value;
}

size_t xylem_language_letters(
    const uint8_t *text, size_t count, size_t limit, const uint32_t *table, uint32_t *letters,
    uint32_t scripts[xylem_language_scripts]) {
  if (limit > count) limit = count;
  size_t n = 0, i = 0;
  letters[n++] = 0;
  while (i < limit) {
    size_t length;
    const uint32_t character = decode(text, i, count, &length);
    i += length;
    if (i > limit) break;  // a character that the limit cuts is left out
    const uint32_t entry = character < xylem_language_characters ? table[character] : 0;
    const uint32_t kind = entry >> xylem_language_kind_shift;
    if (kind == xylem_language_letter) {
      scripts[entry >> xylem_language_script_shift & (xylem_language_scripts - 1)]++;
      letters[n++] = entry & xylem_language_value_mask;
    } else if (kind == xylem_language_apostrophe) {
      if (letters[n - 1] != 0) letters[n++] = '\'';
    } else if (kind == xylem_language_break) {
      while (letters[n - 1] == '\'') n--;
      if (letters[n - 1] != 0) letters[n++] = 0;
    }
  }
  while (letters[n - 1] == '\'') n--;
  if (letters[n - 1] != 0) letters[n++] = 0;
  memset(letters + n, 0, xylem_language_padding * sizeof *letters);
  return n;
}

static inline uint64_t extend(uint64_t hash, uint32_t letter) {
  return (hash ^ (uint64_t)(letter + 1)) * 0x9E3779B97F4A7C15u;
}

// The upper bits: a product's upper bits depend on all bits of its factors.
static inline uint32_t bucket(uint64_t hash, unsigned shift) {
  return (uint32_t)((hash ^ hash >> 32) * 0xD6E8FEB86659FD93u >> shift);
}

size_t xylem_language_buckets(const uint32_t *letters, size_t count, unsigned bits, uint32_t *buckets) {
  const unsigned shift = 64 - bits;
  const uint64_t seed = extend(0x574F5244, 0);
  uint64_t word = seed;
  size_t n = 0;
  // The last border begins nothing.
  for (size_t i = 0; i + 1 < count; i++) {
    uint64_t hash = extend(0, letters[i]);
    buckets[n] = bucket(hash, shift);
    n += letters[i] != 0;
    // Two borders never stand side by side but behind the end.
    size_t goes_on = 1;
    for (int k = 1; k < 5; k++) {
      hash = extend(hash, letters[i + k]);
      buckets[n] = bucket(hash, shift);
      n += goes_on;
      goes_on &= letters[i + k] != 0;
    }
    word = extend(word, letters[i + 1]);
    buckets[n] = bucket(word, shift);
    n += letters[i + 1] == 0;
    word = letters[i + 1] == 0 ? seed : word;
  }
  return n;
}

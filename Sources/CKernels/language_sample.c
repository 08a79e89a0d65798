// Letters and n-grams of a text without a branch on where words end: every start writes its five n-grams and the word so
// far, and counts those that are some. A mispredicted branch costs as much as two starts. The plain twin is in
// LanguageSampleTests.
#include "language_sample.h"

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

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

static size_t buckets_portable(const uint32_t *letters, size_t count, unsigned bits, uint32_t *buckets) {
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

#if defined(__x86_64__)
#define TARGET_AVX512 __attribute__((target("avx2,avx512f,avx512dq,avx512vl,popcnt")))

TARGET_AVX512 static inline __m512i extend_eight(__m512i hash, __m512i letters) {
  return _mm512_mullo_epi64(
      _mm512_xor_si512(hash, _mm512_add_epi64(letters, _mm512_set1_epi64(1))),
      _mm512_set1_epi64((long long)0x9E3779B97F4A7C15u));
}

// Writes the buckets of the lanes of `some` at `buckets`, and as many more as make eight; returns how many they are.
TARGET_AVX512 static inline size_t put_eight(__m512i hash, __m128i shift, __mmask8 some, uint32_t *buckets) {
  const __m512i mixed = _mm512_mullo_epi64(
      _mm512_xor_si512(hash, _mm512_srli_epi64(hash, 32)), _mm512_set1_epi64((long long)0xD6E8FEB86659FD93u));
  const __m256i eight = _mm512_cvtepi64_epi32(_mm512_srl_epi64(mixed, shift));
  _mm256_storeu_si256((__m256i *)buckets, _mm256_maskz_compress_epi32(some, eight));
  return (size_t)_mm_popcnt_u32(some);
}

// Starts eight at a time; then the words, each of whose letters waits for the one before.
TARGET_AVX512 static size_t buckets_avx512(
    const uint32_t *letters, size_t count, unsigned bits, uint32_t *buckets) {
  const __m128i shift = _mm_cvtsi32_si128((int)(64 - bits));
  size_t n = 0;
  for (size_t i = 0; i + 1 < count; i += 8) {
    const size_t left = count - 1 - i;
    __mmask8 goes_on = left < 8 ? (__mmask8)((1u << left) - 1) : 0xFF;
    __m512i hash = _mm512_setzero_si512();
    for (size_t k = 0; k < 5; k++) {
      const __m512i eight = _mm512_cvtepu32_epi64(_mm256_loadu_si256((const __m256i *)(letters + i + k)));
      const __mmask8 is_letter = _mm512_test_epi64_mask(eight, eight);
      hash = extend_eight(hash, eight);
      // A border alone is none.
      n += put_eight(hash, shift, k == 0 ? goes_on & is_letter : goes_on, buckets + n);
      // A border ends the runs, but for the one they begin with.
      if (k > 0) goes_on &= is_letter;
    }
  }
  const uint64_t seed = extend(0x574F5244, 0);
  uint64_t word = seed;
  for (size_t i = 1; i < count; i++) {
    word = extend(word, letters[i]);
    buckets[n] = bucket(word, 64 - bits);
    n += letters[i] == 0;
    word = letters[i] == 0 ? seed : word;
  }
  return n;
}
#endif

size_t xylem_language_buckets_at_level(
    const uint32_t *letters, size_t count, unsigned bits, uint32_t *buckets, int level) {
#if defined(__x86_64__)
  if (level >= xylem_language_avx512 && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return buckets_avx512(letters, count, bits, buckets);
  }
#endif
  return buckets_portable(letters, count, bits, buckets);
}

size_t xylem_language_buckets(const uint32_t *letters, size_t count, unsigned bits, uint32_t *buckets) {
  return xylem_language_buckets_at_level(letters, count, bits, buckets, xylem_language_avx512);
}

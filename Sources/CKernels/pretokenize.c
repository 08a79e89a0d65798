// BLOOM's split without a regex: 39 excluded code points, of which 13 are ASCII and the others two or three bytes long.
// A kernel classifies 64 bytes into masks; the boundary algebra on the masks is shared.
#include "pretokenize.h"

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// In one block: bytes that are excluded ASCII, spaces, and first bytes of excluded characters of two and three bytes.
typedef struct {
  uint64_t ascii, space, lead2, lead3;
} block_masks;

static int is_excluded_ascii(uint8_t b) {
  return (b >= 0x09 && b <= 0x0D) || b == 0x20 || b == 0x21 || b == 0x28 || b == 0x29 || b == 0x2C || b == 0x2E ||
         b == 0x3F || b == 0x7C;
}

static int is_lead2(uint8_t a, uint8_t b) {
  return (a == 0xC2 && (b == 0x85 || b == 0xA0)) || (a == 0xD8 && b == 0x8C) || (a == 0xDB && b == 0x94);
}

static int is_lead3(uint8_t a, uint8_t b, uint8_t c) {
  switch (a) {
    case 0xE0: return b == 0xA5 && c == 0xA4;
    case 0xE1: return b == 0x9A && c == 0x80;
    case 0xE2:
      return (b == 0x80 && ((c >= 0x80 && c <= 0x8A) || c == 0xA6 || c == 0xA8 || c == 0xA9 || c == 0xAF)) ||
             (b == 0x81 && c == 0x9F);
    case 0xE3: return b == 0x80 && c >= 0x80 && c <= 0x82;
    case 0xEF: return b == 0xBC && c == 0x8C;
    default: return 0;
  }
}

// Length of the excluded character that begins at `at`, 0 when none does.
static size_t excluded_length(const uint8_t *text, size_t length, size_t at) {
  if (at >= length) return 0;
  if (is_excluded_ascii(text[at])) return 1;
  if (at + 1 < length && is_lead2(text[at], text[at + 1])) return 2;
  if (at + 2 < length && is_lead3(text[at], text[at + 1], text[at + 2])) return 3;
  return 0;
}

// Kernels read 66 bytes: the block and two more, for characters that end in the next block.
typedef block_masks (*kernel)(const uint8_t *p);

static block_masks masks_portable(const uint8_t *p) {
  block_masks m = {0, 0, 0, 0};
  for (int i = 0; i < 64; i++) {
    uint64_t bit = (uint64_t)1 << i;
    if (p[i] < 0x80) {
      if (is_excluded_ascii(p[i])) m.ascii |= bit;
      if (p[i] == 0x20) m.space |= bit;
    } else if (is_lead2(p[i], p[i + 1])) {
      m.lead2 |= bit;
    } else if (is_lead3(p[i], p[i + 1], p[i + 2])) {
      m.lead3 |= bit;
    }
  }
  return m;
}

#if defined(__x86_64__)
// Two nibble tables say "excluded ASCII": a byte is when low[b & 15] and high[b >> 4] share a bit.
#define LOW_NIBBLES 2, 2, 0, 0, 0, 0, 0, 0, 2, 3, 1, 1, 11, 1, 2, 4
#define HIGH_NIBBLES 1, 0, 2, 4, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0

#define TARGET_AVX2 __attribute__((target("avx2")))
#define TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl")))

TARGET_AVX2 static inline uint64_t half_bits(__m256i v) { return (uint32_t)_mm256_movemask_epi8(v); }

TARGET_AVX2 static inline void masks_half_avx2(const uint8_t *p, block_masks *m, int shift) {
  const __m256i low = _mm256_setr_epi8(LOW_NIBBLES, LOW_NIBBLES), high = _mm256_setr_epi8(HIGH_NIBBLES, HIGH_NIBBLES);
  const __m256i nibble = _mm256_set1_epi8(15);
  __m256i a = _mm256_loadu_si256((const __m256i *)p);
  __m256i hits = _mm256_and_si256(
      _mm256_shuffle_epi8(low, _mm256_and_si256(a, nibble)),
      _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(a, 4), nibble)));
  m->ascii |= (~half_bits(_mm256_cmpeq_epi8(hits, _mm256_setzero_si256())) & 0xFFFFFFFFu) << shift;
  m->space |= half_bits(_mm256_cmpeq_epi8(a, _mm256_set1_epi8(0x20))) << shift;
  if (half_bits(a) == 0) return;  // all ASCII
  __m256i b = _mm256_loadu_si256((const __m256i *)(p + 1)), c = _mm256_loadu_si256((const __m256i *)(p + 2));
#define IS(v, byte) _mm256_cmpeq_epi8(v, _mm256_set1_epi8((char)(byte)))
#define AND(x, y) _mm256_and_si256(x, y)
#define OR(x, y) _mm256_or_si256(x, y)
#define UP_TO(v, first, last)                                                                        \
  _mm256_cmpeq_epi8(                                                                                  \
      _mm256_min_epu8(_mm256_sub_epi8(v, _mm256_set1_epi8((char)(first))), _mm256_set1_epi8((last) - (first))), \
      _mm256_sub_epi8(v, _mm256_set1_epi8((char)(first))))
  __m256i two = OR(
      AND(IS(a, 0xC2), OR(IS(b, 0x85), IS(b, 0xA0))), OR(AND(IS(a, 0xD8), IS(b, 0x8C)), AND(IS(a, 0xDB), IS(b, 0x94))));
  __m256i general = OR(OR(UP_TO(c, 0x80, 0x8A), IS(c, 0xA6)), OR(OR(IS(c, 0xA8), IS(c, 0xA9)), IS(c, 0xAF)));
  __m256i e2 = AND(IS(a, 0xE2), OR(AND(IS(b, 0x80), general), AND(IS(b, 0x81), IS(c, 0x9F))));
  __m256i e0 = AND(IS(a, 0xE0), AND(IS(b, 0xA5), IS(c, 0xA4)));
  __m256i e1 = AND(IS(a, 0xE1), AND(IS(b, 0x9A), IS(c, 0x80)));
  __m256i e3 = AND(IS(a, 0xE3), AND(IS(b, 0x80), UP_TO(c, 0x80, 0x82)));
  __m256i ef = AND(IS(a, 0xEF), AND(IS(b, 0xBC), IS(c, 0x8C)));
  m->lead2 |= half_bits(two) << shift;
  m->lead3 |= half_bits(OR(OR(OR(e0, e1), OR(e3, ef)), e2)) << shift;
#undef IS
#undef AND
#undef OR
#undef UP_TO
}

TARGET_AVX2 static block_masks masks_avx2(const uint8_t *p) {
  block_masks m = {0, 0, 0, 0};
  masks_half_avx2(p, &m, 0);
  masks_half_avx2(p + 32, &m, 32);
  return m;
}

TARGET_AVX512 static block_masks masks_avx512(const uint8_t *p) {
  block_masks m = {0, 0, 0, 0};
  const __m512i low = _mm512_broadcast_i32x4(_mm_setr_epi8(LOW_NIBBLES));
  const __m512i high = _mm512_broadcast_i32x4(_mm_setr_epi8(HIGH_NIBBLES));
  const __m512i nibble = _mm512_set1_epi8(15);
  __m512i a = _mm512_loadu_si512(p);
  m.ascii = _mm512_test_epi8_mask(
      _mm512_shuffle_epi8(low, _mm512_and_si512(a, nibble)),
      _mm512_shuffle_epi8(high, _mm512_and_si512(_mm512_srli_epi16(a, 4), nibble)));
#define IS(v, byte) _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8((char)(byte)))
#define UP_TO(v, first, last) \
  _mm512_cmple_epu8_mask(_mm512_sub_epi8(v, _mm512_set1_epi8((char)(first))), _mm512_set1_epi8((last) - (first)))
  m.space = IS(a, 0x20);
  if (_mm512_movepi8_mask(a) == 0) return m;
  __m512i b = _mm512_loadu_si512(p + 1), c = _mm512_loadu_si512(p + 2);
  m.lead2 = (IS(a, 0xC2) & (IS(b, 0x85) | IS(b, 0xA0))) | (IS(a, 0xD8) & IS(b, 0x8C)) | (IS(a, 0xDB) & IS(b, 0x94));
  uint64_t general = UP_TO(c, 0x80, 0x8A) | IS(c, 0xA6) | IS(c, 0xA8) | IS(c, 0xA9) | IS(c, 0xAF);
  m.lead3 = (IS(a, 0xE2) & ((IS(b, 0x80) & general) | (IS(b, 0x81) & IS(c, 0x9F)))) |
            (IS(a, 0xE0) & IS(b, 0xA5) & IS(c, 0xA4)) | (IS(a, 0xE1) & IS(b, 0x9A) & IS(c, 0x80)) |
            (IS(a, 0xE3) & IS(b, 0x80) & UP_TO(c, 0x80, 0x82)) | (IS(a, 0xEF) & IS(b, 0xBC) & IS(c, 0x8C));
#undef IS
#undef UP_TO
  return m;
}
#endif

static kernel kernel_for(int level, int *used) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (level >= xylem_bloom_avx512 && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
    *used = xylem_bloom_avx512;
    return masks_avx512;
  }
  if (level >= xylem_bloom_avx2 && __builtin_cpu_supports("avx2")) {
    *used = xylem_bloom_avx2;
    return masks_avx2;
  }
#endif
  *used = xylem_bloom_portable;
  return masks_portable;
}

int xylem_bloom_boundaries_at_level(
    const uint8_t *text, size_t length, size_t from, uint64_t *words, size_t word_count, int level) {
  int used;
  kernel classify = kernel_for(level, &used);

  // What the bytes before `from` say: does a character reach in, and is the last byte before part of a word?
  uint64_t carry = 0, word_before = 0;
  if (from > 0) {
    size_t one = excluded_length(text, length, from - 1);
    size_t two = from > 1 ? excluded_length(text, length, from - 2) : 0;
    size_t three = from > 2 ? excluded_length(text, length, from - 3) : 0;
    if (one == 2 || two == 3) carry |= 1;
    if (one == 3) carry |= 3;
    word_before = !(one >= 1 || two >= 2 || three >= 3);
  }
  for (size_t k = 0; k < word_count; k++) {
    size_t at = from + 64 * k;
    if (at >= length) {
      words[k] = 0;
      continue;
    }
    block_masks m;
    if (at + 66 <= length) {
      m = classify(text + at);
    } else {
      // Padding counts as excluded, so that the end of the text looks like the end of a word.
      uint8_t padded[72];
      size_t rest = length - at < 66 ? length - at : 66;
      memset(padded, '.', sizeof padded);
      memcpy(padded, text + at, rest);
      m = classify(padded);
    }
    uint64_t excluded = m.ascii | m.lead2 | (m.lead2 << 1) | m.lead3 | (m.lead3 << 1) | (m.lead3 << 2) | carry;
    carry = (m.lead2 >> 63) | (m.lead3 >> 62) | (m.lead3 >> 63);
    uint64_t word = ~excluded, shifted = (word << 1) | word_before;
    uint64_t word_start = word & ~shifted, gap_start = excluded & shifted;
    uint64_t space_before = m.space << 1;
    if (at > 0 && text[at - 1] == 0x20) space_before |= 1;
    // A space is a character of its own, so whatever follows it begins a character.
    uint64_t next_word = at + 64 < length && excluded_length(text, length, at + 64) == 0;
    uint64_t space_taken = ((word_start >> 1) | (next_word << 63)) & m.space;
    uint64_t boundary = gap_start | (word_start & ~space_before) | space_taken;
    if (length - at < 64) boundary &= ((uint64_t)1 << (length - at)) - 1;
    words[k] = boundary;
    word_before = word >> 63;
  }
  return used;
}

void xylem_bloom_boundaries(
    const uint8_t *text, size_t length, size_t from, uint64_t *words, size_t word_count) {
  xylem_bloom_boundaries_at_level(text, length, from, words, word_count, xylem_bloom_avx512);
}

static size_t bit_positions_portable(const uint64_t *words, size_t word_count, uint32_t base, uint32_t *positions) {
  uint32_t *out = positions;
  for (size_t k = 0; k < word_count; k++, base += 64) {
    for (uint64_t rest = words[k]; rest; rest &= rest - 1) *out++ = base + (uint32_t)__builtin_ctzll(rest);
  }
  return (size_t)(out - positions);
}

#if defined(__x86_64__)
// The bytes 0...63 under the mask, packed, widened to 16 positions a store; few words have more than 16 bits set.
__attribute__((target("avx512f,avx512bw,avx512vbmi,avx512vbmi2,popcnt"))) static size_t bit_positions_avx512(
    const uint64_t *words, size_t word_count, uint32_t base, uint32_t *positions) {
  uint8_t numbers[64];
  for (int i = 0; i < 64; i++) numbers[i] = (uint8_t)i;
  const __m512i all = _mm512_loadu_si512(numbers);
  uint32_t *out = positions;
  for (size_t k = 0; k < word_count; k++, base += 64) {
    __m512i packed = _mm512_maskz_compress_epi8(words[k], all);
    const __m512i offset = _mm512_set1_epi32((int)base);
    size_t count = (size_t)__builtin_popcountll(words[k]);
    _mm512_storeu_si512(out, _mm512_add_epi32(_mm512_cvtepu8_epi32(_mm512_castsi512_si128(packed)), offset));
    if (count > 16) {
      _mm512_storeu_si512(
          out + 16, _mm512_add_epi32(_mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(packed, 1)), offset));
      if (count > 32) {
        _mm512_storeu_si512(
            out + 32, _mm512_add_epi32(_mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(packed, 2)), offset));
        _mm512_storeu_si512(
            out + 48, _mm512_add_epi32(_mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(packed, 3)), offset));
      }
    }
    out += count;
  }
  return (size_t)(out - positions);
}
#endif

size_t xylem_bit_positions(const uint64_t *words, size_t word_count, uint32_t base, uint32_t *positions) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512bw")) {
    return bit_positions_avx512(words, word_count, base, positions);
  }
#endif
  return bit_positions_portable(words, word_count, base, positions);
}

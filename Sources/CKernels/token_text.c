// The byte alphabet: 0x21...0x7E, 0xA1...0xAC and 0xAE...0xFF stand for themselves (U+0021 onwards), the other 68 bytes
// for U+0100...U+0143 in ascending order. So every character has one byte of UTF-8 or two, the first of which is C2, C3
// (a byte that stands for itself), C4 or C5 (one of the 68: 00...20, 7F...A0, AD).
#include "token_text.h"

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

static inline int is_plain(uint8_t a) { return a >= 0x21 && a <= 0x7E && a != '"' && a != '\\'; }

// The byte that the character of two bytes stands for, or -1.
static inline int byte_of_two(uint8_t a, uint8_t b) {
  if ((b & 0xC0) != 0x80) return -1;
  switch (a) {
    case 0xC2: return b >= 0xA1 && b != 0xAD ? b : -1;
    case 0xC3: return b | 0x40;
    case 0xC4: return b <= 0xA0 ? b - 0x80 : b - 0x80 + 0x5E;
    case 0xC5: return b < 0x83 ? b + 0x1E : b == 0x83 ? 0xAD : -1;
    default: return -1;
  }
}

// Goes on from `at`, with `written` bytes behind it.
static inline xylem_token_progress decode_rest(
    const uint8_t *text, size_t length, uint8_t *output, size_t at, size_t written) {
  while (at < length) {
    uint8_t a = text[at];
    if (is_plain(a)) {
      output[written++] = a;
      at += 1;
      continue;
    }
    int byte = a >= 0xC2 && length - at > 1 ? byte_of_two(a, text[at + 1]) : -1;
    if (byte < 0) break;
    output[written++] = (uint8_t)byte;
    at += 2;
  }
  return (xylem_token_progress){at, written};
}

xylem_token_progress xylem_token_decode_portable(const uint8_t *text, size_t length, uint8_t *output) {
  return decode_rest(text, length, output, 0, 0);
}

#if defined(__x86_64__)
// Sixteen bytes a step: what each would stand for if a character began there, then those where one does are packed.
__attribute__((target("avx2,bmi,bmi2,popcnt"))) static xylem_token_progress decode_avx2(
    const uint8_t *text, size_t length, uint8_t *output) {
#define BYTES(value) _mm_set1_epi8((char)(value))
#define IS(v, byte) _mm_cmpeq_epi8(v, BYTES(byte))
#define AT_LEAST(v, byte) _mm_cmpeq_epi8(_mm_max_epu8(v, BYTES(byte)), v)
#define AT_MOST(v, byte) _mm_cmpeq_epi8(_mm_min_epu8(v, BYTES(byte)), v)
#define AND(x, y) _mm_and_si128(x, y)
#define OR(x, y) _mm_or_si128(x, y)
  size_t at = 0, written = 0;
  while (length - at > 16) {
    __m128i a = _mm_loadu_si128((const __m128i *)(text + at));
    __m128i b = _mm_loadu_si128((const __m128i *)(text + at + 1));
    __m128i plain = _mm_andnot_si128(OR(IS(a, '"'), IS(a, '\\')), AND(AT_LEAST(a, 0x21), AT_MOST(a, 0x7E)));
    __m128i values = a, two = _mm_setzero_si128();
    if (_mm_movemask_epi8(a)) {
      __m128i is_second = AND(AT_LEAST(b, 0x80), AT_MOST(b, 0xBF));
      __m128i c2 = AND(IS(a, 0xC2), _mm_andnot_si128(IS(b, 0xAD), AT_LEAST(b, 0xA1)));
      __m128i c3 = IS(a, 0xC3), c4 = IS(a, 0xC4), c5 = AND(IS(a, 0xC5), AT_MOST(b, 0x83));
      two = AND(OR(OR(c2, c3), OR(c4, c5)), is_second);
      __m128i low = _mm_add_epi8(b, BYTES(0x80));
      __m128i from_c4 = _mm_add_epi8(low, AND(AT_LEAST(b, 0xA1), BYTES(0x5E)));
      __m128i from_c5 = _mm_blendv_epi8(_mm_add_epi8(b, BYTES(0x1E)), BYTES(0xAD), IS(b, 0x83));
      values = _mm_blendv_epi8(values, b, c2);
      values = _mm_blendv_epi8(values, OR(b, BYTES(0x40)), c3);
      values = _mm_blendv_epi8(values, from_c4, c4);
      values = _mm_blendv_epi8(values, from_c5, c5);
    }
    // A second byte is no lead and not plain, so one bit a byte says all.
    uint32_t leads = (uint32_t)_mm_movemask_epi8(two), begins = (uint32_t)_mm_movemask_epi8(plain) | leads;
    uint32_t known = begins | leads << 1;
    uint32_t good = (uint32_t)__builtin_ctz(~known | 1u << 16);
    uint32_t kept = begins & ((1u << good) - 1);
    uint64_t low_mask = _pdep_u64(kept & 0xFF, 0x0101010101010101u) * 0xFF;
    uint64_t high_mask = _pdep_u64(kept >> 8, 0x0101010101010101u) * 0xFF;
    uint64_t low = _pext_u64((uint64_t)_mm_cvtsi128_si64(values), low_mask);
    uint64_t high = _pext_u64((uint64_t)_mm_extract_epi64(values, 1), high_mask);
    memcpy(output + written, &low, 8);
    written += (size_t)__builtin_popcount(kept & 0xFF);
    memcpy(output + written, &high, 8);
    written += (size_t)__builtin_popcount(kept >> 8);
    if (good < 16) return (xylem_token_progress){at + good, written};
    // The last byte may begin a character, whose second byte was looked at.
    at += 16 + (leads >> 15);
  }
#undef BYTES
#undef IS
#undef AT_LEAST
#undef AT_MOST
#undef AND
#undef OR
  return decode_rest(text, length, output, at, written);
}
#endif

xylem_token_progress xylem_token_decode(const uint8_t *text, size_t length, uint8_t *output) {
#if defined(__x86_64__)
  // Asked for a million times a file: the processor was looked at before `main`.
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2")) return decode_avx2(text, length, output);
#endif
  return decode_rest(text, length, output, 0, 0);
}

static inline int is_second(uint8_t byte) { return (byte & 0xC0) == 0x80; }

// Room for everything and for whole vectors behind it.
static inline int is_inside(
    const uint8_t *text, const uint8_t *end, const uint8_t *whole, size_t whole_length, size_t gap_length) {
  size_t room = whole_length + gap_length + 2 + 16;
  return (size_t)(end - text) >= room && (size_t)(end - whole) >= room;
}

size_t xylem_token_pair_portable(
    const uint8_t *text, const uint8_t *end, const uint8_t *whole, size_t whole_length, const uint8_t *gap,
    size_t gap_length, size_t *left_characters) {
  if (!is_inside(text, end, whole, whole_length, gap_length)) return 0;
  size_t left = 0, characters = 0;
  while (left < whole_length && text[left] == whole[left]) characters += !is_second(text[left++]);
  const uint8_t *right = text + left + 1 + gap_length;
  size_t rest = whole_length - left;
  if (text[left] != '"' || memcmp(text + left + 1, gap, gap_length) != 0) return 0;
  if (memcmp(right, whole + left, rest) != 0 || right[rest] != '"' || (rest > 0 && is_second(right[0]))) return 0;
  *left_characters = characters;
  return (size_t)(right - text) + rest + 1;
}

#if defined(__SSE2__)
// Of the first `length` bytes those up to the first difference. Reads whole vectors.
static inline size_t common_prefix(const uint8_t *a, const uint8_t *b, size_t length) {
  for (size_t at = 0;; at += 16) {
    __m128i equal = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(a + at)), _mm_loadu_si128((const __m128i *)(b + at)));
    uint32_t differs = ~(uint32_t)_mm_movemask_epi8(equal) & 0xFFFF;
    if (length - at < 16) differs |= 1u << (length - at);
    if (differs) return at + (size_t)__builtin_ctz(differs);
  }
}

size_t xylem_token_pair(
    const uint8_t *text, const uint8_t *end, const uint8_t *whole, size_t whole_length, const uint8_t *gap,
    size_t gap_length, size_t *left_characters) {
  if (!is_inside(text, end, whole, whole_length, gap_length)) return 0;
  size_t left = common_prefix(text, whole, whole_length);
  if (text[left] != '"') return 0;
  const uint8_t *right = text + left + 1 + gap_length;
  size_t rest = whole_length - left;
  // The gap stands in the file too, before the text: vectors of it may be read as well.
  if (common_prefix(text + left + 1, gap, gap_length) != gap_length) return 0;
  if (common_prefix(right, whole + left, rest) != rest || right[rest] != '"' || (rest > 0 && is_second(right[0]))) return 0;
  size_t characters = 0;
  for (size_t at = 0; at < left; at += 16) {
    // As signed numbers second bytes are the least: 0x80...0xBF is -128...-65.
    __m128i begins = _mm_cmpgt_epi8(_mm_loadu_si128((const __m128i *)(text + at)), _mm_set1_epi8(-65));
    uint32_t mask = (uint32_t)_mm_movemask_epi8(begins);
    if (left - at < 16) mask &= (1u << (left - at)) - 1;
    characters += (size_t)__builtin_popcount(mask);
  }
  *left_characters = characters;
  return (size_t)(right - text) + rest + 1;
}
#else
size_t xylem_token_pair(
    const uint8_t *text, const uint8_t *end, const uint8_t *whole, size_t whole_length, const uint8_t *gap,
    size_t gap_length, size_t *left_characters) {
  return xylem_token_pair_portable(text, end, whole, whole_length, gap, gap_length, left_characters);
}
#endif

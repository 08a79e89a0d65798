// Text that cleaning leaves as it is, 64 bytes at a time. What is left at the end is taken a character at a time.
#include "plain_text.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))

enum { block = 64, beyond = 2 };

INLINE int is_continuation(uint8_t b) { return (b & 0xC0) == 0x80; }

// Length of the character of two or three bytes that always stays, 0 for one that may not.
INLINE size_t wide_length(uint8_t a, uint8_t b, uint8_t c) {
  if (a < 0xC2 || !is_continuation(b)) return 0;
  // Not the controls and the no-break space of Latin-1, its soft hyphen, the Arabic letter mark.
  if (a == 0xC2) return b > 0xA0 && b != 0xAD ? 2 : 0;
  if (a < 0xE0) return a == 0xD8 && b == 0x9C ? 0 : 2;
  if (!is_continuation(c)) return 0;
  switch (a) {
    case 0xE0: return b >= 0xA0 ? 3 : 0;
    // From U+1E00 on: Latin and Greek with accents.
    case 0xE1: return b >= 0xB8 ? 3 : 0;
    // Of general punctuation U+2010 to U+2026: dashes, quotation marks, dots.
    case 0xE2: return b == 0x80 ? (c >= 0x90 && c <= 0xA6 ? 3 : 0) : (b == 0x81 ? 0 : 3);
    // Not the ideographic space.
    case 0xE3: return b == 0x80 && c == 0x80 ? 0 : 3;
    // U+FF00 to U+FF7F: wide forms.
    case 0xEF: return b == 0xBC || b == 0xBD ? 3 : 0;
    default: return a <= 0xEC ? 3 : 0;
  }
}

INLINE int is_visible(uint8_t b) { return (uint8_t)(b - 0x21) < 0x5E; }

// One character at a time, from `at` on.
static size_t plain_portable_from(const uint8_t *bytes, size_t count, size_t at) {
  while (at < count) {
    size_t begin = at + (bytes[at] == 0x20);
    if (begin == count) break;
    size_t rest = count - begin;
    const uint8_t *p = bytes + begin;
    size_t length = is_visible(*p) ? 1 : wide_length(p[0], rest > 1 ? p[1] : 0, rest > 2 ? p[2] : 0);
    if (length == 0) break;
    at = begin + length;
  }
  return at;
}

static size_t plain_portable(const uint8_t *bytes, size_t count) { return plain_portable_from(bytes, count, 0); }

#if defined(__x86_64__)
#define TARGET_AVX2 __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt")))
#define TARGET_AVX512 __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl")))

typedef struct {
  uint64_t visible, space, two, three;
} block_masks;

// The body of both kernels: IS, FROM (first, count as unsigned numbers) and HIGH give bits of 64 bytes.
#define MASKS                                                                                                    \
  m.visible = FROM(a, 0x21, 0x5E);                                                                               \
  m.space = IS(a, 0x20);                                                                                         \
  m.two = m.three = 0;                                                                                           \
  if (HIGH(a)) {                                                                                                 \
    LOAD(b, p + 1);                                                                                              \
    LOAD(c, p + 2);                                                                                              \
    uint64_t second = FROM(b, 0x80, 0x40), third = second & FROM(c, 0x80, 0x40);                                 \
    m.two = second & ((FROM(a, 0xC3, 0x1D) & ~(IS(a, 0xD8) & IS(b, 0x9C))) |                                      \
                      (IS(a, 0xC2) & FROM(b, 0xA1, 0x1F) & ~IS(b, 0xAD)));                                        \
    uint64_t b80 = IS(b, 0x80);                                                                                  \
    m.three = FROM(a, 0xE4, 9) | (IS(a, 0xE0) & FROM(b, 0xA0, 0x20)) | (IS(a, 0xE3) & ~(b80 & IS(c, 0x80)));      \
    uint64_t e2 = IS(a, 0xE2), rare = IS(a, 0xE1) | IS(a, 0xEF);                                                 \
    if (e2 | rare) {                                                                                             \
      m.three |= (e2 & ((b80 & FROM(c, 0x90, 0x17)) | (~b80 & ~IS(b, 0x81)))) |                                  \
                 (IS(a, 0xE1) & FROM(b, 0xB8, 8)) | (IS(a, 0xEF) & FROM(b, 0xBC, 2));                             \
    }                                                                                                            \
    m.three &= third;                                                                                            \
  }

TARGET_AVX512 INLINE block_masks masks_avx512(const uint8_t *p) {
  block_masks m;
#define LOAD(name, from) __m512i name = _mm512_loadu_si512(from)
#define IS(v, byte) _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8((char)(byte)))
#define FROM(v, first, count) \
  _mm512_cmplt_epu8_mask(_mm512_sub_epi8(v, _mm512_set1_epi8((char)(first))), _mm512_set1_epi8(count))
#define HIGH(v) _mm512_movepi8_mask(v)
  LOAD(a, p);
  MASKS
#undef LOAD
#undef IS
#undef FROM
#undef HIGH
  return m;
}

typedef struct {
  __m256i low, high;
} two_halves;

TARGET_AVX2 INLINE two_halves load_halves(const uint8_t *p) {
  return (two_halves){_mm256_loadu_si256((const __m256i *)p), _mm256_loadu_si256((const __m256i *)(p + 32))};
}

TARGET_AVX2 INLINE uint64_t bits_of(__m256i low, __m256i high) {
  return (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32 | (uint32_t)_mm256_movemask_epi8(low);
}

TARGET_AVX2 INLINE uint64_t is_avx2(two_halves v, uint8_t byte) {
  __m256i b = _mm256_set1_epi8((char)byte);
  return bits_of(_mm256_cmpeq_epi8(v.low, b), _mm256_cmpeq_epi8(v.high, b));
}

TARGET_AVX2 INLINE __m256i from_half(__m256i v, __m256i first, __m256i last) {
  __m256i offset = _mm256_sub_epi8(v, first);
  return _mm256_cmpeq_epi8(_mm256_min_epu8(offset, last), offset);
}

TARGET_AVX2 INLINE uint64_t from_avx2(two_halves v, uint8_t first, uint8_t count) {
  __m256i f = _mm256_set1_epi8((char)first), last = _mm256_set1_epi8((char)(count - 1));
  return bits_of(from_half(v.low, f, last), from_half(v.high, f, last));
}

TARGET_AVX2 INLINE block_masks masks_avx2(const uint8_t *p) {
  block_masks m;
#define LOAD(name, from) two_halves name = load_halves(from)
#define IS(v, byte) is_avx2(v, byte)
#define FROM(v, first, count) from_avx2(v, first, count)
#define HIGH(v) bits_of(v.low, v.high)
  LOAD(a, p);
  MASKS
#undef LOAD
#undef IS
#undef FROM
#undef HIGH
  return m;
}

INLINE size_t plain_blocks(const uint8_t *bytes, size_t count, block_masks (*classify)(const uint8_t *)) {
  size_t at = 0;
  while (at + block + beyond <= count) {
    block_masks m = classify(bytes + at);
    uint64_t begins = m.visible | m.two | m.three;
    uint64_t plain = begins | (m.space & (begins >> 1)) | m.two << 1 | m.three << 1 | m.three << 2;
    if (plain != ~(uint64_t)0) {
      size_t length = (size_t)__builtin_ctzll(~plain);
      at += length;
      // A space at the end of a block may have something visible behind it.
      if (length == block - 1 && m.space >> 63) continue;
      return at;
    }
    // The last character may reach into the next block.
    at += block + (m.two >> 63) + (m.three >> 62 & 1) + 2 * (m.three >> 63);
  }
  return plain_portable_from(bytes, count, at);
}

TARGET_AVX2 static size_t plain_avx2(const uint8_t *bytes, size_t count) {
  return plain_blocks(bytes, count, masks_avx2);
}

TARGET_AVX512 static size_t plain_avx512(const uint8_t *bytes, size_t count) {
  return plain_blocks(bytes, count, masks_avx512);
}
#endif

typedef size_t (*scanner)(const uint8_t *bytes, size_t count);

INLINE scanner scanner_for(int level) {
#if defined(__x86_64__)
  // Asked for once a stretch of text: the processor was looked at before `main`.
  int bits = __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("avx2");
  if (level >= xylem_plain_avx512 && bits && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
    return plain_avx512;
  }
  if (level >= xylem_plain_avx2 && bits) return plain_avx2;
#endif
  return plain_portable;
}

size_t xylem_plain_text_at_level(const uint8_t *bytes, size_t count, int level) {
  return scanner_for(level)(bytes, count);
}

size_t xylem_plain_text(const uint8_t *bytes, size_t count) { return scanner_for(xylem_plain_avx512)(bytes, count); }

// Decoding by AVX-512: the bytes at which characters begin are moved together, likewise the bytes one, two and three behind
// them, and sixteen characters at a time are put together from the four. Elsewhere sixteen bytes of ASCII are taken at a
// time, and other characters one by one.
#include "utf8_decode.h"

#include <string.h>

enum { block = xylem_decode_ahead, overhang = 3, ascii_run = 16 };

#define INLINE static inline __attribute__((always_inline))

// The character at `p`, of which four bytes can be read, and its length; 0 for none.
INLINE size_t decode_one(const uint8_t *p, uint32_t *character) {
  const uint32_t a = p[0], b = p[1] ^ 0x80u, c = p[2] ^ 0x80u, d = p[3] ^ 0x80u;
  if (a < 0x80) {
    *character = a;
    return 1;
  }
  // Without its mark a byte that continues a character is below 0x40.
  if (a < 0xC2 || b >= 0x40) return 0;
  if (a < 0xE0) {
    *character = (a & 0x1F) << 6 | b;
    return 2;
  }
  if (c >= 0x40) return 0;
  if (a < 0xF0) {
    const uint32_t value = (a & 0x0F) << 12 | b << 6 | c;
    *character = value;
    return value < 0x800 || (value & 0xF800) == 0xD800 ? 0 : 3;
  }
  const uint32_t value = (a & 0x07) << 18 | b << 12 | c << 6 | d;
  *character = value;
  return a > 0xF4 || d >= 0x40 || value < 0x10000 || value > 0x10FFFF ? 0 : 4;
}

static size_t decode_portable(const uint8_t *bytes, size_t count, uint32_t *out, size_t room, size_t *made) {
  size_t at = 0, written = 0, length = 1;
  while (length && at + block + overhang <= count && written + block <= room) {
    const size_t end = at + block;
    while (at < end) {
      if (at + ascii_run <= end) {
        uint64_t two[2];
        memcpy(two, bytes + at, sizeof two);
        if (((two[0] | two[1]) & 0x8080808080808080u) == 0) {
          for (int i = 0; i < ascii_run; i++) out[written + (size_t)i] = bytes[at + (size_t)i];
          written += ascii_run;
          at += ascii_run;
          continue;
        }
      }
      length = decode_one(bytes + at, out + written);
      if (length == 0) break;
      written++;
      at += length;
    }
  }
  *made = written;
  return at;
}

#if defined(__x86_64__)
#include <immintrin.h>
#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi2,bmi,bmi2,popcnt,lzcnt")))

TARGET INLINE uint64_t from(__m512i v, int first, int count) {
  return _mm512_cmplt_epu8_mask(_mm512_sub_epi8(v, _mm512_set1_epi8((char)first)), _mm512_set1_epi8((char)count));
}

TARGET INLINE uint64_t is(__m512i v, int byte) { return _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8((char)byte)); }

// Sixteen of the bytes as numbers, the `group`-th sixteen.
#define WIDEN(v, group) _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(v, group))

// One more byte of six bits for the characters of `mask`, whose mark 0x80 is taken off; `marks` is what a lead byte and the
// bytes before left to be taken off.
TARGET INLINE __m512i longer(__m512i value, __mmask16 mask, __m512i byte) {
  return _mm512_mask_add_epi32(value, mask, _mm512_slli_epi32(value, 6), byte);
}

// The characters of a group from the bytes at their beginnings and behind. Lead bytes and continuation bytes bring their
// marks with them, which together are one number for each length.
#define GROUP(group)                                                                                                \
  if (16 * (group) < characters) {                                                                                  \
    const __m512i lead = WIDEN(b0, group);                                                                          \
    const __mmask16 m2 = _mm512_cmpge_epu32_mask(lead, _mm512_set1_epi32(0xC0));                                    \
    const __mmask16 m3 = _mm512_cmpge_epu32_mask(lead, _mm512_set1_epi32(0xE0));                                    \
    const __mmask16 m4 = _mm512_cmpge_epu32_mask(lead, _mm512_set1_epi32(0xF0));                                    \
    __m512i value = longer(lead, m2, WIDEN(b1, group));                                                             \
    __m512i marks = _mm512_maskz_set1_epi32(m2, (0xC0 << 6) + 0x80);                                                \
    if (three | four) {                                                                                             \
      value = longer(value, m3, WIDEN(b2, group));                                                                  \
      marks = _mm512_mask_set1_epi32(marks, m3, (0xE0 << 12) + (0x80 << 6) + 0x80);                                 \
      value = longer(value, m4, WIDEN(b3, group));                                                                  \
      marks = _mm512_mask_set1_epi32(marks, m4, (0xF0 << 18) + (0x80 << 12) + (0x80 << 6) + 0x80);                  \
    }                                                                                                               \
    _mm512_storeu_si512(out + written + 16 * (group), _mm512_sub_epi32(value, marks));                              \
  }

TARGET static size_t decode_avx512(const uint8_t *bytes, size_t count, uint32_t *out, size_t room, size_t *made) {
  size_t at = 0, written = 0;
  while (at + block + overhang <= count && written + block <= room) {
    const uint8_t *p = bytes + at;
    const __m512i v0 = _mm512_loadu_si512(p);
    if (_mm512_movepi8_mask(v0) == 0) {
      _mm512_storeu_si512(out + written, WIDEN(v0, 0));
      _mm512_storeu_si512(out + written + 16, WIDEN(v0, 1));
      _mm512_storeu_si512(out + written + 32, WIDEN(v0, 2));
      _mm512_storeu_si512(out + written + 48, WIDEN(v0, 3));
      at += block;
      written += block;
      continue;
    }
    const __m512i v1 = _mm512_loadu_si512(p + 1), v2 = _mm512_loadu_si512(p + 2), v3 = _mm512_loadu_si512(p + 3);
    const uint64_t one = ~_mm512_movepi8_mask(v0), two = from(v0, 0xC2, 0x1E), three = from(v0, 0xE0, 0x10);
    const uint64_t four = from(v0, 0xF0, 5), leads = one | two | three | four;
    // Every continuation byte belongs to a character, and every character has all of its own.
    const uint64_t second = two | three | four, third = three | four;
    uint64_t bad = ~leads ^ (second << 1 | third << 2 | four << 3);
    bad |= ~leads & ~from(v0, 0x80, 0x40);
    bad |= (second & ~from(v1, 0x80, 0x40)) | (third & ~from(v2, 0x80, 0x40)) | (four & ~from(v3, 0x80, 0x40));
    if (third) {
      // Neither longer than need be, nor a surrogate, nor above U+10FFFF.
      bad |= (is(v0, 0xE0) & ~from(v1, 0xA0, 0x20)) | (is(v0, 0xED) & from(v1, 0xA0, 0x20));
      bad |= (is(v0, 0xF0) & ~from(v1, 0x90, 0x30)) | (is(v0, 0xF4) & from(v1, 0x90, 0x30));
    }
    if (bad) break;
    const size_t characters = (size_t)_mm_popcnt_u64(leads);
    const __m512i b0 = _mm512_maskz_compress_epi8(leads, v0), b1 = _mm512_maskz_compress_epi8(leads, v1);
    __m512i b2 = b1, b3 = b1;
    if (third) {
      b2 = _mm512_maskz_compress_epi8(leads, v2);
      b3 = _mm512_maskz_compress_epi8(leads, v3);
    }
    GROUP(0)
    GROUP(1)
    GROUP(2)
    GROUP(3)
    written += characters;
    // The last character may end behind the block.
    const int last = 63 - (int)_lzcnt_u64(leads);
    const uint64_t bit = 1ull << last;
    at += (size_t)(last + 1 + ((second & bit) != 0) + ((third & bit) != 0) + ((four & bit) != 0));
  }
  *made = written;
  return at;
}
#endif

size_t xylem_decode_utf8_at_level(
    const uint8_t *bytes, size_t count, uint32_t *out, size_t room, size_t *made, int level) {
#if defined(__x86_64__)
  if (level >= xylem_decode_avx512 && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("bmi2")) {
    return decode_avx512(bytes, count, out, room, made);
  }
#endif
  return decode_portable(bytes, count, out, room, made);
}

size_t xylem_decode_utf8(const uint8_t *bytes, size_t count, uint32_t *out, size_t room, size_t *made) {
  return xylem_decode_utf8_at_level(bytes, count, out, room, made, xylem_decode_avx512);
}

static size_t characters_portable(const uint8_t *bytes, size_t count) {
  size_t found = 0;
  for (size_t i = 0; i < count; i++) found += (bytes[i] & 0xC0) != 0x80;
  return found;
}

#if defined(__x86_64__)
__attribute__((target("avx2,popcnt"))) static size_t characters_avx2(const uint8_t *bytes, size_t count) {
  size_t found = 0, at = 0;
  for (; at + 32 <= count; at += 32) {
    const __m256i v = _mm256_loadu_si256((const __m256i *)(bytes + at));
    // Bytes that continue a character are the signed numbers below -64.
    const __m256i begins = _mm256_cmpgt_epi8(v, _mm256_set1_epi8(-65));
    found += (size_t)_mm_popcnt_u32((unsigned)_mm256_movemask_epi8(begins));
  }
  return found + characters_portable(bytes + at, count - at);
}
#endif

size_t xylem_count_characters(const uint8_t *bytes, size_t count) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt")) return characters_avx2(bytes, count);
#endif
  return characters_portable(bytes, count);
}

// What the kernels that split text share: code points of characters, and text in blocks of 64 bytes.
#ifndef XYLEM_UTF8_BLOCKS_H
#define XYLEM_UTF8_BLOCKS_H

#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define ALWAYS_INLINE static inline __attribute__((always_inline))

// The code point of the character whose first four bytes are w, most significant first. Bits that are no payload are
// skipped, whatever the continuation bytes are: garbage in gives some 21-bit number out.
ALWAYS_INLINE uint32_t code_point(uint32_t w) {
  if (w < 0x80000000u) return w >> 24;
  if (w < 0xE0000000u) return (w >> 24 & 0x1F) << 6 | (w >> 16 & 0x3F);
  if (w < 0xF0000000u) return (w >> 24 & 0x0F) << 12 | (w >> 16 & 0x3F) << 6 | (w >> 8 & 0x3F);
  return (w >> 24 & 0x07) << 18 | (w >> 16 & 0x3F) << 12 | (w >> 8 & 0x3F) << 6 | (w & 0x3F);
}

ALWAYS_INLINE uint32_t load_big_endian(const uint8_t *p) {
  uint32_t w;
  memcpy(&w, p, 4);
  return __builtin_bswap32(w);
}

// The code point of the character that begins at `at`, which is inside the text; behind the text are zeros.
ALWAYS_INLINE uint32_t code_point_at(const uint8_t *text, size_t length, size_t at) {
  uint8_t bytes[4] = {0, 0, 0, 0};
  memcpy(bytes, text + at, length - at < 4 ? length - at : 4);
  return code_point(load_big_endian(bytes));
}

#if defined(__x86_64__)
// The same as code_point, without a branch: payload bits by the five high bits of the first byte.
__attribute__((target("bmi2"))) ALWAYS_INLINE uint32_t code_point_bmi2(const uint8_t *p) {
  static const uint32_t payload[32] = {
      0x7F000000, 0x7F000000, 0x7F000000, 0x7F000000, 0x7F000000, 0x7F000000, 0x7F000000, 0x7F000000,
      0x7F000000, 0x7F000000, 0x7F000000, 0x7F000000, 0x7F000000, 0x7F000000, 0x7F000000, 0x7F000000,
      0,          0,          0,          0,          0,          0,          0,          0,
      0x1F3F0000, 0x1F3F0000, 0x1F3F0000, 0x1F3F0000, 0x0F3F3F00, 0x0F3F3F00, 0x073F3F3F, 0x073F3F3F,
  };
  return _pext_u32(load_big_endian(p), payload[p[0] >> 3]);
}
#endif

enum { padded_block = 72 };

// The 64 bytes of text from `at` on, with four more that may be read: there, or in `padded` with zeros behind the text. A bit
// of `inside` is set for each of the 64 that is text.
ALWAYS_INLINE const uint8_t *block_of(
    const uint8_t *text, size_t length, size_t at, uint8_t padded[padded_block], uint64_t *inside) {
  size_t rest = length - at;
  *inside = rest < 64 ? ((uint64_t)1 << rest) - 1 : ~(uint64_t)0;
  if (rest >= 68) return text + at;
  memset(padded, 0, padded_block);
  memcpy(padded, text + at, rest);
  return padded;
}

#endif

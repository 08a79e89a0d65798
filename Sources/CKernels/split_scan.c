// One character at a time, without a branch on what the character is: its kind by a two-stage table, the next state and
// what to write by two look-ups, positions written always and counted when they are wanted. A mispredicted branch costs as
// much as four characters, and in text of many scripts every word would have one.
#include "split_scan.h"

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// The code point of the character whose first four bytes are w, most significant first. Bits that are no payload are
// skipped, whatever the continuation bytes are: garbage in gives some 21-bit number out.
static inline uint32_t code_point(uint32_t w) {
  if (w < 0x80000000u) return w >> 24;
  if (w < 0xE0000000u) return (w >> 24 & 0x1F) << 6 | (w >> 16 & 0x3F);
  if (w < 0xF0000000u) return (w >> 24 & 0x0F) << 12 | (w >> 16 & 0x3F) << 6 | (w >> 8 & 0x3F);
  return (w >> 24 & 0x07) << 18 | (w >> 16 & 0x3F) << 12 | (w >> 8 & 0x3F) << 6 | (w & 0x3F);
}

static inline uint32_t load_big_endian(const uint8_t *p) {
  uint32_t w;
  memcpy(&w, p, 4);
  return __builtin_bswap32(w);
}

size_t xylem_split_scan_portable(
    const xylem_split_automaton *automaton, const xylem_split_classes *classes, const uint8_t *text, size_t length,
    size_t from, size_t to, uint32_t base, xylem_split_position *position, uint32_t *ends) {
  xylem_split_position at = *position;
  size_t count = 0;
  for (size_t i = from; i < to; i++) {
    if ((text[i] & 0xC0) == 0x80) continue;
    uint8_t bytes[4] = {0, 0, 0, 0};
    memcpy(bytes, text + i, length - i < 4 ? length - i : 4);
    uint32_t c = code_point(load_big_endian(bytes));
    size_t step = classes->kinds[classes->pages[c >> 6] + (c & 63)] * (size_t)xylem_split_states + at.state;
    uint8_t flags = automaton->flags[step];
    if (flags & xylem_split_emit_saved) ends[count++] = base + (uint32_t)at.saved;
    if (flags & xylem_split_emit_previous) ends[count++] = base + (uint32_t)at.previous;
    if (flags & xylem_split_emit_here) ends[count++] = base + (uint32_t)i;
    if (flags & xylem_split_save_here) at.saved = i;
    at.state = automaton->next[step];
    at.previous = i;
  }
  *position = at;
  return count;
}

#if defined(__x86_64__)
#define TARGET_BMI2 __attribute__((target("bmi,bmi2,avx2")))

// Payload bits by the five high bits of the first byte.
static const uint32_t payload[32] = {
    0x7F000000, 0x7F000000, 0x7F000000, 0x7F000000, 0x7F000000, 0x7F000000, 0x7F000000, 0x7F000000,
    0x7F000000, 0x7F000000, 0x7F000000, 0x7F000000, 0x7F000000, 0x7F000000, 0x7F000000, 0x7F000000,
    0,          0,          0,          0,          0,          0,          0,          0,
    0x1F3F0000, 0x1F3F0000, 0x1F3F0000, 0x1F3F0000, 0x0F3F3F00, 0x0F3F3F00, 0x073F3F3F, 0x073F3F3F,
};

#define STEP(kind, here)                                          \
  do {                                                            \
    size_t row = (size_t)(kind)*xylem_split_states;               \
    uint32_t flags = (all_flags + row)[state];                    \
    state = (next + row)[state];                                  \
    out[0] = saved;                                               \
    out += flags & 1;                                             \
    out[0] = previous;                                            \
    out += flags >> 1 & 1;                                        \
    out[0] = (here);                                              \
    out += flags >> 2 & 1;                                        \
    saved = flags & xylem_split_save_here ? (here) : saved;       \
    previous = (here);                                            \
  } while (0)

TARGET_BMI2 static size_t scan_bmi2(
    const xylem_split_automaton *automaton, const xylem_split_classes *classes, const uint8_t *text, size_t length,
    size_t from, size_t to, uint32_t base, xylem_split_position *position, uint32_t *ends) {
  const uint8_t *next = automaton->next, *all_flags = automaton->flags, *kinds = classes->kinds;
  const uint16_t *pages = classes->pages;
  // The first two pages are ASCII; they lie side by side or not, so ASCII gets its own copy.
  uint8_t ascii[128];
  memcpy(ascii, kinds + pages[0], 64);
  memcpy(ascii + 64, kinds + pages[1], 64);
  // Positions are written modulo 2^32, base included, so they are kept so.
  uint32_t previous = base + (uint32_t)position->previous, saved = base + (uint32_t)position->saved;
  size_t state = position->state, last = position->previous;
  uint32_t *out = ends;
  for (size_t at = from; at < to; at += 64) {
    const uint8_t *p = text + at;
    uint8_t padded[72];
    uint64_t wanted = ~(uint64_t)0;
    if (length - at < 68) {
      size_t rest = length - at;
      memset(padded, 0, sizeof padded);
      memcpy(padded, p, rest);
      p = padded;
      if (rest < 64) wanted = ((uint64_t)1 << rest) - 1;
    }
    __m256i a = _mm256_loadu_si256((const __m256i *)p), b = _mm256_loadu_si256((const __m256i *)(p + 32));
    uint32_t here = base + (uint32_t)at;
    uint64_t high = (uint64_t)(uint32_t)_mm256_movemask_epi8(b) << 32 | (uint32_t)_mm256_movemask_epi8(a);
    if (high == 0 && wanted == ~(uint64_t)0) {
      for (size_t i = 0; i < 64; i++) STEP(ascii[p[i]], here + (uint32_t)i);
      last = at + 63;
      continue;
    }
    // As signed numbers continuation bytes are the least: 0x80...0xBF is -128...-65.
    const __m256i least_lead = _mm256_set1_epi8(-65);
    uint64_t leads = (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpgt_epi8(b, least_lead)) << 32 |
                     (uint32_t)_mm256_movemask_epi8(_mm256_cmpgt_epi8(a, least_lead));
    leads &= wanted;
    if (leads) last = at + 63 - (size_t)__builtin_clzll(leads);
    while (leads) {
      size_t i = (size_t)__builtin_ctzll(leads);
      leads &= leads - 1;
      uint32_t c = _pext_u32(load_big_endian(p + i), payload[p[i] >> 3]);
      STEP(kinds[pages[c >> 6] + (c & 63)], here + (uint32_t)i);
    }
  }
  // A saved position lies less than 2^32 bytes before the end of what was read.
  position->saved = last - (uint32_t)((uint32_t)last + base - saved);
  position->previous = last;
  position->state = (uint8_t)state;
  return (size_t)(out - ends);
}
#endif

size_t xylem_split_scan(
    const xylem_split_automaton *automaton, const xylem_split_classes *classes, const uint8_t *text, size_t length,
    size_t from, size_t to, uint32_t base, xylem_split_position *position, uint32_t *ends) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2")) {
    return scan_bmi2(automaton, classes, text, length, from, to, base, position, ends);
  }
#endif
  return xylem_split_scan_portable(automaton, classes, text, length, from, to, base, position, ends);
}

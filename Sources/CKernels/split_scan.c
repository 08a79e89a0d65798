// One character at a time, without a branch on what the character is: its kind by a two-stage table, the next state and
// what to write by two look-ups, positions written always and counted when they are wanted. A mispredicted branch costs as
// much as four characters, and in text of many scripts every word would have one.
#include "split_scan.h"

#include "utf8_blocks.h"

size_t xylem_split_scan_portable(
    const xylem_split_automaton *automaton, const xylem_split_classes *classes, const uint8_t *text, size_t length,
    size_t from, size_t to, uint32_t base, xylem_split_position *position, uint32_t *ends) {
  xylem_split_position at = *position;
  size_t count = 0;
  for (size_t i = from; i < to; i++) {
    if ((text[i] & 0xC0) == 0x80) continue;
    uint32_t c = code_point_at(text, length, i);
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
    uint8_t padded[padded_block];
    uint64_t wanted;
    const uint8_t *p = block_of(text, length, at, padded, &wanted);
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
      uint32_t c = code_point_bmi2(p + i);
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

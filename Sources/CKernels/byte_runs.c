// Long runs of bytes of a kind: 64 bytes as bits, or one byte in twenty.
#include "byte_runs.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static int is_of_kind(uint8_t byte, const uint8_t *rows) { return byte < 0x80 && (rows[byte & 15] >> (byte >> 4) & 1); }

static size_t next_portable(const uint8_t *bytes, size_t count, size_t from, const uint8_t *rows) {
  // A run that is long enough covers one of every twenty places: look there first, then back.
  while (count - from >= xylem_long_run) {
    const size_t probe = from + xylem_long_run - 1;
    if (!is_of_kind(bytes[probe], rows)) {
      from = probe + 1;
      continue;
    }
    size_t start = probe, end = probe + 1;
    while (start > from && is_of_kind(bytes[start - 1], rows)) start--;
    while (end < count && end - start < xylem_long_run && is_of_kind(bytes[end], rows)) end++;
    if (end - start >= xylem_long_run) return start;
    from = end;
  }
  return count;
}

#if defined(__x86_64__)
__attribute__((target("avx2,bmi,bmi2,lzcnt,avx512f,avx512bw,avx512vl"))) static size_t next_avx512(
    const uint8_t *bytes, size_t count, size_t from, const uint8_t *rows) {
  const __m512i kinds = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)rows));
  const __m512i bit = _mm512_set1_epi64((long long)0x8040201008040201u), nibble = _mm512_set1_epi8(15);
  size_t open = 0;  // length of the run that the block before ends with
  for (size_t at = from; at < count; at += 64) {
    const size_t left = count - at;
    const __mmask64 inside = left < 64 ? ((uint64_t)1 << left) - 1 : ~(uint64_t)0;
    const __m512i v = _mm512_maskz_loadu_epi8(inside, bytes + at);
    const __m512i upper = _mm512_and_si512(_mm512_srli_epi16(v, 4), nibble);
    const uint64_t ones = _mm512_mask_test_epi8_mask(
        inside & ~_mm512_movepi8_mask(v), _mm512_shuffle_epi8(kinds, _mm512_and_si512(v, nibble)),
        _mm512_shuffle_epi8(bit, upper));
    const uint64_t zeros = ~ones;
    if (open + (zeros ? (size_t)__builtin_ctzll(zeros) : 64) >= xylem_long_run) return at - open;
    const uint64_t two = ones & ones >> 1, four = two & two >> 2, eight = four & four >> 4;
    const uint64_t twenty = eight & eight >> 8 & four >> 16;
    if (twenty) return at + (size_t)__builtin_ctzll(twenty);
    // Some byte is none: 64 would have been enough.
    open = (size_t)__builtin_clzll(zeros);
  }
  return count;
}
#endif

size_t xylem_next_long_run_at_level(
    const uint8_t *bytes, size_t count, size_t from, const uint8_t rows[16], int level) {
#if defined(__x86_64__)
  if (level >= xylem_byte_run_avx512 && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
    return next_avx512(bytes, count, from, rows);
  }
#endif
  return next_portable(bytes, count, from, rows);
}

size_t xylem_next_long_run(const uint8_t *bytes, size_t count, size_t from, const uint8_t rows[16]) {
  return xylem_next_long_run_at_level(bytes, count, from, rows, xylem_byte_run_avx512);
}

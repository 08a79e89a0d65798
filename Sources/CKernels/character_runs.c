// What is asked of every character of a document, 64 characters at a time; the portable twins take one.
#include "character_runs.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static int is_continuation(uint8_t byte) { return (byte & 0xC0) == 0x80; }

// Whether the character of three bytes at `p` is one that is not to be kept.
static int is_left_out(const uint8_t *p, const xylem_third_bytes *third) {
  return p[0] == 0xE0 && is_continuation(p[1]) &&
      (uint8_t)(p[2] - third->first[p[1] & 63]) < third->counts[p[1] & 63];
}

static size_t keep_portable(
    const uint8_t *bytes, size_t count, const uint8_t *rows, const xylem_third_bytes *third, uint8_t *out,
    size_t *made) {
  size_t at = 0, kept = 0;
  for (size_t block = 0; block + xylem_run_ahead <= count; block += xylem_run) {
    // Whether a byte is kept cannot be predicted: each is written, and counted when it is.
    while (at < block + xylem_run) {
      const uint8_t byte = bytes[at];
      const uint8_t stays = rows[(byte >> 7 << 4) | (byte & 15)] >> (byte >> 4 & 7) & 1;
      if (byte >= 0x80 && !stays) {
        *made = kept;
        return at;
      }
      if (is_left_out(bytes + at, third)) {
        at += 3;
        continue;
      }
      out[kept] = byte;
      kept += stays;
      at++;
    }
  }
  *made = kept;
  return at;
}

static void classes_portable(uint32_t *entries, size_t runs, unsigned shift, uint64_t *low, uint64_t *high) {
  for (size_t run = 0; run < runs; run++) {
    uint64_t lows = 0, highs = 0;
    for (int k = 0; k < xylem_run; k++) {
      const uint32_t entry = entries[run * xylem_run + k];
      lows |= (uint64_t)(entry >> shift & 1) << k;
      highs |= (uint64_t)(entry >> shift >> 1 & 1) << k;
      entries[run * xylem_run + k] = entry & ((1u << shift) - 1);
    }
    low[run] = lows;
    high[run] = highs;
  }
}

#if defined(__x86_64__)
#define TARGET_AVX2 __attribute__((target("avx2")))
#define TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi,bmi2,popcnt")))

TARGET_AVX2 static void classes_avx2(uint32_t *entries, size_t runs, unsigned shift, uint64_t *low, uint64_t *high) {
  const __m256i value = _mm256_set1_epi32((int)((1u << shift) - 1));
  // The bit that is asked for becomes the sign.
  const __m128i to_low = _mm_cvtsi32_si128((int)(31 - shift)), to_high = _mm_cvtsi32_si128((int)(30 - shift));
  for (size_t run = 0; run < runs; run++) {
    uint64_t lows = 0, highs = 0;
    for (int k = 0; k < xylem_run; k += 8) {
      __m256i *at = (__m256i *)(entries + run * xylem_run + k);
      const __m256i entry = _mm256_loadu_si256(at);
      const __m256 lower = _mm256_castsi256_ps(_mm256_sll_epi32(entry, to_low));
      const __m256 upper = _mm256_castsi256_ps(_mm256_sll_epi32(entry, to_high));
      lows |= (uint64_t)(unsigned)_mm256_movemask_ps(lower) << k;
      highs |= (uint64_t)(unsigned)_mm256_movemask_ps(upper) << k;
      _mm256_storeu_si256(at, _mm256_and_si256(entry, value));
    }
    low[run] = lows;
    high[run] = highs;
  }
}

TARGET_AVX512 static void classes_avx512(uint32_t *entries, size_t runs, unsigned shift, uint64_t *low, uint64_t *high) {
  const __m512i value = _mm512_set1_epi32((int)((1u << shift) - 1));
  const __m512i lower = _mm512_set1_epi32((int)(1u << shift)), upper = _mm512_set1_epi32((int)(2u << shift));
  for (size_t run = 0; run < runs; run++) {
    uint64_t lows = 0, highs = 0;
    for (int k = 0; k < xylem_run; k += 16) {
      uint32_t *at = entries + run * xylem_run + k;
      const __m512i entry = _mm512_loadu_si512(at);
      lows |= (uint64_t)_mm512_test_epi32_mask(entry, lower) << k;
      highs |= (uint64_t)_mm512_test_epi32_mask(entry, upper) << k;
      _mm512_storeu_si512(at, _mm512_and_si512(entry, value));
    }
    low[run] = lows;
    high[run] = highs;
  }
}

TARGET_AVX512 static size_t keep_avx512(
    const uint8_t *bytes, size_t count, const uint8_t *rows, const xylem_third_bytes *third, uint8_t *out,
    size_t *made) {
  const __m512i low_rows = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)rows));
  const __m512i high_rows = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(rows + 16)));
  const __m512i bit = _mm512_set1_epi64((long long)0x8040201008040201u);
  const __m512i nibble = _mm512_set1_epi8(15);
  size_t at = 0, kept = 0;
  uint64_t stop = 0, over = 0;  // over: bytes of a character that the block before left out
  while (stop == 0 && at + xylem_run_ahead <= count) {
    const __m512i v = _mm512_loadu_si512(bytes + at);
    const uint64_t high = _mm512_movepi8_mask(v);
    const __m512i upper = _mm512_and_si512(_mm512_srli_epi16(v, 4), nibble), lower = _mm512_and_si512(v, nibble);
    const __m512i row =
        _mm512_mask_shuffle_epi8(_mm512_shuffle_epi8(low_rows, lower), high, high_rows, lower);
    uint64_t keep = _mm512_test_epi8_mask(row, _mm512_shuffle_epi8(bit, upper));
    uint64_t left_out = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8((char)0xE0)) & keep;
    if (left_out) {
      const __m512i b = _mm512_loadu_si512(bytes + at + 1), c = _mm512_loadu_si512(bytes + at + 2);
      // The low six bits of a byte are what is looked up by.
      const __m512i first = _mm512_permutexvar_epi8(b, _mm512_loadu_si512(third->first));
      const __m512i counts = _mm512_permutexvar_epi8(b, _mm512_loadu_si512(third->counts));
      left_out &= _mm512_cmplt_epi8_mask(b, _mm512_set1_epi8((char)0xC0)) &
          _mm512_cmplt_epu8_mask(_mm512_sub_epi8(c, first), counts);
    }
    const uint64_t rest = over | left_out << 1 | left_out << 2;
    stop = high & ~keep & ~rest;
    keep &= ~(left_out | rest);
    over = left_out >> 63 ? 3 : left_out >> 62;
    // Bytes below the first one that stops; all of them where there is none.
    keep &= stop ? (stop & -stop) - 1 : ~(uint64_t)0;
    _mm512_storeu_si512(out + kept, _mm512_maskz_compress_epi8(keep, v));
    kept += (size_t)_mm_popcnt_u64(keep);
    at += stop ? (size_t)__builtin_ctzll(stop) : xylem_run;
  }
  *made = kept;
  return stop ? at : at + (size_t)_mm_popcnt_u64(over);
}
#endif

static int has_avx512(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") &&
         __builtin_cpu_supports("bmi2");
#else
  return 0;
#endif
}

size_t xylem_keep_bytes_at_level(
    const uint8_t *bytes, size_t count, const uint8_t rows[32], const xylem_third_bytes *third, uint8_t *out,
    size_t *made, int level) {
#if defined(__x86_64__)
  if (level >= xylem_run_avx512 && has_avx512()) return keep_avx512(bytes, count, rows, third, out, made);
#endif
  return keep_portable(bytes, count, rows, third, out, made);
}

size_t xylem_keep_bytes(
    const uint8_t *bytes, size_t count, const uint8_t rows[32], const xylem_third_bytes *third, uint8_t *out,
    size_t *made) {
  return xylem_keep_bytes_at_level(bytes, count, rows, third, out, made, xylem_run_avx512);
}

void xylem_take_classes_at_level(
    uint32_t *entries, size_t runs, unsigned shift, uint64_t *low, uint64_t *high, int level) {
#if defined(__x86_64__)
  if (level >= xylem_run_avx512 && has_avx512()) return classes_avx512(entries, runs, shift, low, high);
  if (level >= xylem_run_avx2 && __builtin_cpu_supports("avx2")) return classes_avx2(entries, runs, shift, low, high);
#endif
  classes_portable(entries, runs, shift, low, high);
}

void xylem_take_classes(uint32_t *entries, size_t runs, unsigned shift, uint64_t *low, uint64_t *high) {
  xylem_take_classes_at_level(entries, runs, shift, low, high, xylem_run_avx512);
}

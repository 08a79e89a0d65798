// MinHash kernels: every product x * a mod 2^32 of a shingle x and an odd a serves two lanes, one that keeps its minimum
// over the shingles and one that keeps the minimum of its complement. A block of lanes stays in registers while all
// shingles pass, so the cost is half a multiply and one comparison a lane and shingle.
#include "include/minhash.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define XYLEM_X86 1
#endif

enum { block_products = 32, mix_chunk = 64 };

static void update_portable(const uint64_t *hashes, size_t count, const uint32_t *multipliers, uint32_t *minima,
                            size_t products) {
  for (size_t first = 0; first + block_products <= products; first += block_products) {
    uint32_t a[block_products], low[block_products], high[block_products];
    for (int k = 0; k < block_products; k++) {
      a[k] = multipliers[first + k];
      low[k] = minima[first + k];
      high[k] = ~minima[products + first + k];
    }
    for (size_t i = 0; i < count; i++) {
      const uint32_t x = (uint32_t)(hashes[i] >> 32);
      for (int k = 0; k < block_products; k++) {
        const uint32_t y = x * a[k];
        low[k] = y < low[k] ? y : low[k];
        high[k] = y > high[k] ? y : high[k];
      }
    }
    for (int k = 0; k < block_products; k++) {
      minima[first + k] = low[k];
      minima[products + first + k] = ~high[k];
    }
  }
}

// A bijection of 32 bits (the finaliser of MurmurHash3): minima are small numbers, their mixed bits are even.
static inline __attribute__((always_inline)) uint32_t mix(uint32_t h) {
  h ^= h >> 16;
  h *= 0x85ebca6bu;
  h ^= h >> 13;
  h *= 0xc2b2ae35u;
  return h ^ (h >> 16);
}

static inline __attribute__((always_inline)) void finish_body(const uint32_t *minima, size_t lanes, size_t bits,
                                                              uint8_t *out) {
  for (size_t i = 0; i < lanes; i++) out[i] = (uint8_t)(mix(minima[i]) >> 24);
  const uint32_t *source = minima + lanes;
  uint8_t *target = out + lanes;
  for (size_t first = 0; first < bits; first += mix_chunk) {
    const size_t n = bits - first < mix_chunk ? bits - first : mix_chunk;
    uint8_t top[mix_chunk];
    for (size_t k = 0; k < n; k++) top[k] = (uint8_t)(mix(source[first + k]) >> 31);
    for (size_t k = 0; k < n; k += 8) {
      unsigned byte = 0;
      for (int b = 0; b < 8; b++) byte |= (unsigned)top[k + b] << b;
      target[(first + k) / 8] = (uint8_t)byte;
    }
  }
}

static void finish_portable(const uint32_t *minima, size_t lanes, size_t bits, uint8_t *out) {
  finish_body(minima, lanes, bits, out);
}

#ifdef XYLEM_X86
__attribute__((target("avx2"))) static void finish_avx2(const uint32_t *minima, size_t lanes, size_t bits,
                                                        uint8_t *out) {
  finish_body(minima, lanes, bits, out);
}

// 4 registers each of multipliers, minima and maxima: 32 products.
__attribute__((target("avx2"))) static void update_avx2(const uint64_t *hashes, size_t count,
                                                        const uint32_t *multipliers, uint32_t *minima,
                                                        size_t products) {
  const __m256i ones = _mm256_set1_epi32(-1);
  for (size_t first = 0; first + block_products <= products; first += block_products) {
    __m256i *lows = (__m256i *)(minima + first), *highs = (__m256i *)(minima + products + first);
    __m256i a[4], low[4], high[4];
    for (int k = 0; k < 4; k++) {
      a[k] = _mm256_loadu_si256((const __m256i *)(multipliers + first + 8 * k));
      low[k] = _mm256_loadu_si256(lows + k);
      high[k] = _mm256_xor_si256(_mm256_loadu_si256(highs + k), ones);
    }
    for (size_t i = 0; i < count; i++) {
      const __m256i x = _mm256_set1_epi32((int)(uint32_t)(hashes[i] >> 32));
      for (int k = 0; k < 4; k++) {
        const __m256i y = _mm256_mullo_epi32(x, a[k]);
        low[k] = _mm256_min_epu32(low[k], y);
        high[k] = _mm256_max_epu32(high[k], y);
      }
    }
    for (int k = 0; k < 4; k++) {
      _mm256_storeu_si256(lows + k, low[k]);
      _mm256_storeu_si256(highs + k, _mm256_xor_si256(high[k], ones));
    }
  }
}

// `registers` of 16 products each from product `first` on. Inlined with a constant, so that the arrays become registers.
__attribute__((target("avx512f"), always_inline)) static inline void block_avx512(
    const uint64_t *hashes, size_t count, const uint32_t *multipliers, uint32_t *minima, size_t products, size_t first,
    const int registers) {
  const __m512i ones = _mm512_set1_epi32(-1);
  uint32_t *lows = minima + first, *highs = minima + products + first;
  __m512i a[8], low[8], high[8];
  for (int k = 0; k < registers; k++) {
    a[k] = _mm512_loadu_si512(multipliers + first + 16 * k);
    low[k] = _mm512_loadu_si512(lows + 16 * k);
    high[k] = _mm512_xor_si512(_mm512_loadu_si512(highs + 16 * k), ones);
  }
  for (size_t i = 0; i < count; i++) {
    const __m512i x = _mm512_set1_epi32((int)(uint32_t)(hashes[i] >> 32));
    for (int k = 0; k < registers; k++) {
      const __m512i y = _mm512_mullo_epi32(x, a[k]);
      low[k] = _mm512_min_epu32(low[k], y);
      high[k] = _mm512_max_epu32(high[k], y);
    }
  }
  for (int k = 0; k < registers; k++) {
    _mm512_storeu_si512(lows + 16 * k, low[k]);
    _mm512_storeu_si512(highs + 16 * k, _mm512_xor_si512(high[k], ones));
  }
}

__attribute__((target("avx512f"))) static void update_avx512(const uint64_t *hashes, size_t count,
                                                             const uint32_t *multipliers, uint32_t *minima,
                                                             size_t products) {
  size_t first = 0;
  for (; first + 128 <= products; first += 128) block_avx512(hashes, count, multipliers, minima, products, first, 8);
  for (; first + 64 <= products; first += 64) block_avx512(hashes, count, multipliers, minima, products, first, 4);
  for (; first + 32 <= products; first += 32) block_avx512(hashes, count, multipliers, minima, products, first, 2);
}
#endif

int xylem_minhash_best_level(void) {
#ifdef XYLEM_X86
  if (__builtin_cpu_supports("avx512f")) return xylem_minhash_avx512;
  if (__builtin_cpu_supports("avx2")) return xylem_minhash_avx2;
#endif
  return xylem_minhash_portable;
}

static int usable(int level) {
  const int best = xylem_minhash_best_level();
  return level < best ? level : best;
}

void xylem_minhash_update(int level, const uint64_t *hashes, size_t count, const uint32_t *multipliers,
                          uint32_t *minima, size_t products) {
  switch (usable(level)) {
#ifdef XYLEM_X86
  case xylem_minhash_avx512: update_avx512(hashes, count, multipliers, minima, products); return;
  case xylem_minhash_avx2: update_avx2(hashes, count, multipliers, minima, products); return;
#endif
  default: update_portable(hashes, count, multipliers, minima, products);
  }
}

void xylem_minhash_finish(int level, const uint32_t *minima, size_t lanes, size_t bits, uint8_t *out) {
#ifdef XYLEM_X86
  if (usable(level) >= xylem_minhash_avx2) {
    finish_avx2(minima, lanes, bits, out);
    return;
  }
#endif
  finish_portable(minima, lanes, bits, out);
}

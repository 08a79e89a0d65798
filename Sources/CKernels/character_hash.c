// The multipliers of character hashes: SplitMix64's finaliser of i times 2^64 / golden ratio for i = 1 to 8, made odd.
#include "character_hash.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define k0 0xE220A8397B1DCDAFu
#define k1 0x6E789E6AA1B965F5u
#define k2 0x06C45D188009454Fu
#define k3 0xF88BB8A8724C81EDu
#define k4 0x1B39896A51A8749Bu
#define k5 0x53CB9F0C747EA2EBu
#define k6 0x2C829ABE1F4532E1u
#define k7 0xC584133AC916AB3Du

const uint64_t xylem_character_weights[xylem_character_group + 1][xylem_character_group] = {
  {0, 0, 0, 0, 0, 0, 0, 0},
  {k0, 0, 0, 0, 0, 0, 0, 0},
  {k0, k1, 0, 0, 0, 0, 0, 0},
  {k0, k1, k2, 0, 0, 0, 0, 0},
  {k0, k1, k2, k3, 0, 0, 0, 0},
  {k0, k1, k2, k3, k4, 0, 0, 0},
  {k0, k1, k2, k3, k4, k5, 0, 0},
  {k0, k1, k2, k3, k4, k5, k6, 0},
  {k0, k1, k2, k3, k4, k5, k6, k7},
};

static void hash_portable(
    const uint32_t *characters, const int32_t *ranges, size_t words, uint64_t hash, uint64_t *out) {
  for (size_t i = 0; i < words; i++) {
    const int32_t start = ranges[2 * i], end = ranges[2 * i + 1];
    out[i] = xylem_hash_characters(hash, characters + start, (size_t)(end - start));
  }
}

#if defined(__x86_64__)
#define TARGET_AVX512 __attribute__((target("avx2,avx512f,avx512dq,avx512vl")))

TARGET_AVX512 static inline uint64_t weigh_avx512(const uint32_t *characters, size_t count) {
  const __m512i eight = _mm512_cvtepu32_epi64(_mm256_loadu_si256((const __m256i *)characters));
  return (uint64_t)_mm512_reduce_add_epi64(
      _mm512_mullo_epi64(eight, _mm512_loadu_si512(xylem_character_weights[count])));
}

// Eight words are mixed side by side.
TARGET_AVX512 static void hash_avx512(
    const uint32_t *characters, const int32_t *ranges, size_t words, uint64_t hash, uint64_t *out) {
  size_t i = 0;
  for (; i + 8 <= words; i += 8) {
    uint64_t mixed[8];
    for (size_t k = 0; k < 8; k++) {
      const uint32_t *at = characters + ranges[2 * (i + k)];
      size_t count = (size_t)(ranges[2 * (i + k) + 1] - ranges[2 * (i + k)]);
      uint64_t before = hash;
      for (; count > xylem_character_group; count -= xylem_character_group, at += xylem_character_group) {
        before = xylem_extend_hash(before, weigh_avx512(at, xylem_character_group));
      }
      mixed[k] = before ^ weigh_avx512(at, count);
    }
    __m512i z = _mm512_mullo_epi64(_mm512_loadu_si512(mixed), _mm512_set1_epi64((long long)0x9E3779B97F4A7C15u));
    z = _mm512_xor_si512(z, _mm512_srli_epi64(z, 30));
    z = _mm512_mullo_epi64(z, _mm512_set1_epi64((long long)0xBF58476D1CE4E5B9u));
    z = _mm512_xor_si512(z, _mm512_srli_epi64(z, 27));
    z = _mm512_mullo_epi64(z, _mm512_set1_epi64((long long)0x94D049BB133111EBu));
    _mm512_storeu_si512(out + i, _mm512_xor_si512(z, _mm512_srli_epi64(z, 31)));
  }
  hash_portable(characters, ranges + 2 * i, words - i, hash, out + i);
}
#endif

void xylem_hash_words_at_level(
    const uint32_t *characters, const int32_t *ranges, size_t words, uint64_t hash, uint64_t *out, int level) {
#if defined(__x86_64__)
  if (level >= xylem_hash_avx512 && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return hash_avx512(characters, ranges, words, hash, out);
  }
#endif
  hash_portable(characters, ranges, words, hash, out);
}

void xylem_hash_words(
    const uint32_t *characters, const int32_t *ranges, size_t words, uint64_t hash, uint64_t *out) {
  xylem_hash_words_at_level(characters, ranges, words, hash, out, xylem_hash_avx512);
}

// The counter of n-grams. Compiled for AVX2 as well, which multiplies 64 bits faster; with AVX-512 hashes have vector code.
// Whether an n-gram of text is new cannot be predicted, so nearly all of them pass without a branch on it: a block goes through
// three rounds, and what a round cannot decide is listed for the next.
#include "gram_count.h"

#define INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__)
#include <immintrin.h>
#endif

INLINE uint64_t item(const void *items, int wide, size_t index) {
  return wide ? ((const uint64_t *)items)[index] : ((const uint32_t *)items)[index];
}

// The hashes of `count` n-grams from `first` on: the sum of item[i] * base^i from the n-gram's own beginning on, which is the
// difference of two sums over the block, so that no hash waits for the one before it.
INLINE void hash_block(
    const xylem_gram_tables *t, const void *items, int wide, size_t first, size_t count, size_t length) {
  uint64_t products[xylem_gram_block + xylem_gram_longest], sums[xylem_gram_block + xylem_gram_longest];
  const size_t read = count + length - 1;
  for (size_t i = 0; i < read; i++) products[i] = item(items, wide, first + i) * t->powers[i];
  uint64_t sum = 0;
  sums[0] = 0;
  for (size_t i = 0; i < read; i++) sums[i + 1] = sum += products[i];
  for (size_t i = 0; i < count; i++) {
    const uint64_t key = (sums[i + length] - sums[i]) * t->inverses[i];
    t->keys[first + i] = key ^ key >> 31;
    t->counts[first + i] = 1;
  }
}

#if defined(__x86_64__)
#define TARGET_AVX512 __attribute__((target("avx2,bmi,bmi2,avx512f,avx512bw,avx512dq,avx512vl")))

// The same, eight at a time: the sums of eight products in three steps, and what went before added.
TARGET_AVX512 INLINE void hash_block_avx512(
    const xylem_gram_tables *t, const void *items, int wide, size_t first, size_t count, size_t length) {
  uint64_t sums[xylem_gram_block + xylem_gram_longest];
  const size_t read = count + length - 1;
  const __m512i zero = _mm512_setzero_si512(), last = _mm512_set1_epi64(7);
  __m512i before = zero;
  size_t i = 0;
  sums[0] = 0;
  for (; i + 8 <= read; i += 8) {
    const __m512i eight = wide
        ? _mm512_loadu_si512((const uint64_t *)items + first + i)
        : _mm512_cvtepu32_epi64(_mm256_loadu_si256((const __m256i *)((const uint32_t *)items + first + i)));
    __m512i sum = _mm512_mullo_epi64(eight, _mm512_loadu_si512(t->powers + i));
    sum = _mm512_add_epi64(sum, _mm512_alignr_epi64(sum, zero, 7));
    sum = _mm512_add_epi64(sum, _mm512_alignr_epi64(sum, zero, 6));
    sum = _mm512_add_epi64(sum, _mm512_alignr_epi64(sum, zero, 4));
    sum = _mm512_add_epi64(sum, before);
    _mm512_storeu_si512(sums + i + 1, sum);
    before = _mm512_permutexvar_epi64(last, sum);
  }
  for (uint64_t sum = sums[i]; i < read; i++) sums[i + 1] = sum += item(items, wide, first + i) * t->powers[i];
  for (i = 0; i + 8 <= count; i += 8) {
    const __m512i sum = _mm512_sub_epi64(_mm512_loadu_si512(sums + i + length), _mm512_loadu_si512(sums + i));
    const __m512i key = _mm512_mullo_epi64(sum, _mm512_loadu_si512(t->inverses + i));
    _mm512_storeu_si512(t->keys + first + i, _mm512_xor_si512(key, _mm512_srli_epi64(key, 31)));
    _mm256_storeu_si256((__m256i *)(t->counts + first + i), _mm256_set1_epi32(1));
  }
  for (; i < count; i++) {
    const uint64_t key = (sums[i + length] - sums[i]) * t->inverses[i];
    t->keys[first + i] = key ^ key >> 31;
    t->counts[first + i] = 1;
  }
}
#endif

// A slot of two bytes or of four.
INLINE uint32_t slot_at(const void *slots, int narrow, size_t index) {
  return narrow ? ((const uint16_t *)slots)[index] : ((const uint32_t *)slots)[index];
}

INLINE void put_slot(void *slots, int narrow, size_t index, uint32_t entry) {
  if (narrow) {
    ((uint16_t *)slots)[index] = (uint16_t)entry;
  } else {
    ((uint32_t *)slots)[index] = entry;
  }
}

typedef void hasher(
    const xylem_gram_tables *t, const void *items, int wide, size_t first, size_t count, size_t length);

INLINE xylem_gram_result count_grams(
    const xylem_gram_tables *tables, const void *items, int wide, int narrow, size_t total, size_t length,
    hasher *hash) {
  const xylem_gram_tables t = *tables;
  xylem_gram_result result = {0, 0};
  uint32_t taken[xylem_gram_block], others[xylem_gram_block];
  for (size_t first = 0; first < total; first += xylem_gram_block) {
    const size_t count = total - first < xylem_gram_block ? total - first : xylem_gram_block;
    hash(&t, items, wide, first, count, length);
    // Each n-gram takes its slot where that is free.
    size_t taken_count = 0;
    for (size_t i = 0; i < count; i++) {
      const size_t slot = t.keys[first + i] & t.slot_mask;
      const uint32_t entry = slot_at(t.slots, narrow, slot);
      put_slot(t.slots, narrow, slot, entry ? entry : (uint32_t)(first + i + 1));
      taken[taken_count] = (uint32_t)(first + i);
      taken_count += entry != 0;
    }
    result.distinct += count - taken_count;
    // Those that found it taken are counted where it is by their own kind.
    size_t other_count = 0;
    for (size_t i = 0; i < taken_count; i++) {
      const uint64_t key = t.keys[taken[i]];
      const uint32_t kind = slot_at(t.slots, narrow, key & t.slot_mask) - 1;
      const uint32_t same = t.keys[kind] == key, seen = t.counts[kind];
      t.counts[kind] = seen + same;
      t.repeated[result.repeated] = kind;
      result.repeated += same & (seen == 1);
      others[other_count] = taken[i];
      other_count += !same;
    }
    // The few others search on.
    for (size_t i = 0; i < other_count; i++) {
      const uint64_t key = t.keys[others[i]];
      size_t slot = (key + 1) & t.slot_mask;
      uint32_t entry;
      while ((entry = slot_at(t.slots, narrow, slot)) != 0 && t.keys[entry - 1] != key) slot = (slot + 1) & t.slot_mask;
      if (entry == 0) {
        put_slot(t.slots, narrow, slot, others[i] + 1);
        result.distinct++;
      } else if (t.counts[entry - 1]++ == 1) {
        t.repeated[result.repeated++] = entry - 1;
      }
    }
  }
  return result;
}

// Compiled once for each instruction set, items and slots of either width.
INLINE xylem_gram_result count_items(
    const xylem_gram_tables *t, const void *items, int wide, size_t total, size_t length, hasher *hash) {
  if (total <= xylem_gram_narrow) {
    return wide ? count_grams(t, items, 1, 1, total, length, hash) : count_grams(t, items, 0, 1, total, length, hash);
  }
  return wide ? count_grams(t, items, 1, 0, total, length, hash) : count_grams(t, items, 0, 0, total, length, hash);
}

static xylem_gram_result grams_portable(
    const xylem_gram_tables *t, const void *items, int wide, size_t total, size_t length) {
  return count_items(t, items, wide, total, length, hash_block);
}

#if defined(__x86_64__)
__attribute__((target("avx2,bmi,bmi2"))) static xylem_gram_result grams_avx2(
    const xylem_gram_tables *t, const void *items, int wide, size_t total, size_t length) {
  return count_items(t, items, wide, total, length, hash_block);
}

TARGET_AVX512 static xylem_gram_result grams_avx512(
    const xylem_gram_tables *t, const void *items, int wide, size_t total, size_t length) {
  return count_items(t, items, wide, total, length, hash_block_avx512);
}
#endif

static xylem_gram_result count_at_level(
    const xylem_gram_tables *t, const void *items, int wide, size_t total, size_t length, int level) {
#if defined(__x86_64__)
  if (level >= xylem_gram_avx512 && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("bmi2")) {
    return grams_avx512(t, items, wide, total, length);
  }
  if (level >= xylem_gram_avx2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2")) {
    return grams_avx2(t, items, wide, total, length);
  }
#endif
  return grams_portable(t, items, wide, total, length);
}

xylem_gram_result xylem_count_grams32(
    const xylem_gram_tables *tables, const uint32_t *items, size_t total, size_t length, int level) {
  return count_at_level(tables, items, 0, total, length, level);
}

xylem_gram_result xylem_count_grams64(
    const xylem_gram_tables *tables, const uint64_t *items, size_t total, size_t length, int level) {
  return count_at_level(tables, items, 1, total, length, level);
}

size_t xylem_count_distinct(const uint64_t *hashes, size_t count, uint64_t *slots, size_t slot_mask) {
  enum { furthest = 256 };
  size_t distinct = 0;
  uint64_t others[xylem_gram_block];
  for (size_t first = 0; first < count; first += xylem_gram_block) {
    const size_t end = count - first < xylem_gram_block ? count : first + xylem_gram_block;
    size_t other_count = 0;
    for (size_t i = first; i < end; i++) {
      const uint64_t hash = hashes[i] ? hashes[i] : 1;
      uint64_t *slot = slots + (hash & slot_mask);
      const uint64_t entry = *slot;
      *slot = entry ? entry : hash;
      distinct += entry == 0;
      others[other_count] = hash;
      other_count += (entry != 0) & (entry != hash);
    }
    for (size_t i = 0; i < other_count; i++) {
      size_t slot = (others[i] + 1) & slot_mask, steps = 1;
      while (slots[slot] && slots[slot] != others[i]) {
        slot = (slot + 1) & slot_mask;
        if (++steps == furthest) return SIZE_MAX;
      }
      distinct += slots[slot] == 0;
      slots[slot] = others[i];
    }
  }
  return distinct;
}

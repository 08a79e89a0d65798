// The counter of n-grams. It has no vector code of its own, but is compiled for AVX2 as well, which multiplies 64 bits faster.
// Whether an n-gram of text is new cannot be predicted, so nearly all of them pass without a branch on it: a block goes through
// three rounds, and what a round cannot decide is listed for the next.
#include "gram_count.h"

#define INLINE static inline __attribute__((always_inline))

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

INLINE xylem_gram_result count_grams(
    const xylem_gram_tables *tables, const void *items, int wide, size_t total, size_t length) {
  const xylem_gram_tables t = *tables;
  xylem_gram_result result = {0, 0};
  uint32_t taken[xylem_gram_block], others[xylem_gram_block];
  for (size_t first = 0; first < total; first += xylem_gram_block) {
    const size_t count = total - first < xylem_gram_block ? total - first : xylem_gram_block;
    hash_block(&t, items, wide, first, count, length);
    // Each n-gram takes its slot where that is free.
    size_t taken_count = 0;
    for (size_t i = 0; i < count; i++) {
      uint32_t *slot = t.slots + (t.keys[first + i] & t.slot_mask);
      const uint32_t entry = *slot;
      *slot = entry ? entry : (uint32_t)(first + i + 1);
      taken[taken_count] = (uint32_t)(first + i);
      taken_count += entry != 0;
    }
    result.distinct += count - taken_count;
    // Those that found it taken are counted where it is by their own kind.
    size_t other_count = 0;
    for (size_t i = 0; i < taken_count; i++) {
      const uint64_t key = t.keys[taken[i]];
      const uint32_t kind = t.slots[key & t.slot_mask] - 1;
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
      while (t.slots[slot] && t.keys[t.slots[slot] - 1] != key) slot = (slot + 1) & t.slot_mask;
      if (!t.slots[slot]) {
        t.slots[slot] = others[i] + 1;
        result.distinct++;
      } else if (t.counts[t.slots[slot] - 1]++ == 1) {
        t.repeated[result.repeated++] = t.slots[slot] - 1;
      }
    }
  }
  return result;
}

static xylem_gram_result grams_portable(
    const xylem_gram_tables *t, const void *items, int wide, size_t total, size_t length) {
  return wide ? count_grams(t, items, 1, total, length) : count_grams(t, items, 0, total, length);
}

#if defined(__x86_64__)
__attribute__((target("avx2,bmi,bmi2"))) static xylem_gram_result grams_avx2(
    const xylem_gram_tables *t, const void *items, int wide, size_t total, size_t length) {
  return wide ? count_grams(t, items, 1, total, length) : count_grams(t, items, 0, total, length);
}
#endif

static xylem_gram_result count_at_level(
    const xylem_gram_tables *t, const void *items, int wide, size_t total, size_t length, int level) {
#if defined(__x86_64__)
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

// Byte-pair merging of thirty-two pieces at once. A merge is a short chain of dependent look-ups in tables larger than
// the first-level cache; many independent chains keep the memory busy, and the search for the best pair is one vector
// minimum for sixteen pieces.
//
// Two groups of lanes take turns, so that the slots one has asked for arrive while the other works. With AVX-512 the steps
// themselves are vectors as well: merge_avx512.c.
#include "merge_group.h"

#include <string.h>

typedef _Bool bits16 __attribute__((ext_vector_type(LANES)));

INLINE void load_group(
    const xylem_merge_table *t, group *g, const uint8_t *text, const uint32_t *starts, const uint8_t *lengths,
    size_t count) {
  unsigned rows = 0;
  for (size_t l = 0; l < count; l++) rows = lengths[l] > rows ? lengths[l] : rows;
  g->rows = rows;
  g->busy = 0;
  memset(g->keys, 0xFF, (size_t)(rows + 1) * sizeof g->keys[0]);
  for (unsigned l = 0; l < LANES; l++) g->symbols[0][l] = NO_SYMBOL;
  for (unsigned l = 0; l < count; l++) {
    const uint8_t *bytes = text + starts[l];
    const unsigned length = lengths[l];
    g->live[l] = bits_below(length);
    uint32_t byte = bytes[0];
    for (unsigned r = 1; r < length; r++) {
      const uint32_t following = bytes[r];
      const uint32_t rank = xylem_pair_rank(t->byte_pairs[byte << 8 | following]);
      g->symbols[r][l] = byte;
      *key_at(g, place_of(r, l)) = rank == XYLEM_NO_RANK ? XYLEM_NO_MERGE : rank << 6 | (r - 1);
      byte = following;
    }
    g->symbols[length][l] = byte;
  }
}

INLINE void begin_merges(const xylem_merge_table *t, group *g) {
  // No pair begins in row 0, nor anywhere in a group without pieces.
  row best = g->keys[0];
  for (unsigned r = 1; r <= g->rows; r++) best = __builtin_elementwise_min(best, g->keys[r]);
  const bits16 differs = __builtin_convertvector(best != XYLEM_NO_MERGE, bits16);
  uint16_t busy;
  memcpy(&busy, &differs, sizeof busy);
  uint32_t bests[LANES];
  memcpy(bests, &best, sizeof bests);
  g->busy = busy;
  begin_lanes(t, g, bests, busy);
}

// Compiled once for each instruction set.
INLINE void merge_pieces(MERGE_PARAMETERS) {
  group a, b;
  const size_t first = count < LANES ? count : LANES, second = count - first;
  load_group(t, &a, text, starts, lengths, first);
  load_group(t, &b, text, starts + first, lengths + first, second);
  begin_merges(t, &a);
  do {
    begin_merges(t, &b);
    end_lanes(t, &a);
    begin_merges(t, &a);
    end_lanes(t, &b);
  } while (a.busy | b.busy);
  read_group(&a, symbols, boundaries, first);
  read_group(&b, symbols + LONGEST * first, boundaries + first, second);
}

typedef void (*kernel)(MERGE_PARAMETERS);

static void merge_portable(MERGE_PARAMETERS) { merge_pieces(t, text, starts, lengths, count, symbols, boundaries); }
#if defined(__x86_64__)
__attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt"))) static void merge_avx2(MERGE_PARAMETERS) {
  merge_pieces(t, text, starts, lengths, count, symbols, boundaries);
}
#endif

static kernel kernel_for(int level, int *used) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const int bits =
      __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("avx2");
  if (level >= xylem_merge_avx512 && bits && xylem_has_merge_avx512()) {
    *used = xylem_merge_avx512;
    return xylem_merge_avx512_pieces;
  }
  if (level >= xylem_merge_avx2 && bits) {
    *used = xylem_merge_avx2;
    return merge_avx2;
  }
#endif
  *used = xylem_merge_portable;
  return merge_portable;
}

int xylem_merge_pieces_at_level(MERGE_PARAMETERS, int level) {
  int used;
  kernel_for(level, &used)(t, text, starts, lengths, count, symbols, boundaries);
  return used;
}

void xylem_merge_pieces(MERGE_PARAMETERS) {
  xylem_merge_pieces_at_level(t, text, starts, lengths, count, symbols, boundaries, xylem_merge_avx512);
}

static int is_used(const uint64_t *used, uint32_t slot) { return (int)(used[slot >> 6] >> (slot & 63) & 1); }

// Marks the slots of a bucket; 0, with nothing marked, when two of its pairs meet.
static int mark_slots(
    const uint64_t *hashes, size_t count, uint32_t displacement, uint64_t *used, uint32_t slot_count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t slot = xylem_pair_slot(hashes[i], displacement, slot_count);
    if (is_used(used, slot)) {
      while (i-- > 0) {
        slot = xylem_pair_slot(hashes[i], displacement, slot_count);
        used[slot >> 6] &= ~((uint64_t)1 << (slot & 63));
      }
      return 0;
    }
    used[slot >> 6] |= (uint64_t)1 << (slot & 63);
  }
  return 1;
}

uint32_t xylem_free_displacement(const uint64_t *hashes, size_t count, uint64_t *used, uint32_t slot_count) {
  // Several at once: whether one suits cannot be predicted, so they are tried without a branch between. Odd numbers, for
  // multiplying by them loses nothing.
  enum { tries = 8 };
  for (uint32_t first = 1; first + 2 * tries <= UINT16_MAX; first += 2 * tries) {
    uint32_t taken = 0;
    for (size_t i = 0; i < count && taken != (1u << tries) - 1; i++) {
#pragma clang loop unroll(full)
      for (uint32_t k = 0; k < tries; k++) {
        taken |= (uint32_t)is_used(used, xylem_pair_slot(hashes[i], first + 2 * k, slot_count)) << k;
      }
    }
    for (uint32_t free = ~taken & ((1u << tries) - 1); free; free &= free - 1) {
      uint32_t displacement = first + 2 * (uint32_t)__builtin_ctz(free);
      if (mark_slots(hashes, count, displacement, used, slot_count)) return displacement;
    }
  }
  return 0;
}

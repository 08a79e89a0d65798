// What the kernels of byte-pair merging share: sixteen pieces as rows, and merging lane by lane.
//
// Position r of lane l lies at [r + 1][l]. `keys` holds rank << 6 | r for the pair that begins there, so that one
// minimum finds the lowest rank and, among equals, the leftmost place. A symbol that was merged into its left
// neighbour leaves a hole: its bit in `live` is clear and its key is the largest. Row 0 stands for the neighbours
// before the first and after the last symbol: a symbol that merges with nothing.
#ifndef XYLEM_MERGE_GROUP_H
#define XYLEM_MERGE_GROUP_H

#include "merge.h"

#define LANES 16
#define LONGEST xylem_merge_longest
#define NO_SYMBOL 0xFFFFFu
#define INLINE static inline __attribute__((always_inline))

typedef uint32_t row __attribute__((vector_size(4 * LANES)));

typedef struct {
  row keys[LONGEST + 1];
  uint32_t symbols[LONGEST + 1][LANES];
  uint64_t live[LANES];
  // The merges under way: places (row * LANES + lane) of the merged symbol and of its left neighbour, the two new pairs,
  // left << 20 | right, and their slots.
  uint32_t at[LANES], before[LANES];
  uint64_t left_pair[LANES], right_pair[LANES];
  uint64_t left_slot[LANES], right_slot[LANES];
  uint32_t busy;
  unsigned rows;
} group;

INLINE uint32_t *key_at(group *g, uint32_t place) { return (uint32_t *)g->keys + place; }
INLINE uint32_t *symbol_at(group *g, uint32_t place) { return g->symbols[0] + place; }
INLINE uint32_t place_of(uint32_t row_index, unsigned lane) { return row_index * LANES + lane; }

// The bits of a piece of `length` bytes, 1 to 64.
INLINE uint64_t bits_below(unsigned length) { return length == 64 ? ~(uint64_t)0 : ((uint64_t)1 << length) - 1; }

INLINE uint64_t slot_of_pair(const xylem_merge_table *t, uint64_t pair) {
  const uint64_t hash = xylem_pair_hash(pair);
  const uint32_t slot = xylem_pair_slot(hash, t->displacements[hash >> t->bucket_shift], t->slot_count);
  __builtin_prefetch(t->slots + slot);
  return slot;
}

// The key of the pair that begins in row `place / LANES`.
INLINE uint32_t key_of_slot(const xylem_merge_table *t, uint64_t slot, uint64_t pair, uint32_t place) {
  const uint64_t found = t->slots[slot];
  // The rank is the low 24 bits; ranks end at 2^20, so none is lost.
  const uint32_t key = (uint32_t)found << 6 | ((place / LANES - 1) & 63);
  return found >> 24 == pair ? key & 0x3FFFFFFF : XYLEM_NO_MERGE;
}

// Replaces the two symbols of the best pair of each lane of `busy` by one, and asks for the slots of the two pairs this
// makes. `bests` holds the lanes' least keys.
INLINE void begin_lanes(const xylem_merge_table *t, group *g, const uint32_t *bests, uint32_t busy) {
  for (uint32_t rest = busy; rest; rest &= rest - 1) {
    const unsigned l = (unsigned)__builtin_ctz(rest);
    const uint32_t first = bests[l] & 63, rank = bests[l] >> 6;
    const uint32_t symbol = t->symbol_of_rank ? t->symbol_of_rank[rank] : 256 + rank;
    const uint64_t live = g->live[l];
    // A key at `first` means that a right neighbour exists.
    const uint64_t above = live & (~(uint64_t)1 << first), beyond = above & (above - 1);
    const uint64_t below = live & (((uint64_t)1 << first) - 1);
    const uint32_t second = (uint32_t)__builtin_ctzll(above);
    const uint32_t next = place_of(beyond ? (uint32_t)__builtin_ctzll(beyond) + 1 : 0, l);
    const uint32_t before = place_of(below ? 64 - (uint32_t)__builtin_clzll(below) : 0, l);
    const uint32_t at = place_of(first + 1, l);
    g->live[l] = live & ~((uint64_t)1 << second);
    *symbol_at(g, at) = symbol;
    *key_at(g, place_of(second + 1, l)) = XYLEM_NO_MERGE;
    g->at[l] = at;
    g->before[l] = before;
    g->left_pair[l] = (uint64_t)*symbol_at(g, before) << 20 | symbol;
    g->right_pair[l] = (uint64_t)symbol << 20 | *symbol_at(g, next);
    g->left_slot[l] = slot_of_pair(t, g->left_pair[l]);
    g->right_slot[l] = slot_of_pair(t, g->right_pair[l]);
  }
}

// Reads the slots that were asked for and keeps the keys of the new pairs.
INLINE void end_lanes(const xylem_merge_table *t, group *g) {
  for (uint32_t rest = g->busy; rest; rest &= rest - 1) {
    const unsigned l = (unsigned)__builtin_ctz(rest);
    *key_at(g, g->before[l]) = key_of_slot(t, g->left_slot[l], g->left_pair[l], g->before[l]);
    *key_at(g, g->at[l]) = key_of_slot(t, g->right_slot[l], g->right_pair[l], g->at[l]);
  }
}

INLINE void read_group(const group *g, uint32_t *symbols, uint64_t *boundaries, size_t count) {
  for (size_t l = 0; l < count; l++) {
    uint64_t live = g->live[l];
    uint32_t *out = symbols + LONGEST * l;
    boundaries[l] = live;
    do {
      *out++ = g->symbols[__builtin_ctzll(live) + 1][l];
      live &= live - 1;
    } while (live);
  }
}

#define MERGE_PARAMETERS                                                                                            \
  const xylem_merge_table *t, const uint8_t *text, const uint32_t *starts, const uint8_t *lengths, size_t count, \
      uint32_t *symbols, uint64_t *boundaries

// The kernel of merge_avx512.c, for processors of `xylem_has_merge_avx512`.
int xylem_has_merge_avx512(void);
void xylem_merge_avx512_pieces(MERGE_PARAMETERS);

#endif

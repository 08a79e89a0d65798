// Byte-pair merging of thirty-two pieces at once. A merge is a short chain of dependent look-ups in tables larger than
// the first-level cache; many independent chains keep the memory busy, and the search for the best pair is one vector
// minimum for sixteen pieces.
//
// Position r of lane l lies at [r + 1][l]. `keys` holds rank << 6 | r for the pair that begins there, so that one
// minimum finds the lowest rank and, among equals, the leftmost place. A symbol that was merged into its left
// neighbour leaves a hole: its bit in `live` is clear and its key is the largest. Rows 0 and 65 stand for the
// neighbours before the first and after the last symbol: a symbol that merges with nothing.
//
// Two groups of lanes take turns, so that what one has stored has left the store queue before it is read again as a
// vector, and the slots one has asked for arrive while the other works.
#include "merge.h"

#include <string.h>

#define LANES 16
#define LONGEST xylem_merge_longest
#define NO_SYMBOL 0xFFFFFu
#define INLINE static inline __attribute__((always_inline))

typedef uint32_t row __attribute__((vector_size(4 * LANES)));
typedef _Bool bits16 __attribute__((ext_vector_type(LANES)));

typedef struct {
  row keys[LONGEST + 2];
  uint32_t symbols[LONGEST + 2][LANES];
  uint64_t live[LANES];
  // The merges under way: rows of the merged symbol and of its left neighbour, the two new pairs and their slots.
  uint32_t at[LANES], before[LANES];
  uint32_t left_slot[LANES], right_slot[LANES];
  uint64_t left_pair[LANES], right_pair[LANES];
  uint32_t busy;
  unsigned rows;
} group;

INLINE uint32_t *key(group *g, uint32_t row_index, unsigned lane) { return (uint32_t *)&g->keys[row_index] + lane; }

INLINE uint32_t slot_of_pair(const xylem_merge_table *t, uint64_t pair) {
  uint64_t hash = xylem_pair_hash(pair);
  uint32_t slot = xylem_pair_slot(hash, t->displacements[hash >> t->bucket_shift], t->slot_count);
  __builtin_prefetch(t->slots + slot);
  return slot;
}

INLINE uint32_t key_of_slot(const xylem_merge_table *t, uint32_t slot, uint64_t pair, uint32_t at) {
  uint64_t found = t->slots[slot];
  uint32_t key = (uint32_t)found << 6 | at;  // the rank is the low 24 bits; ranks end at 2^20, so none is lost
  return found >> 24 == pair ? key & 0x3FFFFFFF : XYLEM_NO_MERGE;
}

INLINE void load_group(
    const xylem_merge_table *t, group *g, const uint8_t *text, const uint32_t *starts, const uint8_t *lengths,
    size_t count) {
  unsigned rows = 0;
  for (size_t l = 0; l < count; l++) rows = lengths[l] > rows ? lengths[l] : rows;
  g->rows = rows;
  g->busy = 0;
  memset(g->keys, 0xFF, (size_t)(rows + 2) * sizeof g->keys[0]);
  for (unsigned l = 0; l < LANES; l++) g->symbols[0][l] = g->symbols[LONGEST + 1][l] = NO_SYMBOL;
  for (unsigned l = 0; l < count; l++) {
    const uint8_t *bytes = text + starts[l];
    unsigned length = lengths[l];
    g->live[l] = length == 64 ? ~(uint64_t)0 : ((uint64_t)1 << length) - 1;
    uint32_t byte = bytes[0];
    for (unsigned r = 1; r < length; r++) {
      uint32_t following = bytes[r];
      uint32_t rank = t->byte_pair_rank[byte << 8 | following];
      g->symbols[r][l] = byte;
      *key(g, r, l) = rank == XYLEM_NO_MERGE ? rank : rank << 6 | (r - 1);
      byte = following;
    }
    g->symbols[length][l] = byte;
  }
}

// Replaces the two symbols of the best pair of each lane by one, and asks for the slots of the two pairs this makes.
INLINE void begin_merges(const xylem_merge_table *t, group *g) {
  row best = g->keys[1];
  for (unsigned r = 2; r <= g->rows; r++) best = __builtin_elementwise_min(best, g->keys[r]);
  bits16 differs = __builtin_convertvector(best != XYLEM_NO_MERGE, bits16);
  uint16_t busy;
  memcpy(&busy, &differs, sizeof busy);
  uint32_t bests[LANES];
  memcpy(bests, &best, sizeof bests);
  g->busy = busy;
  for (uint32_t rest = busy; rest; rest &= rest - 1) {
    unsigned l = (unsigned)__builtin_ctz(rest);
    uint32_t at = bests[l] & 63, rank = bests[l] >> 6;
    uint32_t symbol = t->symbol_of_rank ? t->symbol_of_rank[rank] : 256 + rank;
    uint64_t live = g->live[l];
    // A key at `at` means that a right neighbour exists.
    uint64_t above = live & (~(uint64_t)1 << at);
    uint32_t second = (uint32_t)__builtin_ctzll(above);
    uint64_t beyond = above & (above - 1);
    uint64_t below = live & (((uint64_t)1 << at) - 1);
    uint32_t next = beyond ? (uint32_t)__builtin_ctzll(beyond) : LONGEST;
    uint32_t before = below ? 64 - (uint32_t)__builtin_clzll(below) : 0;
    g->live[l] = live & ~((uint64_t)1 << second);
    g->symbols[at + 1][l] = symbol;
    *key(g, second + 1, l) = XYLEM_NO_MERGE;
    g->at[l] = at;
    g->before[l] = before;
    uint64_t left = (uint64_t)g->symbols[before][l] << 20 | symbol;
    uint64_t right = (uint64_t)symbol << 20 | g->symbols[next + 1][l];
    g->left_pair[l] = left;
    g->right_pair[l] = right;
    g->left_slot[l] = slot_of_pair(t, left);
    g->right_slot[l] = slot_of_pair(t, right);
  }
}

INLINE void end_merges(const xylem_merge_table *t, group *g) {
  for (uint32_t rest = g->busy; rest; rest &= rest - 1) {
    unsigned l = (unsigned)__builtin_ctz(rest);
    uint32_t at = g->at[l], before = g->before[l];
    *key(g, before, l) = key_of_slot(t, g->left_slot[l], g->left_pair[l], (before - 1) & 63);
    *key(g, at + 1, l) = key_of_slot(t, g->right_slot[l], g->right_pair[l], at);
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

// Compiled once for each instruction set.
INLINE void merge_pieces(
    const xylem_merge_table *t, const uint8_t *text, const uint32_t *starts, const uint8_t *lengths, size_t count,
    uint32_t *symbols, uint64_t *boundaries) {
  group a, b;
  size_t first = count < LANES ? count : LANES, second = count - first;
  load_group(t, &a, text, starts, lengths, first);
  load_group(t, &b, text, starts + first, lengths + first, second);
  begin_merges(t, &a);
  do {
    begin_merges(t, &b);
    end_merges(t, &a);
    begin_merges(t, &a);
    end_merges(t, &b);
  } while (a.busy | b.busy);
  read_group(&a, symbols, boundaries, first);
  read_group(&b, symbols + LONGEST * first, boundaries + first, second);
}

#define PARAMETERS                                                                                                  \
  const xylem_merge_table *t, const uint8_t *text, const uint32_t *starts, const uint8_t *lengths, size_t count, \
      uint32_t *symbols, uint64_t *boundaries
typedef void (*kernel)(PARAMETERS);

static void merge_portable(PARAMETERS) { merge_pieces(t, text, starts, lengths, count, symbols, boundaries); }
#if defined(__x86_64__)
__attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt"))) static void merge_avx2(PARAMETERS) {
  merge_pieces(t, text, starts, lengths, count, symbols, boundaries);
}
__attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl,avx512dq"))) static void merge_avx512(
    PARAMETERS) {
  merge_pieces(t, text, starts, lengths, count, symbols, boundaries);
}
#endif

static kernel kernel_for(int level, int *used) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  int bits = __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("avx2");
  if (level >= xylem_merge_avx512 && bits && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq")) {
    *used = xylem_merge_avx512;
    return merge_avx512;
  }
  if (level >= xylem_merge_avx2 && bits) {
    *used = xylem_merge_avx2;
    return merge_avx2;
  }
#endif
  *used = xylem_merge_portable;
  return merge_portable;
}

int xylem_merge_pieces_at_level(PARAMETERS, int level) {
  int used;
  kernel_for(level, &used)(t, text, starts, lengths, count, symbols, boundaries);
  return used;
}

void xylem_merge_pieces(PARAMETERS) {
  xylem_merge_pieces_at_level(t, text, starts, lengths, count, symbols, boundaries, xylem_merge_avx512);
}

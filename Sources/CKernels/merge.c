// Byte-pair merging of thirty-two pieces at once. A merge is a short chain of dependent look-ups in tables larger than
// the first-level cache; many independent chains keep the memory busy, and the search for the best pair is one vector
// minimum for sixteen pieces.
//
// Position r of lane l lies at [r + 1][l]. `keys` holds rank << 6 | r for the pair that begins there, so that one
// minimum finds the lowest rank and, among equals, the leftmost place. A symbol that was merged into its left
// neighbour leaves a hole: its bit in `live` is clear and its key is the largest. Rows 0 and 65 stand for the
// neighbours before the first and after the last symbol: a symbol that merges with nothing.
//
// With AVX-512 the pairs of bytes that certainly merge are merged while pieces are loaded, row by row and sixteen pieces
// at once: no merge of a lower rank takes either byte away, whatever stands around them. They are a third of all merges.
//
// Two groups of lanes take turns, so that what one has stored has left the store queue before it is read again as a
// vector, and the slots one has asked for arrive while the other works.
#include "merge.h"

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

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
      uint32_t rank = xylem_pair_rank(t->byte_pairs[byte << 8 | following]);
      g->symbols[r][l] = byte;
      *key(g, r, l) = rank == XYLEM_NO_RANK ? XYLEM_NO_MERGE : rank << 6 | (r - 1);
      byte = following;
    }
    g->symbols[length][l] = byte;
  }
}

#if defined(__x86_64__)
#define TARGET_AVX512 __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl,avx512dq")))

// What is known of the pairs that begin at one row: three ranks, as in xylem_pair_entry.
typedef struct {
  __m512i rank, before, behind;
} row_entries;

// The entries of first << 8 | second; none where `wanted` has no bit.
TARGET_AVX512 INLINE row_entries entries_of_row(
    const xylem_merge_table *t, __m512i first, __m512i second, __mmask16 wanted) {
  const __m512i none = _mm512_set1_epi32(-1), rank_bits = _mm512_set1_epi32(XYLEM_NO_RANK);
  const __m512i even = _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
  const __m512i odd = _mm512_or_si512(even, _mm512_set1_epi32(1));
  __m512i index = _mm512_or_si512(_mm512_slli_epi32(first, 8), second);
  __m512i a = _mm512_mask_i32gather_epi64(none, (__mmask8)wanted, _mm512_castsi512_si256(index), t->byte_pairs, 8);
  __m512i b = _mm512_mask_i32gather_epi64(
      none, (__mmask8)(wanted >> 8), _mm512_extracti64x4_epi64(index, 1), t->byte_pairs, 8);
  __m512i low = _mm512_permutex2var_epi32(a, even, b), high = _mm512_permutex2var_epi32(a, odd, b);
  return (row_entries){
      .rank = _mm512_and_si512(low, rank_bits),
      .before = _mm512_and_si512(_mm512_or_si512(_mm512_srli_epi32(low, 21), _mm512_slli_epi32(high, 11)), rank_bits),
      .behind = _mm512_and_si512(_mm512_srli_epi32(high, 10), rank_bits)};
}

// The bytes of row r of all lanes.
TARGET_AVX512 INLINE __m512i bytes_of_row(const uint8_t (*bytes)[LANES * 4], unsigned r) {
  return _mm512_and_si512(
      _mm512_srlv_epi32(_mm512_loadu_si512(bytes[r / 4]), _mm512_set1_epi32((int)(r % 4 * 8))),
      _mm512_set1_epi32(0xFF));
}

TARGET_AVX512 INLINE void load_group_avx512(
    const xylem_merge_table *t, group *g, const uint8_t *text, const uint32_t *starts, const uint8_t *lengths,
    size_t count) {
  // Four rows of all lanes side by side; zeros behind a piece. The load's mask keeps it from reading there.
  uint8_t pieces[LANES][LONGEST], bytes[LONGEST / 4 + 1][LANES * 4];
  uint32_t sizes[LANES] = {0};
  unsigned rows = 0;
  for (size_t l = 0; l < count; l++) {
    unsigned length = lengths[l];
    sizes[l] = length;
    rows = length > rows ? length : rows;
    g->live[l] = length == 64 ? ~(uint64_t)0 : ((uint64_t)1 << length) - 1;
    _mm512_storeu_si512(pieces[l], _mm512_maskz_loadu_epi8(g->live[l], text + starts[l]));
  }
  for (size_t l = count; l < LANES; l++) {
    g->live[l] = 0;
    _mm512_storeu_si512(pieces[l], _mm512_setzero_si512());
  }
  const __m512i lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  const __m512i columns = _mm512_slli_epi32(lanes, 6);
  for (unsigned r = 0; r < rows; r += 4) {
    _mm512_storeu_si512(bytes[r / 4], _mm512_i32gather_epi32(columns, &pieces[0][r], 1));
  }
  _mm512_storeu_si512(bytes[(rows + 3) / 4], _mm512_setzero_si512());

  g->rows = rows;
  g->busy = 0;
  const __m512i nothing = _mm512_set1_epi32(-1), no_rank = _mm512_set1_epi32(XYLEM_NO_RANK);
  _mm512_storeu_si512(&g->keys[0], nothing);
  _mm512_storeu_si512(&g->keys[rows + 1], nothing);
  _mm512_storeu_si512(g->symbols[0], _mm512_set1_epi32(NO_SYMBOL));
  _mm512_storeu_si512(g->symbols[LONGEST + 1], _mm512_set1_epi32(NO_SYMBOL));

  // Pairs with a merged symbol: its parts, and where its key belongs.
  uint32_t lefts[LANES * (LONGEST + 1)], rights[LANES * (LONGEST + 1)], places[LANES * (LONGEST + 1)];
  size_t asked = 0;
  const __m512i size = _mm512_loadu_si512(sizes);
  __m512i byte = bytes_of_row(bytes, 0), following = bytes_of_row(bytes, 1);
  row_entries at_hand = entries_of_row(t, byte, following, _mm512_cmpgt_epu32_mask(size, _mm512_set1_epi32(1)));
  __m512i before = no_rank, left = nothing, left_place = nothing;
  __m512i joined_low = _mm512_setzero_si512(), joined_high = joined_low;
  __mmask16 left_merged = 0, hole = 0;
  for (unsigned r = 0; r < rows; r++) {
    __m512i second = bytes_of_row(bytes, r + 2 < rows ? r + 2 : (rows + 3) & ~3u);
    row_entries next = entries_of_row(
        t, following, second, _mm512_cmpgt_epu32_mask(size, _mm512_set1_epi32((int)r + 2)));
    __mmask16 alive = _mm512_cmpgt_epu32_mask(size, _mm512_set1_epi32((int)r)) & (__mmask16)~hole;
    __mmask16 merged = _mm512_cmplt_epu32_mask(at_hand.rank, _mm512_min_epu32(before, next.behind));
    __m512i made = t->symbol_of_rank
        ? _mm512_mask_i32gather_epi32(byte, merged, at_hand.rank, t->symbol_of_rank, 4)
        : _mm512_add_epi32(at_hand.rank, _mm512_set1_epi32(256));
    __m512i symbol = _mm512_mask_mov_epi32(byte, merged, made);
    _mm512_storeu_si512(g->symbols[r + 1], symbol);
    __mmask16 is_pair = alive & (__mmask16)~merged & _mm512_cmplt_epu32_mask(at_hand.rank, no_rank);
    __m512i keys = _mm512_or_si512(_mm512_slli_epi32(at_hand.rank, 6), _mm512_set1_epi32((int)r));
    _mm512_storeu_si512(&g->keys[r + 1], _mm512_mask_mov_epi32(nothing, is_pair, keys));

    // Compressed in a register and stored whole: compressing stores are microcode on some processors.
    __mmask16 ask = r ? alive & (merged | left_merged) : 0;
    _mm512_storeu_si512(lefts + asked, _mm512_maskz_compress_epi32(ask, left));
    _mm512_storeu_si512(rights + asked, _mm512_maskz_compress_epi32(ask, symbol));
    _mm512_storeu_si512(places + asked, _mm512_maskz_compress_epi32(ask, left_place));
    asked += (size_t)__builtin_popcount(ask);

    left = _mm512_mask_mov_epi32(left, alive, symbol);
    left_place = _mm512_mask_mov_epi32(
        left_place, alive, _mm512_or_si512(lanes, _mm512_set1_epi32((int)(r * LANES))));
    left_merged = (left_merged & (__mmask16)~alive) | merged;
    hole = merged;
    // The last row has no neighbour to merge with, so the shift stays below 64.
    const __m512i joined = _mm512_set1_epi64((long long)((uint64_t)2 << r));
    joined_low = _mm512_mask_or_epi64(joined_low, (__mmask8)merged, joined_low, joined);
    joined_high = _mm512_mask_or_epi64(joined_high, (__mmask8)(merged >> 8), joined_high, joined);
    before = at_hand.before;
    at_hand = next;
    byte = following;
    following = second;
  }
  _mm512_storeu_si512(g->live, _mm512_andnot_si512(joined_low, _mm512_loadu_si512(g->live)));
  _mm512_storeu_si512(g->live + 8, _mm512_andnot_si512(joined_high, _mm512_loadu_si512(g->live + 8)));

  uint32_t slots[LANES * (LONGEST + 1)];
  for (size_t k = 0; k < asked; k++) slots[k] = slot_of_pair(t, (uint64_t)lefts[k] << 20 | rights[k]);
  for (size_t k = 0; k < asked; k++) {
    uint32_t at = places[k] / LANES;
    *key(g, at + 1, places[k] % LANES) = key_of_slot(t, slots[k], (uint64_t)lefts[k] << 20 | rights[k], at);
  }
}
#endif

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

typedef void loader(
    const xylem_merge_table *t, group *g, const uint8_t *text, const uint32_t *starts, const uint8_t *lengths,
    size_t count);

// Compiled once for each instruction set.
INLINE void merge_pieces(
    const xylem_merge_table *t, const uint8_t *text, const uint32_t *starts, const uint8_t *lengths, size_t count,
    uint32_t *symbols, uint64_t *boundaries, loader *load) {
  group a, b;
  size_t first = count < LANES ? count : LANES, second = count - first;
  load(t, &a, text, starts, lengths, first);
  load(t, &b, text, starts + first, lengths + first, second);
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

static void merge_portable(PARAMETERS) {
  merge_pieces(t, text, starts, lengths, count, symbols, boundaries, load_group);
}
#if defined(__x86_64__)
__attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt"))) static void merge_avx2(PARAMETERS) {
  merge_pieces(t, text, starts, lengths, count, symbols, boundaries, load_group);
}
TARGET_AVX512 static void merge_avx512(PARAMETERS) {
  merge_pieces(t, text, starts, lengths, count, symbols, boundaries, load_group_avx512);
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

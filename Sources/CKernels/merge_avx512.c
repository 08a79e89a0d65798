// The merging of merge.c with AVX-512: what a step does is done for sixteen lanes at once.
//
// The pairs of bytes that certainly merge are merged while pieces are loaded, row by row: no merge of a lower rank takes
// either byte away, whatever stands around them. They are a third of all merges. So are, where such a pair begins a
// character of three bytes, the two with the third.
//
// Symbols, displacements and slots are gathered and new keys scattered, which costs the same whatever the number of lanes
// that have a merge left. Where few have, they go one by one.
#include "merge_group.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl,avx512dq,avx512cd")))

// Lanes with a merge from which on a step is a vector's.
enum { enough_lanes = 6 };

typedef struct {
  __m512i low, high;  // eight lanes of 64 bits each
} wide;

TARGET INLINE __m512i lane_numbers(void) {
  return _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
}

TARGET INLINE wide widened(__m512i v) {
  return (wide){
      _mm512_cvtepu32_epi64(_mm512_castsi512_si256(v)), _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64(v, 1))};
}

TARGET INLINE __m512i narrowed(wide v) {
  return _mm512_inserti64x4(
      _mm512_castsi256_si512(_mm512_cvtepi64_epi32(v.low)), _mm512_cvtepi64_epi32(v.high), 1);
}

TARGET INLINE wide loaded(const uint64_t *lanes) {
  return (wide){_mm512_loadu_si512(lanes), _mm512_loadu_si512(lanes + 8)};
}

TARGET INLINE void store(uint64_t *lanes, wide v) {
  _mm512_storeu_si512(lanes, v.low);
  _mm512_storeu_si512(lanes + 8, v.high);
}

TARGET INLINE __m512i slots_of_eight(const xylem_merge_table *t, __m512i pairs) {
  const __m512i hash = _mm512_mullo_epi64(pairs, _mm512_set1_epi64((long long)xylem_pair_hash(1)));
  const __m512i bucket = _mm512_srl_epi64(hash, _mm_cvtsi32_si128((int)t->bucket_shift));
  // Four bytes are read where two are meant.
  const __m512i displacement = _mm512_and_si512(
      _mm512_cvtepu32_epi64(_mm512_i64gather_epi32(bucket, t->displacements, sizeof *t->displacements)),
      _mm512_set1_epi64(UINT16_MAX));
  const __m512i spread = _mm512_mul_epu32(_mm512_srli_epi64(hash, 20), displacement);
  return _mm512_srli_epi64(_mm512_mul_epu32(spread, _mm512_set1_epi64(t->slot_count)), 32);
}

// As `slot_of_pair` without asking for the line. Every 64 bits make a slot that is there.
TARGET INLINE wide slots_of_pairs(const xylem_merge_table *t, wide pairs) {
  return (wide){slots_of_eight(t, pairs.low), slots_of_eight(t, pairs.high)};
}

// As `key_of_slot`.
TARGET INLINE __m512i keys_of_slots(const xylem_merge_table *t, wide slots, wide pairs, __m512i places) {
  const wide found = {
      _mm512_i64gather_epi64(slots.low, t->slots, sizeof *t->slots),
      _mm512_i64gather_epi64(slots.high, t->slots, sizeof *t->slots)};
  const __mmask8 low = _mm512_cmpeq_epi64_mask(_mm512_srli_epi64(found.low, 24), pairs.low);
  const __mmask8 high = _mm512_cmpeq_epi64_mask(_mm512_srli_epi64(found.high, 24), pairs.high);
  const __m512i position = _mm512_and_si512(
      _mm512_srli_epi32(_mm512_sub_epi32(places, _mm512_set1_epi32(LANES)), 4), _mm512_set1_epi32(63));
  const __m512i keys = _mm512_and_si512(
      _mm512_or_si512(_mm512_slli_epi32(narrowed(found), 6), position), _mm512_set1_epi32(0x3FFFFFFF));
  return _mm512_mask_mov_epi32(_mm512_set1_epi32(-1), (__mmask16)(low | high << 8), keys);
}

// left << 20 | right.
TARGET INLINE wide pairs_of(__m512i left, __m512i right) {
  const wide l = widened(left), r = widened(right);
  return (wide){
      _mm512_or_si512(_mm512_slli_epi64(l.low, 20), r.low), _mm512_or_si512(_mm512_slli_epi64(l.high, 20), r.high)};
}

// What is known of the pairs that begin at one row: three ranks, as in xylem_pair_entry.
typedef struct {
  __m512i rank, before, behind;
} row_entries;

// The entries of first << 8 | second; none where `wanted` has no bit.
TARGET INLINE row_entries entries_of_row(
    const xylem_merge_table *t, __m512i first, __m512i second, __mmask16 wanted) {
  const __m512i none = _mm512_set1_epi32(-1), rank_bits = _mm512_set1_epi32(XYLEM_NO_RANK);
  const __m512i even = _mm512_slli_epi32(lane_numbers(), 1);
  const __m512i odd = _mm512_or_si512(even, _mm512_set1_epi32(1));
  const __m512i index = _mm512_or_si512(_mm512_slli_epi32(first, 8), second);
  const __m512i a =
      _mm512_mask_i32gather_epi64(none, (__mmask8)wanted, _mm512_castsi512_si256(index), t->byte_pairs, 8);
  const __m512i b = _mm512_mask_i32gather_epi64(
      none, (__mmask8)(wanted >> 8), _mm512_extracti64x4_epi64(index, 1), t->byte_pairs, 8);
  const __m512i low = _mm512_permutex2var_epi32(a, even, b), high = _mm512_permutex2var_epi32(a, odd, b);
  return (row_entries){
      .rank = _mm512_and_si512(low, rank_bits),
      .before = _mm512_and_si512(_mm512_or_si512(_mm512_srli_epi32(low, 21), _mm512_slli_epi32(high, 11)), rank_bits),
      .behind = _mm512_and_si512(_mm512_srli_epi32(high, 10), rank_bits)};
}

// The bytes of row r of all lanes.
TARGET INLINE __m512i bytes_of_row(const uint8_t (*bytes)[LANES * 4], unsigned r) {
  return _mm512_and_si512(
      _mm512_srlv_epi32(_mm512_loadu_si512(bytes[r / 4]), _mm512_set1_epi32((int)(r % 4 * 8))),
      _mm512_set1_epi32(0xFF));
}

// What is known of the pieces of a group while they are loaded.
typedef struct {
  __m512i size;
  // By row: the lanes in which a certain pair begins, and those whose symbol went into the one before.
  uint16_t merged[LONGEST], holes[LONGEST];
  // Characters of three bytes whose first two have merged: their place in character_ranks and in character_limits, the
  // lowest rank of a merge that could take the third byte away, and where this stands, row * LANES + lane.
  uint32_t characters[LANES * (LONGEST / 3 + 2)], limits[LANES * (LONGEST / 3 + 2)], behind[LANES * (LONGEST / 3 + 2)],
      thirds[LANES * (LONGEST / 3 + 2)];
  size_t character_count;
} loading;

TARGET INLINE __mmask16 first_lanes(size_t count) { return count < LANES ? (__mmask16)((1u << count) - 1) : UINT16_MAX; }

// Stores the numbers of the lanes of `some` side by side. Compressed in a register and stored whole: compressing stores
// are microcode on some processors.
TARGET INLINE void put(uint32_t *out, __mmask16 some, __m512i numbers) {
  _mm512_storeu_si512(out, _mm512_maskz_compress_epi32(some, numbers));
}

// Bytes, their certain pairs, and the keys of all others.
TARGET INLINE void load_rows(
    const xylem_merge_table *t, group *g, loading *w, const uint8_t *text, const uint32_t *starts, const uint8_t *lengths,
    size_t count) {
  // Four rows of all lanes side by side; zeros behind a piece. The load's mask keeps it from reading there.
  uint8_t pieces[LANES][LONGEST], bytes[LONGEST / 4 + 1][LANES * 4];
  uint32_t sizes[LANES] = {0};
  unsigned rows = 0;
  for (size_t l = 0; l < count; l++) {
    const unsigned length = lengths[l];
    sizes[l] = length;
    rows = length > rows ? length : rows;
    g->live[l] = bits_below(length);
    _mm512_storeu_si512(pieces[l], _mm512_maskz_loadu_epi8(g->live[l], text + starts[l]));
  }
  for (size_t l = count; l < LANES; l++) {
    g->live[l] = 0;
    _mm512_storeu_si512(pieces[l], _mm512_setzero_si512());
  }
  const __m512i lanes = lane_numbers(), columns = _mm512_slli_epi32(lanes, 6);
  for (unsigned r = 0; r < rows; r += 4) {
    _mm512_storeu_si512(bytes[r / 4], _mm512_i32gather_epi32(columns, &pieces[0][r], 1));
  }
  _mm512_storeu_si512(bytes[(rows + 3) / 4], _mm512_setzero_si512());

  g->rows = rows;
  g->busy = 0;
  const __m512i nothing = _mm512_set1_epi32(-1), no_rank = _mm512_set1_epi32(XYLEM_NO_RANK);
  _mm512_storeu_si512(&g->keys[0], nothing);
  _mm512_storeu_si512(g->symbols[0], _mm512_set1_epi32(NO_SYMBOL));

  const __m512i size = _mm512_loadu_si512(sizes), low_six = _mm512_set1_epi32(63);
  __m512i byte = bytes_of_row(bytes, 0), following = bytes_of_row(bytes, 1);
  row_entries at_hand = entries_of_row(t, byte, following, _mm512_cmpgt_epu32_mask(size, _mm512_set1_epi32(1)));
  __m512i before = no_rank;
  wide joined = {_mm512_setzero_si512(), _mm512_setzero_si512()};
  // The bytes two rows and one row before, and the columns of character_limits of those three rows to one row before.
  __m512i lead = _mm512_setzero_si512(), second = lead;
  __m512i column_lead = _mm512_set1_epi32(xylem_limit_nothing), column_second = column_lead, column_third = column_lead;
  __mmask16 hole = 0, begun = 0;
  size_t characters = 0;
  for (unsigned r = 0; r < rows; r++) {
    const __m512i beyond = bytes_of_row(bytes, r + 2 < rows ? r + 2 : (rows + 3) & ~3u);
    const row_entries next =
        entries_of_row(t, following, beyond, _mm512_cmpgt_epu32_mask(size, _mm512_set1_epi32((int)r + 2)));
    const __mmask16 alive = _mm512_cmpgt_epu32_mask(size, _mm512_set1_epi32((int)r)) & (__mmask16)~hole;
    const __mmask16 merged = _mm512_cmplt_epu32_mask(at_hand.rank, _mm512_min_epu32(before, next.behind));
    const __m512i made = t->symbol_of_rank
        ? _mm512_mask_i32gather_epi32(byte, merged, at_hand.rank, t->symbol_of_rank, 4)
        : _mm512_add_epi32(at_hand.rank, _mm512_set1_epi32(256));
    _mm512_storeu_si512(g->symbols[r + 1], _mm512_mask_mov_epi32(byte, merged, made));
    const __mmask16 is_pair = alive & (__mmask16)~merged & _mm512_cmplt_epu32_mask(at_hand.rank, no_rank);
    const __m512i keys = _mm512_or_si512(_mm512_slli_epi32(at_hand.rank, 6), _mm512_set1_epi32((int)r));
    _mm512_storeu_si512(&g->keys[r + 1], _mm512_mask_mov_epi32(nothing, is_pair, keys));
    w->merged[r] = merged;
    w->holes[r] = hole;
    // The last row has no neighbour to merge with, so the shift stays below 64.
    const __m512i bit = _mm512_set1_epi64((long long)((uint64_t)2 << r));
    joined.low = _mm512_mask_or_epi64(joined.low, (__mmask8)merged, joined.low, bit);
    joined.high = _mm512_mask_or_epi64(joined.high, (__mmask8)(merged >> 8), joined.high, bit);

    // A byte of 80 to BF behind a lead and another such byte that have merged.
    const __m512i tail = _mm512_xor_si512(byte, _mm512_set1_epi32(0x80));
    const __mmask16 is_tail = _mm512_cmplt_epu32_mask(tail, _mm512_set1_epi32(64));
    const __mmask16 third = begun & alive & is_tail & (__mmask16)~merged;
    if (third) {
      const __m512i two = _mm512_or_si512(
          _mm512_slli_epi32(_mm512_and_si512(lead, _mm512_set1_epi32(15)), 6), _mm512_and_si512(second, low_six));
      put(w->characters + characters, third, _mm512_or_si512(_mm512_slli_epi32(two, 6), tail));
      put(w->limits + characters, third,
          _mm512_add_epi32(_mm512_mullo_epi32(two, _mm512_set1_epi32(xylem_limit_columns)), column_lead));
      put(w->behind + characters, third, at_hand.behind);
      put(w->thirds + characters, third, _mm512_or_si512(lanes, _mm512_set1_epi32((int)(r * LANES))));
      characters += (size_t)__builtin_popcount(third);
    }
    begun = hole & is_tail &
        _mm512_cmplt_epu32_mask(_mm512_xor_si512(second, _mm512_set1_epi32(0xE0)), _mm512_set1_epi32(16));
    column_lead = column_second;
    column_second = column_third;
    column_third = _mm512_mask_mov_epi32(_mm512_set1_epi32(xylem_limit_other), is_tail, tail);
    lead = second;
    second = byte;

    hole = merged;
    before = at_hand.before;
    at_hand = next;
    byte = following;
    following = beyond;
  }
  const wide live = loaded(g->live);
  store(g->live, (wide){_mm512_andnot_si512(joined.low, live.low), _mm512_andnot_si512(joined.high, live.high)});
  w->size = size;
  w->character_count = characters;
}

// The first two bytes of a character and the third merge where no merge of a lower rank takes the two or the third away.
TARGET INLINE void merge_characters(const xylem_merge_table *t, group *g, loading *w) {
  const __m512i no_rank = _mm512_set1_epi32(XYLEM_NO_RANK);
  for (size_t k = 0; k < w->character_count; k += LANES) {
    const __mmask16 some = first_lanes(w->character_count - k);
    const __m512i rank = _mm512_mask_i32gather_epi32(
        no_rank, some, _mm512_maskz_loadu_epi32(some, w->characters + k), t->character_ranks, 4);
    const __m512i limit = _mm512_mask_i32gather_epi32(
        no_rank, some, _mm512_maskz_loadu_epi32(some, w->limits + k), t->character_limits, 4);
    const __mmask16 merged = _mm512_mask_cmplt_epu32_mask(
        some, rank, _mm512_min_epu32(limit, _mm512_maskz_loadu_epi32(some, w->behind + k)));
    uint32_t ranks[LANES];
    _mm512_storeu_si512(ranks, rank);
    for (uint32_t rest = merged; rest; rest &= rest - 1) {
      const unsigned i = (unsigned)__builtin_ctz(rest);
      const uint32_t r = w->thirds[k + i] / LANES, l = w->thirds[k + i] % LANES;
      g->symbols[r - 1][l] = t->symbol_of_rank ? t->symbol_of_rank[ranks[i]] : 256 + ranks[i];
      g->live[l] &= ~((uint64_t)1 << r);
      *key_at(g, place_of(r + 1, l)) = XYLEM_NO_MERGE;
      w->holes[r] |= (uint16_t)(1u << l);
    }
  }
}

// The keys of pairs with a merged symbol.
TARGET INLINE void look_up_pairs(const xylem_merge_table *t, group *g, const loading *w) {
  const __m512i nothing = _mm512_set1_epi32(-1), lanes = lane_numbers();
  // Their parts, and where the keys belong.
  uint32_t lefts[LANES * (LONGEST + 1)], rights[LANES * (LONGEST + 1)], places[LANES * (LONGEST + 1)];
  size_t asked = 0;
  __m512i left = nothing, left_place = nothing;
  __mmask16 left_merged = 0;
  for (unsigned r = 0; r < g->rows; r++) {
    const __mmask16 merged = w->merged[r];
    const __mmask16 alive = _mm512_cmpgt_epu32_mask(w->size, _mm512_set1_epi32((int)r)) & (__mmask16)~w->holes[r];
    const __m512i symbol = _mm512_loadu_si512(g->symbols[r + 1]);
    const __mmask16 ask = r ? alive & (merged | left_merged) : 0;
    put(lefts + asked, ask, left);
    put(rights + asked, ask, symbol);
    put(places + asked, ask, left_place);
    asked += (size_t)__builtin_popcount(ask);
    left = _mm512_mask_mov_epi32(left, alive, symbol);
    left_place = _mm512_mask_mov_epi32(
        left_place, alive, _mm512_or_si512(lanes, _mm512_set1_epi32((int)((r + 1) * LANES))));
    left_merged = (left_merged & (__mmask16)~alive) | merged;
  }
  for (size_t k = 0; k < asked; k += LANES) {
    const __mmask16 some = first_lanes(asked - k);
    const wide pairs =
        pairs_of(_mm512_maskz_loadu_epi32(some, lefts + k), _mm512_maskz_loadu_epi32(some, rights + k));
    const __m512i place = _mm512_maskz_loadu_epi32(some, places + k);
    _mm512_mask_i32scatter_epi32(
        g->keys, some, place, keys_of_slots(t, slots_of_pairs(t, pairs), pairs, place), sizeof(uint32_t));
  }
}

TARGET INLINE void load_group(
    const xylem_merge_table *t, group *g, const uint8_t *text, const uint32_t *starts, const uint8_t *lengths,
    size_t count) {
  loading w;
  load_rows(t, g, &w, text, starts, lengths, count);
  merge_characters(t, g, &w);
  look_up_pairs(t, g, &w);
}

// What lies around the places of a merge in the bits of eight pieces: rows, 0 for what is not there.
typedef struct {
  __m512i before, second, next, second_bit;
} neighbours;

TARGET INLINE neighbours neighbours_of(__m512i live, __m512i first) {
  const __m512i zero = _mm512_setzero_si512(), width = _mm512_set1_epi64(64);
  const __m512i above = _mm512_and_si512(live, _mm512_sllv_epi64(_mm512_set1_epi64(-2), first));
  const __m512i below = _mm512_andnot_si512(_mm512_sllv_epi64(_mm512_set1_epi64(-1), first), live);
  const __m512i second = _mm512_and_si512(above, _mm512_sub_epi64(zero, above));
  const __m512i beyond = _mm512_xor_si512(above, second);
  const __m512i next = _mm512_and_si512(beyond, _mm512_sub_epi64(zero, beyond));
  return (neighbours){
      _mm512_sub_epi64(width, _mm512_lzcnt_epi64(below)), _mm512_sub_epi64(width, _mm512_lzcnt_epi64(second)),
      _mm512_sub_epi64(width, _mm512_lzcnt_epi64(next)), second};
}

// The places in all lanes of rows given in 64 bits.
TARGET INLINE __m512i places_of(__m512i low, __m512i high) {
  return _mm512_or_si512(_mm512_slli_epi32(narrowed((wide){low, high}), 4), lane_numbers());
}

TARGET INLINE void begin_merges(const xylem_merge_table *t, group *g) {
  const __m512i nothing = _mm512_set1_epi32(-1);
  __m512i best = nothing;
  for (unsigned r = 1; r <= g->rows; r++) best = _mm512_min_epu32(best, _mm512_loadu_si512(&g->keys[r]));
  const __mmask16 busy = _mm512_cmpneq_epi32_mask(best, nothing);
  g->busy = busy;
  if (__builtin_popcount(busy) < enough_lanes) {
    uint32_t bests[LANES];
    _mm512_storeu_si512(bests, best);
    begin_lanes(t, g, bests, busy);
    return;
  }
  const __m512i first = _mm512_and_si512(best, _mm512_set1_epi32(63)), rank = _mm512_srli_epi32(best, 6);
  __m512i symbol = _mm512_add_epi32(rank, _mm512_set1_epi32(256));
  if (t->symbol_of_rank) symbol = _mm512_mask_i32gather_epi32(symbol, busy, rank, t->symbol_of_rank, 4);

  const wide live = loaded(g->live), from = widened(first);
  const neighbours low = neighbours_of(live.low, from.low), high = neighbours_of(live.high, from.high);
  store(g->live, (wide){
      _mm512_mask_xor_epi64(live.low, (__mmask8)busy, live.low, low.second_bit),
      _mm512_mask_xor_epi64(live.high, (__mmask8)(busy >> 8), live.high, high.second_bit)});
  const __m512i at = _mm512_add_epi32(
      _mm512_or_si512(_mm512_slli_epi32(first, 4), lane_numbers()), _mm512_set1_epi32(LANES));
  const __m512i before = places_of(low.before, high.before);
  // Lanes without a merge have places that are not there, and are masked out.
  const __m512i left = _mm512_mask_i32gather_epi32(nothing, busy, before, g->symbols, 4);
  const __m512i right =
      _mm512_mask_i32gather_epi32(nothing, busy, places_of(low.next, high.next), g->symbols, 4);
  _mm512_mask_i32scatter_epi32(g->symbols, busy, at, symbol, 4);
  _mm512_mask_i32scatter_epi32(g->keys, busy, places_of(low.second, high.second), nothing, 4);

  const wide left_pair = pairs_of(left, symbol), right_pair = pairs_of(symbol, right);
  _mm512_storeu_si512(g->at, at);
  _mm512_storeu_si512(g->before, before);
  store(g->left_pair, left_pair);
  store(g->right_pair, right_pair);
  store(g->left_slot, slots_of_pairs(t, left_pair));
  store(g->right_slot, slots_of_pairs(t, right_pair));
}

TARGET INLINE void end_merges(const xylem_merge_table *t, group *g) {
  const __mmask16 busy = (__mmask16)g->busy;
  if (__builtin_popcount(busy) < enough_lanes) {
    end_lanes(t, g);
    return;
  }
  const __m512i before = _mm512_loadu_si512(g->before), at = _mm512_loadu_si512(g->at);
  const __m512i left = keys_of_slots(t, loaded(g->left_slot), loaded(g->left_pair), before);
  const __m512i right = keys_of_slots(t, loaded(g->right_slot), loaded(g->right_pair), at);
  _mm512_mask_i32scatter_epi32(g->keys, busy, before, left, 4);
  _mm512_mask_i32scatter_epi32(g->keys, busy, at, right, 4);
}

TARGET void xylem_merge_avx512_pieces(MERGE_PARAMETERS) {
  group a, b;
  const size_t first = count < LANES ? count : LANES, second = count - first;
  load_group(t, &a, text, starts, lengths, first);
  load_group(t, &b, text, starts + first, lengths + first, second);
  begin_merges(t, &a);
  begin_merges(t, &b);
  // What one group has stored has left the store queue before it is read again as a vector: the other's step is between.
  // A group that has no merge left gets none again.
  while (a.busy | b.busy) {
    if (a.busy) end_merges(t, &a);
    if (b.busy) end_merges(t, &b);
    if (a.busy) begin_merges(t, &a);
    if (b.busy) begin_merges(t, &b);
  }
  read_group(&a, symbols, boundaries, first);
  read_group(&b, symbols + LONGEST * first, boundaries + first, second);
}

int xylem_has_merge_avx512(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512cd");
}
#endif

// Byte-pair merging of thirty-two short pieces at once.
#ifndef XYLEM_MERGE_H
#define XYLEM_MERGE_H

#include <stddef.h>
#include <stdint.h>

#define XYLEM_NO_MERGE UINT32_MAX

enum { xylem_merge_lanes = 32, xylem_merge_longest = 64 };

// Which pairs of symbols merge, and how early. A symbol is a byte (its value) or the result of a merge; symbols are below
// 2^20 - 1, ranks below 2^20.
typedef struct {
  // What is known of two neighbouring bytes, by first << 8 | second: see xylem_pair_entry.
  const uint64_t *byte_pairs;
  // A perfect hash of the pairs: a displacement for each bucket, then one slot a pair, which holds left << 44 |
  // right << 24 | rank; all ones where it is empty. Two bytes behind the last displacement may be read as well.
  const uint16_t *displacements;
  const uint64_t *slots;
  // The symbol a rank gives; NULL: 256 + rank.
  const uint32_t *symbol_of_rank;
  // Of each character of three bytes (see xylem_character): the rank of the merge of its first two with the third;
  // XYLEM_NO_RANK where there is none.
  const uint32_t *character_ranks;
  // For the first two bytes of such a character and what stands before (see xylem_character_limit): the lowest rank of a
  // merge whose right part is the two and whose left part ends with that byte; XYLEM_NO_RANK where there is none.
  const uint32_t *character_limits;
  uint32_t slot_count;
  uint32_t bucket_shift;
} xylem_merge_table;

// Three ranks of 21 bits about two neighbouring bytes; XYLEM_NO_RANK where there is none, in an entry of all ones.
// rank: of their own merge. before: the lowest of a merge whose right part is the second byte and whose left part ends
// with the first. behind: the lowest of a merge whose left part is the first byte and whose right part begins with the
// second. Where every merge comes after those that make its parts, bytes b and c of a text a b c d certainly merge when
// their rank is below `before` of a b and below `behind` of c d. Zero in both keeps that from being concluded.
#define XYLEM_NO_RANK 0x1FFFFFu
static inline uint64_t xylem_pair_entry(uint32_t rank, uint32_t before, uint32_t behind) {
  return (uint64_t)1 << 63 | (uint64_t)behind << 42 | (uint64_t)before << 21 | rank;
}
static inline uint32_t xylem_pair_rank(uint64_t entry) { return (uint32_t)entry & XYLEM_NO_RANK; }
static inline uint32_t xylem_pair_before(uint64_t entry) { return (uint32_t)(entry >> 21) & XYLEM_NO_RANK; }
static inline uint32_t xylem_pair_behind(uint64_t entry) { return (uint32_t)(entry >> 42) & XYLEM_NO_RANK; }

// A character of three bytes by the bits that are not the same for all: its lead is E0 to EF, the others are 80 to BF.
enum { xylem_characters = 1 << 16 };
static inline uint32_t xylem_character(uint32_t lead, uint32_t second, uint32_t third) {
  return (lead & 15) << 12 | (second & 63) << 6 | (third & 63);
}
// The place of a limit. Before the two may stand 80 to BF, another byte, or nothing, which limits nothing.
enum { xylem_limit_columns = 66, xylem_limit_other = 64, xylem_limit_nothing = 65 };
static inline uint32_t xylem_character_limit(uint32_t lead, uint32_t second, uint32_t column) {
  return ((lead & 15) << 6 | (second & 63)) * xylem_limit_columns + column;
}

// The place of a pair (left << 20 | right) in the perfect hash.
static inline uint64_t xylem_pair_hash(uint64_t pair) { return pair * 0x9E3779B97F4A7C15u; }
static inline uint32_t xylem_pair_slot(uint64_t hash, uint32_t displacement, uint32_t slot_count) {
  uint32_t spread = (uint32_t)(hash >> 20) * displacement;
  return (uint32_t)(((uint64_t)spread * slot_count) >> 32);
}

// The first odd displacement, of 16 bits, that sends all pairs of a bucket (`count` of them, by their hashes) to slots of
// their own that are free: bits of `used` say which are not. It marks them; 0, with nothing marked, when none does.
uint32_t xylem_free_displacement(const uint64_t *hashes, size_t count, uint64_t *used, uint32_t slot_count);

// The instruction sets the kernel is written for. A level the machine lacks falls back to the next lower one.
enum xylem_merge_level { xylem_merge_portable = 0, xylem_merge_avx2 = 1, xylem_merge_avx512 = 2 };

// Merges `count` (1...32) pieces of 1...64 bytes: lowest rank first, leftmost among equals, until no pair merges. Piece i
// is lengths[i] bytes at text + starts[i]; its symbols go to symbols + 64 * i, and bit b of boundaries[i] is set when one of
// them begins at byte b.
void xylem_merge_pieces(
    const xylem_merge_table *table, const uint8_t *text, const uint32_t *starts, const uint8_t *lengths, size_t count,
    uint32_t *symbols, uint64_t *boundaries);

// The same with a chosen level, for tests that compare them. Returns the level used.
int xylem_merge_pieces_at_level(
    const xylem_merge_table *table, const uint8_t *text, const uint32_t *starts, const uint8_t *lengths, size_t count,
    uint32_t *symbols, uint64_t *boundaries, int level);

#endif

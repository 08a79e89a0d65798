// Hashes of words, eight characters at a time: a word of up to eight has no loop and no branch on its length. Inlined.
#ifndef XYLEM_CHARACTER_HASH_H
#define XYLEM_CHARACTER_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { xylem_character_group = 8 };

// Row n holds n multipliers and zeros behind them.
extern const uint64_t xylem_character_weights[xylem_character_group + 1][xylem_character_group];

// The hash of no characters.
static const uint64_t xylem_empty_hash = 0x243F6A8885A308D3u;

// The sum of the first `count` characters, at most eight, each times its multiplier. Reads eight.
static inline uint64_t xylem_weigh_characters(const uint32_t *characters, size_t count) {
  const uint64_t *row = xylem_character_weights[count];
  uint64_t sum = 0;
  for (int i = 0; i < xylem_character_group; i++) sum += characters[i] * row[i];
  return sum;
}

// Takes one whole group into a hash that goes on: a bijection of the hash, so hashes meet by chance only.
static inline uint64_t xylem_extend_hash(uint64_t hash, uint64_t weighed) {
  const uint64_t product = (hash ^ weighed) * 0x9E3779B97F4A7C15u;
  return product ^ product >> 32;
}

// Takes the last group, of one to eight characters, and mixes (the finaliser of SplitMix64).
static inline uint64_t xylem_finish_hash(uint64_t hash, uint64_t weighed) {
  uint64_t z = (hash ^ weighed) * 0x9E3779B97F4A7C15u;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return z ^ z >> 31;
}

// The hash of `count` characters, 1 or more, of which `hash` has those before. Reads up to seven characters behind them.
static inline uint64_t xylem_hash_characters(uint64_t hash, const uint32_t *characters, size_t count) {
  while (count > xylem_character_group) {
    hash = xylem_extend_hash(hash, xylem_weigh_characters(characters, xylem_character_group));
    characters += xylem_character_group;
    count -= xylem_character_group;
  }
  return xylem_finish_hash(hash, xylem_weigh_characters(characters, count));
}

// The hashes of words: word i is the characters ranges[2 * i] to below ranges[2 * i + 1], one or more, behind those of which
// `hash` is the hash. Reads up to seven characters behind each.
void xylem_hash_words(
    const uint32_t *characters, const int32_t *ranges, size_t words, uint64_t hash, uint64_t *out);

enum xylem_hash_level { xylem_hash_portable = 0, xylem_hash_avx512 = 1 };

// The same with a chosen level, for tests; a level the machine lacks falls back to the portable one.
void xylem_hash_words_at_level(
    const uint32_t *characters, const int32_t *ranges, size_t words, uint64_t hash, uint64_t *out, int level);

#endif

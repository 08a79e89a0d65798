// Counting the n-grams of a text in an open-addressing table.
#ifndef XYLEM_GRAM_COUNT_H
#define XYLEM_GRAM_COUNT_H

#include <stddef.h>
#include <stdint.h>

// Up to `xylem_gram_narrow` n-grams take slots of two bytes each, more of them slots of four.
enum { xylem_gram_block = 64, xylem_gram_longest = 64, xylem_gram_narrow = 65535 };
enum xylem_gram_level { xylem_gram_portable = 0, xylem_gram_avx2 = 1, xylem_gram_avx512 = 2 };

typedef struct {
  // The place, and one, where the n-gram of a slot occurs first; 0 is a free slot. All zero at the beginning, a power of
  // two of them, and twice as many as n-grams at least, so that a search ends.
  void *slots;
  size_t slot_mask;
  // For each place the hash of its n-gram. Equal hashes are taken for equal n-grams.
  uint64_t *keys;
  // For each place how often the n-gram that occurs there first occurs in all.
  uint32_t *counts;
  // First places of n-grams seen more than once, in the order of their second occurrence; room for one more than n-grams.
  uint32_t *repeated;
  // base^i for i < block + longest, and base^-i for i < block, base an odd number.
  const uint64_t *powers, *inverses;
} xylem_gram_tables;

typedef struct {
  size_t distinct, repeated;
} xylem_gram_result;

// Counts the `total` n-grams of `length` items, 1 to xylem_gram_longest; reads total + length - 1 items of 4 or of 8 bytes.
// `total` is below 2^32 - 1. A level the machine lacks falls back to the portable one.
xylem_gram_result xylem_count_grams32(
    const xylem_gram_tables *tables, const uint32_t *items, size_t total, size_t length, int level);
xylem_gram_result xylem_count_grams64(
    const xylem_gram_tables *tables, const uint64_t *items, size_t total, size_t length, int level);

// How many of `count` evenly spread hashes differ; 0 and 1 are taken for the same. `slots` are all zero at the beginning, a
// power of two of them, and twice as many as hashes at least. SIZE_MAX where a hash has to go 256 steps from
// where it belongs, which even hashes do not come to: then somebody chose them, and slots are no way to count them.
size_t xylem_count_distinct(const uint64_t *hashes, size_t count, uint64_t *slots, size_t slot_mask);

#endif

// MinHash by 32-bit multiply and minimum, and the lanes and bits taken from the minima (see MinHash/Fingerprint.swift).
#ifndef XYLEM_MINHASH_H
#define XYLEM_MINHASH_H

#include <stddef.h>
#include <stdint.h>

enum { xylem_minhash_portable = 0, xylem_minhash_avx2 = 1, xylem_minhash_avx512 = 2 };

/// The best level this processor runs.
int xylem_minhash_best_level(void);

/// For each product y of (high half of each hash) * multipliers[i] mod 2^32, i < products:
/// minima[i] = min(minima[i], y) and minima[products + i] = min(minima[products + i], ~y).
/// `products` is a multiple of 32; the arrays may have any alignment. A level the processor lacks falls to one it has.
void xylem_minhash_update(int level, const uint64_t *hashes, size_t count, const uint32_t *multipliers,
                          uint32_t *minima, size_t products);

/// From mixed minima: `lanes` bytes (top 8 bits each), then `bits` single bits (the top one, least significant bit
/// first), bits a multiple of 8: lanes + bits / 8 bytes in all. Bits follow lanes in `minima`.
void xylem_minhash_finish(int level, const uint32_t *minima, size_t lanes, size_t bits, uint8_t *out);

#endif

// The multipliers of character hashes: SplitMix64's finaliser of i times 2^64 / golden ratio for i = 1 to 8, made odd.
#include "character_hash.h"

#define k0 0xE220A8397B1DCDAFu
#define k1 0x6E789E6AA1B965F5u
#define k2 0x06C45D188009454Fu
#define k3 0xF88BB8A8724C81EDu
#define k4 0x1B39896A51A8749Bu
#define k5 0x53CB9F0C747EA2EBu
#define k6 0x2C829ABE1F4532E1u
#define k7 0xC584133AC916AB3Du

const uint64_t xylem_character_weights[xylem_character_group + 1][xylem_character_group] = {
  {0, 0, 0, 0, 0, 0, 0, 0},
  {k0, 0, 0, 0, 0, 0, 0, 0},
  {k0, k1, 0, 0, 0, 0, 0, 0},
  {k0, k1, k2, 0, 0, 0, 0, 0},
  {k0, k1, k2, k3, 0, 0, 0, 0},
  {k0, k1, k2, k3, k4, 0, 0, 0},
  {k0, k1, k2, k3, k4, k5, 0, 0},
  {k0, k1, k2, k3, k4, k5, k6, 0},
  {k0, k1, k2, k3, k4, k5, k6, k7},
};

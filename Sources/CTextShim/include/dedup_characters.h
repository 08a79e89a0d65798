// What deduplication knows of a character, as a two-stage table made once from ICU: word class, case folding, and
// whether the ROOTS form of exact duplicates deletes it.
#ifndef XYLEM_DEDUP_CHARACTERS_H
#define XYLEM_DEDUP_CHARACTERS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  /// Low 21 bits of an entry: the folded character, or an index into `expansions` when it folds to several.
  xylem_dedup_value_mask = 0x1FFFFF,
  /// Two bits of class: 0 breaks words, 1 letter or digit, 2 mark or joiner, 3 a word by itself (Han, kana, Thai ...).
  xylem_dedup_class_shift = 21,
  xylem_dedup_break = 0,
  xylem_dedup_letter = 1,
  xylem_dedup_mark = 2,
  xylem_dedup_single = 3,
  xylem_dedup_expands = 1 << 23,
  /// White space, decimal digit or ASCII punctuation: what the ROOTS form leaves out.
  xylem_dedup_deleted = 1 << 24,
};

typedef struct {
  /// 0x2000 block numbers: one for each 256 values that four UTF-8 bytes can spell, so no lookup is out of bounds.
  const uint16_t *blocks;
  /// 256 entries a block.
  const uint32_t *entries;
  /// At the index: how many characters (2 or 3), then the characters.
  const uint32_t *expansions;
} xylem_dedup_characters;

/// The table; made at the first call (some milliseconds), the same ever after, safe from any thread.
xylem_dedup_characters xylem_dedup_character_table(void);

#ifdef __cplusplus
}
#endif

#endif

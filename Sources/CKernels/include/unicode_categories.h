// The general category of every code point, as Hugging Face's tokenizers has it; see derive_character_classes.py.
#ifndef XYLEM_UNICODE_CATEGORIES_H
#define XYLEM_UNICODE_CATEGORIES_H

#include <stddef.h>
#include <stdint.h>

enum xylem_category {
  xylem_cn, xylem_cc, xylem_cf, xylem_cs, xylem_co, xylem_lu, xylem_ll, xylem_lt, xylem_lm, xylem_lo,
  xylem_mn, xylem_mc, xylem_me, xylem_nd, xylem_nl, xylem_no, xylem_pc, xylem_pd, xylem_ps, xylem_pe,
  xylem_pi, xylem_pf, xylem_po, xylem_sm, xylem_sc, xylem_sk, xylem_so, xylem_zs, xylem_zl, xylem_zp,
};

// Category of the code points from (value >> 8) up to the next value's: value & 255. Ascending from 0; count is set.
const uint32_t *xylem_category_starts(size_t *count);
// First and last code points of the word characters that are neither letter, mark, decimal digit nor connector.
const uint32_t *xylem_extra_word_ranges(size_t *count);

#endif

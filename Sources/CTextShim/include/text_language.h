// Plain C door to CLD2 (compact language detector 2) with its full tables.
#ifndef XYLEM_TEXT_LANGUAGE_H
#define XYLEM_TEXT_LANGUAGE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TEXT_LANGUAGE_SAMPLE = 4096 };

/// The most likely language of the first 4096 bytes of `source` (UTF-8; anything else is read as spaces): CLD2's number of
/// it, -1 when it is unknown, and in `percent` the share of the letters in that language, 0 to 100.
int text_detect_language(const uint8_t *source, size_t count, int *percent);

/// How many languages have a number.
int text_language_count(void);

/// CLD2's code of a language, by its number below the count.
const char *text_language_code(int language);

/// For each of the `count` BMP code points from `first` on (no surrogates): 1 in `kinds` when only ICU's Hant-Hans
/// changes it (traditional), 2 when only Hans-Hant does (simplified), else 0. All 0 when ICU has no such rules.
void text_fill_chinese_variants(uint8_t *kinds, uint32_t first, size_t count);

#ifdef __cplusplus
}
#endif
#endif

// Plain C doors to ICU for text cleaning: normalization of UTF-8, character properties. No call keeps
// state between calls that a caller could see; each may run on any thread.
#ifndef XYLEM_TEXT_UNICODE_H
#define XYLEM_TEXT_UNICODE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TEXT_FORM_NFC = 0, TEXT_FORM_NFKC = 1 };

/// 1 when `count` bytes of UTF-8 are in `form`, 0 when they are not, -1 when ICU failed or `count` exceeds INT32_MAX.
int text_is_normalized(int form, const uint8_t *source, size_t count);

/// 1 when `count` characters, behind `*previous` (0 at the beginning), are in `form` for certain, 0 when they may not be: then
/// ICU knows. `*previous` becomes the last of them. 270 kB of tables a form, made at the first call.
int text_are_surely_normalized(int form, const uint32_t *characters, size_t count, uint32_t *previous);

/// Normalizes `count` bytes of UTF-8 into `target`. Returns the length of the result, which was written only when it is
/// at most `capacity`; -1 when ICU failed or a length exceeds INT32_MAX. ICU Normalizer2::normalizeUTF8.
ptrdiff_t text_normalize(int form, const uint8_t *source, size_t count, uint8_t *target, size_t capacity);

/// Fills one class byte and one simple lower-case mapping for each code point below `count`.
/// Class bits: TEXT_CLASS_*; a code point outside Unicode gets 0 and itself.
void text_fill_properties(uint8_t *classes, uint32_t *lower, size_t count);

enum {
  TEXT_CLASS_LETTER = 1,  // general category L or M
  TEXT_CLASS_NUMBER = 2,  // general category N
  TEXT_CLASS_SPACE = 4,   // White_Space
  TEXT_CLASS_JOINING = 8, // letter or mark of Arabic or of a script with a virama: where ZWJ and ZWNJ are spelling
  TEXT_CLASS_VIRAMA = 16, // Canonical_Combining_Class 9
  TEXT_CLASS_SENTENCE_END = 32 // Sentence_Terminal
};

#ifdef __cplusplus
}
#endif
#endif

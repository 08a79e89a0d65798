// Words of text without spaces, for text cleaning: what ICU's word iterator (root locale) says, at a fraction of its cost.
#ifndef XYLEM_TEXT_WORDS_H
#define XYLEM_TEXT_WORDS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Ranges of the words in `count` code points by ICU's word rules and dictionaries: pairs (start, end). Segments
/// without letter, digit or ideograph are left out. What is no code point counts as U+FFFD. Returns the number of pairs,
/// which is at most `count`, at most `capacity` of them written; -1 when ICU failed or `count` exceeds INT32_MAX / 2.
/// Any thread; about 60 kB of tables a process (and ICU's dictionary, mapped), working memory a thread that grows to 12
/// bytes a code point of the longest run of ideographs.
ptrdiff_t text_words(const uint32_t *characters, size_t count, int32_t *pairs, size_t capacity);

/// The same by ICU alone: the plain twin.
ptrdiff_t text_words_plain(const uint32_t *characters, size_t count, int32_t *pairs, size_t capacity);

#ifdef __cplusplus
}
#endif
#endif

// Character classes of GPT-2's split, from ICU's character database.
#ifndef XYLEM_TOK_CLASSES_H
#define XYLEM_TOK_CLASSES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Class of each code point below count: 0 other, 1 letter (L*), 2 number (N*), 3 white space.
void xylem_tok_fill_classes(uint8_t *classes, size_t count);

#ifdef __cplusplus
}
#endif

#endif

// Plain C doors to libfasttext: asking a trained classifier about one text. libfasttext believes what a model file says, so
// whoever opens one must have checked its sizes and numbers before.
#ifndef XYLEM_FASTTEXT_MODEL_H
#define XYLEM_FASTTEXT_MODEL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The classifier in `count` checked bytes of a .bin or .ftz file, copied; NULL when libfasttext refuses it or memory ends.
void *fasttext_open(const void *bytes, size_t count);

void fasttext_close(void *model);

int32_t fasttext_label_count(const void *model);

/// The name of a label, of which at most `capacity` bytes are written to `target`. Returns its length.
size_t fasttext_label(const void *model, int32_t label, char *target, size_t capacity);

/// The most probable label of `count` bytes of text without line ends, and its probability; -1 when the model knows nothing
/// of the text. Any number of threads may ask at a time.
int32_t fasttext_predict(const void *model, const uint8_t *text, size_t count, float *probability);

#ifdef __cplusplus
}
#endif
#endif

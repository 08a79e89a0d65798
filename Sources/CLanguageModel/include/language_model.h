// The language model that is part of the program: the bytes of models/languages.model.
#ifndef XYLEM_LANGUAGE_MODEL_H
#define XYLEM_LANGUAGE_MODEL_H

#include <stddef.h>
#include <stdint.h>

// The first of `*count` bytes, which stay where they are as long as the program runs.
const uint8_t *xylem_language_model(size_t *count);

#endif

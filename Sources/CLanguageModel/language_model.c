// models/languages.model inside the program. C23's #embed: the compiler copies the file, no array is written out, and
// knows that this object depends on it.
#include "language_model.h"

static const uint8_t bytes[] = {
#embed "../../models/languages.model"
};

const uint8_t *xylem_language_model(size_t *count) {
  *count = sizeof bytes;
  return bytes;
}

#include "tok_classes.h"

#include <unicode/uchar.h>

extern "C" void xylem_tok_fill_classes(uint8_t *classes, size_t count) {
  for (size_t c = 0; c < count; c++) {
    UChar32 scalar = (UChar32)c;
    uint32_t category = U_GET_GC_MASK(scalar);
    if (category & U_GC_L_MASK) {
      classes[c] = 1;
    } else if (category & U_GC_N_MASK) {
      classes[c] = 2;
    } else {
      classes[c] = u_isUWhiteSpace(scalar) ? 3 : 0;
    }
  }
}

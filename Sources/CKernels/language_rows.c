// Sums of rows of small numbers: int16 sums of up to 256 rows (256 * 128 fits), spilt into int32. Vectors of the
// compiler's own, once for any machine and once with AVX2; the plain twin is in LanguageModelTests.
#include "language_rows.h"

typedef int8_t row __attribute__((vector_size(16), aligned(1)));
typedef int16_t row_sum __attribute__((vector_size(32)));

static inline __attribute__((always_inline)) void add_rows(
    const int8_t *table, const size_t width, const uint32_t *rows, size_t count, int32_t *sums) {
  while (count > 0) {
    size_t block = count < 256 ? count : 256;
    row_sum low = {0}, high = {0};
    for (size_t i = 0; i < block; i++) {
      const int8_t *at = table + (size_t)rows[i] * width;
      low += __builtin_convertvector(*(const row *)at, row_sum);
      if (width == 32) high += __builtin_convertvector(*(const row *)(at + 16), row_sum);
    }
    for (int column = 0; column < 16; column++) {
      sums[column] += low[column];
      if (width == 32) sums[16 + column] += high[column];
    }
    rows += block;
    count -= block;
  }
}

void xylem_add_language_rows_portable(
    const int8_t *table, size_t width, const uint32_t *rows, size_t count, int32_t *sums) {
  if (width == 32) {
    add_rows(table, 32, rows, count, sums);
  } else {
    add_rows(table, 16, rows, count, sums);
  }
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void add_rows_avx2(
    const int8_t *table, size_t width, const uint32_t *rows, size_t count, int32_t *sums) {
  if (width == 32) {
    add_rows(table, 32, rows, count, sums);
  } else {
    add_rows(table, 16, rows, count, sums);
  }
}
#endif

void xylem_add_language_rows(
    const int8_t *table, size_t width, const uint32_t *rows, size_t count, int32_t *sums) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return add_rows_avx2(table, width, rows, count, sums);
#endif
  xylem_add_language_rows_portable(table, width, rows, count, sums);
}

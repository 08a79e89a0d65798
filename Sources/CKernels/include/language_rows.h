// The inner loop of the language identifier.
#ifndef XYLEM_LANGUAGE_ROWS_H
#define XYLEM_LANGUAGE_ROWS_H

#include <stddef.h>
#include <stdint.h>

// Adds the rows `rows[0..<count]` of a table of `width` (16 or 32) int8 columns to `sums[0..<width]`. Each row number
// must be inside the table; `count` at most 2^24, so that no sum overflows.
void xylem_add_language_rows(
    const int8_t *table, size_t width, const uint32_t *rows, size_t count, int32_t *sums);

// The same without what a processor may lack.
void xylem_add_language_rows_portable(
    const int8_t *table, size_t width, const uint32_t *rows, size_t count, int32_t *sums);

#endif

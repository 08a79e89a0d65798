// JSON lines for Swift: one line in, one record out, parsed and wholly validated with simdjson On-Demand (RFC 8259).
#ifndef XYLEM_JSON_READER_H
#define XYLEM_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes that must be readable behind a line; their values do not matter.
#define JSON_READER_PADDING 64

/// Bytes owned by somebody else. `start` may be NULL when `count` is 0.
typedef struct {
  const uint8_t *start;
  size_t count;
} json_slice;

/// The parts of a record. Valid until the next call on the same reader, and while the line is.
typedef struct {
  json_slice text;
  json_slice id;
  json_slice language;
  /// The other members, `"key":value` in order, joined by commas, each as it stood in the line.
  json_slice other;
} json_record;

typedef enum {
  JSON_RECORD = 0,
  JSON_MALFORMED,
  JSON_NOT_AN_OBJECT,
  JSON_TEXT_MISSING,
  JSON_TEXT_NOT_A_STRING,
  JSON_INVALID_UTF8,
  JSON_TOO_DEEP,
  JSON_OUT_OF_MEMORY,
} json_outcome;

typedef struct json_reader json_reader;

/// A reader that takes the text from member `text`, the identity from `id`, the language from the first of `languages`
/// that a record has. Names are copied. One thread at a time.
json_reader *json_reader_create(json_slice text, json_slice id, const json_slice *languages, size_t language_count);
void json_reader_destroy(json_reader *reader);

/// Parses `count` bytes at `line`, behind which JSON_READER_PADDING bytes must be readable.
json_outcome json_reader_parse(json_reader *reader, const uint8_t *line, size_t count, json_record *record);

/// Whether `count` bytes are UTF-8.
bool json_is_utf8(const uint8_t *bytes, size_t count);

#ifdef __cplusplus
}
#endif
#endif

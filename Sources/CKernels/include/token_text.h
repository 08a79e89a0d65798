// Token strings of tokenizer files: from the byte alphabet (GPT-2's printable stand-ins) to bytes.
#ifndef XYLEM_TOKEN_TEXT_H
#define XYLEM_TOKEN_TEXT_H

#include <stddef.h>
#include <stdint.h>

// Bytes that a call may write behind what it decoded.
enum { xylem_token_slack = 16 };

typedef struct {
  size_t read, written;
} xylem_token_progress;

// Decodes characters of the byte alphabet, as they stand in JSON without an escape, up to the first byte that begins
// none: a quotation mark, a backslash, a space, another character, or the end of `text`, of which `length` bytes are read
// at most. `output` has room for `length` bytes and the slack.
xylem_token_progress xylem_token_decode(const uint8_t *text, size_t length, uint8_t *output);

// The same one character at a time: the plain twin, and what runs where there is no vector unit.
xylem_token_progress xylem_token_decode_portable(const uint8_t *text, size_t length, uint8_t *output);

// A merge beside the token it makes, both as a file writes them: `whole`, and `text` with the left part, a quotation mark,
// the `gap` (which ends with the next opening mark), the right part and a quotation mark. Returns the bytes of all that
// where left and right, end to end, are the whole and the cut falls between two characters, and sets `left_characters`; 0
// otherwise, which near the end of the file, at `end`, says nothing. `whole` has no quotation mark inside.
size_t xylem_token_pair(
    const uint8_t *text, const uint8_t *end, const uint8_t *whole, size_t whole_length, const uint8_t *gap,
    size_t gap_length, size_t *left_characters);

// The same byte by byte.
size_t xylem_token_pair_portable(
    const uint8_t *text, const uint8_t *end, const uint8_t *whole, size_t whole_length, const uint8_t *gap,
    size_t gap_length, size_t *left_characters);

#endif

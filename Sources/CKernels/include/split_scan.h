// Runs a finite automaton over the characters of UTF-8 text and writes where pieces end: pre-tokenizers whose rules look
// at most one character ahead of what they decide.
#ifndef XYLEM_SPLIT_SCAN_H
#define XYLEM_SPLIT_SCAN_H

#include <stddef.h>
#include <stdint.h>

enum { xylem_split_kinds = 32, xylem_split_states = 64, xylem_split_pages = 0x200000 / 64 };

// What a step does, in this order: write the saved position, write the start of the character before, write the start of
// this character, save the start of this character.
enum {
  xylem_split_emit_saved = 1, xylem_split_emit_previous = 2, xylem_split_emit_here = 4, xylem_split_save_here = 8,
};

// Tables are by kind, then state: the row of a character is known before the state is, so a step waits for one load only.
typedef struct {
  uint8_t next[xylem_split_kinds * xylem_split_states];
  uint8_t flags[xylem_split_kinds * xylem_split_states];
} xylem_split_automaton;

// The kind of a code point c is kinds[pages[c / 64] + c % 64], below xylem_split_kinds. Pages cover 21 bits, more than
// Unicode, so that no byte sequence leads out of the table.
typedef struct {
  const uint16_t *pages;
  const uint8_t *kinds;
} xylem_split_classes;

// Where a scan stands between two calls. All zero at the start of a text.
typedef struct {
  size_t previous, saved;
  uint8_t state;
} xylem_split_position;

// Takes the characters that begin in text[from..<to] and writes base plus each position found (modulo 2^32) to ends, in
// ascending order; returns how many. ends has room for to - from + 8. to is length, or from plus a multiple of 64.
// Any bytes are safe; continuation bytes without a lead belong to the character before them.
size_t xylem_split_scan(
    const xylem_split_automaton *automaton, const xylem_split_classes *classes, const uint8_t *text, size_t length,
    size_t from, size_t to, uint32_t base, xylem_split_position *position, uint32_t *ends);

// The plain twin, for other processors and for tests.
size_t xylem_split_scan_portable(
    const xylem_split_automaton *automaton, const xylem_split_classes *classes, const uint8_t *text, size_t length,
    size_t from, size_t to, uint32_t base, xylem_split_position *position, uint32_t *ends);

#endif

// GPT-2's split without a regex and without a step that waits for the one before: what each character is becomes a bit in
// masks of 64 bytes, and boundaries follow from masks and their shifted selves.
//
// A run of letters, of numbers or of other characters is a piece and takes a space before it along. A run of white space is
// a piece up to its last character; that one begins a piece, which is a space with what follows or the character alone. At
// the end of the text the whole run is one piece. An apostrophe that begins a piece and spells 's 't 'm 'd 're 've 'll with
// what follows is a piece with it.
#include "gpt2_split.h"

#include "utf8_blocks.h"

#define INLINE static inline __attribute__((always_inline))

// In one block: ASCII letters, digits and white space, U+0020, apostrophes, continuation bytes, leads beyond ASCII.
typedef struct {
  uint64_t letter, number, white, blank, apostrophe, continuation, lead;
} block_masks;

typedef block_masks (*kernel)(const uint8_t *p);

INLINE int is_continuation(uint8_t b) { return (b & 0xC0) == 0x80; }

INLINE unsigned ascii_bits(uint8_t b) {
  if ((uint8_t)((b | 0x20) - 'a') < 26) return xylem_gpt2_letter;
  if ((uint8_t)(b - '0') < 10) return xylem_gpt2_number;
  return b == 0x20 || (uint8_t)(b - 9) < 5 ? xylem_gpt2_white : 0;
}

static block_masks masks_portable(const uint8_t *p) {
  block_masks m = {0, 0, 0, 0, 0, 0, 0};
  for (int i = 0; i < 64; i++) {
    uint64_t bit = (uint64_t)1 << i;
    if (p[i] >= 0x80) {
      if (is_continuation(p[i])) m.continuation |= bit;
      else m.lead |= bit;
      continue;
    }
    unsigned bits = ascii_bits(p[i]);
    if (bits & xylem_gpt2_letter) m.letter |= bit;
    if (bits & xylem_gpt2_number) m.number |= bit;
    if (bits & xylem_gpt2_white) m.white |= bit;
    if (p[i] == 0x20) m.blank |= bit;
    if (p[i] == '\'') m.apostrophe |= bit;
  }
  return m;
}

// The bits of the character that begins at `at`, which is inside the text.
static unsigned bits_at(const xylem_gpt2_classes *classes, const uint8_t *text, size_t length, size_t at) {
  if (text[at] < 0x80) return ascii_bits(text[at]);
  uint32_t c = code_point_at(text, length, at);
  return classes->bits[classes->pages[c >> 6] + (c & 63)];
}

// The bits of the character before `at`, which is not the beginning of the text.
static unsigned bits_before(const xylem_gpt2_classes *classes, const uint8_t *text, size_t length, size_t at) {
  size_t begin = at - 1;
  while (begin > 0 && at - begin < 4 && is_continuation(text[begin])) begin--;
  return bits_at(classes, text, length, begin);
}

// Bytes of the contraction that an apostrophe at `at` spells, 0 if none.
static size_t contraction(const uint8_t *text, size_t length, size_t at) {
  size_t rest = length - at;
  if (rest < 2) return 0;
  switch (text[at + 1]) {
    case 's': case 't': case 'm': case 'd': return 2;
    case 'r': case 'v': return rest > 2 && text[at + 2] == 'e' ? 3 : 0;
    case 'l': return rest > 2 && text[at + 2] == 'l' ? 3 : 0;
    default: return 0;
  }
}

// Bits of continuation bytes whose lead has a bit, or whose run continues the block before.
INLINE uint64_t with_continuations(uint64_t leads, uint64_t continuation, uint64_t carry) {
  uint64_t begins = (leads << 1 | carry) & continuation;
  // Adding its first bit clears a run.
  return leads | (continuation & ~(continuation + begins));
}

INLINE void boundaries(
    const xylem_gpt2_classes *classes, const uint8_t *text, size_t length, size_t from, uint64_t *words,
    size_t word_count, kernel classify, uint32_t (*decode)(const uint8_t *)) {
  const uint16_t *pages = classes->pages;
  const uint8_t *bits_of = classes->bits;
  // What the bytes before `from` say: the class of the last character, and contractions that reach in.
  uint64_t letter_before = 0, number_before = 0, white_before = 0, other_before = 0, cleared = 0, forced = 0;
  if (from > 0) {
    unsigned bits = bits_before(classes, text, length, from);
    letter_before = (bits & xylem_gpt2_letter) != 0;
    number_before = (bits & xylem_gpt2_number) != 0;
    white_before = (bits & xylem_gpt2_white) != 0;
    other_before = bits == 0;
    for (size_t back = 1; back <= 3 && back <= from; back++) {
      size_t at = from - back;
      if (text[at] != '\'') continue;
      if (at > 0 && (text[at - 1] == 0x20 || bits_before(classes, text, length, at) == 0)) continue;
      size_t size = contraction(text, length, at);
      if (size == 0) continue;
      if (back == 1) cleared = 1;
      if (size >= back) forced |= (uint64_t)1 << (size - back);
    }
  }
  for (size_t k = 0; k < word_count; k++) {
    size_t at = from + 64 * k;
    if (at >= length) {
      words[k] = 0;
      continue;
    }
    uint8_t padded[padded_block];
    uint64_t inside;
    const uint8_t *p = block_of(text, length, at, padded, &inside);
    block_masks m = classify(p);
    uint64_t letter = m.letter, number = m.number, white = m.white, wide_white = 0;
    if (m.lead | m.continuation) {
      for (uint64_t leads = m.lead & inside; leads; leads &= leads - 1) {
        unsigned i = (unsigned)__builtin_ctzll(leads);
        uint32_t c = decode(p + i);
        uint64_t bits = bits_of[pages[c >> 6] + (c & 63)];
        letter |= (bits & 1) << i;
        number |= (bits >> 1 & 1) << i;
        wide_white |= (bits >> 2) << i;
      }
      letter = with_continuations(letter, m.continuation, letter_before);
      number = with_continuations(number, m.continuation, number_before);
      white = with_continuations(white | wide_white, m.continuation, white_before);
    }
    uint64_t other = ~(letter | number | white);
    uint64_t blank_before = m.blank << 1 | (at > 0 && text[at - 1] == 0x20);
    uint64_t begins = (letter & ~(letter << 1 | letter_before)) | (number & ~(number << 1 | number_before)) |
                      (other & ~(other << 1 | other_before));
    uint64_t boundary = (begins & ~blank_before) | (white & ~(white << 1 | white_before));

    // The last white character before another one. Behind the text is white space, as far as this goes.
    uint64_t following = 1;
    if (at + 64 < length) {
      following = is_continuation(text[at + 64])
          ? white >> 63
          : (bits_at(classes, text, length, at + 64) & xylem_gpt2_white) != 0;
    }
    boundary |= m.white & ~((white | ~inside) >> 1 | following << 63);
    for (; wide_white; wide_white &= wide_white - 1) {
      unsigned i = (unsigned)__builtin_ctzll(wide_white);
      size_t next = at + i + 1;
      while (next < length && is_continuation(text[next])) next++;
      if (next < length && !(bits_at(classes, text, length, next) & xylem_gpt2_white)) boundary |= (uint64_t)1 << i;
    }

    uint64_t clear = cleared, force = forced;
    cleared = forced = 0;
    for (uint64_t rest = m.apostrophe & boundary; rest; rest &= rest - 1) {
      unsigned i = (unsigned)__builtin_ctzll(rest);
      size_t size = contraction(text, length, at + i);
      if (size == 0) continue;
      if (i < 63) clear |= (uint64_t)2 << i;
      else cleared = 1;
      if (i + size < 64) force |= (uint64_t)1 << (i + size);
      else forced |= (uint64_t)1 << (i + size - 64);
    }
    words[k] = ((boundary & ~clear) | force) & inside;
    letter_before = letter >> 63;
    number_before = number >> 63;
    white_before = white >> 63;
    other_before = other >> 63;
  }
}

#define PARAMETERS                                                                                            \
  const xylem_gpt2_classes *classes, const uint8_t *text, size_t length, size_t from, uint64_t *words, \
      size_t word_count
typedef void (*scanner)(PARAMETERS);

INLINE uint32_t decode_portable(const uint8_t *p) { return code_point(load_big_endian(p)); }

static void boundaries_portable(PARAMETERS) {
  boundaries(classes, text, length, from, words, word_count, masks_portable, decode_portable);
}

#if defined(__x86_64__)
#define TARGET_AVX2 __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt")))
#define TARGET_AVX512 __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl")))

TARGET_AVX2 INLINE void masks_half_avx2(const uint8_t *p, block_masks *m, int shift) {
  __m256i a = _mm256_loadu_si256((const __m256i *)p);
#define BYTES(value) _mm256_set1_epi8((char)(value))
#define BITS(v) ((uint64_t)(uint32_t)_mm256_movemask_epi8(v) << shift)
// Those from `first` on, `count` of them, as unsigned numbers.
#define AMONG(v, first, count)                                                          \
  _mm256_cmpeq_epi8(                                                                    \
      _mm256_min_epu8(_mm256_sub_epi8(v, BYTES(first)), BYTES((count) - 1)), _mm256_sub_epi8(v, BYTES(first)))
  __m256i blank = _mm256_cmpeq_epi8(a, BYTES(0x20));
  // With the bit set that tells upper and lower case apart; bytes beyond ASCII stay beyond it.
  m->letter |= BITS(AMONG(_mm256_or_si256(a, BYTES(0x20)), 'a', 26));
  m->number |= BITS(AMONG(a, '0', 10));
  m->white |= BITS(_mm256_or_si256(blank, AMONG(a, 9, 5)));
  m->blank |= BITS(blank);
  m->apostrophe |= BITS(_mm256_cmpeq_epi8(a, BYTES('\'')));
  // As signed numbers continuation bytes are the least: 0x80...0xBF is -128...-65.
  uint64_t continuation = BITS(_mm256_cmpgt_epi8(BYTES(-64), a));
  m->continuation |= continuation;
  m->lead |= BITS(a) & ~continuation;
#undef BYTES
#undef BITS
#undef AMONG
}

TARGET_AVX2 INLINE block_masks masks_avx2(const uint8_t *p) {
  block_masks m = {0, 0, 0, 0, 0, 0, 0};
  masks_half_avx2(p, &m, 0);
  masks_half_avx2(p + 32, &m, 32);
  return m;
}

TARGET_AVX512 INLINE block_masks masks_avx512(const uint8_t *p) {
  __m512i a = _mm512_loadu_si512(p);
#define BYTES(value) _mm512_set1_epi8((char)(value))
#define AMONG(v, first, count) _mm512_cmplt_epu8_mask(_mm512_sub_epi8(v, BYTES(first)), BYTES(count))
  block_masks m;
  m.letter = AMONG(_mm512_or_si512(a, BYTES(0x20)), 'a', 26);
  m.number = AMONG(a, '0', 10);
  m.blank = _mm512_cmpeq_epi8_mask(a, BYTES(0x20));
  m.white = m.blank | AMONG(a, 9, 5);
  m.apostrophe = _mm512_cmpeq_epi8_mask(a, BYTES('\''));
  m.continuation = _mm512_cmplt_epi8_mask(a, BYTES(-64));
  m.lead = _mm512_movepi8_mask(a) & ~m.continuation;
#undef BYTES
#undef AMONG
  return m;
}

TARGET_AVX2 static void boundaries_avx2(PARAMETERS) {
  boundaries(classes, text, length, from, words, word_count, masks_avx2, code_point_bmi2);
}

TARGET_AVX512 static void boundaries_avx512(PARAMETERS) {
  boundaries(classes, text, length, from, words, word_count, masks_avx512, code_point_bmi2);
}
#endif

static scanner scanner_for(int level, int *used) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  int bits = __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("avx2");
  if (level >= xylem_gpt2_avx512 && bits && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
    *used = xylem_gpt2_avx512;
    return boundaries_avx512;
  }
  if (level >= xylem_gpt2_avx2 && bits) {
    *used = xylem_gpt2_avx2;
    return boundaries_avx2;
  }
#endif
  *used = xylem_gpt2_portable;
  return boundaries_portable;
}

int xylem_gpt2_boundaries_at_level(PARAMETERS, int level) {
  int used;
  scanner_for(level, &used)(classes, text, length, from, words, word_count);
  return used;
}

void xylem_gpt2_boundaries(PARAMETERS) {
  xylem_gpt2_boundaries_at_level(classes, text, length, from, words, word_count, xylem_gpt2_avx512);
}

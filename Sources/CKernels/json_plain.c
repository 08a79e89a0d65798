// The bytes that RFC 8259 wants escaped, sought 32 at a time.
#include "json_plain.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static size_t unescaped_portable(const uint8_t *bytes, size_t count, size_t at) {
  while (at < count && bytes[at] >= 0x20 && bytes[at] != '"' && bytes[at] != '\\') at++;
  return at;
}

#if defined(__x86_64__)
__attribute__((target("avx2,bmi"))) static size_t unescaped_avx2(const uint8_t *bytes, size_t count) {
  const __m256i control = _mm256_set1_epi8(0x1F), quote = _mm256_set1_epi8('"'), backslash = _mm256_set1_epi8('\\');
  size_t at = 0;
  for (; at + 32 <= count; at += 32) {
    const __m256i v = _mm256_loadu_si256((const __m256i *)(bytes + at));
    const __m256i low = _mm256_cmpeq_epi8(_mm256_min_epu8(v, control), v);
    const __m256i marks = _mm256_or_si256(_mm256_cmpeq_epi8(v, quote), _mm256_cmpeq_epi8(v, backslash));
    const unsigned found = (unsigned)_mm256_movemask_epi8(_mm256_or_si256(low, marks));
    if (found) return at + (size_t)__builtin_ctz(found);
  }
  return unescaped_portable(bytes, count, at);
}
#endif

size_t xylem_json_plain_at_level(const void *bytes, size_t count, int level) {
#if defined(__x86_64__)
  if (level >= xylem_json_avx2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi")) {
    return unescaped_avx2(bytes, count);
  }
#endif
  return unescaped_portable(bytes, count, 0);
}

size_t xylem_json_plain(const void *bytes, size_t count) {
  return xylem_json_plain_at_level(bytes, count, xylem_json_avx2);
}

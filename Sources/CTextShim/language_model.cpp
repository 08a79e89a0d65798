// The inner loop of the language identifier and the characters that tell simplified from traditional Chinese.
#include "text_language.h"

#include <memory>

#include <unicode/translit.h>
#include <unicode/unistr.h>

namespace {

/// int16 sums of up to 256 rows (256 * 128 fits), spilt into int32.
template <int Width>
void addRows(const int8_t *table, const uint32_t *rows, size_t count, int32_t *sums) {
  typedef int8_t Row __attribute__((vector_size(16), aligned(1)));
  typedef int16_t Sum __attribute__((vector_size(32)));
  while (count > 0) {
    const size_t block = count < 256 ? count : 256;
    Sum low = {};
    Sum high = {};
    for (size_t i = 0; i < block; ++i) {
      const int8_t *row = table + static_cast<size_t>(rows[i]) * Width;
      low += __builtin_convertvector(*reinterpret_cast<const Row *>(row), Sum);
      if (Width == 32) high += __builtin_convertvector(*reinterpret_cast<const Row *>(row + 16), Sum);
    }
    for (int column = 0; column < 16; ++column) {
      sums[column] += low[column];
      if (Width == 32) sums[16 + column] += high[column];
    }
    rows += block;
    count -= block;
  }
}

icu::UnicodeString transliterated(const icu::UnicodeString &text, const char *id) {
  UErrorCode status = U_ZERO_ERROR;
  std::unique_ptr<icu::Transliterator> rules(
      icu::Transliterator::createInstance(icu::UnicodeString(id), UTRANS_FORWARD, status));
  icu::UnicodeString result(text);
  if (U_SUCCESS(status) && rules) rules->transliterate(result);
  return result;
}

}  // namespace

extern "C" void text_add_rows(const int8_t *table, size_t width, const uint32_t *rows, size_t count, int32_t *sums) {
  if (width == 32) {
    addRows<32>(table, rows, count, sums);
  } else {
    addRows<16>(table, rows, count, sums);
  }
}

extern "C" void text_fill_chinese_variants(uint8_t *kinds, uint32_t first, size_t count) {
  // Line breaks between the characters, so that no rule for several characters matches.
  icu::UnicodeString text;
  for (size_t i = 0; i < count; ++i) {
    text.append(static_cast<char16_t>(first + i));
    text.append(static_cast<char16_t>('\n'));
  }
  const icu::UnicodeString simplified = transliterated(text, "Hant-Hans");
  const icu::UnicodeString traditional = transliterated(text, "Hans-Hant");
  int32_t left = 0;
  int32_t right = 0;
  for (size_t i = 0; i < count; ++i) {
    const int32_t leftEnd = simplified.indexOf(static_cast<char16_t>('\n'), left);
    const int32_t rightEnd = traditional.indexOf(static_cast<char16_t>('\n'), right);
    if (leftEnd < 0 || rightEnd < 0) return;
    const char16_t self = static_cast<char16_t>(first + i);
    const bool hasSimplified = leftEnd - left != 1 || simplified.charAt(left) != self;
    const bool hasTraditional = rightEnd - right != 1 || traditional.charAt(right) != self;
    kinds[i] = hasSimplified == hasTraditional ? 0 : hasSimplified ? 1 : 2;
    left = leftEnd + 1;
    right = rightEnd + 1;
  }
}

// The characters that tell simplified from traditional Chinese.
#include "text_language.h"

#include <memory>

#include <unicode/translit.h>
#include <unicode/unistr.h>

namespace {

icu::UnicodeString transliterated(const icu::UnicodeString &text, const char *id) {
  UErrorCode status = U_ZERO_ERROR;
  std::unique_ptr<icu::Transliterator> rules(
      icu::Transliterator::createInstance(icu::UnicodeString(id), UTRANS_FORWARD, status));
  icu::UnicodeString result(text);
  if (U_SUCCESS(status) && rules) rules->transliterate(result);
  return result;
}

}  // namespace

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

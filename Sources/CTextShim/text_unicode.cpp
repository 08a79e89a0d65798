// ICU behind text_unicode.h. Normalizer2 instances are ICU singletons and immutable.
#include "text_unicode.h"

#include <climits>

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>

namespace {

const icu::Normalizer2 *normalizer(int form, UErrorCode &status) {
  return form == TEXT_FORM_NFKC ? icu::Normalizer2::getNFKCInstance(status) : icu::Normalizer2::getNFCInstance(status);
}

// Counts what it is given and keeps what fits.
class BoundedSink final : public icu::ByteSink {
public:
  BoundedSink(uint8_t *target, size_t capacity) : target_(target), capacity_(capacity) {}

  void Append(const char *bytes, int32_t n) override {
    if (n <= 0) return;
    const size_t length = static_cast<size_t>(n);
    if (count_ <= capacity_ && length <= capacity_ - count_) {
      const char *end = reinterpret_cast<const char *>(target_) + count_;
      if (bytes != end) std::char_traits<char>::copy(reinterpret_cast<char *>(target_) + count_, bytes, length);
    }
    count_ += length;
  }

  size_t count() const { return count_; }

private:
  uint8_t *target_;
  size_t capacity_;
  size_t count_ = 0;
};

bool isJoiningScript(UScriptCode script) {
  switch (script) {
  case USCRIPT_ARABIC:
  case USCRIPT_SYRIAC:
  case USCRIPT_MONGOLIAN:
  case USCRIPT_DEVANAGARI:
  case USCRIPT_BENGALI:
  case USCRIPT_GURMUKHI:
  case USCRIPT_GUJARATI:
  case USCRIPT_ORIYA:
  case USCRIPT_TAMIL:
  case USCRIPT_TELUGU:
  case USCRIPT_KANNADA:
  case USCRIPT_MALAYALAM:
  case USCRIPT_SINHALA:
    return true;
  default:
    return false;
  }
}

} // namespace

extern "C" int text_is_normalized(int form, const uint8_t *source, size_t count) {
  if (count > INT32_MAX) return -1;
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2 *n = normalizer(form, status);
  if (U_FAILURE(status)) return -1;
  const icu::StringPiece piece(reinterpret_cast<const char *>(source), static_cast<int32_t>(count));
  const UBool answer = n->isNormalizedUTF8(piece, status);
  return U_FAILURE(status) ? -1 : (answer ? 1 : 0);
}

extern "C" ptrdiff_t text_normalize(
    int form, const uint8_t *source, size_t count, uint8_t *target, size_t capacity) {
  if (count > INT32_MAX) return -1;
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2 *n = normalizer(form, status);
  if (U_FAILURE(status)) return -1;
  BoundedSink sink(target, capacity);
  const icu::StringPiece piece(reinterpret_cast<const char *>(source), static_cast<int32_t>(count));
  n->normalizeUTF8(0, piece, sink, nullptr, status);
  return U_FAILURE(status) ? -1 : static_cast<ptrdiff_t>(sink.count());
}

extern "C" void text_fill_properties(uint8_t *classes, uint32_t *lower, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const UChar32 c = static_cast<UChar32>(i);
    uint8_t bits = 0;
    const uint32_t mask = i <= 0x10FFFF ? U_MASK(u_charType(c)) : 0;
    if (mask & (U_GC_L_MASK | U_GC_M_MASK)) {
      bits |= TEXT_CLASS_LETTER;
      UErrorCode status = U_ZERO_ERROR;
      const UScriptCode script = uscript_getScript(c, &status);
      // Shared marks (Arabic vowel signs, Vedic accents) are "inherited": their extensions name the scripts.
      bool joining = U_SUCCESS(status) && isJoiningScript(script);
      if (!joining && script == USCRIPT_INHERITED) {
        joining = uscript_hasScript(c, USCRIPT_ARABIC) || uscript_hasScript(c, USCRIPT_DEVANAGARI);
      }
      if (joining) bits |= TEXT_CLASS_JOINING;
      if (joining && u_getCombiningClass(c) == 9) bits |= TEXT_CLASS_VIRAMA;
    }
    if (mask & U_GC_N_MASK) bits |= TEXT_CLASS_NUMBER;
    if (i <= 0x10FFFF && u_isUWhiteSpace(c)) bits |= TEXT_CLASS_SPACE;
    if (i <= 0x10FFFF && u_hasBinaryProperty(c, UCHAR_S_TERM)) bits |= TEXT_CLASS_SENTENCE_END;
    classes[i] = bits;
    lower[i] = i <= 0x10FFFF ? static_cast<uint32_t>(u_tolower(c)) : static_cast<uint32_t>(i);
  }
}

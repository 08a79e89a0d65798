// The quick check of UAX #15 for normalization forms, continued where Unicode's own says "maybe": a character that may
// compose with the one before it is looked up in a filter of all pairs that do. ICU's check costs 3 to 4 ns a byte of an
// Indic script, in which every second character is such a vowel sign; this costs a decoding and a table.
#include "text_unicode.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

namespace {

/// What the check needs to know of planes 0 and 1. Immutable.
class FormTable {
public:
  enum : uint8_t { plain, mark, maybe, never };

  explicit FormTable(const icu::Normalizer2 &form, UProperty quickCheck) {
    for (UChar32 c = 0; c < limit; ++c) {
      classes_[c] = form.getCombiningClass(c);
      const int32_t answer = u_getIntPropertyValue(c, quickCheck);
      kinds_[c] = answer == UNORM_YES ? (classes_[c] == 0 ? plain : mark) : answer == UNORM_MAYBE ? maybe : never;
    }
    // Every pair that composes is the decomposition of a character (not the other way round: क़ stays two). Syllables of Hangul compose by rule, with all jamos.
    icu::UnicodeString pair;
    for (UChar32 c = 0xC0; c < limit; ++c) {
      if ((c >= 0xAC00 && c <= 0xD7A3) || !form.getRawDecomposition(c, pair)) continue;
      const UChar32 first = pair.char32At(0);
      const int32_t length = U16_LENGTH(first);
      composed_[c / 64] |= uint64_t{1} << (c % 64);
      if (pair.length() <= length) continue;
      const UChar32 second = pair.char32At(length);
      if (form.composePair(first, second) < 0) continue;
      const uint32_t bit = hash(static_cast<uint32_t>(first), static_cast<uint32_t>(second));
      pairs_[bit / 64] |= uint64_t{1} << (bit % 64);
    }
  }

  static constexpr UChar32 limit = 0x20000;
  uint8_t kind(uint32_t c) const { return kinds_[c]; }
  uint8_t combiningClass(uint32_t c) const { return classes_[c]; }
  bool isComposed(uint32_t c) const { return composed_[c / 64] >> (c % 64) & 1; }

  bool mayCompose(uint32_t first, uint32_t second) const {
    if (second >= 0x1100 && second <= 0x11FF) return true;
    const uint32_t bit = hash(first, second);
    return pairs_[bit / 64] >> (bit % 64) & 1;
  }

private:
  static uint32_t hash(uint32_t first, uint32_t second) {
    return (first * 0x9E3779B1u ^ second * 0x85EBCA6Bu) >> 16;
  }

  uint8_t kinds_[limit];
  uint8_t classes_[limit];
  uint64_t composed_[limit / 64] = {};
  uint64_t pairs_[(1 << 16) / 64] = {};
};

const FormTable *table(int form) {
  UErrorCode status = U_ZERO_ERROR;
  if (form == TEXT_FORM_NFKC) {
    static const FormTable *compatibility = [&]() -> const FormTable * {
      const icu::Normalizer2 *n = icu::Normalizer2::getNFKCInstance(status);
      return U_SUCCESS(status) ? new FormTable(*n, UCHAR_NFKC_QUICK_CHECK) : nullptr;
    }();
    return compatibility;
  }
  static const FormTable *canonical = [&]() -> const FormTable * {
    const icu::Normalizer2 *n = icu::Normalizer2::getNFCInstance(status);
    return U_SUCCESS(status) ? new FormTable(*n, UCHAR_NFC_QUICK_CHECK) : nullptr;
  }();
  return canonical;
}

/// Whether a character that is not plain may stand behind `previous`.
bool maySettle(const FormTable &known, uint32_t previous, uint32_t c) {
  const uint8_t kind = known.kind(c);
  if (kind == FormTable::never) return false;
  const uint8_t previousClass = known.combiningClass(previous), ownClass = known.combiningClass(c);
  if (ownClass != 0 && previousClass > ownClass) return false;
  // Left to ICU: behind a mark, what may compose with the letter before it; and behind a letter that is composed itself,
  // what may belong between its parts.
  return kind != FormTable::maybe ||
         (previousClass == 0 && !known.mayCompose(previous, c) && (ownClass == 0 || !known.isComposed(previous)));
}

} // namespace

extern "C" int text_are_surely_normalized(int form, const uint32_t *characters, size_t count, uint32_t *previous) {
  const FormTable *known = table(form);
  if (!known) return 0;
  for (size_t first = 0; first < count; first += 64) {
    const size_t end = count - first < 64 ? count - first : 64;
    const uint32_t *run = characters + first;
    // Which characters are plain cannot be predicted, so their bits are gone through.
    uint64_t others = 0;
    uint32_t all = 0;
    for (size_t i = 0; i < end; ++i) {
      all |= run[i];
      others |= static_cast<uint64_t>(known->kind(run[i] & (FormTable::limit - 1)) != FormTable::plain) << i;
    }
    if (all >= static_cast<uint32_t>(FormTable::limit)) return 0;
    for (; others; others &= others - 1) {
      const int i = __builtin_ctzll(others);
      if (!maySettle(*known, i == 0 ? *previous : run[i - 1], run[i])) return 0;
    }
    *previous = run[end - 1];
  }
  return 1;
}

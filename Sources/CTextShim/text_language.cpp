// CLD2 behind text_language.h. Its scanner wants "interchange-valid" UTF-8 (no controls, no noncharacters) and reads
// a little past the end, so it gets a cleaned and padded copy of the sample.
#include "text_language.h"

#include <cstdio>  // CLD2 names FILE without including it
#include <cstring>

#include <cld2/public/compact_lang_det.h>
#include <cld2/public/encodings.h>
#include <unicode/utf8.h>

extern "C" int text_language_count(void) { return CLD2::NUM_LANGUAGES; }

extern "C" const char *text_language_code(int language) {
  return CLD2::LanguageCode(static_cast<CLD2::Language>(language));
}

extern "C" int text_detect_language(const uint8_t *source, size_t count, int *percent) {
  *percent = 0;
  char sample[TEXT_LANGUAGE_SAMPLE + 64];
  const int32_t limit = static_cast<int32_t>(count < TEXT_LANGUAGE_SAMPLE ? count : TEXT_LANGUAGE_SAMPLE);
  int32_t read = 0;
  size_t length = 0;
  while (read < limit) {
    const int32_t start = read;
    UChar32 c;
    U8_NEXT(source, read, limit, c);
    const bool usable = c >= 0x20 && c != 0x7F && !(c >= 0x80 && c < 0xA0) && !U_IS_UNICODE_NONCHAR(c);
    if (usable) {
      std::memcpy(sample + length, source + start, static_cast<size_t>(read - start));
      length += static_cast<size_t>(read - start);
    } else {
      sample[length++] = c == '\n' ? '\n' : ' ';
    }
  }
  if (length == 0) return -1;
  std::memset(sample + length, ' ', 64);

  CLD2::CLDHints hints = {nullptr, nullptr, CLD2::UNKNOWN_ENCODING, CLD2::UNKNOWN_LANGUAGE};
  CLD2::Language languages[3];
  int percents[3];
  double scores[3];
  int textBytes = 0;
  int validPrefix = 0;
  bool reliable = false;
  const CLD2::Language best = CLD2::ExtDetectLanguageSummaryCheckUTF8(
      sample, static_cast<int>(length), true, &hints, 0, languages, percents, scores, nullptr, &textBytes, &reliable,
      &validPrefix);
  if (best == CLD2::UNKNOWN_LANGUAGE) return -1;
  int share = 0;
  for (int i = 0; i < 3; ++i) {
    if (languages[i] == best) share = percents[i];
  }
  *percent = share;
  return best;
}

// The character table of deduplication from ICU: properties and full case folding (CaseFolding.txt, statuses C and F).
#include "include/dedup_characters.h"

#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include <vector>

namespace {

constexpr UChar32 kBlockSize = 256;
constexpr UChar32 kBlockCount = 0x2000;

struct Table {
  std::vector<uint16_t> blocks;
  std::vector<uint32_t> entries;
  std::vector<uint32_t> expansions;

  Table() : blocks(kBlockCount, 0), entries(kBlockSize, 0) {
    // Block 0 of `entries` is the block of "nothing": a break that folds to itself is never looked at for its value.
    for (UChar32 block = 0; block <= UCHAR_MAX_VALUE / kBlockSize; block++) {
      if (!hasAssigned(block)) continue;
      blocks[block] = uint16_t(entries.size() / kBlockSize);
      for (UChar32 i = 0; i < kBlockSize; i++) entries.push_back(entry(block * kBlockSize + i));
    }
  }

  static bool isAssigned(UChar32 c) {
    const int8_t type = u_charType(c);
    return type != U_UNASSIGNED && type != U_PRIVATE_USE_CHAR && type != U_SURROGATE;
  }

  static bool hasAssigned(UChar32 block) {
    for (UChar32 i = 0; i < kBlockSize; i++) {
      if (isAssigned(block * kBlockSize + i)) return true;
    }
    return false;
  }

  // Scripts written without spaces between words.
  static bool isUnspaced(UChar32 c) {
    for (UScriptCode script : {USCRIPT_HAN, USCRIPT_HIRAGANA, USCRIPT_KATAKANA, USCRIPT_THAI, USCRIPT_LAO,
                               USCRIPT_KHMER, USCRIPT_MYANMAR}) {
      if (uscript_hasScript(c, script)) return true;
    }
    return c == 0xFF9E || c == 0xFF9F;  // half-width voicing marks: letters of no script
  }

  static uint32_t wordClass(UChar32 c) {
    if (c == 0x200C || c == 0x200D) return xylem_dedup_mark;
    const uint32_t mask = U_GET_GC_MASK(c);
    if (mask & U_GC_M_MASK) return xylem_dedup_mark;
    if (mask & (U_GC_L_MASK | U_GC_NL_MASK)) return isUnspaced(c) ? xylem_dedup_single : xylem_dedup_letter;
    if (mask & U_GC_N_MASK) return xylem_dedup_letter;
    return xylem_dedup_break;
  }

  static bool isDeleted(UChar32 c) {
    if (u_hasBinaryProperty(c, UCHAR_WHITE_SPACE) || (c >= 0x1C && c <= 0x1F)) return true;
    if (u_charType(c) == U_DECIMAL_DIGIT_NUMBER) return true;
    return c > 0x20 && c < 0x7F && !u_isalnum(c);
  }

  uint32_t entry(UChar32 c) {
    if (!isAssigned(c)) return uint32_t(c);
    uint32_t value = (wordClass(c) << xylem_dedup_class_shift) | (isDeleted(c) ? uint32_t(xylem_dedup_deleted) : 0);
    icu::UnicodeString folded(c);
    folded.foldCase(U_FOLD_CASE_DEFAULT);
    const int32_t count = folded.countChar32();
    if (count == 1) return value | uint32_t(folded.char32At(0));
    value |= uint32_t(expansions.size()) | uint32_t(xylem_dedup_expands);
    expansions.push_back(uint32_t(count));
    for (int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
      expansions.push_back(uint32_t(folded.char32At(i)));
    }
    return value;
  }
};

}  // namespace

xylem_dedup_characters xylem_dedup_character_table(void) {
  static const Table table;
  return {table.blocks.data(), table.entries.data(), table.expansions.data()};
}

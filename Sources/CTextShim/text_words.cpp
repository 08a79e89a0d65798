// Words by ICU's rules without ICU's price. ICU's word iterator finds the runs of ideographs by rules and cuts each by
// dynamic programming over a dictionary of word costs, with a dozen calls and several vectors a character. Here
//   - the dictionary is the same file of ICU's data, opened through ICU (udata_open) and walked by ICU's UCharsTrie, with
//     the step of the first character, which has 20,000 branches, from a table;
//   - runs of U+4E00 to U+9FFF, of letters and of digits are cut here where their neighbours leave no doubt;
//   - every other stretch between two marks that nothing joins goes to ICU's iterator as it is.
// Where the dictionary is not found (another version's layout), all text goes to ICU.
#include "text_words.h"

#include <climits>
#include <cstdlib>
#include <memory>
#include <vector>

#include <unicode/appendable.h>
#include <unicode/brkiter.h>
#include <unicode/uchar.h>
#include <unicode/ucharstrie.h>
#include <unicode/udata.h>
#include <unicode/uscript.h>
#include <unicode/utext.h>

namespace {

constexpr uint32_t firstIdeograph = 0x4E00, lastIdeograph = 0x9FFF;
// What ICU takes an ideograph for that the dictionary has not as a word.
constexpr uint32_t unknownCost = 255;

enum Kind : uint8_t {
  other,     // may join with neighbours in ways only ICU's rules know
  ideograph, // U+4E00 to U+9FFF: joins with its like alone
  letter,    // letters and digits: join with each other
  middle,    // joins two letters or two digits when it stands alone between them: . ' : and so on
  hard       // part of no word, joins with nothing but marks behind it, and those are part of no word then either
};

/// What neighbours of a character of the first plane may do to it.
class Kinds {
public:
  Kinds() {
    for (UChar32 c = 0; c < 0x10000; ++c) kinds_[c] = find(c);
  }
  Kind operator[](uint32_t c) const { return c < 0x10000 ? kinds_[c] : other; }

private:
  static Kind find(UChar32 c) {
    if (c >= static_cast<UChar32>(firstIdeograph) && c <= static_cast<UChar32>(lastIdeograph)) return ideograph;
    // Unicode says a mark; ICU's rules take it for a letter, so that addresses stay whole.
    if (c == '@') return other;
    UErrorCode status = U_ZERO_ERROR;
    switch (uscript_getScript(c, &status)) {
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_HANGUL: return other;
    default: break;
    }
    if (U_FAILURE(status) || u_hasBinaryProperty(c, UCHAR_EXTENDED_PICTOGRAPHIC) ||
        u_getIntPropertyValue(c, UCHAR_LINE_BREAK) == U_LB_COMPLEX_CONTEXT) {
      return other;
    }
    switch (u_getIntPropertyValue(c, UCHAR_WORD_BREAK)) {
    case U_WB_ALETTER:
    case U_WB_NUMERIC: return letter;
    case U_WB_MIDLETTER:
    case U_WB_MIDNUM:
    case U_WB_MIDNUMLET:
    case U_WB_SINGLE_QUOTE:
    case U_WB_DOUBLE_QUOTE: return middle;
    case U_WB_OTHER:
    case U_WB_CR:
    case U_WB_LF:
    case U_WB_NEWLINE:
    case U_WB_WSEGSPACE:
      return U_GET_GC_MASK(c) & (U_GC_P_MASK | U_GC_S_MASK | U_GC_Z_MASK | U_GC_CC_MASK) ? hard : other;
    default: return other;
    }
  }

  Kind kinds_[0x10000];
};

/// ICU's dictionary of Chinese and Japanese words, each with its cost. Immutable; never closed.
class Dictionary {
public:
  Dictionary() {
    UErrorCode status = U_ZERO_ERROR;
    data_ = udata_openChoice(U_ICUDATA_NAME "-brkitr", "dict", "cjdict", isDictionary, nullptr, &status);
    if (U_FAILURE(status) || !data_) return;
    // The offset of the trie, two offsets of none, the size of all, the kind of trie (1: UCharsTrie, 8: with values), and
    // how characters become units of the trie (0: as they are).
    const auto *header = static_cast<const int32_t *>(udata_getMemory(data_));
    if (!header || header[0] < 24 || header[0] >= header[3] || (header[4] & 15) != 9 || header[5] != 0) return;
    units_ = reinterpret_cast<const char16_t *>(reinterpret_cast<const char *>(header) + header[0]);
    icu::UCharsTrie trie(units_);
    Seconds seconds;
    for (uint32_t one = firstIdeograph; one <= lastIdeograph; ++one) {
      const UStringTrieResult result = trie.first(static_cast<int32_t>(one));
      const size_t index = one - firstIdeograph;
      costs_[index] = USTRINGTRIE_HAS_VALUE(result) ? static_cast<uint32_t>(trie.getValue()) : unknownCost;
      if (!USTRINGTRIE_HAS_NEXT(result)) continue;
      states_[index] = trie.getState64();
      seconds.units.clear();
      trie.getNextUChars(seconds);
      for (const char16_t two : seconds.units) {
        const uint32_t bit = hash(one, two);
        begun_[bit / 64] |= uint64_t{1} << (bit % 64);
      }
    }
  }

  explicit operator bool() const { return units_ != nullptr; }

  const char16_t *units() const { return units_; }

  /// What the ideograph costs as a word of its own.
  uint32_t cost(uint32_t ideograph) const { return costs_[ideograph - firstIdeograph]; }

  /// The trie's state behind the first ideograph of a word; 0, which is none, when no longer word begins with it.
  uint64_t state(uint32_t ideograph) const { return states_[ideograph - firstIdeograph]; }

  /// Whether a word may begin with these two: false for nine in ten of the pairs with which none does.
  bool mayBegin(uint32_t one, uint32_t two) const {
    const uint32_t bit = hash(one, two);
    return begun_[bit / 64] >> (bit % 64) & 1;
  }

  /// A number of 21 bits for two ideographs.
  static uint32_t hash(uint32_t one, uint32_t two) { return ((one << 16 | two) * 0x9E3779B1u) >> 11; }

private:
  struct Seconds final : icu::Appendable {
    std::vector<char16_t> units;
    UBool appendCodeUnit(char16_t unit) override {
      units.push_back(unit);
      return true;
    }
  };

  static UBool U_CALLCONV isDictionary(void *, const char *, const char *, const UDataInfo *info) {
    return info->dataFormat[0] == 'D' && info->dataFormat[1] == 'i' && info->dataFormat[2] == 'c' &&
           info->dataFormat[3] == 't' && info->formatVersion[0] == 1;
  }

  static constexpr size_t ideographs = lastIdeograph - firstIdeograph + 1;
  UDataMemory *data_ = nullptr;
  const char16_t *units_ = nullptr;
  uint32_t costs_[ideographs];
  uint64_t states_[ideographs] = {};
  uint64_t begun_[(1 << 21) / 64] = {};
};

/// The first two steps into the dictionary, as met by one thread (393 kB). In the corpus's Chinese three of four pairs that
/// may begin a word are found here, for a tenth of UCharsTrie's search.
class PairCache {
public:
  struct Entry {
    uint32_t key = 0; // 0 is not that of two ideographs
    uint32_t cost = 0; // 0: the two are no word
    uint64_t state = 0;
    bool goesOn = false;
  };

  const Entry &find(const Dictionary &dictionary, uint32_t one, uint32_t two) {
    const uint32_t key = one << 16 | two;
    Entry &entry = entries_[Dictionary::hash(one, two) >> (21 - bits)];
    if (entry.key == key) return entry;
    entry = Entry{key};
    if (dictionary.state(one) == 0) return entry;
    icu::UCharsTrie trie(dictionary.units());
    const UStringTrieResult result = trie.resetToState64(dictionary.state(one)).next(static_cast<int32_t>(two));
    if (USTRINGTRIE_HAS_VALUE(result)) entry.cost = static_cast<uint32_t>(trie.getValue());
    entry.goesOn = USTRINGTRIE_HAS_NEXT(result);
    if (entry.goesOn) entry.state = trie.getState64();
    return entry;
  }

private:
  static constexpr int bits = 14;
  std::vector<Entry> entries_ = std::vector<Entry>(1u << bits);
};

/// Pairs that fit are written, all are counted.
struct Pairs {
  int32_t *target;
  size_t capacity;
  size_t count = 0;

  void add(size_t start, size_t end) {
    if (count < capacity) {
      target[2 * count] = static_cast<int32_t>(start);
      target[2 * count + 1] = static_cast<int32_t>(end);
    }
    ++count;
  }
};

/// One thread's working memory.
class Cutter {
public:
  bool isReady() const { return iterator_ != nullptr; }

  Cutter() {
    UErrorCode status = U_ZERO_ERROR;
    iterator_.reset(icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), status));
    if (U_FAILURE(status)) iterator_.reset();
  }

  /// Words of `text[from..<to]` by ICU.
  bool cutByRules(const uint32_t *text, size_t from, size_t to, Pairs &pairs) {
    units_.clear();
    owners_.clear();
    for (size_t i = from; i < to; ++i) {
      const uint32_t c = text[i] < 0x110000 ? text[i] : 0xFFFD;
      if (c >= 0x10000) {
        units_.push_back(static_cast<char16_t>(0xD7C0 + (c >> 10)));
        owners_.push_back(static_cast<int32_t>(i));
      }
      units_.push_back(static_cast<char16_t>(c < 0x10000 ? c : 0xDC00 | (c & 0x3FF)));
      owners_.push_back(static_cast<int32_t>(i));
    }
    owners_.push_back(static_cast<int32_t>(to));
    UErrorCode status = U_ZERO_ERROR;
    UText chunk = UTEXT_INITIALIZER;
    // ICU is quickest on UTF-16 that it may keep: from UTF-8 it copies every run of ideographs character by character.
    utext_openUChars(&chunk, units_.data(), static_cast<int64_t>(units_.size()), &status);
    if (U_FAILURE(status)) return false;
    iterator_->setText(&chunk, status);
    if (U_SUCCESS(status)) {
      int32_t start = iterator_->first();
      for (int32_t end = iterator_->next(); end != icu::BreakIterator::DONE; start = end, end = iterator_->next()) {
        if (iterator_->getRuleStatus() < UBRK_WORD_NONE_LIMIT) continue;
        pairs.add(static_cast<size_t>(owners_[static_cast<size_t>(start)]),
                  static_cast<size_t>(owners_[static_cast<size_t>(end)]));
      }
    }
    utext_close(&chunk);
    return U_SUCCESS(status);
  }

  /// Words of `text[from..<to]`, all ideographs: the cut of least cost, of several the one that ICU's order of looking
  /// keeps. O(characters × longest word).
  void cutByDictionary(const Dictionary &dictionary, const uint32_t *text, size_t from, size_t to, Pairs &pairs) {
    const size_t count = to - from;
    if (count == 1) {
      pairs.add(from, to);
      return;
    }
    if (costs_.size() < count + 1) {
      costs_.resize(count + 1);
      previous_.resize(count + 1);
      ends_.resize(count + 1);
    }
    text += from;
    costs_[0] = 0;
    for (size_t i = 1; i <= count; ++i) costs_[i] = UINT32_MAX;
    icu::UCharsTrie trie(dictionary.units());
    for (size_t i = 0; i + 1 < count; ++i) {
      const uint32_t cost = costs_[i];
      // One ideograph is always a word, so every place is reached.
      relax(i, i + 1, cost + dictionary.cost(text[i]));
      if (!dictionary.mayBegin(text[i], text[i + 1])) continue;
      const PairCache::Entry &pair = pairs_.find(dictionary, text[i], text[i + 1]);
      if (pair.cost) relax(i, i + 2, cost + pair.cost);
      if (!pair.goesOn || i + 2 == count) continue;
      trie.resetToState64(pair.state);
      // The dictionary's longest word has 16 characters; ICU stops at 20.
      const size_t limit = count - i < 20 ? count : i + 20;
      for (size_t end = i + 2; end < limit;) {
        const UStringTrieResult result = trie.next(static_cast<int32_t>(text[end]));
        ++end;
        if (USTRINGTRIE_HAS_VALUE(result)) relax(i, end, cost + static_cast<uint32_t>(trie.getValue()));
        if (!USTRINGTRIE_HAS_NEXT(result)) break;
      }
    }
    relax(count - 1, count, costs_[count - 1] + dictionary.cost(text[count - 1]));
    size_t words = 0;
    for (size_t end = count; end > 0; end = previous_[end]) ends_[words++] = static_cast<uint32_t>(end);
    size_t start = 0;
    while (words > 0) {
      const size_t end = ends_[--words];
      pairs.add(from + start, from + end);
      start = end;
    }
  }

private:
  void relax(size_t start, size_t end, uint32_t cost) {
    if (cost < costs_[end]) {
      costs_[end] = cost;
      previous_[end] = static_cast<uint32_t>(start);
    }
  }

  std::unique_ptr<icu::BreakIterator> iterator_;
  std::vector<char16_t> units_;
  std::vector<int32_t> owners_;
  PairCache pairs_;
  std::vector<uint32_t> costs_, previous_, ends_;
};

Cutter &cutter() {
  thread_local Cutter shared;
  return shared;
}

/// Cuts a text at marks that nothing joins and each stretch between them in the cheapest way that is certain.
class Scan {
public:
  Scan(const Kinds &kinds, const Dictionary &dictionary, const uint32_t *text, size_t count, Pairs pairs)
      : kinds_(kinds), dictionary_(dictionary), text_(text), count_(count), pairs_(pairs) {}

  bool run() {
    size_t start = 0;
    while (start < count_) {
      size_t end = start;
      bool certain = true;
      while (end < count_) {
        const Kind kind = kinds_[text_[end]];
        if (kind == hard || (kind == middle && joinsNothing(end))) break;
        certain &= kind == ideograph || kind == letter;
        ++end;
      }
      if (end > start) {
        if (certain) {
          cutCertain(start, end);
        } else if (!cutter().cutByRules(text_, start, end, pairs_)) {
          return false;
        }
      }
      start = end + 1;
    }
    return true;
  }

  size_t words() const { return pairs_.count; }

private:
  /// Whether one neighbour of the mark at `index` is such that the mark joins nothing. Behind Hebrew letters, which are
  /// among the others, it joins even at the end of a word.
  bool joinsNothing(size_t index) const {
    if (index == 0) return true;
    const Kind before = kinds_[text_[index - 1]];
    if (before == other) return false;
    return before != letter || index + 1 == count_ || separates(text_[index + 1]);
  }

  bool separates(uint32_t c) const {
    const Kind kind = kinds_[c];
    return kind == hard || kind == middle || kind == ideograph;
  }

  /// Ideographs, letters and digits only: runs of either.
  void cutCertain(size_t start, size_t end) {
    while (start < end) {
      const Kind kind = kinds_[text_[start]];
      size_t stop = start + 1;
      while (stop < end && kinds_[text_[stop]] == kind) ++stop;
      if (kind == ideograph) {
        cutter().cutByDictionary(dictionary_, text_, start, stop, pairs_);
      } else {
        pairs_.add(start, stop);
      }
      start = stop;
    }
  }

  const Kinds &kinds_;
  const Dictionary &dictionary_;
  const uint32_t *text_;
  const size_t count_;
  Pairs pairs_;
};

} // namespace

extern "C" ptrdiff_t text_words_plain(const uint32_t *characters, size_t count, int32_t *pairs, size_t capacity) {
  if (count > INT32_MAX / 2 || !cutter().isReady()) return -1;
  Pairs found{pairs, capacity};
  return cutter().cutByRules(characters, 0, count, found) ? static_cast<ptrdiff_t>(found.count) : -1;
}

extern "C" ptrdiff_t text_words(const uint32_t *characters, size_t count, int32_t *pairs, size_t capacity) {
  // Never destroyed: other threads may still cut at exit.
  static const Kinds &kinds = *new Kinds;
  static const Dictionary &dictionary = *new Dictionary;
  if (!dictionary) return text_words_plain(characters, count, pairs, capacity);
  if (count > INT32_MAX / 2 || !cutter().isReady()) return -1;
  Scan scan(kinds, dictionary, characters, count, Pairs{pairs, capacity});
  return scan.run() ? static_cast<ptrdiff_t>(scan.words()) : -1;
}

// libfasttext behind fasttext_model.h. No exception leaves.
#include "fasttext_model.h"

#include <algorithm>
#include <cmath>
#include <istream>
#include <memory>
#include <streambuf>
#include <string>
#include <vector>

#include <fasttext/fasttext.h>

namespace {

/// A stream over bytes that somebody else holds.
class Bytes final : public std::streambuf {
public:
  Bytes(const char *bytes, size_t count) {
    char *start = const_cast<char *>(bytes);
    setg(start, start, start + count);
  }
};

struct Classifier {
  fasttext::FastText model;
  std::shared_ptr<const fasttext::Dictionary> dictionary;
};

const Classifier *classifier(const void *model) { return static_cast<const Classifier *>(model); }

} // namespace

extern "C" void *fasttext_open(const void *bytes, size_t count) {
  // The magic number and the version, which the caller has checked; libfasttext reads on behind them, with the version that
  // its check of files would have left. Here that is 0, by value initialization: not 11, for which it would change a number.
  constexpr size_t head = 8;
  if (count < head) return nullptr;
  try {
    auto made = std::make_unique<Classifier>();
    Bytes buffer(static_cast<const char *>(bytes) + head, count - head);
    std::istream stream(&buffer);
    made->model.loadModel(stream);
    if (!stream) return nullptr;
    made->dictionary = made->model.getDictionary();
    return made.release();
  } catch (...) {
    return nullptr;
  }
}

extern "C" void fasttext_close(void *model) { delete static_cast<Classifier *>(model); }

extern "C" int32_t fasttext_label_count(const void *model) { return classifier(model)->dictionary->nlabels(); }

extern "C" size_t fasttext_label(const void *model, int32_t label, char *target, size_t capacity) {
  try {
    const std::string name = classifier(model)->dictionary->getLabel(label);
    std::copy_n(name.data(), std::min(capacity, name.size()), target);
    return name.size();
  } catch (...) {
    return 0;
  }
}

extern "C" int32_t fasttext_predict(const void *model, const uint8_t *text, size_t count, float *probability) {
  try {
    // The program fasttext reads lines, and the end of a line is a word that models know.
    std::string line(reinterpret_cast<const char *>(text), count);
    line.push_back('\n');
    Bytes buffer(line.data(), line.size());
    std::istream stream(&buffer);
    std::vector<int32_t> words, labels;
    classifier(model)->dictionary->getLine(stream, words, labels);
    if (words.empty()) return -1;
    fasttext::Predictions predictions;
    classifier(model)->model.predict(1, words, predictions, 0);
    if (predictions.empty()) return -1;
    *probability = std::exp(predictions.front().first);
    return predictions.front().second;
  } catch (...) {
    return -1;
  }
}

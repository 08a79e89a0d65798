// JSON lines with simdjson On-Demand (Keiser & Lemire, "On-demand JSON", 2023). On-Demand leaves alone what nobody asks
// for, so every value is walked here: a line is taken only if all of it is JSON and UTF-8.
#include "json_reader.h"

#include <simdjson.h>

#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

using namespace simdjson;

namespace {

// Under simdjson's own limit of 1,024, and small enough for the stack of any thread.
constexpr int maximum_depth = 256;

// A parser keeps about 6 bytes for every byte of its longest line; it is given up after a line longer than this.
constexpr size_t longest_kept_line = size_t(4) << 20;

enum class role : uint8_t { other, text, identity, language };

struct member {
  const uint8_t *key;    // the opening quote of the key
  const uint8_t *value;  // the first byte of the value
  std::string_view string;  // the unescaped value when it is a string
  role part;
  bool is_string;
  size_t preference;  // position in the list of language members
};

bool is_space(uint8_t byte) { return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r'; }

std::string_view trimmed(std::string_view token) {
  while (!token.empty() && is_space(uint8_t(token.back()))) token.remove_suffix(1);
  return token;
}

bool is_number(std::string_view token) {
  const char *at = token.data(), *end = at + token.size();
  auto digits = [&] {
    const char *first = at;
    while (at != end && *at >= '0' && *at <= '9') ++at;
    return at != first;
  };
  if (at != end && *at == '-') ++at;
  if (at != end && *at == '0') {
    ++at;
  } else if (!digits()) {
    return false;
  }
  if (at != end && *at == '.') {
    ++at;
    if (!digits()) return false;
  }
  if (at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at != end && (*at == '+' || *at == '-')) ++at;
    if (!digits()) return false;
  }
  return at == end;
}

// simdjson 3.0 lets a lone low surrogate through; it shows up as invalid UTF-8 in the unescaped bytes. A string without
// a backslash was validated with the whole line.
error_code unescape(ondemand::value value, std::string_view raw, std::string_view &string) {
  if (auto error = value.get_string().get(string)) return error;
  if (std::memchr(raw.data(), '\\', raw.size()) && !validate_utf8(string.data(), string.size())) return STRING_ERROR;
  return SUCCESS;
}

error_code unescape_key(ondemand::field &field, const uint8_t *raw, std::string_view &key) {
  if (auto error = field.unescaped_key().get(key)) return error;
  // Unescaping never lengthens: equal bytes mean that nothing was escaped.
  if (std::memcmp(raw, key.data(), key.size()) != 0 && !validate_utf8(key.data(), key.size())) return STRING_ERROR;
  return SUCCESS;
}

error_code check(ondemand::value value, int depth, std::string_view &string, bool &is_string) {
  std::string_view token = trimmed(value.raw_json_token());
  is_string = false;
  if (token.empty()) return TAPE_ERROR;
  std::string_view ignored;
  bool ignored_kind;
  switch (token.front()) {
    case '"':
      is_string = true;
      return unescape(value, token, string);
    case '{': {
      if (depth >= maximum_depth) return DEPTH_ERROR;
      ondemand::object object;
      if (auto error = value.get_object().get(object)) return error;
      for (auto result : object) {
        ondemand::field field;
        if (auto error = std::move(result).get(field)) return error;
        auto raw = reinterpret_cast<const uint8_t *>(field.key().raw());
        if (auto error = unescape_key(field, raw, ignored)) return error;
        if (auto error = check(field.value(), depth + 1, ignored, ignored_kind)) return error;
      }
      return SUCCESS;
    }
    case '[': {
      if (depth >= maximum_depth) return DEPTH_ERROR;
      ondemand::array array;
      if (auto error = value.get_array().get(array)) return error;
      for (auto result : array) {
        ondemand::value element;
        if (auto error = std::move(result).get(element)) return error;
        if (auto error = check(element, depth + 1, ignored, ignored_kind)) return error;
      }
      return SUCCESS;
    }
    default:
      if (token == "true" || token == "false" || token == "null" || is_number(token)) return SUCCESS;
      return TAPE_ERROR;
  }
}

json_slice slice(std::string_view view) { return {reinterpret_cast<const uint8_t *>(view.data()), view.size()}; }

}  // namespace

struct json_reader {
  std::string text, id;
  std::vector<std::string> languages;
  std::unique_ptr<ondemand::parser> parser;
  std::vector<member> members;
  std::string other;
  bool outgrown = false;

  void classify(member &member, std::string_view key) const {
    member.part = role::other;
    if (key == text) {
      member.part = role::text;
    } else if (key == id) {
      member.part = role::identity;
    } else {
      for (size_t i = 0; i < languages.size(); ++i) {
        if (key == languages[i]) {
          member.part = role::language;
          member.preference = i;
          return;
        }
      }
    }
  }

  error_code walk(const uint8_t *line, size_t count) {
    ondemand::document document;
    padded_string_view view(reinterpret_cast<const char *>(line), count, count + SIMDJSON_PADDING);
    if (auto error = parser->iterate(view).get(document)) return error;
    ondemand::object object;
    if (auto error = document.get_object().get(object)) return error;
    for (auto result : object) {
      ondemand::field field;
      if (auto error = std::move(result).get(field)) return error;
      member found{};
      auto raw = reinterpret_cast<const uint8_t *>(field.key().raw());
      found.key = raw - 1;
      std::string_view key;
      if (auto error = unescape_key(field, raw, key)) return error;
      classify(found, key);
      found.value = reinterpret_cast<const uint8_t *>(field.value().raw_json_token().data());
      if (auto error = check(field.value(), 1, found.string, found.is_string)) return error;
      members.push_back(found);
    }
    // Still inside the line means that something follows the object.
    return document.current_location().error() == OUT_OF_BOUNDS ? SUCCESS : TRAILING_CONTENT;
  }

  // The end of member `index`: back from the next key over the comma, or from the end of the line over the brace.
  const uint8_t *end_of(size_t index, const uint8_t *line_end) const {
    const uint8_t *end = index + 1 < members.size() ? members[index + 1].key : line_end;
    while (is_space(end[-1])) --end;
    --end;
    while (is_space(end[-1])) --end;
    return end;
  }

  // A string's contents, nothing for null, and the JSON of anything else, so that an odd label is not lost.
  json_slice contents(size_t index, const uint8_t *line_end) const {
    const member &member = members[index];
    if (member.is_string) return slice(member.string);
    json_slice literal{member.value, size_t(end_of(index, line_end) - member.value)};
    if (literal.count == 4 && std::memcmp(literal.start, "null", 4) == 0) return {nullptr, 0};
    return literal;
  }
};

json_reader *json_reader_create(json_slice text, json_slice id, const json_slice *languages, size_t language_count) {
  auto copy = [](json_slice name) { return std::string(reinterpret_cast<const char *>(name.start), name.count); };
  auto reader = new (std::nothrow) json_reader;
  if (!reader) return nullptr;
  reader->text = copy(text);
  reader->id = copy(id);
  for (size_t i = 0; i < language_count; ++i) reader->languages.push_back(copy(languages[i]));
  return reader;
}

void json_reader_destroy(json_reader *reader) { delete reader; }

json_outcome json_reader_parse(json_reader *reader, const uint8_t *line, size_t count, json_record *record) {
  *record = json_record{};
  const uint8_t *first = line, *end = line + count;
  while (first != end && is_space(*first)) ++first;
  if (first == end) return JSON_MALFORMED;

  // The strings of the last record lived in the parser, so it is given up only now.
  if (reader->outgrown) reader->parser.reset();
  if (!reader->parser) reader->parser.reset(new (std::nothrow) ondemand::parser());
  if (!reader->parser) return JSON_OUT_OF_MEMORY;
  reader->members.clear();
  error_code error = reader->walk(line, count);
  reader->outgrown = count > longest_kept_line;

  switch (error) {
    case SUCCESS:
      break;
    case UTF8_ERROR:
      return JSON_INVALID_UTF8;
    case DEPTH_ERROR:
      return JSON_TOO_DEEP;
    case MEMALLOC:
    case CAPACITY:
      return JSON_OUT_OF_MEMORY;
    default:
      if (!json_is_utf8(line, count)) return JSON_INVALID_UTF8;
      return std::strchr("[\"-0123456789tfn", *first) && *first ? JSON_NOT_AN_OBJECT : JSON_MALFORMED;
  }

  // Of equal keys the last one counts, as in Python's json and in JavaScript; of several language members the one that
  // stands first in the list, and the others stay with the other members.
  auto &members = reader->members;
  const size_t none = members.size();
  size_t text = none, id = none, language = none;
  for (size_t i = 0; i < members.size(); ++i) {
    switch (members[i].part) {
      case role::text:
        text = i;
        break;
      case role::identity:
        id = i;
        break;
      case role::language:
        if (language == none || members[i].preference <= members[language].preference) language = i;
        break;
      default:
        break;
    }
  }
  if (text == none) return JSON_TEXT_MISSING;
  if (!members[text].is_string) return JSON_TEXT_NOT_A_STRING;
  record->text = slice(members[text].string);
  if (id != none) record->id = reader->contents(id, end);
  if (language != none) record->language = reader->contents(language, end);

  reader->other.clear();
  for (size_t i = 0; i < members.size(); ++i) {
    bool is_other = members[i].part == role::other ||
                   (members[i].part == role::language && members[i].preference != members[language].preference);
    if (!is_other) continue;
    if (!reader->other.empty()) reader->other.push_back(',');
    const uint8_t *stop = reader->end_of(i, end);
    reader->other.append(reinterpret_cast<const char *>(members[i].key), size_t(stop - members[i].key));
  }
  record->other = slice(reader->other);
  return JSON_RECORD;
}

bool json_is_utf8(const uint8_t *bytes, size_t count) {
  return count == 0 || validate_utf8(reinterpret_cast<const char *>(bytes), count);
}

// SPDX-License-Identifier: MIT
#include "actors/classification/logos_v.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

namespace logos::classification {
namespace {

constexpr std::string_view stem = "logos-v";
constexpr std::string_view mark = "policy_";
constexpr std::array<std::string_view, 8> keys{"privacy", "latency",  "accuracy", "cost",
                                               "quality", "priority", "topic",    "default"};
constexpr std::string_view known_keys = "privacy, latency, accuracy, cost, quality, priority, topic and default";

bool is_key(std::string_view name) { return std::find(keys.begin(), keys.end(), name) != keys.end(); }

std::string quoted(std::string_view text) { return "'" + std::string{text.substr(0, 60)} + "'"; }

char lowered(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_letter(char c) { return lowered(c) >= 'a' && lowered(c) <= 'z'; }
bool is_of_version(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '.'; }

/// Levenshtein's distance between short words, without the case of letters.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto corner = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto replaced = corner + (lowered(a[i - 1]) == lowered(b[j - 1]) ? 0U : 1U);
      corner = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

/// A key that somebody meant when they wrote `name`; empty: none. What is short must be nearly right.
std::string_view meant_by(std::string_view name) {
  if (name.size() > 12) return {};
  for (const auto key : keys)
    if (distance(name, key) <= (key.size() > 5 ? 2U : 1U)) return key;
  return {};
}

/// The same anywhere in a text, where what parts it from the rest may be mistyped, too.
std::string_view meant_within(std::string_view text) {
  if (const auto whole = meant_by(text); !whole.empty()) return whole;
  for (const auto key : keys)
    if (std::search(text.begin(), text.end(), key.begin(), key.end(), [](char a, char b) { return lowered(a) == b; }) !=
        text.end())
      return key;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && is_letter(text[i])) continue;
    if (const auto meant = meant_by(text.substr(begin, i - begin)); !meant.empty()) return meant;
    begin = i + 1;
  }
  return {};
}

/// One walk over one name.
class reader {
public:
  explicit reader(std::string_view name) : name_{name} {}

  boost::system::result<wish, name_problem> read() {
    auto rest = name_.substr(stem.size());
    auto end = rest.find("__");
    version(rest.substr(0, end));
    while (end != std::string_view::npos && problem_.position == 0) {
      rest.remove_prefix(end + 2);
      end = rest.find("__");
      segment(rest.substr(0, end));
    }
    if (problem_.position == 0 && !out_.by_default && !says_more_)
      fail(default_, "'default=false' needs a further key: " + std::string{known_keys});
    if (problem_.position != 0) return std::move(problem_);
    return std::move(out_);
  }

private:
  /// Whatever else stood there would be asked for and not heeded.
  void version(std::string_view text) {
    const auto* wrong = std::find_if_not(text.data(), text.data() + text.size(), is_of_version);
    if (const auto rest = text.substr(static_cast<std::size_t>(wrong - text.data())); !rest.empty())
      fail(rest, "a version has letters, digits and '.' only, and what is asked for follows '__'");
    out_.version = text;
  }

  void segment(std::string_view text) {
    if (text.empty()) return fail(text, "a key=value is missing here");
    const auto at = text.find(mark);
    const bool of_policy = is_key(text.substr(0, text.find('=')));
    if (!of_policy && (at == std::string_view::npos || text.starts_with("policy="))) return pair(text, false);
    if (!of_policy) {
      const auto before = text.substr(0, at);
      if (before.find('=') != std::string_view::npos || !meant_within(before).empty())
        return fail(text.substr(at), "'policy_' begins a segment, so that '__' is missing before it");
      text.remove_prefix(at + mark.size());
    }
    if (text.empty()) return fail(text, "a key=value is missing behind 'policy_'");
    while (!text.empty() && problem_.position == 0) {
      const auto next = end_of_pair(text);
      pair(text.substr(0, next), true);
      if (next == text.size()) return;
      text.remove_prefix(next + 1);
    }
  }

  /// Where the first pair ends: before the last `_` in front of the second `=`.
  static std::size_t end_of_pair(std::string_view text) {
    const auto first = text.find('=');
    if (first == std::string_view::npos) return text.size();
    const auto second = text.find('=', first + 1);
    if (second == std::string_view::npos) return text.size();
    const auto parted = text.rfind('_', second);
    return parted == std::string_view::npos || parted < first ? text.size() : parted;
  }

  void pair(std::string_view text, bool in_policy) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return fail(text, quoted(text) + " is no key=value");
    const auto key = text.substr(0, equals);
    const auto value = text.substr(equals + 1);
    if (key.empty()) return fail(text, "a key is missing before '='");
    if (is_key(key) || (key == "policy" && !in_policy)) {
      // Which of two would count is anybody's guess.
      if (std::find(seen_.begin(), seen_.end(), key) != seen_.end())
        return fail(key, quoted(key) + " is there a second time");
      seen_.push_back(key);
    }
    if (is_key(key)) return take(key, value);
    if (in_policy) return fail(key, quoted(key) + " is no key of a policy; those are " + std::string{known_keys});
    if (key == "policy") {
      if (value.empty()) return fail(value, "the id or name of a policy is missing");
      out_.policy = value;
      says_more_ = true;
      return;
    }
    if (const auto meant = meant_within(key); !meant.empty())
      return fail(key, "there is no key " + quoted(key) + "; did you mean " + quoted(meant) + "?");
    keep_whole(value);
  }

  /// A value that may be any text: with another '=' in it, a pair that somebody meant would be lost in it.
  bool keep_whole(std::string_view value) {
    const auto equals = value.find('=');
    if (equals != std::string_view::npos)
      fail(value.substr(equals), "a value has no '='; two pairs are parted by '_' in a policy, else by '__'");
    return equals == std::string_view::npos;
  }

  void take(std::string_view key, std::string_view value) {
    if (key == "default") return take_default(value);
    says_more_ = true;
    if (key == "privacy") return take_privacy(value);
    if (key == "priority") return take_priority(value);
    if (key == "topic") {
      if (value.empty()) return fail(value, "the topic is missing");
      if (keep_whole(value)) out_.topic = value;
      return;
    }
    auto& threshold = key == "latency"    ? out_.latency
                      : key == "accuracy" ? out_.accuracy
                      : key == "cost"     ? out_.cost
                                          : out_.quality;
    take_threshold(key, value, threshold);
  }

  void take_default(std::string_view value) {
    if (value != "true" && value != "false") return fail(value, "'default' is true or false, not " + quoted(value));
    default_ = value;
    out_.by_default = value == "true";
  }

  void take_privacy(std::string_view value) {
    const auto level = core::parse_privacy_level(value);
    if (!level)
      return fail(value, quoted(value) + " is no privacy level; those are LOCAL, CLOUD_IN_EU_BY_EU_PROVIDER, "
                                         "CLOUD_IN_EU_BY_US_PROVIDER and CLOUD_NOT_IN_EU_BY_US_PROVIDER");
    out_.privacy = level;
  }

  void take_priority(std::string_view value) {
    const auto priority = core::parse_priority(value);
    if (!priority) return fail(value, "'priority' is low, mid, high or 1 to 10, not " + quoted(value));
    out_.priority = priority;
  }

  void take_threshold(std::string_view key, std::string_view value, std::optional<std::int32_t>& to) {
    auto digits = value;
    if (digits.starts_with('+') && !digits.starts_with("+-")) digits.remove_prefix(1);
    std::int32_t number = 0;
    const auto* last = digits.data() + digits.size();
    const auto [end, wrong] = std::from_chars(digits.data(), last, number);
    if (wrong != std::errc{} || end != last || number < lowest_weight || number > highest_weight)
      return fail(value, quoted(key) + " is a whole number from -1024 to 1024, not " + quoted(value));
    to = number;
  }

  void fail(std::string_view at, std::string message) {
    if (problem_.position != 0) return;
    const auto offset = static_cast<std::size_t>(at.data() - name_.data());
    const auto before = name_.substr(0, offset);
    const auto characters = std::count_if(before.begin(), before.end(),
                                          [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
    problem_ = {static_cast<std::size_t>(characters) + 1, std::move(message)};
  }

  std::string_view name_;
  wish out_;
  name_problem problem_;
  std::string_view default_;
  std::vector<std::string_view> seen_; // keys, so far
  bool says_more_ = false;
};

} // namespace

bool asks_for_choice(std::string_view model) {
  if (!model.starts_with(stem)) return false;
  model.remove_prefix(stem.size());
  if (model.empty() || (model.front() >= '0' && model.front() <= '9')) return true;
  return model.find("__") != std::string_view::npos;
}

boost::system::result<wish, name_problem> parse_logos_v(std::string_view model) {
  if (!asks_for_choice(model)) return name_problem{1, "the name does not begin with 'logos-v' and a number"};
  return reader{model}.read();
}

core::failure refusal_of(std::string_view model, const name_problem& problem) {
  return {core::ec::bad_field,
          "The model '" + std::string{model.substr(0, 200)} + "' cannot be read: at character " +
              std::to_string(problem.position) + ", " + problem.message + (problem.message.ends_with('?') ? "" : "."),
          "model"};
}

} // namespace logos::classification

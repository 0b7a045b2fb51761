// SPDX-License-Identifier: MIT
#include "config/document.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>

namespace logos::config {
namespace {

/// Ends the parse from inside an event handler, which has no other way out. Never leaves this file.
struct refusal {
  YAML::Mark mark;
  std::string message;
};

std::size_t count(const node& n) {
  std::size_t sum = 1 + n.names.size();
  for (const auto& item : n.items)
    sum += count(item);
  return sum;
}

/// Builds the tree from yaml-cpp's events. Its own YAML::Node is not used: it expands aliases as a shared graph, keeps
/// only one of two equal keys and throws on every wrong access.
class tree_builder final : public YAML::EventHandler {
public:
  node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(made(node::kind::null, mark), anchor, mark);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const bool plain = tag != "!"; // the tag of a quoted scalar
    const bool null = plain && (value.empty() || value == "~" || value == "null");
    auto scalar = made(null ? node::kind::null : node::kind::scalar, mark);
    if (!null) scalar.text = value;
    add(std::move(scalar), anchor, mark);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) throw refusal{mark, "an alias stands inside what it names"};
    nodes_ += count(known->second);
    check_size(mark);
    attach(known->second);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(node::kind::sequence, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(node::kind::map, mark, anchor);
  }
  void OnMapEnd() override { close(); }

private:
  struct open_node {
    node value;
    YAML::anchor_t anchor;
    bool key_next = true;
  };

  static node made(node::kind type, const YAML::Mark& mark) {
    node n;
    n.type = type;
    n.line = mark.line + 1;
    n.column = mark.column + 1;
    return n;
  }
  void check_size(const YAML::Mark& mark) const {
    if (nodes_ > most_nodes) throw refusal{mark, "too large: more than " + std::to_string(most_nodes) + " values"};
  }
  void open(node::kind type, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (open_.size() >= static_cast<std::size_t>(most_depth))
      throw refusal{mark, "nested more than " + std::to_string(most_depth) + " deep"};
    ++nodes_;
    check_size(mark);
    open_.push_back({made(type, mark), anchor});
  }
  void close() {
    auto done = std::move(open_.back());
    open_.pop_back();
    if (done.anchor != 0) {
      nodes_ += count(done.value); // the copy that aliases are made from
      check_size(YAML::Mark::null_mark());
      anchors_[done.anchor] = done.value;
    }
    attach(std::move(done.value));
  }
  void add(node n, YAML::anchor_t anchor, const YAML::Mark& mark) {
    ++nodes_;
    check_size(mark);
    if (anchor != 0) anchors_[anchor] = n;
    attach(std::move(n));
  }
  void attach(node n) {
    if (open_.empty()) {
      root_ = std::move(n);
      return;
    }
    auto& parent = open_.back();
    const bool is_key = parent.value.type == node::kind::map && parent.key_next;
    (is_key ? parent.value.names : parent.value.items).push_back(std::move(n));
    parent.key_next = !is_key;
  }

  node root_;
  std::vector<open_node> open_;
  std::map<YAML::anchor_t, node> anchors_;
  std::size_t nodes_ = 0;
};

int line_of(std::string_view text, std::size_t offset) {
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

/// What yaml-cpp cannot be trusted with is refused before it sees the text.
std::optional<problem> unreadable(std::string_view text) {
  if (text.size() > most_text_bytes) {
    problem large;
    large.message = "larger than " + std::to_string(most_text_bytes) + " bytes";
    return large;
  }
  const auto at = [&](std::size_t offset, std::string message) {
    problem bad;
    bad.line = line_of(text, offset);
    bad.message = std::move(message);
    return bad;
  };
  if (const auto bad = first_bad_utf8(text)) return at(*bad, "not UTF-8; save the file as UTF-8");
  const auto control = std::find_if(text.begin(), text.end(), [](unsigned char c) {
    return (c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7f;
  });
  if (control != text.end())
    return at(static_cast<std::size_t>(control - text.begin()),
              *control == '\0' ? "a NUL byte" : "a control character that YAML does not allow");
  return std::nullopt;
}

} // namespace

const node* node::find(std::string_view key) const {
  for (std::size_t i = 0; i < names.size() && i < items.size(); ++i)
    if (names[i].text == key) return &items[i];
  return nullptr;
}

std::string_view to_string(node::kind kind) {
  switch (kind) {
  case node::kind::null: return "nothing";
  case node::kind::scalar: return "a single value";
  case node::kind::sequence: return "a list";
  case node::kind::map: return "a map";
  }
  return "";
}

std::optional<std::size_t> first_bad_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : 0); };
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = byte(i);
    const std::size_t length = lead < 0x80         ? 1
                               : lead >> 5 == 0x6  ? 2
                               : lead >> 4 == 0xe  ? 3
                               : lead >> 3 == 0x1e ? 4
                                                   : 0;
    if (length == 0) return i;
    char32_t code = length == 1 ? lead : lead & (0x7f >> length);
    for (std::size_t k = 1; k < length; ++k) {
      if (byte(i + k) >> 6 != 0x2) return i;
      code = code << 6 | (byte(i + k) & 0x3f);
    }
    constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; // shorter forms exist below
    if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return i;
    i += length;
  }
  return std::nullopt;
}

std::optional<node> parse_document(std::string_view text, const std::string& origin, std::vector<problem>& problems) {
  const auto refuse = [&](problem p) {
    p.origin = origin;
    problems.push_back(std::move(p));
  };
  const auto refuse_at = [&](const YAML::Mark& mark, std::string message) {
    problem p;
    p.line = mark.line + 1;
    p.column = mark.column + 1;
    p.message = std::move(message);
    refuse(std::move(p));
  };
  if (auto bad = unreadable(text)) {
    refuse(std::move(*bad));
    return std::nullopt;
  }
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    tree_builder first, second;
    parser.HandleNextDocument(first);
    if (parser && parser.HandleNextDocument(second)) {
      problem more;
      more.message = "more than one YAML document ('---'); only one is read";
      refuse(std::move(more));
      return std::nullopt;
    }
    return first.take();
  } catch (const refusal& r) {
    refuse_at(r.mark, r.message);
  } catch (const YAML::Exception& e) {
    refuse_at(e.mark, "not YAML: " + e.msg);
  } catch (const std::exception& e) {
    problem other;
    other.message = std::string("not YAML: ") + e.what();
    refuse(std::move(other));
  }
  return std::nullopt;
}

} // namespace logos::config

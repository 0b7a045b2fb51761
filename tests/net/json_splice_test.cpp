// SPDX-License-Identifier: MIT
#include "core/error.hpp"
#include "net/json_splice.hpp"
#include "tests/net/padded.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <random>

namespace logos::net {
namespace {

using test::padded;

std::string spliced(std::string_view body, const json_edits& edits) {
  const padded p{body};
  json_looker looker;
  json_look found;
  const auto problem = looker.look(p.view(), found);
  EXPECT_FALSE(problem) << problem->message << body;
  auto out = splice(p.view(), found, edits);
  const auto moved = std::move(out);
  EXPECT_EQ(moved.str().size(), moved.size());
  EXPECT_TRUE(changes_anything(found, edits) || moved.str() == body) << body;
  return moved.str();
}

json_edits all_edits() {
  json_edits edits;
  edits.model = "new \"name\"";
  edits.include_usage = true;
  edits.integers.push_back({body_field::max_tokens, 4096});
  return edits;
}

TEST(json_splice, changes_only_what_it_is_told_to) {
  json_edits edits;
  edits.model = "b";
  EXPECT_EQ(spliced(R"( { "x" : 1.0e+2, "model" : "a" , "x":"\u00e9" } )", edits),
            R"( { "x" : 1.0e+2, "model" : "b" , "x":"\u00e9" } )");
  EXPECT_EQ(spliced(R"({"model":"\u0062"})", edits), R"({"model":"\u0062"})") << "the same name keeps its spelling";
  EXPECT_EQ(spliced(R"({"model":null})", edits), R"({"model":"b"})");
  EXPECT_EQ(spliced("{}", edits), R"({"model":"b"})");
  EXPECT_EQ(spliced(R"({"x":1})", edits), R"({"model":"b","x":1})");
}

TEST(json_splice, removes_its_own_fields_wherever_they_stand) {
  const json_edits edits;
  EXPECT_EQ(spliced(R"({"priority":1})", edits), "{}");
  EXPECT_EQ(spliced(R"({"priority":1,"mode":"batch","timeout_s":3})", edits), "{}");
  EXPECT_EQ(spliced(R"({"priority":1,"a":2})", edits), R"({"a":2})");
  EXPECT_EQ(spliced(R"({"a":2,"priority":1})", edits), R"({"a":2})");
  EXPECT_EQ(spliced(R"({"mode":"batch","a":2,"priority":1,"timeout_s":1,"b":3})", edits), R"({"a":2,"b":3})");
  EXPECT_EQ(spliced(R"({ "priority" : 1 , "mode" : "batch" , "a" : 2 })", edits), R"({   "a" : 2 })");
  EXPECT_EQ(spliced(R"({"a":{"priority":1},"b":[{"mode":"x"}]})", edits), R"({"a":{"priority":1},"b":[{"mode":"x"}]})");
}

TEST(json_splice, asks_for_usage_in_every_shape_of_stream_options) {
  json_edits edits;
  edits.include_usage = true;
  EXPECT_EQ(spliced(R"({"a":1})", edits), R"({"stream_options":{"include_usage":true},"a":1})");
  EXPECT_EQ(spliced(R"({"stream_options":null})", edits), R"({"stream_options":{"include_usage":true}})");
  EXPECT_EQ(spliced(R"({"stream_options":{}})", edits), R"({"stream_options":{"include_usage":true}})");
  EXPECT_EQ(spliced(R"({"stream_options":{ "x":1}})", edits), R"({"stream_options":{"include_usage":true, "x":1}})");
  EXPECT_EQ(spliced(R"({"stream_options":{"x":1,"include_usage": false }})", edits),
            R"({"stream_options":{"x":1,"include_usage": true }})");
  EXPECT_EQ(spliced(R"({"stream_options":{"include_usage":null}})", edits),
            R"({"stream_options":{"include_usage":true}})");
  EXPECT_EQ(spliced(R"({"stream_options":{"include_usage":true}})", edits),
            R"({"stream_options":{"include_usage":true}})");
}

TEST(json_splice, sets_an_integer_by_inserting_or_replacing) {
  json_edits edits;
  edits.integers.push_back({body_field::max_completion_tokens, 7});
  EXPECT_EQ(spliced(R"({"priority":1})", edits), R"({"max_completion_tokens":7})");
  EXPECT_EQ(spliced(R"({"max_completion_tokens":null,"a":1})", edits), R"({"max_completion_tokens":7,"a":1})");
  EXPECT_EQ(spliced(R"({"max_completion_tokens":-1})", edits), R"({"max_completion_tokens":7})");
}

TEST(json_splice, leaves_the_big_parts_where_they_are) {
  const padded p{R"({"messages":")" + std::string(100'000, 'x') + R"(","model":"a"})"};
  json_looker looker;
  json_look found;
  ASSERT_FALSE(looker.look(p.view(), found));
  json_edits edits;
  edits.model = "b";
  const auto out = splice(p.view(), found, edits);
  ASSERT_EQ(out.pieces().size(), 3U);
  EXPECT_EQ(out.pieces()[0].data(), p.view().data());
  EXPECT_EQ(out.pieces()[2].data() + out.pieces()[2].size(), p.view().data() + p.view().size());
}

TEST(json_splice, it_is_known_before_whether_anything_changes) {
  const auto changes = [](std::string_view body, const json_edits& edits) {
    const padded p{body};
    json_looker looker;
    json_look found;
    EXPECT_FALSE(looker.look(p.view(), found)) << body;
    return changes_anything(found, edits);
  };
  EXPECT_FALSE(changes(R"({"model":"a","n":1,"x":{"priority":1}})", {}));
  for (const char* own : {R"({"priority":1})", R"({"mode":null})", R"({"model":"a","timeout_s":3})"})
    EXPECT_TRUE(changes(own, {})) << own;
  json_edits renames, asks, caps;
  renames.model = "b";
  asks.include_usage = true;
  caps.integers.push_back({body_field::max_tokens, 1});
  for (const auto* edits : {&renames, &asks, &caps})
    EXPECT_TRUE(changes("{}", *edits));
}

TEST(json_splice, a_range_is_replaced_as_it_is) {
  EXPECT_EQ(splice_range("abcdef", 2, 4, "XYZ").str(), "abXYZef");
  EXPECT_EQ(splice_range("abc", 0, 3, "").str(), "");
  EXPECT_EQ(splice_range("abc", 3, 3, "d").str(), "abcd");
}

/// Random JSON text together with the text that splicing must make of it.
class random_json {
public:
  explicit random_json(unsigned seed) : random_{seed} {}

  struct body {
    std::string text;
    std::string foreign; // the members that are not ours, as `key:value`, in order: these bytes must all stay
  };

  body object() {
    std::vector<std::string> members;
    std::string foreign;
    const auto ours = std::to_array<std::pair<std::string, std::string>>(
        {{"model", pick({R"("a")", R"("\u0061/b:c")", "null", R"("ünïcode")"})},
         {"stream", pick({"true", "false", "null"})},
         {"stream_options", pick({"null", "{}", "{" + space() + "}", R"({"include_usage":false})",
                                  R"({ "o" : [1,{}] })", R"({"a":"}","include_usage" : true,"b":{}})"})},
         {"priority", pick({"1", R"("low")", "null"})},
         {"mode", pick({R"("batch")", "null"})},
         {"timeout_s", pick({"1.50", "3e0", "null"})},
         {"max_tokens", pick({"17", "null", "-1"})}});
    for (const auto& [name, value] : ours)
      if (chance(2)) members.push_back(space() + "\"" + name + "\"" + space() + ":" + space() + value + space());
    const auto others = below(6);
    for (std::size_t i = 0; i < others; ++i) {
      const auto member = string() + space() + ":" + space() + value(0);
      members.push_back(space() + member + space());
    }
    std::shuffle(members.begin(), members.end(), random_);
    std::string text = space() + "{";
    for (std::size_t i = 0; i < members.size(); ++i) {
      text += (i ? "," : "") + members[i];
      if (!is_ours(members[i])) foreign += members[i].substr(members[i].find_first_not_of(" \t\r\n"));
    }
    text += members.empty() ? space() + "}" : "}";
    return {text + space(), foreign};
  }

  static bool is_ours(const std::string& member) {
    const auto from = member.find('"');
    const auto key = member.substr(from + 1, member.find('"', from + 1) - from - 1);
    return key == "model" || key == "stream" || key == "stream_options" || key == "priority" || key == "mode" ||
           key == "timeout_s" || key == "max_tokens";
  }

private:
  std::size_t below(std::size_t n) { return random_() % n; }
  bool chance(std::size_t n) { return below(n) == 0; }
  std::string pick(std::vector<std::string> from) { return from[below(from.size())]; }
  std::string space() { return chance(2) ? "" : pick({" ", "\n", "\t", "\r\n", "  \n "}); }
  std::string number() {
    return pick({"0", "-0", "1e-7", "12345678901234567890123", "1.0", "-2.50E+3", "1e400", "0.1"});
  }
  std::string string() {
    return "\"" +
           pick({"", "k", "Model", "model ", "x\\\"y", "\\\\", "\\u0000", "ключ", "😀", "\\ud83d", "{[,:]}",
                 "priority\\\\", "a,b", "usage"}) +
           std::to_string(below(100)) + "\"";
  }
  std::string value(int depth) {
    switch (below(depth > 4 ? 4 : 6)) {
    case 0: return number();
    case 1: return string();
    case 2: return pick({"true", "false", "null"});
    case 3: return pick({"[]", "{}", "[ ]", "{\n}"});
    case 4: {
      std::string out = "[" + space() + value(depth + 1);
      for (auto n = below(3); n > 0; --n)
        out += space() + "," + space() + value(depth + 1);
      return out + space() + "]";
    }
    default: {
      // Our own names mean nothing further down, and neither do duplicates.
      std::string out = "{" + space() + pick({R"("model")", R"("priority")", R"("stream_options")", string()}) + ":" +
                        value(depth + 1);
      for (auto n = below(3); n > 0; --n)
        out += "," + space() + pick({R"("mode")", string()}) + space() + ":" + value(depth + 1);
      return out + space() + "}";
    }
    }
  }

  std::mt19937 random_;
};

/// The members of the outermost object with their raw text, read by simdjson's own reader.
std::vector<std::pair<std::string, std::string>> members_of(const std::string& text) {
  std::vector<std::pair<std::string, std::string>> out;
  simdjson::ondemand::parser parser;
  const simdjson::padded_string padded_text{text};
  simdjson::ondemand::document doc;
  EXPECT_EQ(parser.iterate(padded_text).get(doc), simdjson::SUCCESS) << text;
  simdjson::ondemand::object object;
  EXPECT_EQ(doc.get_object().get(object), simdjson::SUCCESS) << text;
  for (auto field : object) {
    std::string key = field.key().value_unsafe().raw();
    key.resize(key.find_first_of('"') == std::string::npos ? key.size() : key.find('"'));
    simdjson::ondemand::value value = field.value();
    std::string_view raw;
    if (value.is_scalar())
      raw = value.raw_json_token();
    else if (value.type() == simdjson::ondemand::json_type::array)
      raw = value.get_array().value_unsafe().raw_json();
    else
      raw = value.get_object().value_unsafe().raw_json();
    std::string trimmed{raw};
    trimmed.erase(trimmed.find_last_not_of(" \t\r\n") + 1);
    out.emplace_back(key, trimmed);
  }
  return out;
}

TEST(json_splice, every_other_byte_of_random_json_stays) {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    random_json source{seed};
    const auto body = source.object();
    const auto edited = spliced(body.text, all_edits());
    ASSERT_FALSE(::testing::Test::HasFailure()) << body.text;

    // Member by member, with their raw text: the same but for the edits.
    auto expected = members_of(body.text);
    std::vector<std::pair<std::string, std::string>> inserted;
    const auto set = [&](const std::string& key, const std::string& value) {
      const auto at = std::find_if(expected.begin(), expected.end(), [&](auto& m) { return m.first == key; });
      if (at == expected.end())
        inserted.emplace_back(key, value);
      else
        at->second = value;
    };
    std::erase_if(expected,
                  [](auto& m) { return m.first == "priority" || m.first == "mode" || m.first == "timeout_s"; });
    set("model", R"("new \"name\"")");
    const auto options =
        std::find_if(expected.begin(), expected.end(), [](auto& m) { return m.first == "stream_options"; });
    if (options == expected.end() || options->second == "null")
      set("stream_options", R"({"include_usage":true})");
    else if (const auto no = options->second.find("false"); no != std::string::npos)
      options->second.replace(no, 5, "true");
    else if (options->second.find("include_usage") == std::string::npos)
      options->second.insert(1, options->second.find('"') == std::string::npos ? R"("include_usage":true)"
                                                                               : R"("include_usage":true,)");
    set("max_tokens", "4096");
    expected.insert(expected.begin(), inserted.begin(), inserted.end());
    ASSERT_EQ(members_of(edited), expected) << body.text << "\n" << edited;

    // Byte by byte: without edits nothing changes; what is not ours stands in the result in one order.
    json_edits none;
    none.remove_own_fields = false;
    ASSERT_EQ(spliced(body.text, none), body.text);
    std::size_t at = 0;
    for (const char c : body.foreign) {
      at = edited.find(c, at);
      ASSERT_NE(at, std::string::npos) << body.text << "\n" << edited;
      ++at;
    }
  }
}

/// `removed` is nothing but values that are set anew and our own members with their commas.
bool may_be_missing(std::string_view removed) {
  std::string rest;
  for (const char c : removed)
    if (std::string_view{" \t\r\n,"}.find(c) == std::string_view::npos) rest += c;
  constexpr std::string_view parts[] = {"null",
                                        "false",
                                        "17",
                                        "-1",
                                        R"("a")",
                                        R"("\u0061/b:c")",
                                        R"("ünïcode")",
                                        R"("priority":1)",
                                        R"("priority":"low")",
                                        R"("priority":null)",
                                        R"("mode":"batch")",
                                        R"("mode":null)",
                                        R"("timeout_s":1.50)",
                                        R"("timeout_s":3e0)",
                                        R"("timeout_s":null)"};
  while (!rest.empty()) {
    const auto found =
        std::find_if(std::begin(parts), std::end(parts), [&](auto part) { return rest.starts_with(part); });
    if (found == std::end(parts)) return false;
    rest.erase(0, found->size());
  }
  return true;
}

TEST(json_splice, undoing_the_edits_gives_the_original_bytes) {
  for (unsigned seed = 10'000; seed < 12'000; ++seed) {
    random_json source{seed};
    const auto body = source.object();
    const padded p{body.text};
    json_looker looker;
    json_look found;
    ASSERT_FALSE(looker.look(p.view(), found)) << body.text;
    const auto out = splice(p.view(), found, all_edits());
    // The pieces that lie in the original appear in its order, and what lies between them is what was taken out.
    std::string original;
    std::size_t at = 0;
    for (const auto piece : out.pieces()) {
      if (piece.data() < p.view().data() || piece.data() >= p.view().data() + p.view().size()) continue;
      const auto begin = static_cast<std::size_t>(piece.data() - p.view().data());
      ASSERT_GE(begin, at);
      const auto removed = p.view().substr(at, begin - at);
      ASSERT_TRUE(may_be_missing(removed)) << removed << "\n" << body.text;
      original.append(removed).append(piece);
      at = begin + piece.size();
    }
    original.append(p.view().substr(at));
    ASSERT_EQ(original, body.text);
  }
}

} // namespace
} // namespace logos::net

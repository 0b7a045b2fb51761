// SPDX-License-Identifier: MIT
#pragma once
#include "actors/transfer/own.hpp"
#include "actors/transfer/reading.hpp"
#include "actors/transfer/unload.hpp"
#include "tests/storage/store_fixture.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace logos::test {

using transfer::cargo;

/// A second database of the same kind.
class store_fixture_copy : public store_fixture {
public:
  explicit store_fixture_copy(database kind) : store_fixture{kind} {}
  storage::store& store() { return *store_; }
  void TestBody() override {}
};

class import_suite : public store_suite {
protected:
  import_suite() { take(store_->migrate()); }

  cargo read(const std::string& text) {
    simdjson::dom::parser parser;
    simdjson::dom::element document = parser.parse(text);
    return take(transfer::read_document(document, secret(), take(store_->load_catalog()), {}));
  }
  std::string trouble(const std::string& text) {
    simdjson::dom::parser parser;
    simdjson::dom::element document = parser.parse(text);
    auto read = transfer::read_document(document, secret(), take(store_->load_catalog()), {});
    if (!read) return read.error().message;
    const auto done = transfer::unload(*store_, *read, {});
    return done ? "" : done.error().message;
  }
  transfer::report bring(const std::string& text, bool dry_run = false) {
    auto c = read(text);
    return take(transfer::unload(*store_, c, {.dry_run = dry_run}));
  }
  static bool told(const std::vector<std::string>& sentences, std::string_view beginning) {
    return std::any_of(sentences.begin(), sentences.end(),
                       [&](const std::string& each) { return each.starts_with(beginning); });
  }
  std::string exported(bool secrets) { return transfer::write_own(take(store_->load_catalog()), secrets, secret()); }
  std::size_t made(const transfer::report& r) {
    std::size_t n = 0;
    for (const auto& t : r.tallies)
      n += t.made;
    return n;
  }
};

/// An export of one row in each table; `member` comes last in that of `table`, in place of what was said before.
inline std::string one_row(std::string_view table, std::string_view member) {
  const std::array<std::pair<std::string_view, std::string>, 13> rows{{
      {"users", R"("username":"ann")"},
      {"process", R"("name":"app","logos_key":")" + std::string(64, 'a') + "\""},
      {"profiles", R"("name":"main","process_id":1)"},
      {"models", R"("name":"gpt")"},
      {"providers", R"("name":"cloud","provider_type":"openai","base_url":"https://api.example.org")"},
      {"policies", R"("name":"p","entity_id":1)"},
      {"token_types", R"("name":"searches","counted_from":"usage.searches")"},
      {"rates", R"("currency":"USD","valid_from":"2026-01-01 00:00:00.000000+00","nano_rate":900000000)"},
      {"prices", R"("token_type":"prompt_tokens","valid_from":"2026-01-01 00:00:00.000000+00",)"
                 R"("nano_per_k_tokens":1,"currency":"EUR")"},
      {"limits", R"("scope":"process","scope_id":1,"kind":"requests_per_minute","value":60)"},
      {"budgets", R"("scope":"process","scope_id":1,"period":"total","amount_nano":1,"currency":"EUR")"},
      {"credits", R"("budget_id":1,"amount_nano":5,"reason":"wrong price","made_by":"root",)"
                  R"("made_at":"2026-05-04 12:00:00.000000+00")"},
      {"examples", R"("model_id":1,"text":"Hello!","worth_permille":1000)"},
  }};
  std::string out = R"({"format":"logos-export","version":1)";
  for (const auto& [name, row] : rows) {
    out.append(",\"").append(name).append(R"(":[{"id":)").append(name == "token_types" ? "100," : "1,").append(row);
    if (name == table && !member.empty()) out.append(",").append(member);
    out += "}]";
  }
  return out + "}";
}

} // namespace logos::test

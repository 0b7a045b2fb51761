// SPDX-License-Identifier: MIT
#include "actors/administration/books.hpp"
#include "actors/administration/values.hpp"

#include <algorithm>

namespace logos::administration {
namespace {

using core::ec;

std::string token_type_json(const storage::token_type_row& t) {
  return R"({"id":)" + std::to_string(t.id) + R"(,"name":)" + core::json_string(t.name) + R"(,"description":)" +
         core::json_string(t.description) + R"(,"priced":)" + (core::parse_token_type(t.name) ? "true}" : "false}");
}

} // namespace

outcome list_token_types(storage::store& in, const call& c) {
  static constexpr std::array<std::string_view, 2> known{"limit", "cursor"};
  if (auto bad = check_parameters(c.parameters, known); bad.code != ec::none) return to_problem(bad);
  const auto page = read_paging(c.parameters);
  if (!page) return to_problem(page.error());
  const auto all = in.token_types();
  if (!all) return to_problem(all.error());
  std::string data;
  std::int64_t last = 0;
  int left = page->limit;
  for (const auto& t : *all) {
    if (t.id <= page->after) continue;
    if (left-- == 0) return to_outcome(200, R"({"data":[)" + data + R"(],"next":")" + std::to_string(last) + "\"}");
    data.append(data.empty() ? "" : ",").append(token_type_json(t));
    last = t.id;
  }
  return to_outcome(200, R"({"data":[)" + data + R"(],"next":null})");
}

outcome show_token_type(storage::store& in, const call& c) {
  const auto id = c.id();
  if (!id) return to_problem(id.error());
  const auto all = in.token_types();
  if (!all) return to_problem(all.error());
  const auto at = std::find_if(all->begin(), all->end(), [&](const auto& t) { return t.id == *id; });
  if (at != all->end()) return to_outcome(200, token_type_json(*at));
  return to_problem({ec::resource_not_found, "there is no token type " + std::to_string(*id)});
}

} // namespace logos::administration

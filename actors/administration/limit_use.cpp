// SPDX-License-Identifier: MIT
#include "actors/administration/limit_use.hpp"

#include "actors/accounting/account_book.hpp"
#include "actors/administration/members.hpp"
#include "actors/administration/resource_logic.hpp"
#include "actors/administration/resources.hpp"

#include <simdjson.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace logos::administration {
namespace {

using json = simdjson::dom::element;

/// Calls `visit` with each limit of an answer: of the only one, or of those of a list.
template <class Visit>
void each_limit(json root, const Visit& visit) {
  simdjson::dom::array all;
  if (root["data"].get(all) != simdjson::SUCCESS) return visit(root);
  for (const auto one : all)
    visit(one);
}

std::int64_t id_of(json limit) {
  std::int64_t id = 0;
  return limit["id"].get(id) == simdjson::SUCCESS ? id : 0;
}

std::string with_use(std::string_view body, std::span<const accounting::limit_use> told) {
  simdjson::dom::parser parser;
  json root;
  if (parser.parse(body.data(), body.size()).get(root) != simdjson::SUCCESS) return std::string{body};
  const auto widened = [&](json one) {
    const auto known = std::find_if(told.begin(), told.end(), [id = id_of(one)](const auto& u) { return u.id == id; });
    const auto use = known == told.end() ? std::string{"null"}
                                         : members{}
                                               .add("used", known->used)
                                               .add("reserved", known->reserved)
                                               .add("remaining", known->remaining)
                                               .finish();
    return with_members(simdjson::minify(one), "\"use\":" + use);
  };
  simdjson::dom::array all;
  if (root["data"].get(all) != simdjson::SUCCESS) return widened(root);
  std::string data;
  for (const auto one : all)
    data.append(data.empty() ? "" : ",").append(widened(one));
  json next;
  const bool more = root["next"].get(next) == simdjson::SUCCESS;
  return R"({"data":[)" + data + R"(],"next":)" + (more ? simdjson::minify(next) : std::string{"null"}) + "}";
}

outcome asking(outcome out) {
  if (out.answer.status != 200) return out;
  simdjson::dom::parser parser;
  json root;
  if (parser.parse(out.answer.body).get(root) != simdjson::SUCCESS) return out;
  each_limit(root, [&](json one) { out.uses.limits.push_back(id_of(one)); });
  if (!out.uses.limits.empty())
    out.uses.body = [body = out.answer.body](const accounting::use_answer& told) {
      return with_use(body, told.limits);
    };
  return out;
}

} // namespace

outcome list_limits(storage::store& in, const call& c) { return asking(list_entities<storage::limit>(in, c)); }
outcome show_limit(storage::store& in, const call& c) { return asking(show_entity<storage::limit>(in, c)); }

} // namespace logos::administration

// SPDX-License-Identifier: MIT
#include "net/closed_account.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>

namespace logos::net {
namespace {

constexpr std::array<std::string_view, 3> words{"insufficient_quota", "billing_hard_limit_reached",
                                                "billing_not_active"};

} // namespace

bool tells_closed_account(std::string_view body) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (parser.parse(body.data(), body.size()).get(document) != simdjson::SUCCESS) return false;
  const auto says = [&](std::string_view member) {
    std::string_view said;
    return document["error"][member].get(said) == simdjson::SUCCESS &&
           std::find(words.begin(), words.end(), said) != words.end();
  };
  return says("code") || says("type");
}

} // namespace logos::net

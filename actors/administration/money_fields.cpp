// SPDX-License-Identifier: MIT
#include "actors/administration/field_logic.hpp"

namespace logos::administration {
namespace {

using storage::budget;
using storage::limit;
using storage::price;

constexpr std::string_view amount_schema =
    R"({"type":["string","number"],"minimum":0,"description":"A decimal with at most nine places, such as \"0.50\"."})";
constexpr std::string_view currency_schema =
    R"({"type":"string","pattern":"^[A-Z]{3}$","description":"ISO 4217; the same for the whole installation."})";
constexpr std::string_view scope_schema = R"({"type":"string","enum":["process","profile","user","service","model"]})";

core::failure read_any_model(json_value from, price& to, names& by) {
  if (from.is_null()) return to.model_id = 0, core::failure{};
  return read_model_by_name(from, to, by);
}

core::failure read_any_provider(json_value from, price& to, names& by) {
  if (from.is_null()) return to.provider_id = 0, core::failure{};
  return read_provider_by_name(from, to, by);
}

/// 1970 is a beginning like any other here.
void write_start(std::string& out, const price& e, names& /*by*/) {
  out.append("\"").append(core::to_iso8601(e.valid_from)).append("\"");
}

expectation read_start(json_value from, core::wall_time& out) {
  core::wall_time start{};
  if (const auto wanted = read_value(from, start); !wanted.empty()) return wanted;
  if (start < core::wall_time{}) return "a time from the year 1970 on";
  out = start;
  return {};
}

constexpr std::array price_fields{
    field<price>{"model", use::optional,
                 R"({"type":["string","null"],"description":"Neither it nor model_id: every model."})",
                 write_model_name<price>, read_any_model},
    referring<price, &price::model_id>("model_id"),
    field<price>{"provider", use::optional,
                 R"({"type":["string","null"],"description":"Neither it nor provider_id: every provider."})",
                 write_provider_name<price>, read_any_provider},
    referring<price, &price::provider_id>("provider_id"),
    plain<price, &price::token_type>(
        "token_type",
        R"({"type":"string","enum":["prompt_tokens","completion_tokens","prompt_cached_tokens",)"
        R"("prompt_cache_creation_tokens","prompt_audio_tokens","completion_reasoning_tokens","completion_audio_tokens"]})",
        use::required),
    field<price>{"valid_from", use::required, R"({"type":"string","format":"date-time","description":"From 1970 on."})",
                 write_start, read_member<price, &price::valid_from, read_start>},
    field<price>{"price_per_k_token", use::required, amount_schema,
                 [](std::string& out, const price& e, names&) { write_money(out, e.per_k_tokens); },
                 read_member<price, &price::per_k_tokens, read_money>},
    field<price>{"currency", use::required, currency_schema, write_member<price, &price::currency>,
                 read_member<price, &price::currency, read_currency>},
};

constexpr std::array limit_fields{
    plain<limit, &limit::scope>("scope", scope_schema, use::required),
    referring<limit, &limit::scope_id>("scope_id", use::required),
    plain<limit, &limit::kind>(
        "kind", R"({"type":"string","enum":["requests_per_minute","tokens_per_minute","parallel_requests"]})",
        use::required),
    field<limit>{"value", use::required, count_schema, write_member<limit, &limit::value>,
                 read_member<limit, &limit::value, read_count>},
};

constexpr std::array budget_fields{
    plain<budget, &budget::scope>("scope", scope_schema, use::required),
    referring<budget, &budget::scope_id>("scope_id", use::required),
    plain<budget, &budget::period>("period", R"({"type":"string","enum":["hour","day","week","month","total"]})",
                                   use::required),
    field<budget>{"amount", use::required, amount_schema,
                  [](std::string& out, const budget& e, names&) { write_money(out, e.amount); },
                  read_member<budget, &budget::amount, read_money>},
    field<budget>{"currency", use::required, currency_schema, write_member<budget, &budget::currency>,
                  read_member<budget, &budget::currency, read_currency>},
    plain<budget, &budget::hard>(
        "hard", R"({"type":"boolean","description":"Refuse what could exceed it (402); else only say so."})"),
};

} // namespace

LOGOS_TABLE(price, "price", "prices", "Price")
LOGOS_TABLE(limit, "limit", "limits", "Limit")
LOGOS_TABLE(budget, "budget", "budgets", "Budget")

} // namespace logos::administration

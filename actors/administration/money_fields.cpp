// SPDX-License-Identifier: MIT
#include "actors/administration/field_logic.hpp"
#include "storage/alerts.hpp"

namespace logos::administration {
namespace {

using storage::budget;
using storage::limit;
using storage::price;
using storage::rate;

constexpr std::string_view amount_schema =
    R"({"type":["string","number"],"minimum":0,"description":"A decimal with at most nine places, such as \"0.50\", )"
    R"(of at most 9223372036.854775807."})";
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
                 write_model_name<price>, read_any_model, nullptr, true},
    referring<price, &price::model_id>("model_id"),
    field<price>{"provider", use::optional,
                 R"({"type":["string","null"],"description":"Neither it nor provider_id: every provider."})",
                 write_provider_name<price>, read_any_provider, nullptr, true},
    referring<price, &price::provider_id>("provider_id"),
    plain<price, &price::token_type>(
        "token_type",
        R"({"type":"string","description":"prompt_tokens, completion_tokens, prompt_cached_tokens, )"
        R"(prompt_cache_creation_tokens, prompt_audio_tokens, completion_reasoning_tokens, completion_audio_tokens, )"
        R"(audio_milliseconds (a thousand of them are a second), or a token type of your own."})",
        use::required),
    field<price>{"valid_from", use::required, R"({"type":"string","format":"date-time","description":"From 1970 on."})",
                 write_start, read_member<price, &price::valid_from, read_start>},
    field<price>{"price_per_k_token", use::required, amount_schema,
                 [](std::string& out, const price& e, names&) { write_money(out, e.per_k_tokens); },
                 read_member<price, &price::per_k_tokens, read_money>},
    field<price>{"currency", use::required, currency_schema, write_member<price, &price::currency>,
                 read_member<price, &price::currency, read_currency>},
};

expectation read_rate(json_value from, core::nano& out) {
  core::nano worth = 0;
  if (const auto wanted = read_money(from, worth); !wanted.empty()) return wanted;
  if (worth == 0) return "more than 0";
  out = worth;
  return {};
}

constexpr std::array rate_fields{
    field<rate>{"currency", use::required, R"({"type":"string","pattern":"^[A-Z]{3}$","description":"ISO 4217."})",
                write_member<rate, &rate::currency>, read_member<rate, &rate::currency, read_currency>},
    field<rate>{"rate", use::required,
                R"({"type":["string","number"],"minimum":0,"description":"What one unit of it is worth in the )"
                R"(installation's currency: a decimal with at most nine places, more than 0."})",
                [](std::string& out, const rate& e, names&) { write_money(out, e.worth); },
                read_member<rate, &rate::worth, read_rate>},
    field<rate>{"valid_from", use::required, R"({"type":"string","format":"date-time","description":"From 1970 on."})",
                [](std::string& out, const rate& e, names&) {
                  out.append("\"").append(core::to_iso8601(e.valid_from)).append("\"");
                },
                read_member<rate, &rate::valid_from, read_start>},
};

constexpr std::array limit_fields{
    plain<limit, &limit::scope>("scope", scope_schema, use::required),
    referring<limit, &limit::scope_id>("scope_id", use::required),
    plain<limit, &limit::kind>(
        "kind", R"({"type":"string","enum":["requests_per_minute","tokens_per_minute","parallel_requests"]})",
        use::required),
    field<limit>{"value", use::required, count_schema, write_member<limit, &limit::value>,
                 read_member<limit, &limit::value, read_count>},
    field<limit>{"source", use::read_only,
                 R"({"type":"string","enum":["limits","settings"],"description":"Where it is kept: here, or in the )"
                 R"(settings of its process (rate_limit_rpm, rate_limit_tpm); such a one has an id below 0, and is )"
                 R"(changed with its process only (409 here)."})",
                 [](std::string& out, const limit& e, names&) { out += e.id < 0 ? R"("settings")" : R"("limits")"; },
                 nullptr},
    field<limit>{
        "use", use::passing,
        R"({"type":["object","null"],"description":"What the last minute has let in, or what runs now; null: not )"
        R"(known now. `reserved` of it is of requests that still run.","properties":{"used":{"type":"integer"},)"
        R"("reserved":{"type":"integer"},"remaining":{"type":"integer"}}})"},
};

constexpr std::int64_t most_percent = 1000;
constexpr std::size_t most_thresholds = 10;

void write_percentages(std::string& out, const budget& e, names& /*by*/) {
  out += storage::percentages_json(storage::alert_percentages(e));
}

void write_kept_percentages(std::string& out, const budget& e) { write_object(out, e.alert_at_percent); }

/// One or a list of them; null: as usual for such a budget.
expectation read_percentages(json_value from, std::string& out) {
  constexpr expectation wanted = "whole numbers from 1 to 1000, at most ten, or one of them alone";
  if (from.is_null()) return out.clear(), expectation{};
  std::vector<std::int64_t> all;
  if (simdjson::dom::array list; from.get(list) == simdjson::SUCCESS) {
    for (const auto item : list)
      if (item.get(all.emplace_back()) != simdjson::SUCCESS) return wanted;
  } else if (from.get(all.emplace_back()) != simdjson::SUCCESS) {
    return wanted;
  }
  const auto sound = [](std::int64_t x) { return x >= 1 && x <= most_percent; };
  if (all.size() > most_thresholds || !std::all_of(all.begin(), all.end(), sound)) return wanted;
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  out = storage::percentages_json(all);
  return {};
}

expectation read_url(json_value from, std::string& out) {
  if (from.is_null()) return out.clear(), expectation{};
  return read_value(from, out);
}

void write_alert_url(std::string& out, const budget& e, names& by) {
  if (by.tells_secrets())
    write_value(out, e.alert_url);
  else
    out += "null";
}

void write_has_alert_url(std::string& out, const budget& e, names& /*by*/) { write_value(out, !e.alert_url.empty()); }

core::failure read_alert_secret(json_value from, budget& to, names& /*by*/) {
  std::string text;
  if (!from.is_null() && (!read_value(from, text).empty() || text.size() < 16 || text.size() > 256))
    // What was sent is not repeated.
    return {core::ec::bad_field, "'alert_secret' must be a text of 16 to 256 characters, or null (a new one).",
            "alert_secret"};
  to.alert_secret = text;
  return {};
}

void write_kept_secret(std::string& out, const budget& e) {
  if (e.alert_secret.empty())
    out += "null";
  else
    write_value(out, e.alert_secret);
}

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
    field<budget>{
        "alert_at_percent", use::optional,
        R"({"type":["array","integer","null"],"items":{"type":"integer","minimum":1,"maximum":1000},)"
        R"("minimum":1,"maximum":1000,"maxItems":10,"description":"Percentages of the amount; once that much )"
        R"(is spent, an alert is sent, once in a period. Default: 100 for a budget that is not hard or has )"
        R"(an alert_url, else none."})",
        write_percentages, read_member<budget, &budget::alert_at_percent, read_percentages>, write_kept_percentages},
    field<budget>{
        "alert_url", use::optional,
        R"({"type":["string","null"],"description":"Where alerts of this budget are posted to: https, and of )"
        R"(the public internet unless alerts.allow names it. Default: alerts.url of the installation. It may be a )"
        R"(secret: only administrators see it, others null."})",
        write_alert_url, read_member<budget, &budget::alert_url, read_url>},
    field<budget>{"has_alert_url", use::passing,
                  R"({"type":"boolean","description":"Whether there is an alert_url, which not everybody sees."})",
                  write_has_alert_url, nullptr},
    field<budget>{"alert_secret", use::write_only,
                  R"({"type":["string","null"],"minLength":16,"maxLength":256,"description":"Signs what is posted to )"
                  R"(alert_url. Where none is given, one is made and shown in that answer only."})",
                  nullptr, read_alert_secret, write_kept_secret},
};

} // namespace

LOGOS_TABLE(rate, "rate", "rates", "Rate")
LOGOS_TABLE(price, "price", "prices", "Price")
LOGOS_TABLE(limit, "limit", "limits", "Limit")
LOGOS_TABLE(budget, "budget", "budgets", "Budget")

} // namespace logos::administration

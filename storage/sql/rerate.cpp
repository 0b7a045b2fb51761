// SPDX-License-Identifier: MIT
#include "storage/sql/sql_store.hpp"
#include "storage/sql/text.hpp"

namespace logos::storage::sql {
namespace {

const std::string selection =
    "select timestamp_request, request_id, model_id, provider_id, prompt_tokens, completion_tokens, total_tokens,"
    " prompt_cached_tokens, prompt_cache_creation_tokens, prompt_audio_tokens, completion_reasoning_tokens,"
    " completion_audio_tokens, audio_milliseconds, cost_nano, price_id, rate_id, own_counts, price_versions from"
    " log_entry"
    " where timestamp_request >= $1 and timestamp_request < $2 and (timestamp_request, request_id) > ($3, $4)"
    " and usage_source <> 'none' and (usage_source <> 'partial' or timestamp_response is not null)" // settle_as_partial
    " and (decision is null or decision not like 'own-key%')"; // paid for by the client

priced_request read_request(const std::vector<cell>& cells) {
  std::size_t place = 2;
  const auto next = [&] { return parse_integer(cells[place++].value_or("")); };
  priced_request out;
  out.at = parse_time(cells[0].value_or("")).value_or(core::wall_time{});
  out.request_id = cells[1].value_or("");
  out.model_id = next();
  out.provider_id = next();
  out.usage = {next(), next(), next(), next(), next(), next(), next(), next(), next()};
  out.cost = next();
  out.price_id = next();
  out.rate_id = next();
  out.own = read_own_counts(cells[place++].value_or(""));
  out.price_versions = cells[place].value_or("");
  return out;
}

} // namespace

result<rerate_batch> sql_store::rerate(const rerate_range& range, std::string_view cursor, int limit,
                                       const repricer& price, bool dry_run) {
  const auto bar = std::min(cursor.find('|'), cursor.size());
  const auto begin = core::to_sql(range.from), end = core::to_sql(range.to);
  const auto after = cursor.empty() ? begin : std::string{cursor.substr(0, bar)};
  const auto after_id = bar < cursor.size() ? cursor.substr(bar + 1) : std::string_view{};
  auto statement = selection;
  std::vector<value> parameters{value{std::string_view{begin}}, value{std::string_view{end}},
                                value{std::string_view{after}}, value{after_id}};
  const auto add = [&](std::string_view before, std::int64_t x) {
    parameters.emplace_back(x);
    statement += std::string{before} + "$" + std::to_string(parameters.size());
  };
  if (range.model_id != 0) add(" and model_id = ", range.model_id);
  if (range.provider_id != 0) add(" and provider_id = ", range.provider_id);
  add(" order by timestamp_request, request_id limit ", limit);
  // Of two who price the same row at once, the second one must see what the first one wrote.
  if (!dry_run && dialect_ == dialect::postgres) statement += " for update";
  return in_transaction(session_, dry_run ? intent::read : intent::write, [&]() -> result<rerate_batch> {
    const auto found = session_.run(statement, parameters);
    if (!found) return found.error();
    rerate_batch done;
    done.seen = found->size();
    for (const auto& cells : found->cells) {
      const auto row = read_request(cells);
      const auto cost = price(row);
      if (cost.amount == row.cost && cost.price_id == row.price_id && cost.rate_id == row.rate_id &&
          cost.price_versions == row.price_versions)
        continue;
      ++done.changed;
      if (dry_run) continue;
      const auto at = core::to_sql(row.at);
      const auto written = session_.run(
          "update log_entry set cost_nano = $1, price_id = $2, rate_id = $5, price_versions = $6 where"
          " timestamp_request = $3 and request_id = $4",
          {value{cost.amount}, cost.price_id == 0 ? value{} : value{cost.price_id}, value{std::string_view{at}},
           value{std::string_view{row.request_id}}, cost.rate_id == 0 ? value{} : value{cost.rate_id},
           cost.price_versions.empty() ? value{} : value{std::string_view{cost.price_versions}}});
      if (!written) return written.error();
    }
    if (found->size() == static_cast<std::size_t>(limit)) {
      const auto last = read_request(found->cells.back());
      done.next = core::to_sql(last.at) + "|" + last.request_id;
    }
    return done;
  });
}

} // namespace logos::storage::sql

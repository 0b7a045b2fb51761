// SPDX-License-Identifier: MIT
#include "actors/administration/book_schemas.hpp"

#include "actors/administration/book_rows.hpp"

#include <type_traits>
#include <utility>

namespace logos::administration {
namespace {

/// What a name alone does not tell.
constexpr std::pair<std::string_view, std::string_view> meanings[] = {
    {"cost", "A decimal number."},
    {"held", "What was held under budgets before it went out; a decimal number."},
    {"currency", "That the cost is in."},
    {"price_id", "The latest of the prices that made the cost."},
    {"rate_id", "The latest of the rates of exchange that did."},
    {"price_versions",
     "All prices that made the cost, as id@version, such as 12@1 13@2: /admin/v1/prices/12?version=1. Behind *, the "
     "rate of exchange that was applied, likewise. Null: no price did."},
    {"error", "The gateway's name of what went wrong."},
    {"usage_source", "none, provider (it has counted), estimated, or partial (the answer broke off)."},
    {"result", "success, error, timeout, client_gone or partial."},
    {"decision", "How the place was found; see x-logos-decision."},
    {"queue_us", "Microseconds in queues; of a report all together."},
    {"load_us", "Microseconds that it waited for its model to be loaded."},
    {"estimate_samples",
     "How many requests of these models, providers and days were estimated to compare that with what their providers "
     "have counted: one in 32, whoever made them. Null: none, or none that is yours to know."},
    {"estimate_error",
     "By what share the estimates of these samples were too high, or too low (below 0): (estimated - counted) / "
     "counted, of all their tokens together. What is estimated or partial here is likely to be off by as much. Null: "
     "nothing is known, nothing is estimated, or who asks sees only their own requests."},
    {"estimate_deviation",
     "The same without sign, request by request: the sum of |estimated - counted| / the sum of what was counted."},
    {"prompt_estimate_error", "estimate_error of prompts alone."},
    {"completion_estimate_error", "estimate_error of answers alone."},
    {"estimated_prompt_tokens", "What was estimated to be compared with the provider's count. Null: not compared."},
    {"estimated_completion_tokens", "Likewise, of the answer."},
    {"requests", "How many there are."},
    {"errors", "How many of them did not end well."},
};

/// Collects the schema of an object. Its members are those of `members`; the types are told by a sample.
class schema_row {
public:
  template <class T>
  schema_row& add(std::string_view name, const T& sample) {
    if constexpr (std::is_same_v<T, std::string>) return put(name, R"("type":"string")");
    std::string json;
    write_value(json, sample);
    if constexpr (std::is_same_v<T, core::wall_time>)
      return put(name, R"("type":["string","null"],"format":"date-time")");
    if (json == "null") return put(name, R"("type":["string","null"],"format":"date-time")");
    if (json == "true" || json == "false") return put(name, R"("type":"boolean")");
    return put(name, json.starts_with('"') ? R"("type":"string")" : R"("type":"integer")");
  }
  /// Any JSON; a number when the sample is one.
  schema_row& raw(std::string_view name, std::string_view sample) {
    if (sample.empty()) return put(name, R"("type":["object","array","string","null"],"items":{})");
    return put(name, sample.find('.') == sample.npos ? R"("type":["integer","null"])" : R"("type":["number","null"])");
  }
  schema_row& text(std::string_view name, const std::string& /*sample*/) {
    return put(name, R"("type":["string","null"])");
  }
  schema_row& id(std::string_view name, std::int64_t /*sample*/) { return put(name, R"("type":["integer","null"])"); }
  schema_row& object(std::string_view name, const std::string& schema) {
    return put(name, std::string_view{schema}.substr(1, schema.size() - 2));
  }
  std::string finish(std::string_view about) const {
    return R"({"type":"object","description":")" + std::string{about} + R"(","properties":{)" + properties_ + "}}";
  }

private:
  schema_row& put(std::string_view name, std::string_view schema) {
    properties_.append(properties_.empty() ? "\"" : ",\"").append(name).append("\":{").append(schema);
    for (const auto& [known, meaning] : meanings)
      if (known == name) properties_.append(R"(,"description":)").append(core::json_string(meaning));
    properties_ += '}';
    return *this;
  }
  std::string properties_;
};

void add_usage(schema_row& m, const storage::token_counts& u, const std::string& /*own*/) {
  schema_row counts;
  describe_usage(counts, u);
  counts.object("own", R"({"type":"object","additionalProperties":{"type":"integer"},)"
                       R"("description":"Counts of the operator's own token types, by their names; left out where )"
                       R"(there are none."})");
  m.object("usage", counts.finish("What was counted."));
}
void end_row(schema_row& /*m*/, const std::string& /*own*/) {}

/// One whose numbers are all known.
storage::request_row sample_request() {
  storage::request_row row;
  row.priority_when_scheduled = 1;
  row.queue_depth_at_arrival = row.queue_depth_at_schedule = 1;
  row.utilization_at_arrival = 0.5;
  row.estimated_prompt_tokens = 1;
  return row;
}

std::string request_schema() {
  schema_row m;
  const auto sample = sample_request();
  describe_request(m, sample, {});
  describe_details(m, sample);
  return m.finish("A request as it is on the books. From load_us on: only where it is asked for by its id; texts and "
                  "headers at log level FULL only.");
}

std::string usage_schema() {
  std::vector<storage::usage_group> groups;
  storage::usage_row sample;
  for (std::size_t i = 0; i < group_names.size(); ++i) {
    groups.push_back(static_cast<storage::usage_group>(i));
    sample.keys.emplace_back("1");
  }
  schema_row m;
  sample.estimates = {1, 1, 1, 1, 1, 1, 1};
  describe_usage_row(m, sample, groups, count_names{}, {}, true);
  return R"({"type":"object","properties":{"data":{"type":"array","items":)" +
         m.finish("Of what group_by names, and of nothing else of it: its id and name, or its value.") +
         R"(},"more":{"type":"boolean","description":"Whether `limit` has cut it."}}})";
}

} // namespace

std::string book_schemas() { return R"(,"Request":)" + request_schema() + R"(,"UsageReport":)" + usage_schema(); }

} // namespace logos::administration

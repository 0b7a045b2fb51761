// SPDX-License-Identifier: MIT
#include "actors/transfer/upstream.hpp"

#include "actors/administration/fields.hpp"
#include "actors/transfer/distinct_names.hpp"
#include "actors/transfer/model_groups.hpp"
#include "actors/transfer/past.hpp"
#include "actors/transfer/providers.hpp"
#include "actors/transfer/tables.hpp"
#include "actors/transfer/upstream_prices.hpp"
#include "core/name_text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace logos::transfer {
namespace {

using core::ec;
using core::failure;
using json = simdjson::dom::element;
using administration::largest_count;
using administration::largest_limit;
using administration::largest_threshold;

core::privacy_level read_privacy(row_reader& row, std::string_view column) {
  const auto word = row.text(column);
  if (word.empty()) return core::privacy_level::local;
  const auto level = core::parse_privacy_level(word);
  if (!level)
    row.refuse(column, "expected LOCAL, CLOUD_IN_EU_BY_EU_PROVIDER, CLOUD_IN_EU_BY_US_PROVIDER or "
                       "CLOUD_NOT_IN_EU_BY_US_PROVIDER, found " +
                           core::json_string(word) + ".");
  return level.value_or(core::privacy_level::cloud_not_in_eu_by_us_provider);
}

class reading {
public:
  reading(json tables, const core::secret_key& secret, const storage::catalog_data& there, std::string currency)
      : tables_{tables},
        secret_{secret},
        currency_{std::move(currency)},
        owners_{tables, there, secret},
        groups_{tables, there},
        types_{there, cargo_} {}

  storage::result<cargo> run() {
    using step = failure (reading::*)();
    constexpr std::array<step, 11> steps{&reading::users,       &reading::services,    &reading::processes,
                                         &reading::profiles,    &reading::models,      &reading::providers,
                                         &reading::deployments, &reading::permissions, &reading::policies,
                                         &reading::prices,      &reading::past};
    for (const auto next : steps)
      if (auto bad = (this->*next)(); bad.code != ec::none) return bad;
    for (const auto& bad : {check_members(tables_, cargo_.notes), check_values()})
      if (bad.code != ec::none) return bad;
    return std::move(cargo_);
  }

private:
  /// What the API would refuse, our own import would refuse, too.
  failure check_values() {
    failure bad;
    all_kinds::each([&]<class Entity>() {
      for (const auto& [entity, where] : cargo_.of<Entity>()) {
        bad = administration::check_fields(entity);
        if (bad.code == ec::none) continue;
        bad.message = where + (bad.param.empty() ? "" : ", field " + bad.param) + ": " + bad.message;
        return false;
      }
      return true;
    });
    return bad;
  }

  /// A number that upstream takes, within what we do.
  std::int64_t within(row_reader& row, std::string_view column, std::int64_t least, std::int64_t most) {
    const auto said = row.number(column);
    const auto taken = std::clamp(said, least, most);
    if (taken != said)
      cargo_.notes.push_back(row.where() + ", field " + std::string{column} + ": " + std::to_string(said) +
                             " is taken as " + std::to_string(taken) + ", the nearest that there is here.");
    return taken;
  }

  void note(std::string sentence) {
    if (!sentence.empty()) cargo_.notes.push_back(std::move(sentence));
  }

  /// Of each row what upstream's root is told by: this column, where we go by the other.
  std::vector<named_row> named_users() const {
    auto rows = named_rows(tables_, "users", "username");
    const auto names = named_rows(tables_, "users", "name");
    auto root = rows.size();
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (names[i].name == "root" && (root == rows.size() || rows[i].id < rows[root].id)) root = i;
    for (auto& row : rows)
      if (core::folded_name(row.name) == "root") row.name += dashed(row.id);
    owners_.recognise_users(rows);
    if (root < rows.size()) rows[root].name = rows[root].here = "root";
    return rows;
  }

  failure users() {
    const auto rows = named_users();
    const auto names = distinct_names(rows, dashed);
    std::size_t n = 0;
    return each_row(tables_, "users", [&, this](row_reader& row) {
      auto& u = cargo_.add<storage::user>(row.where(), row.needed_id("id"));
      const auto called = row.needed_text("username");
      u.username = names[n];
      u.prename = row.text("prename");
      u.name = row.text("name");
      if (u.name == "root") {
        u.role = core::role::root;
        note(row.where() + ": upstream's root; its keys may do everything here, too.");
      }
      if (u.username != "root" && core::folded_name(called) == "root")
        note(row.where() + ": the name " + core::json_string(called) + " is the gateway's own; this user became " +
             core::json_string(u.username) + ".");
      note(renamed(row.where(), "user", rows[n], names[n]));
      ++n;
    });
  }

  failure services() {
    auto rows = named_rows(tables_, "services", "name");
    owners_.recognise_services(rows);
    const auto names = distinct_names(rows, dashed);
    std::size_t n = 0;
    return each_row(tables_, "services", [&, this](row_reader& row) {
      auto& s = cargo_.add<storage::service>(row.where(), row.needed_id("id"));
      s.name = row.needed_text("name").empty() ? std::string{} : names[n];
      note(renamed(row.where(), "service", rows[n], names[n]));
      ++n;
    });
  }

  failure processes() {
    return each_row(tables_, "process", [this](row_reader& row) {
      auto& p = cargo_.add<storage::process>(row.where(), row.needed_id("id"));
      p.name = row.needed_text("name");
      const auto key = row.needed_text("logos_key");
      p.hash = secret_.hash(key);
      p.key_prefix = core::shown_prefix(key);
      p.user_id = row.number("user_id");
      p.service_id = row.number("service_id");
      p.settings = row.json("settings");
      if (!p.settings.empty() && p.settings.front() != '{') row.refuse("settings", "expected an object.");
      const auto log = row.text("log");
      const auto level = core::parse_log_level(log.empty() ? "BILLING" : log);
      if (!level) row.refuse("log", "expected BILLING or FULL.");
      p.log = level.value_or(core::log_level::billing);
    });
  }

  failure profiles() {
    const auto rows = named_rows(tables_, "profiles", "name", "process_id");
    const auto names = distinct_names(rows, in_parentheses);
    std::size_t n = 0;
    return each_row(tables_, "profiles", [&, this](row_reader& row) {
      const auto at = n++;
      const auto process = row.number("process_id");
      const auto id = row.needed_id("id");
      if (process == 0) {
        ownerless_.insert(id);
        note(row.where() + ": left out, it belongs to no process.");
        return;
      }
      auto& p = cargo_.add<storage::profile>(row.where(), id);
      p.process_id = process;
      p.name = row.needed_text("name").empty() ? std::string{} : names[at];
      note(renamed(row.where(), "profile of its process", rows[at], names[at]));
    });
  }

  failure models() {
    return each_row(tables_, "models", [this](row_reader& row) {
      const auto id = row.needed_id("id");
      const auto called = row.needed_text("name");
      if (!privacy_.emplace(id, read_privacy(row, "weight_privacy")).second)
        return row.refuse("id", "another row has it, too.");
      if (groups_.is_merged(id)) return note(groups_.left_out(row.where(), id));
      auto& m = cargo_.add<storage::model>(row.where(), id);
      m.name = called.empty() ? called : groups_.name(id);
      m.weight_privacy = privacy_.at(id);
      m.weight_latency = row.number("weight_latency");
      m.weight_accuracy = row.number("weight_accuracy");
      m.weight_cost = row.number("weight_cost");
      m.weight_quality = row.number("weight_quality");
      m.tags = row.text("tags");
      // Upstream reads it nowhere, so its default was never meant as a limit.
      if (row.has("parallel") && row.number("parallel") > 1) m.parallel = within(row, "parallel", 0, largest_limit);
      m.description = row.text("description");
    });
  }

  /// Upstream knows the privacy of models only: a provider is as little private as the least private model at it.
  std::map<std::int64_t, core::privacy_level> privacy_of_providers() const {
    std::map<std::int64_t, core::privacy_level> out;
    simdjson::dom::array rows;
    if (tables_["model_provider"].get(rows) != simdjson::SUCCESS) return out;
    for (const auto each : rows) {
      row_reader row{each, {}};
      const auto model = privacy_.find(row.number("model_id"));
      if (model == privacy_.end()) continue;
      const auto [at, fresh] = out.emplace(row.number("provider_id"), model->second);
      if (!fresh) at->second = std::max(at->second, model->second);
    }
    return out;
  }

  failure providers() {
    const auto privacy = privacy_of_providers();
    const auto rows = named_rows(tables_, "providers", "name");
    const auto names = distinct_names(rows, dashed);
    std::size_t n = 0;
    return each_row(tables_, "providers", [&, this](row_reader& row) {
      storage::provider p;
      const auto id = row.needed_id("id");
      p.name = row.needed_text("name").empty() ? std::string{} : names[n];
      note(renamed(row.where(), "provider", rows[n], names[n]));
      ++n;
      p.base_url = row.needed_text("base_url");
      p.api_key = row.text("api_key");
      p.auth_name = row.text("auth_name");
      p.auth_format = row.text("auth_format");
      if (!p.auth_format.empty() && p.auth_format.find("{}") == p.auth_format.npos) p.auth_format.clear();
      p.ollama_admin_url = row.text("ollama_admin_url");
      p.total_vram_mb = within(row, "total_vram_mb", 0, largest_count);
      if (row.has("keep_alive_seconds")) p.keep_alive_seconds = read_keep_alive(row);
      p.max_loaded_models = within(row, "max_loaded_models", 0, largest_count);
      given known;
      known.type = read_upstream_type(row.text("provider_type"), p);
      if (const auto at = privacy.find(id); at != privacy.end()) {
        p.privacy = at->second;
        known.privacy = true;
      }
      // Upstream's default of 1 says nothing about a cloud.
      p.parallel_capacity = within(row, "parallel_capacity", 0, largest_limit);
      known.parallel = p.parallel_capacity > 1 || (p.parallel_capacity == 1 && p.type == core::provider_type::ollama);
      if (const auto bad = complete(p, known); bad.code != ec::none) row.refuse(bad.param, bad.message);
      providers_.emplace(id, p);
      cargo_.add<storage::provider>(row.where(), id) = p;
      cargo_.of<storage::provider>().back().entity.id = id;
    });
  }

  /// Below 0 means for ever, to Ollama as to upstream.
  std::int64_t read_keep_alive(row_reader& row) {
    constexpr std::int64_t longest = 365 * 24 * 3600; // what is kept in force
    const auto said = row.number("keep_alive_seconds");
    if (said >= 0) return within(row, "keep_alive_seconds", 0, largest_count);
    cargo_.notes.push_back(row.where() + ", field keep_alive_seconds: " + std::to_string(said) +
                           ", for ever, is taken as " + std::to_string(longest) + ", a year.");
    return longest;
  }

  failure deployments() {
    constexpr auto left_out = static_cast<std::size_t>(-1);
    using pair = std::pair<std::int64_t, std::int64_t>;
    std::map<pair, std::size_t> at;    // as upstream has them
    std::map<pair, std::string> taken; // as they are here: where they stand
    auto bad = each_row(tables_, "model_provider", [&, this](row_reader& row) {
      const auto model = row.needed_id("model_id");
      const auto provider = row.needed_id("provider_id");
      if (!at.emplace(pair{model, provider}, cargo_.of<storage::deployment>().size()).second) return;
      links_.emplace_back(model, provider);
      const auto [same, fresh] = taken.emplace(pair{groups_.kept(model), provider}, row.where());
      if (!fresh) {
        at[{model, provider}] = left_out;
        return note(row.where() + ": left out, with its key and endpoint: " + core::json_string(groups_.name(model)) +
                    " has a deployment at this provider by " + same->second + ".");
      }
      auto& d = cargo_.add<storage::deployment>(row.where(), row.number("id"));
      d.model_id = groups_.kept(model);
      d.provider_id = provider;
      d.upstream_name = groups_.other_name(model);
    });
    if (bad.code != ec::none) return bad;
    return each_row(tables_, "model_api_keys", [&, this](row_reader& row) {
      const auto found = at.find({row.needed_id("model_id"), row.needed_id("provider_id")});
      if (found == at.end()) return note(row.where() + ": left out, its model is not linked to its provider.");
      if (found->second == left_out) return;
      auto& d = cargo_.of<storage::deployment>()[found->second].entity;
      const auto provider = providers_.find(d.provider_id);
      if (provider == providers_.end()) return row.refuse("provider_id", "the file has no such provider.");
      d.api_key = row.text("api_key");
      if (d.api_key == provider->second.api_key) d.api_key.clear();
      read_upstream_endpoint(row.text("endpoint"), provider->second, d);
    });
  }

  failure permissions() {
    std::set<std::pair<std::int64_t, std::int64_t>> taken;
    auto bad = each_row(tables_, "profile_model_permissions", [&, this](row_reader& row) {
      const auto profile = row.number("profile_id");
      const auto model = row.needed_id("model_id");
      if (profile == 0 || ownerless_.contains(profile)) return;
      allowed_.emplace_back(profile, model);
      if (!taken.emplace(profile, groups_.kept(model)).second) return;
      auto& p = cargo_.add<storage::permission>(row.where(), row.number("id"));
      p.profile_id = profile;
      p.model_id = groups_.kept(model);
    });
    if (bad.code == ec::none) groups_.settle(cargo_, {privacy_, links_, allowed_});
    return bad;
  }

  failure policies() {
    const auto rows = named_rows(tables_, "policies", "name", "entity_id");
    const auto names = distinct_names(rows, in_parentheses);
    std::size_t n = 0;
    return each_row(tables_, "policies", [&, this](row_reader& row) {
      auto& p = cargo_.add<storage::policy>(row.where(), row.needed_id("id"));
      p.process_id = row.needed_id("entity_id");
      p.name = row.needed_text("name").empty() ? std::string{} : names[n];
      note(renamed(row.where(), "policy of its process", rows[n], names[n]));
      ++n;
      p.description = row.text("description");
      p.threshold_privacy = read_privacy(row, "threshold_privacy");
      const auto threshold = [&](std::string_view column) {
        return within(row, column, -largest_threshold, largest_threshold);
      };
      p.threshold_latency = threshold("threshold_latency");
      p.threshold_accuracy = threshold("threshold_accuracy");
      p.threshold_cost = threshold("threshold_cost");
      p.threshold_quality = threshold("threshold_quality");
      p.priority = within(row, "priority", 0, 10);
      p.topic = row.text("topic");
    });
  }

  failure prices() { return read_prices(tables_, types_, currency_, cargo_); }

  failure past() {
    auto bad = read_past(tables_, types_, cargo_);
    for (auto& request : cargo_.requests)
      request.row.ids.model_id = groups_.kept(request.row.ids.model_id);
    return bad;
  }

  json tables_;
  const core::secret_key& secret_;
  std::string currency_;
  cargo cargo_;
  std::set<std::int64_t> ownerless_;                    // profiles
  std::map<std::int64_t, core::privacy_level> privacy_; // of models
  std::map<std::int64_t, storage::provider> providers_;
  key_owners owners_;
  model_groups groups_;
  upstream_types types_;
  std::vector<std::pair<std::int64_t, std::int64_t>> links_;   // models and providers
  std::vector<std::pair<std::int64_t, std::int64_t>> allowed_; // profiles and models
};

} // namespace

storage::result<cargo> read_upstream(json tables, const core::secret_key& secret, const storage::catalog_data& there,
                                     const std::string& currency) {
  return reading{tables, secret, there, currency}.run();
}

} // namespace logos::transfer

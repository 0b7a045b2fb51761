// SPDX-License-Identifier: MIT
#include "actors/alerting/message.hpp"

#include "core/error.hpp"
#include "core/secret.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <new>

namespace logos::alerting {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds first_pause = 2s, longest_pause = 1h, patience = 24h;

std::string quoted_time(core::wall_time t) { return "\"" + core::to_iso8601(t) + "\""; }

/// Without the spread.
std::chrono::milliseconds plain_pause(std::int64_t attempts) {
  auto pause = first_pause;
  for (std::int64_t i = 1; i < attempts && pause < longest_pause; ++i)
    pause *= 2;
  return std::min(pause, longest_pause);
}

} // namespace

std::string body_of(const storage::due_alert& alert) {
  const bool test = alert.threshold_percent == 0;
  const bool endless = alert.period == core::budget_period::total;
  std::string out = R"({"type":")";
  const auto add = [&out](std::string_view name, const std::string& json) {
    out.append(",\"").append(name).append("\":").append(json);
  };
  const auto word = [](std::string_view text) { return "\"" + std::string{text} + "\""; };
  out.append(test ? "budget.test" : "budget.threshold").append("\"");
  add("id", core::json_string(alert.alert_id));
  add("occurred_at", quoted_time(alert.at));
  add("budget_id", std::to_string(alert.budget_id));
  add("name", core::json_string(alert.name));
  add("scope", word(core::to_string(alert.scope)));
  add("scope_id", std::to_string(alert.scope_id));
  add("hard", alert.hard ? "true" : "false");
  add("period", word(core::to_string(alert.period)));
  add("period_start", endless ? "null" : quoted_time(core::start_of(alert.period, alert.period_start)));
  add("period_end", endless ? "null" : quoted_time(core::end_of(alert.period, alert.period_start)));
  add("threshold_percent", test ? "null" : std::to_string(alert.threshold_percent));
  add("amount_nano", std::to_string(alert.amount));
  add("spent_nano", std::to_string(alert.spent));
  add("currency", core::json_string(alert.currency));
  return out + "}";
}

std::string signature_of(std::string_view secret, std::chrono::sys_seconds t, std::string_view body) {
  const auto moment = std::to_string(t.time_since_epoch().count());
  const auto text = moment + "." + std::string{body};
  core::key_hash mac{};
  unsigned length = mac.size();
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &length) == nullptr)
    throw std::bad_alloc{};
  return "t=" + moment + ",v1=" + core::to_hex(mac);
}

std::optional<std::chrono::milliseconds> pause_after(std::int64_t attempts, double chance) {
  std::chrono::milliseconds waited{0};
  for (std::int64_t i = 1; i <= attempts; ++i)
    if (waited += plain_pause(i); waited > patience) return std::nullopt;
  const auto pause = plain_pause(attempts);
  const auto spread = static_cast<std::int64_t>(static_cast<double>(pause.count()) * chance / 2);
  return pause * 3 / 4 + std::chrono::milliseconds{spread};
}

} // namespace logos::alerting

// SPDX-License-Identifier: MIT
#include "actors/recording/lessons.hpp"

#include "storage/store.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace logos::recording {
namespace {

std::int64_t stored(std::uint64_t x) { return static_cast<std::int64_t>(std::min<std::uint64_t>(x, INT64_MAX)); }
std::uint64_t counted(std::int64_t x) { return static_cast<std::uint64_t>(std::max<std::int64_t>(x, 0)); }

} // namespace

std::vector<storage::deployment_experience> to_rows(const actors::provider_experience& learned) {
  std::vector<storage::deployment_experience> rows;
  for (const auto& x : learned.deployments)
    if (x.deployment_id > 0)
      rows.push_back({x.deployment_id, x.load_us, stored(x.bytes), stored(x.vram_bytes), x.first_token_us,
                      x.prompt_token_ns, x.answer_token_ns, x.service_us, x.error_permille, stored(x.calls)});
  return rows;
}

actors::provider_experience from_rows(std::int64_t provider_id,
                                      const std::vector<storage::deployment_experience>& rows) {
  actors::provider_experience out{provider_id, {}};
  for (const auto& r : rows)
    out.deployments.push_back({r.deployment_id, r.load_us, counted(r.memory_bytes), counted(r.vram_bytes),
                               r.first_token_us, r.prompt_token_ns, r.answer_token_ns,
                               static_cast<std::uint32_t>(std::clamp<std::int64_t>(r.error_permille, 0, 1'000)),
                               counted(r.calls), r.service_us});
  return out;
}

actors::store_job recalling(std::int64_t provider_id, std::function<void(actors::provider_experience)> tell) {
  return {[provider_id, tell = std::move(tell)](storage::store& in) -> std::shared_ptr<void> {
    const auto rows = in.load_experience(provider_id);
    if (!rows)
      spdlog::warn("what was learned of provider {} is not known, and is learned anew: {}", provider_id,
                   rows.error().message);
    else if (!rows->empty())
      tell(from_rows(provider_id, *rows));
    return nullptr;
  }};
}

} // namespace logos::recording

// SPDX-License-Identifier: MIT
#include "actors/classification/statistics.hpp"

#include "core/error.hpp"

#include <algorithm>

namespace logos::classification {
namespace {

constexpr std::size_t name_bytes = 256;

/// Whole characters of UTF-8.
std::string_view cut(std::string_view name) {
  if (name.size() <= name_bytes) return name;
  auto end = name_bytes;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0U) == 0x80U)
    --end;
  return name.substr(0, end);
}

} // namespace

std::string describe(const account& of, std::size_t shown) {
  const auto n = std::min(shown, of.order.size());
  std::string out;
  out.reserve(512 + n * 192);
  out.append(R"({"candidate_count":)").append(std::to_string(of.order.size())).append(R"(,"candidates":[)");
  for (std::size_t i = 0; i < n; ++i) {
    const auto& r = of.order[i];
    const auto& where = of.models[r.index];
    const auto* d = of.snapshot.find_deployment(where.deployments.front());
    out.append(i == 0 ? R"({"model_id":)" : R"(,{"model_id":)").append(std::to_string(r.model_id));
    out.append(R"(,"model":")");
    core::append_json_escaped(out, cut(where.model->name));
    out.append(R"(","provider":")");
    core::append_json_escaped(out, cut(d->provider->name));
    out.append(R"(","score":)");
    append_decimal(out, r.score);
    out.append(R"(,"contributions":)");
    append_json(out, r.given);
    out += '}';
  }
  out += ']';
  if (of.unread) out.append(R"(,"unread":"the request has no body that is a JSON object")");
  out.append(R"(,"balance":)");
  append_json(out, of.weights);
  if (!of.policy.empty()) out.append(R"(,"policy":)").append(core::json_string(cut(of.policy)));
  return out;
}

std::string_view advantage(std::span<const ranked> order) {
  if (order.size() < 2) return {};
  std::string_view out;
  double most = 0;
  for (std::size_t p = 0; p < parts; ++p)
    if (const auto ahead = order[0].given.of[p] - order[1].given.of[p]; ahead > most) {
      most = ahead;
      out = to_string(static_cast<part>(p));
    }
  return out;
}

} // namespace logos::classification

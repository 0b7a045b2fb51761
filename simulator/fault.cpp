// SPDX-License-Identifier: MIT
#include "simulator/fault.hpp"

#include <array>
#include <charconv>

namespace logos::simulator {
namespace {

core::failure unreadable(std::string why) { return {.code = core::ec::bad_field, .message = std::move(why)}; }

constexpr std::array<std::string_view, 14> names{
    "status", "hang",    "hang_after_chunks", "cut_before_head",   "cut_mid_stream",  "malformed_sse", "no_done",
    "slow",   "garbage", "no_usage",          "usage_every_chunk", "error_in_stream", "reset",         "refuse"};
static_assert(names.size() == static_cast<std::size_t>(fault_kind::last_) + 1);

} // namespace

std::string_view to_string(fault_kind kind) { return names[static_cast<std::size_t>(kind)]; }

std::optional<fault_kind> parse_fault_kind(std::string_view text) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == text) return static_cast<fault_kind>(i);
  return std::nullopt;
}

boost::system::result<fault, core::failure> parse_fault(std::string_view text) {
  const auto dash = text.rfind('-');
  const auto kind = parse_fault_kind(text.substr(0, dash));
  if (!kind) {
    std::string known;
    for (const auto name : names)
      known.append(known.empty() ? "" : ", ").append(name);
    return unreadable("unknown fault '" + std::string{text} + "'; there are: " + known);
  }
  fault f;
  f.kind = *kind;
  if (dash == std::string_view::npos) return f;
  const auto digits = text.substr(dash + 1);
  unsigned number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size())
    return unreadable("'" + std::string{digits} + "' in the fault '" + std::string{text} + "' is not a number");
  if (f.kind == fault_kind::status) {
    if (number < 200 || number > 599)
      return unreadable("the status " + std::string{digits} + " is not between 200 and 599");
    f.code = number;
  } else if (f.kind == fault_kind::slow || f.kind == fault_kind::refuse) {
    f.delay = std::chrono::milliseconds{number};
  } else {
    f.after_chunks = number;
  }
  return f;
}

std::pair<std::string_view, std::optional<fault>> split_fault(std::string_view model) {
  const auto at = model.rfind('@');
  if (at == std::string_view::npos) return {model, std::nullopt};
  auto parsed = parse_fault(model.substr(at + 1));
  if (!parsed || parsed->kind == fault_kind::refuse) return {model, std::nullopt};
  return {model.substr(0, at), std::move(*parsed)};
}

void fault_table::clear(std::string_view model) {
  std::erase_if(faults_, [&](const fault& f) { return model.empty() || f.model == model; });
}

std::optional<fault> fault_table::take(std::string_view model, std::string_view path) {
  for (auto it = faults_.begin(); it != faults_.end(); ++it) {
    if (it->kind == fault_kind::refuse || (!it->model.empty() && it->model != model)) continue;
    if (it->path.empty() && model.empty()) continue;
    if (!it->path.empty() && path.find(it->path) == std::string_view::npos) continue;
    if (it->skip > 0) {
      --it->skip;
      continue;
    }
    const auto hit = *it;
    if (it->count > 0 && --it->count == 0) faults_.erase(it);
    return hit;
  }
  return std::nullopt;
}

std::optional<fault> fault_table::take_refusal() {
  for (auto it = faults_.begin(); it != faults_.end(); ++it) {
    if (it->kind != fault_kind::refuse) continue;
    auto f = std::move(*it);
    faults_.erase(it);
    return f;
  }
  return std::nullopt;
}

} // namespace logos::simulator

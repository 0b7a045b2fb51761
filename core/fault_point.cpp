// SPDX-License-Identifier: MIT
#include "core/fault_point.hpp"

#include <algorithm>
#include <charconv>

#ifdef LOGOS_FAULT_POINTS
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#endif

namespace logos::core {

std::optional<fault_order> parse_fault_order(std::string_view text) {
  fault_order out;
  const auto colon = std::min(text.find(':'), text.size());
  const auto at = std::find(fault_points.begin(), fault_points.end(), text.substr(0, colon));
  if (at == fault_points.end()) return std::nullopt;
  out.point = static_cast<std::size_t>(at - fault_points.begin());
  if (colon == text.size()) return out;
  const auto number = text.substr(colon + 1);
  const auto read = std::from_chars(number.data(), number.data() + number.size(), out.pass);
  if (read.ec != std::errc{} || read.ptr != number.data() + number.size() || out.pass == 0) return std::nullopt;
  return out;
}

#ifdef LOGOS_FAULT_POINTS
namespace {

std::optional<fault_order> read_order() {
  const char* const text = std::getenv(fault_variable.data());
  if (text == nullptr) return std::nullopt;
  const auto order = parse_fault_order(text);
  if (order) return order;
  std::fprintf(stderr, "logos: %s=%s: there is no such fault point. `logos version --fault-points` lists them.\n",
               fault_variable.data(), text);
  std::_Exit(2);
}

} // namespace

void fault_point(fault_name at) noexcept {
  static const auto order = read_order();
  if (!order || order->point != at.index()) return;
  static std::atomic<unsigned long> passed{0};
  if (++passed == order->pass) std::raise(SIGKILL);
}
#endif

} // namespace logos::core

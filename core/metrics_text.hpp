// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace logos::core {

/// A label of a sample: name and value.
using metric_label = std::pair<std::string_view, std::string_view>;
using metric_labels = std::initializer_list<metric_label>;

/// Writes metrics in Prometheus' text format 0.0.4. Samples of one family may be added in any order and from several
/// places: they come out together, the families in the order of their first sample. One thread.
class metrics_text {
public:
  /// A sum that only grows; by convention the name ends in `_total`.
  void counter(std::string_view name, std::string_view help, std::uint64_t value, metric_labels labels = {});
  /// The same in seconds, from microseconds.
  void counter_seconds(std::string_view name, std::string_view help, std::uint64_t microseconds,
                       metric_labels labels = {});
  void gauge(std::string_view name, std::string_view help, std::int64_t value, metric_labels labels = {});
  /// `counts[i]`: observations of at most `bounds_us[i]` and more than the bound before; one more for those above all
  /// bounds. Shown in seconds.
  void histogram_seconds(std::string_view name, std::string_view help, std::span<const std::uint64_t> bounds_us,
                         std::span<const std::uint64_t> counts, std::uint64_t sum_us, metric_labels labels = {});

  /// The whole text. Nothing may be added afterwards.
  std::string finish();

  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

private:
  struct family {
    std::string name;
    std::string head;
    std::string samples;
  };
  std::string& samples_of(std::string_view name, std::string_view help, std::string_view type);

  std::vector<family> families_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
};

} // namespace logos::core

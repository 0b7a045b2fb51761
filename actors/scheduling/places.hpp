// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace logos::scheduling {

/// A deployment's row in the tables of one SCHEDULER: small, dense, never reused.
using lane = std::uint32_t;

/// How many places a provider has and how many are taken, per deployment and altogether. What is taken counts also when
/// the limits shrink below it: nothing is free then until enough has ended. One thread.
class places {
public:
  static constexpr std::uint32_t unlimited = UINT32_MAX;

  /// Deployments that have a limit of their own, and what it is.
  using own_limits = std::vector<std::pair<std::int64_t, std::uint32_t>>;

  /// In flight per deployment that has no limit of its own, and over all of them; 0 means no limit.
  void limit(std::uint32_t per_lane, std::uint32_t overall, const own_limits& own = {});
  /// What its server takes, or may be thought to, of each deployment and altogether, where the operator sets no limit;
  /// 0: nothing is known.
  void suppose(std::uint32_t per_lane, std::uint32_t overall);
  /// The operator says how many of this lane may be in flight.
  bool is_said(lane l) const { return per_lane_ != unlimited || lanes_[l].own; }
  /// The operator says how many may be altogether, and the server has no fewer.
  bool overall_is_said() const { return said_overall_ != unlimited && overall_ == said_overall_; }

  /// The lane of a deployment; the first question makes it.
  lane lane_of(std::int64_t deployment_id);
  std::int64_t deployment_of(lane l) const { return lanes_[l].deployment_id; }
  std::size_t lanes() const { return lanes_.size(); }

  /// Places that may be taken now, or `unlimited`.
  std::uint32_t room(lane l) const;
  bool has_room(lane l) const { return overall_ > taken_ && lanes_[l].limit > lanes_[l].taken; }
  bool full() const { return overall_ <= taken_; }
  std::uint32_t limit_of(lane l) const { return lanes_[l].limit; }
  std::uint32_t limit() const { return overall_; }

  /// Only the tables of permits and slices call these: what they list and what is taken is the same.
  void take(lane l, std::uint32_t n = 1);
  void put_back(lane l, std::uint32_t n = 1);

  std::uint32_t taken(lane l) const { return lanes_[l].taken; }
  std::uint32_t taken() const { return taken_; }

private:
  struct row {
    std::int64_t deployment_id;
    std::uint32_t taken;
    std::uint32_t limit;
    bool own;
  };
  row limited(row r) const;
  void apply();

  std::vector<row> lanes_;
  std::unordered_map<std::int64_t, lane> index_;
  std::unordered_map<std::int64_t, std::uint32_t> own_;
  std::uint32_t per_lane_ = unlimited;
  std::uint32_t said_overall_ = unlimited;
  std::uint32_t supposed_per_lane_ = unlimited;
  std::uint32_t supposed_overall_ = unlimited;
  std::uint32_t overall_ = unlimited; // what of these counts
  std::uint32_t taken_ = 0;
};

} // namespace logos::scheduling

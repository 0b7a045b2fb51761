// SPDX-License-Identifier: MIT
#include "actors/administration/store_line.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace logos::administration {
namespace {

constexpr double longest_pause_s = 60;
constexpr double weight_of_newest = 0.25;

std::int64_t key_of(const store_turn& turn) { return turn.caller->who == nullptr ? 0 : turn.caller->who->process_id; }

} // namespace

core::failure store_line::check(std::int64_t key) const {
  const auto own = waiting_.find(key);
  if (most_.of_key != 0 && own != waiting_.end() && own->second.size() >= most_.of_key)
    return {core::ec::queue_full,
            std::to_string(own->second.size()) +
                " reports of this key wait already, and more are not taken. Ask again when one of them is answered.",
            "", seconds_for(order_.size())};
  const bool first = own == waiting_.end();
  if (first ? most_.keys != 0 && waiting_.size() >= most_.keys : most_.in_all != 0 && count_ >= most_.in_all)
    return {core::ec::queue_full,
            std::to_string(count_) + " reports wait already, and more are not taken. Ask again a little later.", "",
            seconds_for(first ? 1 : order_.size())};
  return {};
}

void store_line::add(store_turn turn) {
  const auto key = key_of(turn);
  auto& own = waiting_[key];
  if (own.empty()) order_.push_back(key);
  own.push_back(std::move(turn));
  ++count_;
}

std::optional<store_turn> store_line::begin() {
  if (busy_ || order_.empty()) return std::nullopt;
  const auto key = order_.front();
  order_.pop_front();
  const auto own = waiting_.find(key);
  auto turn = std::move(own->second.front());
  own->second.pop_front();
  if (own->second.empty())
    waiting_.erase(own);
  else
    order_.push_back(key);
  --count_;
  busy_ = true;
  return turn;
}

void store_line::end(core::steady_time::duration took) {
  busy_ = false;
  usual_ += weight_of_newest * (std::chrono::duration<double>(took) - usual_);
}

std::vector<store_turn> store_line::take_late(core::steady_time now) {
  std::vector<store_turn> late;
  for (auto& [key, own] : waiting_)
    while (!own.empty() && own.front().until <= now) {
      late.push_back(std::move(own.front()));
      own.pop_front();
    }
  if (!late.empty()) tidy();
  return late;
}

void store_line::forget(const core::uuid& request) {
  for (auto& [key, own] : waiting_)
    if (std::erase_if(own, [&](const store_turn& t) { return t.caller->exchange->id() == request; }) != 0)
      return tidy();
}

std::optional<core::steady_time> store_line::first_end() const {
  std::optional<core::steady_time> first;
  for (const auto& [key, own] : waiting_)
    if (!first || own.front().until < *first) first = own.front().until;
  return first;
}

std::uint32_t store_line::seconds_for(std::size_t turns) const {
  return static_cast<std::uint32_t>(
      std::clamp(std::ceil(usual_.count() * static_cast<double>(turns)), 1.0, longest_pause_s));
}

void store_line::tidy() {
  count_ = 0;
  std::erase_if(waiting_, [](const auto& own) { return own.second.empty(); });
  std::erase_if(order_, [this](std::int64_t key) { return !waiting_.contains(key); });
  for (const auto& [key, own] : waiting_)
    count_ += own.size();
}

} // namespace logos::administration

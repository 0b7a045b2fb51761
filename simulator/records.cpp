// SPDX-License-Identifier: MIT
#include "simulator/records.hpp"

#include <algorithm>

namespace logos::simulator {
namespace {

void count_begin(request_counters& c) {
  ++c.started;
  c.max_in_flight = std::max(c.max_in_flight, ++c.in_flight);
}

void count_end(request_counters& c, ending how) {
  if (c.in_flight > 0) --c.in_flight;
  ++(how == ending::finished ? c.finished : how == ending::aborted ? c.aborted : c.broken);
}

} // namespace

std::uint64_t records::begin(std::string_view model, std::string_view path, core::steady_time now) {
  auto found = models_.find(model);
  if (found == models_.end()) found = models_.emplace(model, request_counters{}).first;
  count_begin(found->second);
  count_begin(total_);
  if (last_.size() == kept) last_.pop_front();
  auto& r = last_.emplace_back();
  r.id = next_++;
  r.model = model;
  r.path = path;
  r.started_us = to_us(now);
  return r.id;
}

request_record& records::at(std::uint64_t id) {
  if (last_.empty() || id < last_.front().id || id > last_.back().id) {
    scratch_ = {};
    return scratch_;
  }
  return last_[id - last_.front().id];
}

void records::end(std::uint64_t id, std::string_view model, ending how, core::steady_time now) {
  auto& r = at(id);
  if (r.end != ending::open) return;
  r.end = how;
  (how == ending::aborted ? r.aborted_us : r.ended_us) = to_us(now);
  if (!r.user.empty() && bills_.size() < kept_bills) bills_.push_back(r);
  if (const auto found = models_.find(model); found != models_.end()) count_end(found->second, how);
  count_end(total_, how);
}

void records::count_poll(std::string_view path) {
  const auto found = polls_.find(path);
  if (found != polls_.end())
    ++found->second;
  else
    polls_.emplace(path, 1);
}

void records::reset() {
  const auto clear = [](request_counters& c) {
    c = {.started = c.in_flight, .in_flight = c.in_flight, .max_in_flight = c.in_flight};
  };
  for (auto& [model, counters] : models_)
    clear(counters);
  clear(total_);
  polls_.clear();
  bills_.clear();
  // Ids stay in one run without gaps, so that a record is found by its distance from the first.
  const auto open = std::find_if(last_.begin(), last_.end(), [](const auto& r) { return r.end == ending::open; });
  last_.erase(last_.begin(), open);
}

std::int64_t to_us(core::steady_time t) {
  return std::chrono::duration_cast<std::chrono::microseconds>(t.time_since_epoch()).count();
}

std::string_view to_string(ending e) {
  switch (e) {
  case ending::open: return "open";
  case ending::finished: return "finished";
  case ending::aborted: return "aborted";
  case ending::broken: return "broken";
  }
  return "?";
}

} // namespace logos::simulator

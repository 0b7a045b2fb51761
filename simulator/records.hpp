// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace logos::simulator {

/// How a request ended.
enum class ending : std::uint8_t { open, finished, aborted, broken };

/// One request to a model. Times are microseconds of the monotonic clock, 0 if it did not come to that.
struct request_record {
  std::uint64_t id = 0;
  std::string model{};
  std::string path{};
  std::string user{};
  bool stream = false;
  ending end = ending::open;
  unsigned status = 0; // 0: no head was sent
  unsigned prompt_tokens = 0;
  unsigned tokens_sent = 0;
  bool usage_reported = false; // the counts were written where the answer has them
  std::string_view fault{};
  std::int64_t started_us = 0, served_us = 0, first_byte_us = 0, ended_us = 0, aborted_us = 0;
};

/// Counters of one model. `in_flight` counts requests received and not ended, waiting ones included.
struct request_counters {
  std::uint64_t started = 0, finished = 0, aborted = 0, broken = 0;
  unsigned in_flight = 0, max_in_flight = 0;
};

/// What was asked of a provider. One thread.
class records {
public:
  static constexpr std::size_t kept = 1000;

  std::uint64_t begin(std::string_view model, std::string_view path, core::steady_time now);
  /// The record, while it is among the last `kept`; else a scratch one.
  request_record& at(std::uint64_t id);
  /// Ends a request once; later calls change nothing. A request ends before its last bytes leave.
  void end(std::uint64_t id, std::string_view model, ending how, core::steady_time now);
  /// An answer that took no model's time, such as a list of models.
  void count_poll(std::string_view path);
  /// Forgets everything but the requests in flight.
  void reset();

  const std::map<std::string, request_counters, std::less<>>& models() const { return models_; }
  const std::map<std::string, std::uint64_t, std::less<>>& polls() const { return polls_; }
  const request_counters& total() const { return total_; }
  const std::deque<request_record>& last() const { return last_; }
  /// Those that named a user and are over, in the order of their ends; the first `kept_bills` of them.
  const std::vector<request_record>& bills() const { return bills_; }

private:
  std::uint64_t next_ = 1;
  static constexpr std::size_t kept_bills = 100'000;
  std::deque<request_record> last_;
  std::vector<request_record> bills_;
  std::map<std::string, request_counters, std::less<>> models_;
  std::map<std::string, std::uint64_t, std::less<>> polls_;
  request_counters total_;
  request_record scratch_;
};

std::int64_t to_us(core::steady_time t);
std::string_view to_string(ending e);

} // namespace logos::simulator

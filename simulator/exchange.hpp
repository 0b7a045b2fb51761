// SPDX-License-Identifier: MIT
#pragma once
#include "simulator/desk.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace logos::simulator {

/// The client's side of one connection, as an exchange needs it.
class line {
public:
  line() = default;
  line(const line&) = delete;
  line& operator=(const line&) = delete;
  /// Writes `bytes`, which must live until `exchange::sent` is called.
  virtual void send(std::string_view bytes) = 0;
  /// The answer is complete.
  virtual void finish(bool keep_alive) = 0;
  /// Closes the connection, or resets it, with whatever was under way.
  virtual void close(bool reset) = 0;
  /// Keeps the connection, and the exchange in it, alive.
  virtual std::shared_ptr<void> hold() = 0;

protected:
  ~line() = default;
};

/// Answers the requests of one connection, one after the other: waits for the model, writes its tokens in their time,
/// and carries out faults. One thread.
class exchange {
public:
  exchange(boost::asio::io_context& io, desk& d, line& l) : desk_{d}, line_{l}, timer_{io} {}

  struct http_facts {
    bool chunks = true; // the client speaks HTTP/1.1
    bool keep_alive = true;
    bool head_only = false;
  };
  /// Begins with a request, which is not needed after the call. Only while not active.
  void begin(const request& r, http_facts h);
  /// What was given to `line::send` has been written.
  void sent();
  /// The client has gone, or the connection is broken.
  void lost();
  bool active() const { return stage_ != stage::idle; }

  /// Called by the desk: the place in its queue, and that the model is free.
  void hold(residency::ticket t) { ticket_ = t; }
  void served();

private:
  enum class stage : std::uint8_t { idle, delayed, hanging, queued, serving, last_bytes, bytes_before_close };

  void send_ready(const ready_answer& a);
  void append_head(unsigned status, std::string_view content_type, std::optional<std::size_t> length);
  void append_chunk(std::string_view text);
  void send(stage next = stage::serving);
  void enter();
  void go_on();
  void send_whole();
  void send_step();
  void send_end();
  bool within_quota(moment now);
  bool strike_before_head();
  bool strike_in_stream();
  bool strike_whole(std::string& body);
  void drop(bool reset);
  void end(ending how);
  bool wait_until(core::steady_time when);
  timing durations() const;
  core::steady_time due(std::size_t tokens) const;
  const model_spec& model() const { return desk_.where().spec.models[job_.model]; }

  desk& desk_;
  line& line_;
  boost::asio::steady_timer timer_;
  std::uint64_t wait_ = 0; // which wait of the timer is meant
  stage stage_ = stage::idle;
  http_facts http_{};
  job job_{};
  std::string path_{};
  std::optional<fault> fault_{};
  bool struck_ = false; // the fault has done what it does
  bool head_sent_ = false;
  std::uint64_t record_ = 0; // 0: not a model's request
  residency::ticket ticket_ = 0;
  std::size_t index_ = 0;
  core::steady_time started_{}, served_{}, first_at_{};
  std::string out_{}, text_{};
  std::string rates_{}; // what the head says of quotas
};

} // namespace logos::simulator

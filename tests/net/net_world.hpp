// SPDX-License-Identifier: MIT
#pragma once
#include "net/call.hpp"
#include "net/server.hpp"
#include "raw_peer.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace logos::net::test {

/// Words that one thread says and another waits for.
class journal {
public:
  void say(std::string word);
  /// Waits until `word` has been said `times` times.
  bool hears(const std::string& word, std::size_t times = 1);
  bool heard(const std::string& word);
  std::vector<std::string> words();

private:
  std::mutex mutex_;
  std::condition_variable said_;
  std::vector<std::string> words_;
};

/// Writes down what a call's observer hears, and what to do then.
class recorder final : public call_observer {
public:
  explicit recorder(journal& log) : log_{log} {}
  bool head(int status, std::span<const header_view> headers) override;
  void first_byte() override;
  judgement judge(std::string_view so_far, content_kind kind, bool whole) override {
    return verdict ? verdict(so_far, kind, whole) : judgement::relay;
  }
  void stored(std::string_view object_id) override { log_.say("stored " + std::string{object_id}); }
  void coming(const call_outcome& so_far, core::wall_time) override {
    came.push_back(so_far.events);
    if (on_coming) on_coming();
  }
  void refused(std::string_view body) override {
    refusal = body;
    log_.say("refused");
  }
  void ending(const call_outcome& outcome) override;
  void ended(const call_outcome& outcome) override;

  bool accepts = true;                                                      // what `head` answers
  std::function<void()> on_first_byte{};                                    //
  std::function<void()> on_coming{};                                        //
  std::function<judgement(std::string_view, content_kind, bool)> verdict{}; // of an answer that is held back
  std::function<void(const call_outcome&)> then{};                          // at `ended`
  std::vector<std::uint32_t> came{}; // events, whenever it was told how far the answer had come
  std::string refusal;               // what came with a 429, if it was told
  /// After `ended` was heard.
  const call_outcome& outcome() const { return outcome_; }
  std::optional<call_outcome> at_ending;

private:
  journal& log_;
  call_outcome outcome_;
};

/// A server whose handler does what the test says, a scripted provider, and what they said.
class net_world {
public:
  using behaviour = std::function<void(const exchange_ptr&)>;

  explicit net_world(behaviour on_request = {}, http_settings http = {}, server_settings base = {});
  ~net_world();

  raw_peer client(int receive_buffer = 0) { return raw_peer::connect(port(), receive_buffer); }
  std::uint16_t port() const { return server_->port(); }
  net::server& server() { return *server_; }
  const io_counters& counters() { return server_->threads()[0]->counters(); }
  /// Runs `f` on the I/O thread and waits for it.
  void on_io(const std::function<void()>& f);

  /// A call to the scripted provider that repeats the client's request.
  upstream_call call_for(const exchange& x) const;
  /// A behaviour: relays to the scripted provider, fails the exchange if nothing was answered.
  void relay(const exchange_ptr& x);

  raw_listener provider;
  journal log;
  call_limits limits;
  std::function<void(upstream_call&)> adjust{}; // of every relayed call
  std::shared_ptr<recorder> observer;           // of the latest relayed call
  behaviour on_request;                         // runs on the I/O thread; default: relay
  std::function<std::optional<core::failure>(const request_view&)> refuse_head{}; // on the I/O thread; default: nothing
  std::function<void(exchange&)> let_in{}; // with the head of what is not refused, on the I/O thread
  std::string start_error;

private:
  std::unique_ptr<net::server> server_;
};

/// `GET target` with what HTTP/1.1 needs.
std::string get(const std::string& target, const std::string& more_headers = {});
std::string post(const std::string& target, const std::string& body, const std::string& more_headers = {});
/// A 200 with Content-Length.
std::string ok(const std::string& body, const std::string& content_type = "application/json");
/// The status of an answer, 0 if it is none.
int status_of(const std::string& answer);
std::string body_of(const std::string& answer);
/// The value of a header, by lower-case name.
std::string header_of(const std::string& answer, const std::string& name);
/// `data` as one chunk.
std::string chunk(const std::string& data);
/// What chunked framing carries.
std::string unchunked(std::string_view framed);

} // namespace logos::net::test

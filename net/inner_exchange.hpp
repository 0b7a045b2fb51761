// SPDX-License-Identifier: MIT
#pragma once
#include "net/collected_answer.hpp"
#include "net/exchange.hpp"
#include "net/io_thread.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace logos::net {

class collecting_call;

/// A request that the gateway makes itself, for a process.
struct inner_request {
  core::uuid id;
  std::int64_t process_id = 0;
  std::string client_address; // of who asked for it
  std::string text;           // as HTTP/1.1 has it: request line, headers, blank line, body; no framing is read
};

/// Who waits for the answer.
struct collector {
  std::size_t most_bytes = 32U << 20; // a longer answer fails
  /// A provider's answer is whole, and the books do not say so yet. I/O thread; may be empty.
  std::function<void(const collected_answer&)> keep;
  /// Called exactly once, on any thread.
  std::function<void(collected_answer)> done;
};

/// The exchange of such a request: there is no client, and the answer is collected instead of being relayed.
class inner_exchange final : public exchange {
public:
  inner_exchange(io_thread& io, inner_request request, collector to);
  ~inner_exchange() override;

  /// Brings it to the thread's handler. I/O thread.
  void begin();
  /// Ends it as if its client had left, and answers with `why`; nothing if it was answered already. I/O thread.
  void end(const core::failure& why);

  void reply(answer a) override;
  void fail(const core::failure& f, std::string_view headers = {}) override;
  void relay(upstream_call call, std::shared_ptr<call_observer> observer) override;
  void cancel(const core::failure& why) override;
  bool gone() const override { return gone_; }
  bool answering() const override { return false; }
  std::unique_ptr<connection_memo>& memo() override { return memo_; }

  /// Nobody but its owner has a reference: the request was lost.
  bool forgotten() const { return use_count() == 1 && !answered_; }

  // For the call that runs.

  io_thread& io() { return *io_; }
  std::size_t most_bytes() const { return to_.most_bytes; }
  void relay_ended();
  void keep(const collected_answer& a) {
    if (to_.keep) to_.keep(a);
  }
  void deliver(collected_answer a);

private:
  void read(std::string text);

  io_thread_ptr io_;
  collector to_;
  std::string text_;
  std::vector<header_view> headers_;
  boost::intrusive_ptr<collecting_call> relay_;
  std::unique_ptr<connection_memo> memo_;
  bool gone_ = false;
  bool answered_ = false;
};

using inner_exchange_ptr = boost::intrusive_ptr<inner_exchange>;

} // namespace logos::net

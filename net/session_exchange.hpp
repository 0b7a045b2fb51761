// SPDX-License-Identifier: MIT
#pragma once
#include "core/recycled.hpp"
#include "net/call.hpp"
#include "net/exchange.hpp"
#include "net/io_thread.hpp"
#include "net/message_head.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace logos::net {

class relayed_call;
class session;

/// The exchange of a client's session: owns the request's bytes.
class session_exchange final : public exchange, public core::recycled<session_exchange> {
public:
  session_exchange(io_thread& io, session& client, std::string_view client_address);
  ~session_exchange() override;

  void reply(answer a) override;
  void relay(upstream_call call, std::shared_ptr<call_observer> observer) override;
  void reassure(std::string_view comment, std::string_view headers) override;
  bool reassured() const override { return reassured_; }
  void cancel(const core::failure& why) override;
  bool gone() const override { return gone_; }
  bool answering() const override { return answering_; }
  std::unique_ptr<connection_memo>& memo() override;

  // While the request comes in.

  /// Copies a request's head, which `parsed` views.
  void take_head(std::string_view bytes, const request_head& parsed);
  void append_body(std::string_view bytes);
  std::size_t body_size() const { return body_size_; }
  /// The request is whole: from now on it is constant.
  void complete();

  // While it is answered. I/O thread.

  session* client() { return client_; }
  io_thread& io() { return *io_; }
  std::string_view origin() const { return origin_; }
  bool head_request() const { return request_.method == "HEAD"; }
  bool answered() const { return answered_; }
  void mark_answering() { answering_ = answered_ = true; }
  /// The running relay has ended. Its owner calls this before it tells the observer.
  void relay_ended();
  /// The client took everything that waited for it.
  void client_drained();
  /// The session is closing. Tells the relay or the handler, unless the answer was complete.
  void client_left(bool complete);
  /// The answer is complete; the session goes on without this exchange.
  void release_client() { client_ = nullptr; }
  /// The server ends the request: a running relay is cancelled with `why`; where none runs the client is answered with
  /// it and the handler hears that the request is over. No relay begins afterwards.
  void end(const core::failure& why);
  /// No one but the session has a reference: the request was lost.
  bool forgotten() const { return use_count() == 1 && !answered_; }

private:
  struct free_memory {
    void operator()(char* p) const { std::free(p); }
  };
  using memory = std::unique_ptr<char, free_memory>;
  static constexpr std::size_t padding = 64; // simdjson reads past the end

  void grow_body(std::size_t at_least);
  void fail_within_stream(const answer& a);

  io_thread_ptr io_;
  session* client_;
  boost::intrusive_ptr<relayed_call> relay_;
  memory head_; // header views, head bytes and, when its length is known and small, the body
  memory body_; // a longer body
  char* body_at_ = nullptr;
  std::size_t body_size_ = 0;
  std::size_t body_capacity_ = 0;
  std::uint64_t body_expected_ = 0;
  std::string_view origin_;
  bool gone_ = false;
  bool answering_ = false;
  bool answered_ = false;
  bool reassured_ = false;
  core::ec ended_ = core::ec::none;          // why the server ended the request
  std::unique_ptr<connection_memo> no_memo_; // for an exchange without a client
};

} // namespace logos::net

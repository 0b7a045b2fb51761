// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "core/time.hpp"
#include "core/uuid.hpp"
#include "net/header_view.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace logos::net {

struct upstream_call;
class call_observer;

/// A complete request. All views point into memory that the exchange owns and keeps until it is destroyed.
struct request_view {
  std::string_view method;
  std::string_view target; // as sent, origin-form
  std::string_view path;   // target up to '?', not decoded
  std::string_view query;  // after '?', may be empty
  unsigned version = 11;   // 10 or 11
  std::span<const header_view> headers;
  std::string_view body; // contiguous; at least 64 readable bytes follow it (simdjson's padding)

  /// The first header of that name (any case), empty if there is none.
  std::string_view find(std::string_view name) const;
};

/// A whole answer made by the gateway itself.
struct answer {
  int status = 200;
  std::string_view content_type = "application/json"; // static storage
  std::string headers{};                              // further lines, each ended by CRLF
  std::string body{};
};

/// What the actors keep with an exchange. Destroyed with it.
class attachment {
public:
  virtual ~attachment() = default;
};

/// What the actors remember about a client connection between its requests (the key it used last). Same thread.
class connection_memo {
public:
  virtual ~connection_memo() = default;
};

/// One request of one client connection, from its last byte to the last byte of its answer. Lives on one I/O thread;
/// a reference may be held anywhere. Exactly one terminal call is answered: `reply`, `fail`, or a `relay` that has sent
/// its head; later ones are ignored. If the last reference goes without one, the client gets `ec::internal`.
class exchange : public boost::intrusive_ref_counter<exchange, boost::thread_safe_counter> {
public:
  virtual ~exchange() = default;

  // Any thread, constant after the request is complete.
  const request_view& request() const { return request_; }
  const core::uuid& id() const { return id_; }
  core::wall_time received() const { return received_; }
  core::steady_time received_steady() const { return received_steady_; }
  std::string_view client_address() const { return client_address_; }
  /// The process for which the gateway makes this request itself; 0: a client has sent it, with a key.
  std::int64_t made_for() const { return made_for_; }

  /// Sends a whole answer; `x-request-id` is added here. Any thread (posts to the I/O thread when it is another).
  virtual void reply(answer a) = 0;
  /// `reply` with the error's status and OpenAI-shaped body. `headers`: further lines, each ended by CRLF. Any thread.
  virtual void fail(const core::failure& f, std::string_view headers = {});

  /// Carries the request to a provider and its answer back. I/O thread only. The observer learns how it went; when it
  /// fails before a byte of the answer was sent, the exchange is still unanswered, and may be relayed again or failed.
  virtual void relay(upstream_call call, std::shared_ptr<call_observer> observer) = 0;
  /// Shows a client that waits for an event stream that it is not forgotten: the first time the answer begins, with
  /// status 200 and `headers` (lines, each ended by CRLF); each time `comment` goes out as a comment of the stream. It
  /// may still be relayed or failed, which is then told within the stream. Nothing when an answer is on its way, or
  /// while the client does not keep up. I/O thread only.
  virtual void reassure(std::string_view comment, std::string_view headers) {
    static_cast<void>(comment);
    static_cast<void>(headers);
  }
  /// `reassure` has begun the answer. I/O thread only.
  virtual bool reassured() const { return false; }
  /// Ends a running relay (its observer hears `ended` with `why`); nothing if none runs. I/O thread only.
  virtual void cancel(const core::failure& why) = 0;

  /// The client is no longer there. I/O thread only.
  virtual bool gone() const = 0;
  /// A byte of the answer has been handed to the socket. I/O thread only.
  virtual bool answering() const = 0;
  /// Room of the actors for this connection; may be empty. I/O thread only.
  virtual std::unique_ptr<connection_memo>& memo() = 0;

  std::unique_ptr<attachment> attached; // I/O thread only

protected:
  request_view request_;
  core::uuid id_;
  core::wall_time received_{};
  core::steady_time received_steady_{};
  std::string client_address_;
  std::int64_t made_for_ = 0;
};

using exchange_ptr = boost::intrusive_ptr<exchange>;

/// Where the sessions of one I/O thread bring their requests. Called on that thread only.
class request_handler {
public:
  virtual ~request_handler() = default;
  /// A complete request. The handler answers it, now or later.
  virtual void handle(exchange_ptr x) = 0;
  /// Asked when the head of a request with a body is there and the body is not: before `100 Continue` is sent and
  /// before the body is read. `x` has no body, id or time yet. A failure is the answer, after which the connection ends
  /// and `handle` is not called. Nothing: the body is taken.
  virtual std::optional<core::failure> refuse_head(exchange& x) {
    static_cast<void>(x);
    return std::nullopt;
  }
  /// The client left before its answer began or while no relay ran (a running relay's observer hears it instead), or
  /// the server has answered the request itself, because it stops; `x.gone()` tells which.
  virtual void gone(exchange& x) = 0;
};

} // namespace logos::net

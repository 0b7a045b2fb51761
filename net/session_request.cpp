// SPDX-License-Identifier: MIT
// The part of a session that takes requests in and formats answers.
#include "net/answer_text.hpp"
#include "net/body_gate.hpp"
#include "net/client_address.hpp"
#include "net/header_policy.hpp"
#include "net/io_thread.hpp"
#include "net/refusal.hpp"
#include "net/session.hpp"
#include "net/session_exchange.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace logos::net {
namespace {

constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

iovec part(std::string_view text) { return {const_cast<char*>(text.data()), text.size()}; }

} // namespace

void session::consume(std::string_view bytes) {
  std::string held;
  if (!backlog_.empty()) {
    held = std::exchange(backlog_, {});
    held += bytes;
    bytes = held;
  }
  consuming_ = true;
  while (!bytes.empty() && !closed_ && (phase_ == phase::head || phase_ == phase::body)) {
    const std::size_t taken = phase_ == phase::head ? take_head(bytes) : take_body(bytes);
    if (taken == 0) break;
    bytes.remove_prefix(taken);
  }
  consuming_ = false;
  if (closed_ || phase_ == phase::lingering) return;
  if (held.size() == bytes.size())
    backlog_ = std::move(held);
  else
    backlog_ = bytes;
  if (phase_ == phase::head && idle_ && backlog_.empty() && io_.draining()) close();
}

std::size_t session::take_head(std::string_view bytes) {
  if (idle_) {
    // An empty line before a request is allowed.
    if (bytes[0] == '\n') return refuse({core::ec::bad_request, "The request does not begin with a method."}), 0;
    if (bytes.starts_with("\r\n")) return 2;
    if (bytes == "\r") return 0;
    if (auto f = refuse_early(bytes); f.code != core::ec::none) return refuse(f), 0;
    idle_ = false;
    io_.set_deadline(*this, io_.settings().header_time);
  }
  const auto& limits = io_.settings();
  const auto found = scanner_.scan(bytes.substr(0, limits.header_bytes + 1));
  if (found == head_scanner::state::bare_lf)
    return refuse({core::ec::bad_request, "A line of the request's head does not end with CR LF."}), 0;
  if (found == head_scanner::state::folded)
    return refuse({core::ec::bad_request, "A header is folded over several lines."}), 0;
  if (found == head_scanner::state::more) {
    if (bytes.size() > limits.target_bytes + 32 && bytes.find('\n') == bytes.npos)
      return refuse({core::ec::uri_too_long,
                     "The request target is longer than " + std::to_string(limits.target_bytes) + " bytes."}),
             0;
    if (bytes.size() > limits.header_bytes)
      return refuse({core::ec::header_too_large,
                     "The request's headers are longer than " + std::to_string(limits.header_bytes) + " bytes."}),
             0;
    if (auto f = refuse_early(bytes); f.code != core::ec::none) return refuse(f), 0;
    return 0;
  }
  const std::size_t size = scanner_.length();
  auto& head = io_.parsed_request();
  if (auto f = parse_request_head(bytes.substr(0, size), limits.target_bytes, head); f.code != core::ec::none)
    return refuse(f), 0;
  if (head.content_length.value_or(0) > limits.body_bytes)
    return refuse({core::ec::body_too_large,
                   "The request's body is longer than " + std::to_string(limits.body_bytes) + " bytes."}),
           0;
  if (of_proxy_)
    current_.reset(
        new session_exchange{io_, *this, client_behind(client_address_, head.headers, limits.trusted_proxies)});
  else
    current_.reset(new session_exchange{io_, *this, client_address_});
  current_->take_head(bytes.substr(0, size), head);
  keep_alive_ = head.keep_alive;
  body_chunked_ = head.chunked;
  body_left_ = head.content_length.value_or(0);
  phase_ = phase::body;
  gate_ = nullptr;
  if (!body_chunked_ && body_left_ == 0) {
    if (head.preflight && !head.origin.empty() && head.method == "OPTIONS" && !limits.cors.empty()) {
      current_->complete();
      phase_ = phase::running;
      answer_preflight(*current_);
    } else {
      dispatch();
    }
    return size;
  }
  if (!body_chunked_ && bytes.size() - size >= body_left_) return size; // it has come whole: `take_body` is next
  if (refuse_head()) return size;
  gate_ = dynamic_cast<body_gate*>(current_->attached.get());
  chunks_ = {};
  body_begun_ = io_.coarse_now();
  await_body();
  if (head.expects_continue && bytes.size() == size) {
    const iovec parts[]{part(go_on)};
    send(parts);
  }
  return size;
}

/// True: the handler does not want this request's body. The answer is on its way, and the connection ends after it.
bool session::refuse_head() {
  auto* const handler = io_.handler();
  if (!handler) return false;
  const auto why = handler->refuse_head(*current_);
  if (why) turn_away(*why);
  return why.has_value();
}

/// The answer to a request whose body, or the rest of it, is not taken.
void session::turn_away(const core::failure& why) {
  io_.counters().requests.add();
  const boost::intrusive_ptr<session_exchange> x = current_;
  x->complete();
  keep_alive_ = false;
  phase_ = phase::running;
  x->fail(why);
}

/// False: the gate refuses the body with these `bytes` more of it, and the client has been told.
bool session::pass_gate(std::size_t bytes) {
  if (!gate_) return true;
  const auto why = gate_->admit(current_->body_size() + bytes);
  if (why.code != core::ec::none) turn_away(why);
  return why.code == core::ec::none;
}

/// Content pushes the limit back, framing does not, and nothing pushes it beyond the limit for the whole body.
void session::await_body() {
  const auto& limits = io_.settings();
  const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(io_.coarse_now() - body_begun_);
  // Setting a limit anew gives it a tick more, so one that is over is not set again.
  const auto total = gate_ ? std::min(gate_->total(), limits.body_total) : limits.body_total;
  if (spent >= total) return on_deadline();
  io_.set_deadline(*this, std::min(limits.body_time, total - spent));
}

std::size_t session::take_body(std::string_view bytes) {
  if (!body_chunked_) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, bytes.size()));
    if (!pass_gate(n)) return n;
    current_->append_body(bytes.substr(0, n));
    body_left_ -= n;
    if (body_left_ == 0)
      dispatch();
    else
      await_body();
    return n;
  }
  // The bytes stand in this thread's read buffer or in this session's backlog: both are ours to move about in.
  const auto step = chunks_.decode({const_cast<char*>(bytes.data()), bytes.size()});
  if (!step.ok) return refuse({core::ec::bad_request, "The request's chunked body is not well-formed."}), 0;
  if (current_->body_size() + step.payload > io_.settings().body_bytes)
    return refuse({core::ec::body_too_large,
                   "The request's body is longer than " + std::to_string(io_.settings().body_bytes) + " bytes."}),
           0;
  if (!pass_gate(step.payload)) return step.taken;
  current_->append_body(bytes.substr(0, step.payload));
  if (chunks_.finished())
    dispatch();
  else if (step.payload != 0)
    await_body();
  return step.taken;
}

void session::dispatch() {
  io_.counters().requests.add();
  current_->complete();
  phase_ = phase::running;
  if (pending_.empty()) io_.set_deadline(*this, std::chrono::milliseconds{200});
  const boost::intrusive_ptr<session_exchange> x = current_;
  auto* const handler = io_.handler();
  if (!handler) return x->fail({core::ec::shutting_down, "This server takes no requests."});
  handler->handle(x);
}

void session::answer_preflight(const session_exchange& x) {
  answer a;
  a.status = 204;
  append_preflight_headers(a.headers, x.request().find("access-control-request-headers"));
  current_->mark_answering();
  send_answer(x, a);
}

void session::append_common_headers(std::string& out, const session_exchange& x, bool keep) const {
  char id[36];
  x.id().to_chars(id);
  append_header(out, "x-request-id", {id, sizeof id});
  append_cors_headers(out, io_.settings().cors, x.origin());
  if (!keep || !keep_alive_ || io_.draining())
    out += "connection: close\r\n";
  else if (x.request().version == 10)
    out += "connection: keep-alive\r\n";
}

void session::send_answer(const session_exchange& x, const answer& a) {
  auto& out = io_.head_text();
  out.clear();
  append_status_line(out, a.status);
  append_header(out, "date", io_.date());
  if (!bodiless(a.status)) {
    if (!a.content_type.empty()) append_header(out, "content-type", a.content_type);
    append_header(out, "content-length", a.body.size());
  }
  append_common_headers(out, x, true);
  out += a.headers;
  out += "\r\n";
  const bool with_body = !x.head_request() && !bodiless(a.status);
  const iovec parts[]{part(out), part(a.body)};
  const boost::intrusive_ptr<session> self{this};
  send(std::span{parts}.first(with_body ? 2 : 1));
  end_answer(true);
}

void session::send_stream(const session_exchange& x, std::string_view text, std::optional<std::string_view> headers,
                          bool last) {
  const bool chunked = x.request().version != 10; // to others the end of the connection is the end
  std::string out;
  if (headers) {
    append_status_line(out, 200);
    append_header(out, "date", io_.date());
    append_header(out, "content-type", "text/event-stream");
    append_header(out, "cache-control", "no-cache");
    if (chunked) append_header(out, "transfer-encoding", "chunked");
    append_common_headers(out, x, chunked);
    out.append(*headers).append("\r\n");
  }
  if (chunked) {
    char size[16];
    out.append(size, std::to_chars(size, size + sizeof size, text.size(), 16).ptr).append("\r\n");
    out.append(text).append("\r\n");
    if (last) out.append("0\r\n\r\n");
  } else {
    out.append(text);
  }
  const iovec parts[]{part(out)};
  send(parts);
}

void session::refuse(const core::failure& f) {
  io_.counters().requests_malformed.add();
  const auto [status, type, headers, body] = refusal(f, current_ ? current_->request().path : std::string_view{});
  auto& out = io_.head_text();
  out.clear();
  append_status_line(out, status);
  append_header(out, "date", io_.date());
  append_header(out, "content-type", type);
  append_header(out, "content-length", body.size());
  out += headers;
  append_header(out, "x-request-id", io_.new_id(io_.wall_now()).str());
  out += "connection: close\r\n\r\n";
  const iovec parts[]{part(out), part(body)};
  current_.reset();
  keep_alive_ = false;
  phase_ = phase::flushing;
  if (send(parts)) linger();
}

} // namespace logos::net

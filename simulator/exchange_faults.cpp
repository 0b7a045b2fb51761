// SPDX-License-Identifier: MIT
#include "simulator/exchange.hpp"

namespace logos::simulator {

/// Carries out a fault that strikes before the head; true if the request's way ends or pauses here.
bool exchange::strike_before_head() {
  if (!fault_) return false;
  switch (fault_->kind) {
  case fault_kind::status: {
    auto a = error_answer(desk_.where(), path_, fault_->code, "simulated fault");
    if (!fault_->body.empty()) {
      a.body = fault_->body;
      a.content_type = fault_->content_type;
    }
    a.headers = fault_->headers;
    if (fault_->retry_after_s) a.headers.emplace_back("retry-after", std::to_string(*fault_->retry_after_s));
    end(ending::broken);
    send_ready(a);
    return true;
  }
  case fault_kind::hang: stage_ = stage::hanging; return true;
  case fault_kind::cut_before_head: drop(false); return true;
  case fault_kind::garbage:
    out_.assign("\x16\x03\x01\x02 this is not HTTP\r\n\r\n");
    send(stage::bytes_before_close);
    return true;
  case fault_kind::reset:
    if (fault_->after_chunks > 0) return false;
    drop(true);
    return true;
  case fault_kind::slow:
    if (fault_->after_chunks > 0 || record_ == 0) return false;
    struck_ = true;
    stage_ = stage::delayed;
    if (!wait_until(desk::now().steady + fault_->delay)) enter();
    return true;
  default: return false;
  }
}

/// The same within a stream, before the token `index_`.
bool exchange::strike_in_stream() {
  if (!fault_ || struck_ || (index_ < fault_->after_chunks && index_ < job_.reply->steps())) return false;
  struck_ = true;
  const bool sse = job_.frames == framing::sse;
  out_.clear();
  switch (fault_->kind) {
  case fault_kind::hang_after_chunks: stage_ = stage::hanging; return true;
  case fault_kind::cut_mid_stream: drop(false); return true;
  case fault_kind::reset: drop(true); return true;
  case fault_kind::malformed_sse:
    append_chunk(sse ? "data: {\"choices\":[{\"delta\":{\"content\":\"broken\n\n" : "{\"message\":{\"content\":\n");
    send();
    return true;
  case fault_kind::error_in_stream:
    append_chunk(sse ? "data: {\"error\":{\"message\":\"simulated fault\",\"type\":\"server_error\",\"param\":null,"
                       "\"code\":null}}\n\n"
                     : "{\"error\":\"simulated fault\"}\n");
    if (http_.chunks) out_ += "0\r\n\r\n";
    end(ending::broken);
    send(stage::last_bytes);
    return true;
  case fault_kind::slow: first_at_ += fault_->delay; return wait_until(desk::now().steady + fault_->delay);
  default: return false;
  }
}

/// The same for an answer in one piece, whose text is `body`.
bool exchange::strike_whole(std::string& body) {
  if (!fault_ || struck_) return false;
  struck_ = true;
  out_.clear();
  switch (fault_->kind) {
  case fault_kind::slow: return wait_until(desk::now().steady + fault_->delay);
  case fault_kind::malformed_sse: body.resize(body.size() / 2); return false;
  case fault_kind::error_in_stream: {
    const auto a = error_answer(desk_.where(), path_, 500, "simulated fault");
    end(ending::broken);
    send_ready(a);
    return true;
  }
  case fault_kind::hang_after_chunks:
  case fault_kind::cut_mid_stream:
  case fault_kind::reset:
    append_head(200, job_.reply->content_type(), body.size());
    out_.append(body, 0, body.size() / 2);
    send(fault_->kind == fault_kind::hang_after_chunks ? stage::hanging : stage::bytes_before_close);
    return true;
  default: return false;
  }
}

} // namespace logos::simulator

// SPDX-License-Identifier: MIT
#include "simulator/exchange.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace logos::simulator {
namespace {

std::string_view reason(unsigned status) {
  switch (status) {
  case 200: return "OK";
  case 201: return "Created";
  case 400: return "Bad Request";
  case 401: return "Unauthorized";
  case 404: return "Not Found";
  case 405: return "Method Not Allowed";
  case 429: return "Too Many Requests";
  case 500: return "Internal Server Error";
  case 503: return "Service Unavailable";
  default: return "Status";
  }
}

} // namespace

void exchange::begin(const request& r, http_facts h) {
  http_ = h;
  struck_ = head_sent_ = false;
  index_ = 0;
  record_ = 0;
  ticket_ = 0;
  fault_.reset();
  rates_.clear();
  path_ = r.path();
  const auto now = desk::now();
  started_ = served_ = first_at_ = now.steady;
  auto& p = desk_.where();
  auto what = route(p, r, now);
  if (const auto* ready = std::get_if<ready_answer>(&what)) {
    job_ = {};
    if (path_.compare(0, 9, "/control/") == 0) {
      send_ready(*ready);
      desk_.refuse_if_told();
      return;
    }
    if (ready->status == 200) p.log.count_poll(path_);
    // A request to unload changes what is loaded.
    desk_.pump();
    fault_ = p.faults.take({}, path_);
    if (!strike_before_head()) send_ready(*ready);
    return;
  }
  job_ = std::move(std::get<job>(what));
  fault_ = job_.asked_fault ? job_.asked_fault : p.faults.take(model().name, path_);
  record_ = p.log.begin(model().name, path_, now.steady);
  auto& record = p.log.at(record_);
  record.stream = job_.stream;
  record.prompt_tokens = job_.usage.prompt;
  record.user = job_.user;
  if (fault_) {
    record.fault = to_string(fault_->kind);
    job_.reply->flaws = {.no_usage = fault_->kind == fault_kind::no_usage,
                         .usage_every_chunk = fault_->kind == fault_kind::usage_every_chunk,
                         .no_done = fault_->kind == fault_kind::no_done};
  }
  if (!within_quota(now)) {
    end(ending::broken);
    return send_ready(
        error_answer(p, path_, 429, "Rate limit reached for " + model().name + ". Please try again later."));
  }
  if (!strike_before_head()) enter();
}

bool exchange::within_quota(moment now) {
  auto& p = desk_.where();
  if (p.limits.empty()) return true;
  auto& q = p.limits[job_.model];
  const double tokens = job_.usage.prompt + job_.usage.completion;
  const auto running = p.log.models().find(model().name)->second.in_flight - 1;
  const bool taken = q.take(tokens, running, now.steady);
  for (const auto& [name, value] : q.tell(tokens, !taken, now.steady, now.wall))
    rates_.append("\r\n").append(name).append(": ").append(value);
  return taken;
}

void exchange::enter() {
  stage_ = stage::queued;
  if (desk_.enter(*this, job_)) return;
  end(ending::broken);
  send_ready(
      error_answer(desk_.where(), path_, 503, "server busy, please try again.  maximum pending requests exceeded"));
}

void exchange::served() {
  stage_ = stage::serving;
  auto& p = desk_.where();
  served_ = desk::now().steady;
  first_at_ = served_ + p.span(job_.usage.prompt, model().prefill_tokens_per_s);
  p.log.at(record_).served_us = to_us(served_);
  go_on();
}

void exchange::sent() {
  if (stage_ == stage::last_bytes) {
    stage_ = stage::idle;
    line_.finish(http_.keep_alive);
  } else if (stage_ == stage::bytes_before_close) {
    drop(fault_ && fault_->kind == fault_kind::reset);
  } else if (stage_ == stage::serving) {
    go_on();
  }
}

void exchange::lost() {
  if (stage_ == stage::idle) return;
  stage_ = stage::idle;
  end(ending::aborted);
}

void exchange::go_on() {
  if (!job_.stream) {
    if (!wait_until(due(job_.usage.completion))) send_whole();
    return;
  }
  if (!head_sent_) {
    if (wait_until(first_at_)) return;
    out_.clear();
    append_head(200, job_.frames == framing::sse ? "text/event-stream; charset=utf-8" : "application/x-ndjson", {});
    text_.clear();
    job_.reply->open(text_);
    append_chunk(text_);
    send();
    return;
  }
  if (strike_in_stream()) return;
  if (index_ < job_.reply->steps())
    send_step();
  else
    send_end();
}

void exchange::send_step() {
  if (wait_until(due(index_))) return;
  out_.clear();
  // A step may have nothing to say (Ollama tells a tool call once it is complete); an empty chunk would end the body.
  while (out_.empty() && index_ < job_.reply->steps()) {
    text_.clear();
    job_.reply->step(text_, index_++);
    append_chunk(text_);
  }
  auto& record = desk_.where().log.at(record_);
  record.tokens_sent = static_cast<unsigned>(index_);
  record.usage_reported = job_.reply->flaws.usage_every_chunk;
  send();
}

void exchange::send_end() {
  if (wait_until(due(index_))) return;
  out_.clear();
  text_.clear();
  job_.reply->close(text_, durations());
  append_chunk(text_);
  desk_.where().log.at(record_).usage_reported = job_.reports_usage && !job_.reply->flaws.no_usage;
  if (http_.chunks) out_ += "0\r\n\r\n";
  end(ending::finished);
  send(stage::last_bytes);
}

void exchange::send_whole() {
  text_.clear();
  job_.reply->whole(text_, durations());
  desk_.where().log.at(record_).tokens_sent = job_.usage.completion;
  const auto length = text_.size();
  if (strike_whole(text_)) return;
  desk_.where().log.at(record_).usage_reported = text_.size() == length && !job_.reply->flaws.no_usage;
  out_.clear();
  append_head(200, job_.reply->content_type(), text_.size());
  if (!http_.head_only) out_ += text_;
  end(ending::finished);
  send(stage::last_bytes);
}

void exchange::send_ready(const ready_answer& a) {
  out_.clear();
  for (const auto& [name, value] : a.headers)
    out_.append(name).append(": ").append(value).append("\r\n");
  const auto extra = std::move(out_);
  out_.clear();
  append_head(a.status, a.content_type, a.body.size());
  out_.insert(out_.size() - 2, extra);
  if (!http_.head_only) out_ += a.body;
  send(stage::last_bytes);
}

void exchange::append_head(unsigned status, std::string_view content_type, std::optional<std::size_t> length) {
  out_.append("HTTP/1.1 ").append(std::to_string(status)).append(" ").append(reason(status));
  out_.append("\r\nServer: logos-simulate\r\nContent-Type: ").append(content_type);
  if (length)
    out_.append("\r\nContent-Length: ").append(std::to_string(*length));
  else if (http_.chunks)
    out_ += "\r\nTransfer-Encoding: chunked\r\nCache-Control: no-cache";
  else
    http_.keep_alive = false;
  if (record_ != 0 && desk_.where().spec.api != flavour::ollama) {
    out_.append("\r\nx-request-id: req_").append(std::to_string(record_)).append("\r\nopenai-processing-ms: ");
    out_ += std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(durations().total).count());
  }
  out_ += rates_;
  out_ += http_.keep_alive ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
  head_sent_ = true;
  if (record_ == 0) return;
  auto& record = desk_.where().log.at(record_);
  record.status = status;
  record.first_byte_us = to_us(desk::now().steady);
}

void exchange::append_chunk(std::string_view text) {
  if (text.empty()) return;
  if (!http_.chunks) {
    out_ += text;
    return;
  }
  char size[16];
  out_.append(size, std::to_chars(size, size + sizeof size, text.size(), 16).ptr);
  out_.append("\r\n").append(text).append("\r\n");
}

void exchange::send(stage next) {
  stage_ = next;
  line_.send(out_);
}

void exchange::drop(bool reset) {
  stage_ = stage::idle;
  end(ending::broken);
  line_.close(reset);
}

void exchange::end(ending how) {
  ++wait_;
  timer_.cancel();
  if (record_ != 0) desk_.where().log.end(record_, model().name, how, desk::now().steady);
  if (ticket_ == 0) return;
  // Before the last bytes leave: who has them may count on a free slot.
  desk_.leave(std::exchange(ticket_, 0));
}

bool exchange::wait_until(core::steady_time when) {
  if (when <= desk::now().steady) return false;
  timer_.expires_at(when);
  timer_.async_wait([this, alive = line_.hold(), wait = ++wait_](const boost::system::error_code& error) {
    if (error || wait != wait_) return;
    if (stage_ == stage::delayed) {
      enter();
    } else if (stage_ == stage::serving) {
      go_on();
    }
  });
  return true;
}

timing exchange::durations() const {
  const auto now = desk::now().steady;
  const auto served = std::max(served_, started_), first = std::min(std::max(first_at_, served), now);
  return {.total = now - started_, .load = served - started_, .prefill = first - served, .generation = now - first};
}

core::steady_time exchange::due(std::size_t tokens) const {
  return first_at_ + desk_.where().span(static_cast<double>(tokens), model().tokens_per_s);
}

} // namespace logos::simulator

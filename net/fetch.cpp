// SPDX-License-Identifier: MIT
#include "net/fetch.hpp"

#include "net/io_thread.hpp"
#include "net/provider_exchange.hpp"

namespace logos::net {
namespace {

/// Owns itself until it is over.
class fetching final : public provider_exchange {
public:
  fetching(io_thread& io, upstream_call call, std::size_t most, std::function<void(fetch_result)> done)
      : provider_exchange{io, std::move(call)},
        most_{most},
        done_{std::move(done)} {}

  void start() {
    self_ = this;
    begin(std::chrono::steady_clock::now());
  }

private:
  bool on_head(const response_head& head) override {
    got_.status = head.status;
    for (const auto& h : head.headers)
      got_.headers.emplace_back(h.name, h.value);
    return true;
  }
  void on_body(std::string_view piece, bool) override {
    if (got_.body.size() + piece.size() > most_) {
      abort();
      return end(core::failure{core::ec::upstream_protocol, "the provider's answer is longer than expected"});
    }
    got_.body += piece;
  }
  void on_finished() override { end(std::move(got_)); }
  void on_failed(core::ec why, std::string message) override { end(core::failure{why, std::move(message)}); }

  void end(fetch_result result) {
    const auto self = std::move(self_);
    if (self) done_(std::move(result));
  }

  boost::intrusive_ptr<fetching> self_;
  std::size_t most_;
  fetched got_;
  std::function<void(fetch_result)> done_;
};

} // namespace

void fetch(io_thread& io, std::shared_ptr<const upstream_target> target, std::string head, std::string body,
           std::chrono::milliseconds timeout, std::size_t most_body_bytes, std::function<void(fetch_result)> done) {
  auto kept = std::make_shared<const std::string>(std::move(body));
  upstream_call call;
  call.target = std::move(target);
  call.head_only = head.starts_with("HEAD ");
  call.head = std::move(head);
  if (!kept->empty()) call.body.push_back(*kept);
  call.patches = std::move(kept);
  call.limits = {timeout, timeout, timeout, timeout};
  const auto start = [&io, most_body_bytes](upstream_call c, std::function<void(fetch_result)> d) {
    const boost::intrusive_ptr<fetching> f{new fetching{io, std::move(c), most_body_bytes, std::move(d)}};
    f->start();
  };
  if (io.here()) return start(std::move(call), std::move(done));
  io.post(
      [start, call = std::move(call), done = std::move(done)]() mutable { start(std::move(call), std::move(done)); });
}

} // namespace logos::net

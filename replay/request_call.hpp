// SPDX-License-Identifier: MIT
#pragma once
#include "net/provider_exchange.hpp"
#include "replay/answer.hpp"
#include "replay/gateway.hpp"
#include "replay/outcome.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <functional>
#include <optional>
#include <string>

namespace logos::replay {

/// One request of a workload and its answer. Owns itself until it is over. I/O thread only.
class request_call final : public net::provider_exchange {
public:
  /// Writes what becomes of it into `into`, which must outlive it, but for `began`. `ended` is called exactly once, at
  /// the earliest after `start`, possibly from inside it. `most_text`: bytes of the answer's text that are kept.
  request_call(net::io_thread& io, const gateway& to, std::string body, std::chrono::milliseconds timeout,
               std::size_t most_text, outcome& into, std::function<void()> ended);
  void start();

private:
  bool on_head(const net::response_head& head) override;
  void on_body(std::string_view piece, bool last) override;
  void on_finished() override;
  void on_failed(core::ec why, std::string message) override;
  void end();

  boost::intrusive_ptr<request_call> self_;
  const gateway& to_;
  std::size_t most_text_;
  outcome& into_;
  std::function<void()> ended_;
  core::steady_time started_{};
  std::optional<answer_reader> answer_;
};

} // namespace logos::replay

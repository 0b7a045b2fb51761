// SPDX-License-Identifier: MIT
#pragma once
#include "actors/embedding/embedder.hpp"
#include "commands/inner_calls.hpp"

#include <vector>

namespace logos::commands {

/// Has the EMBEDDER's calls carried out by the INGRESSes of the I/O threads, in turn.
class embedding_carrier final : public embedding::carrier {
public:
  explicit embedding_carrier(std::vector<net::io_thread_ptr> threads) : calls_{std::move(threads)} {}

  void begin(embedding::model_call c, std::function<void(net::collected_answer)> done) override; // EMBEDDER only
  void end(const core::uuid& id, const core::failure& why) override { calls_.end(id, why); }
  void look_after() override { calls_.look_after(); }

private:
  inner_calls calls_;
};

} // namespace logos::commands

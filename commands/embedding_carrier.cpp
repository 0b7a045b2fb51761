// SPDX-License-Identifier: MIT
#include "commands/embedding_carrier.hpp"

#include <utility>

namespace logos::commands {
namespace {

constexpr std::size_t longest_vectors = std::size_t{16} << 20; // 64 vectors of some thousand numbers each

} // namespace

void embedding_carrier::begin(embedding::model_call c, std::function<void(net::collected_answer)> done) {
  net::collector to;
  to.most_bytes = longest_vectors;
  to.done = std::move(done);
  calls_.begin({c.id, c.process_id, "127.0.0.1", std::move(c.text)}, std::move(to));
}

} // namespace logos::commands

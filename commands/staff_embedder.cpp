// SPDX-License-Identifier: MIT
#include "commands/embedding_carrier.hpp"
#include "commands/staff_desk.hpp"

namespace logos::commands {

void staff::hire_embedder() {
  const auto known = desk_;
  std::vector<net::io_thread_ptr> threads;
  for (const auto& place : parts_.places)
    threads.emplace_back(&place->thread());
  embedding::embedder_parts own;
  own.with = gists_;
  own.runs = std::make_shared<embedding_carrier>(std::move(threads));
  own.rules = choice_rules_;
  supervise<actors::embedder_actor>(
      "embedder",
      [this, own](std::uint32_t n) {
        return actors::spawn<embedding::embedder>(parts_.system, who("embedder", "embedder", n), own);
      },
      [known](const actors::embedder_actor& h) { known->set(&handles::embedder, h); });
}

} // namespace logos::commands

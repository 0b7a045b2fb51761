// SPDX-License-Identifier: MIT
#include "actors/tokenizing/tokenizer.hpp"

#include "actors/tokenizing/answers.hpp"
#include "tokenization/family.hpp"

namespace logos::tokenizing {

tokenizer::handle::behavior_type tokenizer::make_behavior() {
  tokenization::prepare(); // on this thread, so that no I/O thread has to
  return {
      [this](atom::handle, const net::exchange_ptr& x, const catalog::snapshot_ptr& catalog, std::int64_t process_id) {
        reply(*x, catalog, process_id);
      },
      [this](const actors::long_task& task) {
        task.run();
        ++judged_;
      },
      [this](atom::status) {
        return self_->vitals(std::to_string(answered_) + " answered, " + std::to_string(judged_) + " batches judged");
      },
  };
}

void tokenizer::reply(net::exchange& x, const catalog::snapshot_ptr& catalog, std::int64_t process_id) {
  auto answered = answer(x.request(), catalog.get(), process_id);
  ++answered_;
  if (!answered) return x.fail(answered.error());
  x.reply({.body = std::move(*answered)});
}

} // namespace logos::tokenizing

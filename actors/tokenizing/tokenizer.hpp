// SPDX-License-Identifier: MIT
#pragma once
#include "actors/hosted.hpp"

#include <cstdint>

namespace logos::tokenizing {

/// TOKENIZER: takes texts apart into tokens, and judges batches that are handed in to a provider, one request after the
/// other. A large text takes seconds, so that it runs on a thread of its own (`spawn_blocking`): neither I/O threads
/// nor CAF's workers wait for it. ADMINISTRATION and INGRESSes bound what waits here.
class tokenizer {
public:
  using handle = actors::tokenizer_actor;
  explicit tokenizer(actors::self_pointer<tokenizer> self) : self_{self} {}
  handle::behavior_type make_behavior();

private:
  void reply(net::exchange& x, const catalog::snapshot_ptr& catalog, std::int64_t process_id);

  actors::self_pointer<tokenizer> self_;
  std::uint64_t answered_ = 0;
  std::uint64_t judged_ = 0;
};

} // namespace logos::tokenizing

// SPDX-License-Identifier: MIT
#pragma once
#include "tests/actors/scheduler_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace logos::scheduling {

using names = std::vector<std::string>;

inline constexpr std::uint64_t gib = 1ull << 30;
inline constexpr std::int64_t chat = 100, code = 101, small = 102; // deployments

/// A MONITOR's half: notes what it is told to do.
class probe_loader {
public:
  using handle = actors::loader_actor;
  probe_loader(actors::self_pointer<probe_loader> /*self*/, std::vector<actors::model_order>* orders,
               std::vector<actors::provider_experience>* lessons)
      : orders_{orders},
        lessons_{lessons} {}
  handle::behavior_type make_behavior() {
    return {[this](const actors::model_order& o) { orders_->push_back(o); },
            [this](const actors::provider_experience& x) { lessons_->push_back(x); }};
  }

private:
  std::vector<actors::model_order>* orders_;
  std::vector<actors::provider_experience>* lessons_;
};

/// An Ollama with room for one of two large models, and for a small one beside the larger of them or not.
class scheduler_memory : public scheduler_fixture {
protected:
  static actors::provider_terms terms() {
    auto t = scheduler_fixture::terms(2);
    t.memory_bytes = 24 * gib;
    t.deployments = {{chat, "chat", 0}, {code, "code:7b", 0}, {small, "small", 0}};
    return t;
  }
  void begin(const actors::provider_terms& t) {
    start(t);
    loader_ = host<probe_loader>("monitor/gpu-1", &orders_, &lessons_);
    tell(scheduler_, atom::adopt_v, loader_);
  }
  void begin() { begin(terms()); }
  void see(std::vector<actors::loaded_model> loaded, std::vector<actors::failed_order> failed = {},
           bool reachable = true) {
    actors::provider_observation seen;
    seen.provider_id = 1;
    seen.reachable = reachable;
    seen.lists_memory = reachable;
    seen.loaded_models = std::move(loaded);
    seen.failed = std::move(failed);
    tell(scheduler_, seen);
  }
  /// It does not answer, and its MONITOR has given up what it was ordered.
  void lose(std::vector<actors::failed_order> failed) { see({}, std::move(failed), false); }
  /// What was ordered since the last question: "+model", "-model".
  names orders() {
    names found;
    for (const auto& o : orders_)
      found.push_back((o.load ? "+" : "-") + o.model);
    orders_.clear();
    return found;
  }
  void end(std::size_t offer) { tell(scheduler_, release_of(log_.offers.at(offer))); }

  const actors::loaded_model chat_in{
      .name = "chat:latest", .bytes = 16 * gib, .vram_bytes = 16 * gib, .load_us = 8'000'000};
  const actors::loaded_model code_in{
      .name = "code:7b", .bytes = 14 * gib, .vram_bytes = 14 * gib, .load_us = 7'000'000};
  const actors::loaded_model small_in{.name = "small:latest", .bytes = 2 * gib, .vram_bytes = 2 * gib, .load_us = 0};
  std::vector<actors::model_order> orders_;
  std::vector<actors::provider_experience> lessons_;
  actors::loader_actor loader_;
};

} // namespace logos::scheduling

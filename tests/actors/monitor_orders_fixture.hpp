// SPDX-License-Identifier: MIT
#pragma once
#include "tests/actors/monitor_fixture.hpp"

#include <algorithm>
#include <map>

namespace logos::monitoring {

/// An Ollama whose memory the test writes. It lists a model that is being loaded, as the real one does.
class monitor_orders_test : public monitor_test {
protected:
  void start_ollama() {
    provider_.answer = [this](const std::string& path) { return away_ ? refused() : told(path); };
    start(core::provider_type::ollama);
    changes_.clear();
  }
  probe_answer told(const std::string& path) const {
    if (path != "/api/ps") return ollama(path);
    std::string body = R"({"models":[)";
    for (const auto& name : memory_)
      body += (body.back() == '[' ? R"({"name":")" : R"(,{"name":")") + name +
              R"(","size":9,"size_vram":9,"expires_at":"2318-01-01T00:00:00Z"})";
    return {200, body + "]}"};
  }
  void order(const std::string& model, bool load) { tell(monitor_, actors::model_order{model, load}); }
  void answer(std::size_t i, probe_answer a) {
    provider_.posts.at(i).done(std::move(a));
    run();
  }
  void forget(const std::string& name) { std::erase(memory_, name); }
  std::vector<std::string> in_memory() const {
    std::vector<std::string> names;
    if (!changes_.empty())
      for (const auto& m : changes_.back().loaded_models)
        names.push_back(m.name);
    return names;
  }
  static probe_answer good() { return {200, R"({"done":true})"}; }

  std::vector<std::string> memory_;
  bool away_ = false;
};

} // namespace logos::monitoring

// SPDX-License-Identifier: MIT
#pragma once
#include "actors/monitoring/monitor.hpp"
#include "tests/support/virtual_system.hpp"

#include <caf/all.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace logos::monitoring {

/// What the fake provider is like, and what it was asked. Owned by the test.
struct script {
  std::function<probe_answer(const std::string& path)> answer; // empty: never answers
  std::vector<std::string> asked;
  std::vector<core::steady_time> when;
  struct posted {
    std::string path;
    std::string body;
    std::chrono::milliseconds at_most{0};
    std::function<void(probe_answer)> done;
    core::steady_time when{};
  };
  std::vector<posted> posts; // the test answers them
  int probes = 0;
};

class scripted_probe final : public probe {
public:
  scripted_probe(script& s, const core::clock& clock) : script_{s}, clock_{clock} { ++s.probes; }
  void fetch(std::string path, std::function<void(probe_answer)> done) override {
    script_.asked.push_back(path);
    script_.when.push_back(clock_.steady());
    if (script_.answer) done(script_.answer(path));
  }

  void post(std::string path, std::string body, std::chrono::milliseconds at_most,
            std::function<void(probe_answer)> done) override {
    script_.posts.push_back({std::move(path), std::move(body), at_most, std::move(done), clock_.steady()});
  }

private:
  script& script_;
  const core::clock& clock_;
};

class probe_observer {
public:
  using handle = actors::observer_actor;
  probe_observer(actors::self_pointer<probe_observer> /*self*/, std::vector<actors::provider_observation>* seen)
      : seen_{seen} {}
  handle::behavior_type make_behavior() {
    return {[this](const actors::provider_observation& x) { seen_->push_back(x); }};
  }

private:
  std::vector<actors::provider_observation>* seen_;
};

class probe_recorder {
public:
  using handle = actors::recorder_actor;
  probe_recorder(actors::self_pointer<probe_recorder> /*self*/, std::vector<actors::provider_observation>* seen,
                 std::vector<actors::provider_experience>* learned)
      : seen_{seen},
        learned_{learned} {}
  handle::behavior_type make_behavior() {
    return {[this](const actors::provider_observation& x) { seen_->push_back(x); },
            [this](const actors::provider_experience& x) { learned_->push_back(x); }};
  }

private:
  std::vector<actors::provider_observation>* seen_;
  std::vector<actors::provider_experience>* learned_;
};

inline probe_answer refused() { return {0, {}, core::ec::upstream_unreachable, "connection refused"}; }
inline probe_answer late() { return {0, {}, core::ec::total_timeout, "no answer within 5 s"}; }

inline probe_answer ollama(const std::string& path) {
  if (path == "/api/version") return {200, R"({"version":"0.5.1"})"};
  if (path == "/api/tags") return {200, R"({"models":[{"name":"b:1"},{"name":"a:1"}]})"};
  return {200, R"({"models":[{"name":"a:1","size":7,"size_vram":5,"expires_at":"2026-01-01T00:00:00Z"}]})"};
}

class monitor_test : public tests::virtual_system {
protected:
  static catalog::snapshot_ptr catalog_with(core::provider_type type, std::string base_url = "http://127.0.0.1:1") {
    auto s = std::make_shared<catalog::snapshot>();
    catalog::provider p;
    p.id = 1;
    p.name = "gpu-1";
    p.type = type;
    p.base_url = std::move(base_url);
    s->providers.push_back(std::move(p));
    s->index();
    return s;
  }
  void start(core::provider_type type) {
    audience told;
    told.changes.push_back(host<probe_observer>("scheduler", &changes_));
    told.recorder = [to = host<probe_recorder>("storage", &records_, &lessons_)] { return to; };
    const auto make = [this](const catalog::provider&) { return std::make_unique<scripted_probe>(provider_, clock()); };
    monitor_ = host<monitor>("monitor/gpu-1", catalog_with(type), std::int64_t{1}, make, told, clock());
  }
  /// Times between the looks since `from`, in milliseconds.
  std::vector<std::int64_t> gaps(std::size_t from = 0) const {
    std::vector<std::int64_t> found;
    for (auto i = from + 1; i < provider_.when.size(); ++i)
      if (const auto gap = provider_.when[i] - provider_.when[i - 1]; gap > core::steady_time::duration::zero())
        found.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(gap).count());
    return found;
  }
  std::string state() { return ask<actors::actor_status>(monitor_, atom::status_v).state; }

  script provider_;
  std::vector<actors::provider_observation> changes_;
  std::vector<actors::provider_observation> records_;
  std::vector<actors::provider_experience> lessons_;
  actors::monitor_actor monitor_;
};

} // namespace logos::monitoring

// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/classifier.hpp"
#include "actors/embedding/embedder.hpp"
#include "net/json_look.hpp"
#include "tests/actors/embedding/reading_room.hpp"
#include "tests/support/virtual_system.hpp"

#include <map>

namespace logos::embedding {

using namespace std::chrono_literals;
using classification::fallback;
using core::ec;

inline constexpr std::string_view about_code = "Why does my Python function raise a KeyError? Debug this code.";

/// Carries nothing out: the test says what a call comes to.
class script final : public carrier {
public:
  struct begun_call {
    model_call what;
    std::function<void(net::collected_answer)> done;
  };
  void begin(model_call c, std::function<void(net::collected_answer)> done) override {
    calls.push_back({std::move(c), std::move(done)});
  }
  void end(const core::uuid& id, const core::failure& why) override { ended[id] = why.code; }
  void look_after() override {}

  std::vector<begun_call> calls; // in the order of their beginnings
  std::map<core::uuid, ec> ended;
};

class embedder_test : public tests::virtual_system {
protected:
  embedder_test() {
    in_force_->replace(reading_rules());
    make_classifier();
    make_embedder();
  }
  ~embedder_test() override {
    kill(classifier_);
    kill(embedder_);
    runs_->calls.clear(); // their callbacks hold the EMBEDDER
    advance(6s);          // nobody waits for an answer any more
  }

  void make_classifier() {
    classification::classifier_parts parts;
    parts.rules = in_force_;
    parts.gists = shelf_;
    parts.find_embedder = [this] { return embedder_; };
    parts.clock = &clock();
    classifier_ = host<classification::classifier>("classifier", parts);
  }
  void make_embedder() { embedder_ = host<embedder>("embedder", embedder_parts{shelf_, runs_, in_force_, &clock()}); }

  actors::question question(std::string_view text, std::string_view earlier = {}) {
    auto body = R"({"messages":[)" +
                (earlier.empty() ? "" : R"({"role":"user","content":")" + std::string{earlier} + "\"},") +
                R"({"role":"user","content":")" + std::string{text} + "\"}]}";
    auto& kept = bodies_.emplace_back(std::make_unique<std::string>(std::move(body)));
    kept->reserve(kept->size() + net::json_padding);
    actors::question q;
    q.request = ids_.next(clock().wall());
    q.snapshot = catalog_;
    q.who = &catalog_->principals[0];
    q.policy = policy_;
    q.needs.capabilities = {core::capability::chat};
    q.body = *kept;
    q.tokens = q.prompt_tokens = 100;
    return q;
  }
  /// What `POST /admin/v1/classify` is told, as soon as it is.
  std::shared_ptr<std::optional<actors::verdict>> asked(actors::question q) {
    auto out = std::make_shared<std::optional<actors::verdict>>();
    sys().spawn([out, q = std::move(q), to = classifier_](caf::event_based_actor* self) {
      self->request(to, 5s, q).then([out](const actors::verdict& v) { *out = v; }, [](const caf::error&) {});
    });
    run();
    return out;
  }
  auto asked(std::string_view text) { return asked(question(text)); }
  std::string chosen(const std::optional<actors::verdict>& v) {
    return v ? catalog_->find_deployment(v->found.deployments.front())->model->name : "nobody yet";
  }
  static bool told(const std::optional<actors::verdict>& v, std::string_view text) {
    return v && v->found.statistics.find(text) != std::string::npos;
  }

  static net::collected_answer vectors(const std::string& all) {
    return {200, "application/json", R"({"data":[)" + all + "]}", {}};
  }
  static net::collected_answer of_prompt(const std::string& numbers) {
    return vectors(R"({"index":0,"embedding":[)" + numbers + "]}");
  }
  static net::collected_answer down() { return {503, "application/json", "{}", {}}; }
  void answer(std::size_t call, net::collected_answer a) {
    runs_->calls.at(call).done(std::move(a));
    run();
  }
  /// The reader says of the coder's description what one would of the poet's: [0,1], and the other way round.
  void learn_descriptions() {
    asked("Hello.");
    ASSERT_EQ(runs_->calls.size(), 1U);
    answer(0, vectors(R"({"index":0,"embedding":[0,1]},{"index":1,"embedding":[1,0]})"));
    ASSERT_TRUE(shelf_->known());
    runs_->calls.clear();
  }
  std::uint64_t fallen_back(fallback why) const { return shelf_->shown.fallbacks[static_cast<std::size_t>(why)]; }

  std::shared_ptr<classification::rulebook> in_force_ = std::make_shared<classification::rulebook>();
  std::shared_ptr<shelf> shelf_ = std::make_shared<shelf>();
  std::shared_ptr<script> runs_ = std::make_shared<script>();
  std::shared_ptr<catalog::snapshot> catalog_ = reading_room();
  classification::policy_ptr policy_;
  actors::classifier_actor classifier_;
  actors::embedder_actor embedder_;
  core::uuid_source ids_{3};
  std::vector<std::unique_ptr<std::string>> bodies_;
};

} // namespace logos::embedding

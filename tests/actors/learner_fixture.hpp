// SPDX-License-Identifier: MIT
#pragma once
#include "actors/learning/advice.hpp"
#include "actors/learning/learner.hpp"
#include "actors/learning/owner.hpp"
#include "net/json_look.hpp"
#include "tests/actors/sqlite_system.hpp"

#include <deque>

namespace logos::tests {

using namespace std::chrono_literals;
using classification::signal;
using learning::fate;
using learning::remark;
using learning::remark_reply;

inline constexpr std::int64_t weak = 1, strong = 2;

inline std::string body_of(const std::string& question, std::string_view model = "any") {
  return R"({"model":")" + std::string{model} + R"(","messages":[{"role":"user","content":")" + question + R"("}]})" +
         std::string(net::json_padding, '\0');
}

inline std::shared_ptr<const classification::imprint> imprint_of(const std::string& question) {
  learning::figures unseen;
  return learning::notebook{learning::notebook::rules{}, unseen}.imprint_of_body(body_of(question));
}

/// The i-th of many questions about one thing.
inline std::string about(const std::string& thing, int i) {
  static const char* forms[] = {"How does {} work", "Tell me more about {}", "What do people use {} for",
                                "Is {} hard to learn", "Who has made {} popular"};
  std::string out = forms[i % 5];
  out.replace(out.find("{}"), 2, thing);
  return out + ", and what of number " + std::to_string(i) + "?";
}

/// LEARNERs of several nodes on one database, and what they know of two models.
class learner_system : public sqlite_system {
protected:
  struct node {
    learning::learner_parts with;
    actors::learner_actor actor;
  };
  learner_system() { one_ = &start(); }
  ~learner_system() override {
    for (auto& each : nodes_)
      if (each.actor) kill(each.actor);
  }
  node& start() {
    auto& made = nodes_.emplace_back();
    made.with.open = opener();
    made.with.comes = std::make_shared<learning::intake>();
    made.with.shows = std::make_shared<learning::board>(made.with.studies.learn);
    return revive(made);
  }
  node& revive(node& at) {
    at.actor = host<learning::learner_state>("learner", at.with, std::cref(clock()));
    return at;
  }
  /// `owner`: of the key; 0: nobody, it is its own.
  core::uuid serve(node& at, const std::string& question, std::int64_t model, fate how = fate::answered,
                   std::int64_t key = 5, std::int64_t owner = 0) {
    const auto id = ids_.next(clock().wall());
    at.with.comes->put({id, key, learning::owner_or_key(owner, key), model, how, body_of(question), full_});
    return id;
  }
  remark_reply say(node& at, const core::uuid& request, float score, std::int64_t key = 5, bool trusted = false) {
    remark said;
    said.process_id = key;
    said.trusted = trusted;
    said.request = request;
    said.score = score;
    return hear(at, said);
  }
  remark_reply hear(node& at, const remark& said) { return ask<remark_reply>(at.actor, said); }
  /// What the next choice between the two makes of it: above 0 where the strong one is held for better.
  double lead(node& at, const std::string& question) {
    classification::scorer reader;
    const auto body = body_of(question);
    const auto read = reader.read(std::string_view{body}.substr(0, body.size() - net::json_padding),
                                  classification::built_in_encoder());
    std::vector<classification::candidate> both{{weak, {}, 0}, {strong, {}, 0}};
    (void)learning::advise(*at.with.shows->now(), -1, *read, clock().wall(), both);
    return both[1].learned - both[0].learned;
  }
  /// The weak one fails at the hard topic only.
  void train(node& at, int rounds, bool trusted = true) {
    for (int i = 0; i < rounds; ++i)
      for (const auto* topic : {"quantum field theory", "boiling eggs"})
        for (const auto model : {weak, strong}) {
          const bool good = model == strong || std::string_view{topic} == "boiling eggs";
          const auto done = say(at, serve(at, about(topic, i), model), good ? 1.0F : 0.0F, 5, trusted);
          ASSERT_EQ(done.refusal.code, core::ec::none) << done.refusal.message;
        }
  }
  std::vector<storage::feedback_row> rows() { return *store().feedback_after(0, 10'000); }

  std::deque<node> nodes_;
  node* one_ = nullptr;
  core::uuid_source ids_{7};
  bool full_ = false; // log level of whoever asks
};

} // namespace logos::tests

// SPDX-License-Identifier: MIT
#include "cluster/gathering.hpp"
#include "tests/support/virtual_system.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace logos::cluster {
namespace {

using namespace std::chrono_literals;
using names = std::vector<std::string>;

using said_actor = caf::typed_actor<caf::replies_to<atom::status>::with<std::string>>;
using gatherer_actor = caf::typed_actor<
    // What all say.
    caf::replies_to<atom::flush>::with<names>,
    // What the first of them says.
    caf::replies_to<atom::recollect>::with<names>>;

/// Says its word when it is asked; nothing: it never answers.
class speaker {
public:
  using handle = said_actor;
  speaker(actors::self_pointer<speaker> self, std::optional<std::string> word) : self_{self}, word_{std::move(word)} {}
  handle::behavior_type make_behavior() {
    return {[this](atom::status) { return say(); }};
  }

private:
  caf::result<std::string> say() {
    if (word_) return *word_;
    silent_.push_back(self_->make_response_promise<std::string>());
    return silent_.back();
  }
  actors::self_pointer<speaker> self_;
  std::optional<std::string> word_;
  std::vector<caf::typed_response_promise<std::string>> silent_;
};

class gatherer {
public:
  using handle = gatherer_actor;
  gatherer(actors::self_pointer<gatherer> self, std::vector<said_actor> others)
      : self_{self},
        others_{std::move(others)} {}
  handle::behavior_type make_behavior() {
    return {[this](atom::flush) { return gather(false); }, [this](atom::recollect) { return gather(true); }};
  }

private:
  caf::result<names> gather(bool first) {
    gathering<names> all{self_->make_response_promise<names>()};
    all.sum().push_back("I");
    for (const auto& other : others_)
      all.ask<std::string>(
          self_, other, 2s,
          [all, first](names& sum, std::string& said) {
            sum.push_back(std::move(said));
            if (first) all.deliver();
          },
          [](names& sum) { sum.push_back("nobody"); }, atom::status_v);
    return all.answer();
  }
  actors::self_pointer<gatherer> self_;
  std::vector<said_actor> others_;
};

class gathering_test : public tests::virtual_system {
protected:
  said_actor speaker_of(std::optional<std::string> word) { return host<speaker>("speaker", std::move(word)); }
  template <class Question>
  auto ask_for(const gatherer_actor& whom, Question what) {
    auto asked = self_->request(whom, 60min, what);
    run();
    return asked;
  }
  bool answered() { return !self_->mailbox().empty(); }
  template <class Asked>
  names answer_of(Asked& asked) {
    names told;
    if (!answered()) {
      ADD_FAILURE() << "no answer";
      return told;
    }
    asked.receive([&](names& all) { told = std::move(all); },
                  [this](const caf::error& e) { ADD_FAILURE() << sys().render(e); });
    std::sort(told.begin(), told.end());
    return told;
  }
  gatherer_actor gatherer_of(std::vector<said_actor> others) { return host<gatherer>("gatherer", std::move(others)); }

  caf::scoped_actor self_{sys()};
};

TEST_F(gathering_test, with_nobody_to_ask_it_answers_at_once_what_is_known) {
  auto asked = ask_for(gatherer_of({}), atom::flush_v);
  EXPECT_EQ(answer_of(asked), names{"I"});
}

TEST_F(gathering_test, answers_when_the_last_has_answered) {
  auto asked = ask_for(gatherer_of({speaker_of("a"), speaker_of("b")}), atom::flush_v);
  EXPECT_EQ(answer_of(asked), (names{"I", "a", "b"}));
}

TEST_F(gathering_test, who_never_answers_is_waited_for_until_its_time_is_up_and_then_missing) {
  auto asked = ask_for(gatherer_of({speaker_of("a"), speaker_of({}), speaker_of("b")}), atom::flush_v);
  advance(1990ms);
  EXPECT_FALSE(answered());
  advance(10ms);
  EXPECT_EQ(answer_of(asked), (names{"I", "a", "b", "nobody"}));
}

TEST_F(gathering_test, who_is_gone_is_not_waited_for) {
  const auto gone = speaker_of("a");
  kill(gone);
  auto asked = ask_for(gatherer_of({gone, speaker_of("b")}), atom::flush_v);
  EXPECT_EQ(answer_of(asked), (names{"I", "b", "nobody"}));
}

TEST_F(gathering_test, who_goes_with_a_question_is_missing_when_its_time_is_up) {
  const auto doomed = speaker_of({});
  auto asked = ask_for(gatherer_of({doomed, speaker_of("b")}), atom::flush_v);
  kill(doomed);
  EXPECT_FALSE(answered()) << "CAF tells nobody";
  advance(2s);
  EXPECT_EQ(answer_of(asked), (names{"I", "b", "nobody"}));
}

TEST_F(gathering_test, what_is_enough_is_delivered_before_the_others_have_answered_and_once) {
  auto asked = ask_for(gatherer_of({speaker_of({}), speaker_of("b")}), atom::recollect_v);
  EXPECT_EQ(answer_of(asked), (names{"I", "b"}));
  advance(3s);
  EXPECT_FALSE(answered());
  auto many = ask_for(gatherer_of({speaker_of("a"), speaker_of("b")}), atom::recollect_v);
  EXPECT_EQ(answer_of(many).size(), 2U);
  EXPECT_FALSE(answered());
}

} // namespace
} // namespace logos::cluster

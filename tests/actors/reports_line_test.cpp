// SPDX-License-Identifier: MIT
#include "tests/actors/books_fixture.hpp"

#include <deque>

namespace logos::tests {
namespace {

using namespace std::chrono_literals;

/// A REGISTRY that keeps jobs until it is told, by a job without work, to do the oldest one.
class slow_registry {
public:
  using handle = actors::registry_actor;
  slow_registry(actors::self_pointer<slow_registry> self, storage::store* in) : self_{self}, in_{in} {}
  handle::behavior_type make_behavior() {
    return {
        [this](const actors::store_job& job) { return take(job); },
        [this](atom::status) { return self_->vitals("slow"); },
    };
  }

  bool begins = false; // it does a job at once, and is silent about it
  std::size_t kept() const { return kept_.size(); }

private:
  struct one {
    actors::store_job job;
    caf::typed_response_promise<actors::store_reply> to;
  };
  caf::result<actors::store_reply> take(const actors::store_job& job) {
    if (!job.run) {
      auto first = std::move(kept_.front());
      kept_.pop_front();
      first.to.deliver(first.job.run(*in_));
      return actors::store_reply{};
    }
    if (begins) job.run(*in_);
    kept_.push_back({job, self_->make_response_promise<actors::store_reply>()});
    return kept_.back().to;
  }

  actors::self_pointer<slow_registry> self_;
  storage::store* in_;
  std::deque<one> kept_;
};

class reports_line_test : public administration_fixture {
protected:
  using exchange = boost::intrusive_ptr<fake_exchange>;

  void slow_reports() { with_.reports = host<slow_registry>("slow", &store()); }
  void slow_changes() { with_.registry = host<slow_registry>("slow", &store()); }
  std::size_t kept(const actors::registry_actor& by) { return state_of<slow_registry>(by).kept(); }
  /// The oldest job that it keeps is done and answered.
  void go_on(const actors::registry_actor& slow) { tell(slow, actors::store_job{}); }
  std::int64_t key(const std::string& name) { return make("processes", R"({"name":")" + name + R"("})").number("id"); }
  exchange stats(std::int64_t caller) { return start("POST", "/logosdb/request_event_stats", "{}", caller); }
  exchange remove(std::int64_t process) { return start("DELETE", "/admin/v1/processes/" + std::to_string(process)); }
};

TEST_F(reports_line_test, a_change_waits_behind_no_report) {
  const auto plain = key("plain");
  const auto leaked = key("leaked");
  slow_reports();
  std::vector<exchange> all;
  for (int i = 0; i < 40; ++i)
    all.push_back(stats(plain));
  for (const auto* path : {"/admin/v1/usage", "/admin/v1/requests", "/admin/v1/events", "/admin/v1/events/verify",
                           "/admin/v1/export", "/admin/v1/feedback"})
    all.push_back(start("GET", path));
  for (const auto* name : {"generalstats", "latest_requests", "export"})
    all.push_back(start("POST", "/logosdb/" + std::string{name}, "{}"));
  EXPECT_EQ(remove(leaked)->status(), 204);
  EXPECT_EQ(call("GET", "/admin/v1/processes").status, 200);
  for (const auto& x : all)
    EXPECT_TRUE(!x->answer() || x->status() == 429) << x->request().path << x->status();
}

TEST_F(reports_line_test, what_a_key_has_too_many_of_is_refused_and_others_are_not) {
  const auto greedy = key("greedy");
  const auto modest = key("modest");
  slow_reports();
  std::vector<exchange> all;
  for (int i = 0; i < 40; ++i)
    all.push_back(stats(greedy));
  EXPECT_EQ(std::count_if(all.begin(), all.end(), [](const auto& x) { return x->status() == 429; }), 31);
  EXPECT_NE(all.back()->answer()->headers.find("retry-after: "), std::string::npos);
  EXPECT_NE(all.back()->body().find("Ask again"), std::string::npos) << all.back()->body();
  const auto other = start("GET", "/admin/v1/usage", {}, modest);
  EXPECT_FALSE(other->answer());
  const auto problem = start("GET", "/admin/v1/usage", {}, greedy);
  EXPECT_EQ(problem->answer()->content_type, "application/problem+json");
  go_on(with_.reports);
  go_on(with_.reports);
  go_on(with_.reports);
  EXPECT_EQ(other->status(), 200) << "keys take turns";
  EXPECT_EQ(all[8]->status(), 0);
  EXPECT_FALSE(stats(greedy)->answer()) << "there is room again";
}

TEST_F(reports_line_test, a_report_whose_client_left_while_it_waited_is_not_made) {
  slow_reports();
  const auto first = stats(root_id());
  const auto second = stats(root_id());
  const auto third = start("GET", "/admin/v1/usage");
  tell(admin_, atom::gone_v, second->id());
  go_on(with_.reports);
  EXPECT_EQ(first->status(), 200);
  EXPECT_EQ(kept(with_.reports), 1U);
  go_on(with_.reports);
  EXPECT_EQ(third->status(), 200);
  EXPECT_EQ(kept(with_.reports), 0U);
  EXPECT_FALSE(second->answer());
}

TEST_F(reports_line_test, a_report_whose_client_leaves_between_its_steps_ends_there) {
  EXPECT_TRUE(store().together([&]() -> storage::result<void> {
    for (int i = 0; i < 2500; ++i) // more than are checked at once
      if (const auto done = store().record({"rerate", "request", i, {}, {}, "{}"}); !done) return done;
    return {};
  }));
  slow_reports();
  const auto left = start("GET", "/admin/v1/events/verify");
  const auto next = stats(root_id());
  left->is_gone = true;
  tell(admin_, atom::gone_v, left->id());
  go_on(with_.reports);
  go_on(with_.reports);
  EXPECT_EQ(next->status(), 200);
  EXPECT_EQ(kept(with_.reports), 0U);
}

class steps_line_test : public books_fixture {
protected:
  void slow_changes() { with_.registry = host<slow_registry>("slow", &store()); }
};

TEST_F(steps_line_test, a_change_whose_later_step_is_not_begun_says_that_a_part_may_be_done) {
  make_priced_gemma();
  for (std::uint64_t n = 1; n <= 600; ++n) // more than are priced at once
    book(n, root_id());
  price("0.5");
  slow_changes();
  const auto slow = with_.registry;
  const auto change =
      start("POST", "/admin/v1/rerate", R"({"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z"})");
  tell(slow, actors::store_job{});
  EXPECT_FALSE(change->answer()) << "a step is left";
  advance(60s);
  EXPECT_EQ(change->status(), 503);
  EXPECT_NE(change->body().find("may have been done"), std::string::npos) << change->body();
  EXPECT_EQ(change->body().find("nothing was done"), std::string::npos) << change->body();
}

TEST_F(reports_line_test, a_change_that_was_not_begun_in_time_is_never_made) {
  const auto before = key("first"), behind = key("second");
  slow_changes();
  const auto removal = remove(before); // lies before REGISTRY
  const auto waiting = remove(behind); // waits for its turn
  advance(59s);
  EXPECT_FALSE(removal->answer() || waiting->answer());
  advance(1s);
  for (const auto& x : {removal, waiting}) {
    EXPECT_EQ(x->status(), 503);
    EXPECT_NE(x->body().find("nothing was done"), std::string::npos) << x->body();
  }
  while (kept(with_.registry) != 0)
    go_on(with_.registry);
  EXPECT_TRUE(store().find<storage::process>(before));
  EXPECT_TRUE(store().find<storage::process>(behind));
}

TEST_F(reports_line_test, a_change_that_had_begun_says_that_it_may_have_been_made) {
  const auto leaked = key("leaked");
  slow_changes();
  state_of<slow_registry>(with_.registry).begins = true;
  const auto removal = remove(leaked);
  advance(60s);
  EXPECT_EQ(removal->status(), 503);
  EXPECT_NE(removal->body().find("may have been done"), std::string::npos) << removal->body();
  EXPECT_EQ(removal->body().find("nothing was done"), std::string::npos);
  EXPECT_FALSE(store().find<storage::process>(leaked));
}

TEST_F(reports_line_test, who_asks_for_a_change_waits_for_one_of_each_other_key_at_most) {
  const auto plain = key("plain");
  const auto leaked = key("leaked");
  slow_changes();
  std::vector<exchange> reads;
  for (int i = 0; i < 20; ++i)
    reads.push_back(start("GET", "/admin/v1/processes", {}, plain));
  const auto removal = remove(leaked);
  go_on(with_.registry);
  go_on(with_.registry);
  go_on(with_.registry);
  EXPECT_EQ(removal->status(), 204);
  EXPECT_FALSE(reads.back()->answer());
}

TEST_F(reports_line_test, a_report_sees_the_change_that_was_answered_before_it) {
  for (int i = 0; i < 5; ++i) {
    const auto made = key("app-" + std::to_string(i));
    EXPECT_TRUE(call("GET", "/admin/v1/events").says(R"("name":"app-)" + std::to_string(i))) << made;
  }
}

} // namespace
} // namespace logos::tests

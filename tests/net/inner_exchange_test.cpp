// SPDX-License-Identifier: MIT
#include "net/inner_exchange.hpp"
#include "net_world.hpp"

#include <gtest/gtest.h>

#include <future>

namespace logos::net::test {
namespace {

using namespace std::chrono_literals;

/// A request of the gateway's own, in front of a scripted provider.
class inner_request_test : public ::testing::Test {
protected:
  ~inner_request_test() override { drop(); }

  void start(const std::string& body = "{}", std::size_t most = 1 << 20) {
    world_.on_io([&] {
      auto& io = *world_.server().threads()[0];
      inner_request request{core::uuid::from_halves(1, 2), 7, "10.0.0.1",
                            "POST /v1/x?y=1 HTTP/1.1\r\ncontent-type: application/json\r\nx-a: b: c\r\n\r\n" + body};
      collector to;
      to.most_bytes = most;
      to.keep = [this](const collected_answer& a) {
        kept_ = a.body;
        world_.log.say("kept");
      };
      to.done = [this](collected_answer a) { answer_.set_value(std::move(a)); };
      x_ = new inner_exchange{io, std::move(request), std::move(to)};
      x_->begin();
    });
  }
  collected_answer answer() {
    auto got = answer_.get_future();
    if (got.wait_for(patience) == std::future_status::ready) return got.get();
    ADD_FAILURE() << "no answer";
    return {};
  }
  void drop() {
    world_.on_io([&] { x_.reset(); });
  }

  net_world world_;
  inner_exchange_ptr x_;
  std::promise<collected_answer> answer_;
  std::string kept_;
};

TEST_F(inner_request_test, goes_to_the_handler_as_a_clients_would) {
  std::string seen;
  std::int64_t process = 0;
  world_.on_request = [&](const exchange_ptr& x) {
    const auto& r = x->request();
    seen = std::string{r.method} + "|" + std::string{r.path} + "|" + std::string{r.query} + "|" +
           std::string{r.find("x-a")} + "|" + std::string{r.body} + "|" + std::string{x->client_address()};
    process = x->made_for();
    x->fail({core::ec::rate_limited, "later", "", 3});
  };
  start("{\"a\":1}");
  const auto a = answer();
  EXPECT_EQ(seen, "POST|/v1/x|y=1|b: c|{\"a\":1}|10.0.0.1");
  EXPECT_EQ(process, 7);
  EXPECT_EQ(a.status, 429);
  EXPECT_EQ(a.refusal.code, core::ec::rate_limited);
  EXPECT_EQ(a.refusal.retry_after_s, 3U);
}

TEST_F(inner_request_test, has_its_whole_answer_collected_and_its_usage_read) {
  start();
  auto provider = world_.provider.accept();
  provider.read_message();
  const std::string body = R"({"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}})";
  provider.send("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n" +
                chunk(body.substr(0, 20)));
  provider.send(chunk(body.substr(20)) + "0\r\n\r\n");
  const auto a = answer();
  EXPECT_EQ(a.status, 200);
  EXPECT_EQ(a.content_type, "application/json");
  EXPECT_EQ(a.body, body);
  EXPECT_EQ(a.refusal.code, core::ec::none);
  ASSERT_TRUE(world_.log.hears("ended"));
  EXPECT_TRUE(world_.observer->outcome().answered);
  EXPECT_EQ(world_.observer->outcome().tokens.total_tokens, 7);
}

TEST_F(inner_request_test, tells_whether_it_was_sent_whole) { // whoever books it bills by that
  start();
  auto provider = world_.provider.accept();
  provider.read_message();
  world_.on_io([&] { x_->end({core::ec::client_gone, "cancelled"}); });
  answer();
  ASSERT_TRUE(world_.log.hears("ended"));
  EXPECT_TRUE(world_.observer->outcome().sent_whole);
}

TEST_F(inner_request_test, is_kept_before_the_books_hear_of_its_answer) {
  start();
  auto provider = world_.provider.accept();
  provider.read_message();
  provider.send(ok("{\"b\":2}"));
  answer();
  ASSERT_TRUE(world_.log.hears("ended"));
  EXPECT_EQ(kept_, "{\"b\":2}");
  const auto words = world_.log.words();
  EXPECT_LT(std::find(words.begin(), words.end(), "kept"), std::find(words.begin(), words.end(), "ending"));
}

TEST_F(inner_request_test, has_an_error_of_its_provider_as_its_answer) {
  start();
  auto provider = world_.provider.accept();
  provider.read_message();
  provider.send("HTTP/1.1 418 Teapot\r\ncontent-type: text/plain\r\ncontent-length: 3\r\n\r\nno!");
  const auto a = answer();
  EXPECT_EQ(a.status, 418);
  EXPECT_EQ(a.body, "no!");
  EXPECT_EQ(a.refusal.code, core::ec::none);
}

TEST_F(inner_request_test, does_not_see_the_key_that_its_provider_repeats_in_an_error) {
  const std::string key = "sk-upstream-0123456789";
  world_.adjust = [&](upstream_call& call) {
    call.secret = key;
    call.keep_text = true;
  };
  start();
  auto provider = world_.provider.accept();
  provider.read_message();
  const std::string text = R"({"error":{"message":"wrong key )" + key + R"("}})";
  provider.send("HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json; key=" + key +
                "\r\ntransfer-encoding: chunked\r\n\r\n" + chunk(text.substr(0, 37)));
  world_.on_io([] {});
  provider.send(chunk(text.substr(37)) + "0\r\n\r\n");
  const auto a = answer();
  const std::string stars(key.size(), '*');
  EXPECT_EQ(a.body, R"({"error":{"message":"wrong key )" + stars + R"("}})");
  EXPECT_EQ(a.content_type, "application/json; key=" + stars);
  ASSERT_TRUE(world_.log.hears("ended"));
  EXPECT_EQ(kept_, a.body) << "nor does what is kept of the job";
  EXPECT_EQ(world_.observer->outcome().text, a.body) << "nor the log";
}

TEST_F(inner_request_test, fails_when_its_provider_breaks_off) {
  start();
  {
    auto provider = world_.provider.accept();
    provider.read_message();
    provider.send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf");
  }
  const auto a = answer();
  EXPECT_EQ(a.status, 502);
  EXPECT_EQ(a.refusal.code, core::ec::upstream_cut);
  EXPECT_TRUE(a.begun);
  EXPECT_TRUE(kept_.empty());
  EXPECT_TRUE(world_.observer->outcome().answered) << "the provider has worked: it is booked";
}

TEST_F(inner_request_test, fails_when_its_answer_is_longer_than_is_kept) {
  start("{}", 10);
  auto provider = world_.provider.accept();
  provider.read_message();
  provider.send(ok("{\"text\":\"too long\"}"));
  EXPECT_EQ(answer().refusal.code, core::ec::upstream_protocol);
}

TEST_F(inner_request_test, that_is_ended_ends_its_providers_work) {
  start();
  auto provider = world_.provider.accept();
  provider.read_message();
  world_.on_io([&] { x_->end({core::ec::client_gone, "cancelled"}); });
  EXPECT_TRUE(provider.sees_end() || provider.ended_by_reset());
  EXPECT_EQ(answer().refusal.code, core::ec::client_gone);
  EXPECT_EQ(world_.observer->outcome().error, core::ec::client_gone);
}

TEST_F(inner_request_test, that_was_ended_is_not_begun_afterwards) {
  exchange_ptr waiting;
  world_.on_request = [&](const exchange_ptr& x) { waiting = x; };
  start();
  world_.on_io([&] {
    x_->end({core::ec::shutting_down, "stop"});
    EXPECT_TRUE(waiting->gone());
    world_.relay(waiting);
    waiting.reset();
  });
  EXPECT_EQ(answer().refusal.code, core::ec::shutting_down);
  EXPECT_EQ(world_.observer->outcome().error, core::ec::client_gone);
}

TEST_F(inner_request_test, that_everybody_forgot_is_answered) {
  world_.on_request = [](const exchange_ptr&) {};
  start();
  drop();
  EXPECT_EQ(answer().refusal.code, core::ec::internal);
}

} // namespace
} // namespace logos::net::test

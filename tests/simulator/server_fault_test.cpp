// SPDX-License-Identifier: MIT
#include "simulator/server.hpp"
#include "tests/simulator/wire.hpp"

#include <gtest/gtest.h>

namespace logos::simulator {
namespace {

using namespace std::chrono_literals;
namespace http = boost::beast::http;

class server_fault_test : public ::testing::Test {
protected:
  server_fault_test() {
    provider_spec spec;
    spec.models = {{.name = "m", .answer_tokens = 10}};
    server_ = std::make_unique<server>(std::move(spec));
    EXPECT_TRUE(server_->start());
  }
  wire connect() const { return wire{server_->port()}; }
  void inject(fault f) { server_->inject(std::move(f)); }
  static std::size_t tokens_in(std::string_view text) {
    std::size_t n = 0;
    for (auto at = text.find(R"("delta":{"content":)"); at != std::string_view::npos;
         at = text.find(R"("delta":{"content":)", at + 1))
      ++n;
    return n;
  }

  std::unique_ptr<server> server_;
  const std::string path = "/v1/chat/completions";
  const std::string stream = R"({"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true}})";
  const std::string whole = R"({"model":"m","messages":[]})";
};

TEST_F(server_fault_test, a_status_with_its_body_and_retry_after_for_as_many_as_it_says) {
  wire w{server_->port()};
  w.post(
      "/control/faults",
      R"({"model":"m","kind":"status","code":429,"body":"{\"x\":1}","retry_after_s":7,"count":1,"headers":{"x-odd":"1"}})");
  EXPECT_EQ(w.answer().result_int(), 201U);
  w.post(path, whole);
  const auto a = w.answer();
  EXPECT_EQ(a.result_int(), 429U);
  EXPECT_EQ(a.body(), "{\"x\":1}");
  EXPECT_EQ(a["retry-after"], "7");
  EXPECT_EQ(a["x-odd"], "1");
  w.post(path, whole);
  EXPECT_EQ(w.answer().result_int(), 200U);
}

TEST_F(server_fault_test, a_hanging_request_is_seen_to_be_given_up) {
  inject({.kind = fault_kind::hang, .count = 1});
  auto w = connect();
  w.post(path, whole);
  ASSERT_TRUE(eventually([&] { return server_->count().in_flight == 1; }));
  w.close();
  EXPECT_TRUE(eventually([&] { return server_->count().aborted == 1; }));
  EXPECT_EQ(server_->count().in_flight, 0U);
}

TEST_F(server_fault_test, a_stream_hangs_after_its_chunks) {
  auto w = connect();
  w.post(path, R"({"model":"m@hang_after_chunks-3","messages":[],"stream":true})");
  ASSERT_TRUE(eventually([&] {
    const auto all = server_->requests();
    return !all.empty() && all.back().tokens_sent == 3;
  }));
  w.close();
  EXPECT_TRUE(eventually([&] { return server_->count().aborted == 1; }));
}

TEST_F(server_fault_test, a_connection_is_cut_before_the_head) {
  inject({.kind = fault_kind::cut_before_head, .count = 1});
  auto w = connect();
  w.post(path, whole);
  EXPECT_EQ(w.read_until("\n"), "");
  EXPECT_EQ(w.error, boost::asio::error::eof);
  EXPECT_EQ(server_->count().broken, 1U);
}

TEST_F(server_fault_test, a_stream_is_cut_after_its_chunks) {
  inject({.kind = fault_kind::cut_mid_stream, .after_chunks = 4});
  auto w = connect();
  w.post(path, stream);
  const auto all = w.read_until("\n0\r\n\r\n");
  EXPECT_EQ(w.error, boost::asio::error::eof);
  EXPECT_EQ(tokens_in(all), 4U);
}

TEST_F(server_fault_test, a_whole_answer_is_cut_within_its_body) {
  inject({.kind = fault_kind::cut_mid_stream});
  auto w = connect();
  w.post(path, whole);
  w.answer();
  EXPECT_EQ(w.error, http::error::partial_message);
}

TEST_F(server_fault_test, a_connection_is_reset) {
  inject({.kind = fault_kind::reset, .count = 1});
  auto w = connect();
  w.post(path, whole);
  w.read_until("\n");
  EXPECT_EQ(w.error, boost::asio::error::connection_reset);
  inject({.kind = fault_kind::reset, .count = 1, .after_chunks = 2});
  auto second = connect();
  second.post(path, stream);
  second.read_until("\n0\r\n\r\n");
  EXPECT_EQ(second.error, boost::asio::error::connection_reset);
}

TEST_F(server_fault_test, an_event_is_malformed_and_the_stream_goes_on) {
  inject({.kind = fault_kind::malformed_sse, .after_chunks = 2});
  auto w = connect();
  w.post(path, stream);
  const auto body = w.answer().body();
  EXPECT_NE(body.find("data: {\"choices\":[{\"delta\":{\"content\":\"broken\n\n"), std::string::npos);
  EXPECT_NE(body.find("[DONE]"), std::string::npos);
}

TEST_F(server_fault_test, a_stream_ends_with_an_error_event) {
  inject({.kind = fault_kind::error_in_stream, .after_chunks = 2});
  auto w = connect();
  w.post(path, stream);
  const auto a = w.answer();
  EXPECT_FALSE(w.error);
  EXPECT_EQ(tokens_in(a.body()), 2U);
  EXPECT_EQ(a.body().rfind("data: {\"error\":"), a.body().rfind("data: "));
}

TEST_F(server_fault_test, usage_and_the_last_event_are_left_out_or_sent_all_the_time) {
  const auto body = [&](fault_kind kind) {
    inject({.kind = kind, .count = 1});
    auto w = connect();
    w.post(path, stream);
    return w.answer().body();
  };
  EXPECT_EQ(body(fault_kind::no_usage).find("\"usage\""), std::string::npos);
  EXPECT_EQ(body(fault_kind::no_done).find("[DONE]"), std::string::npos);
  const auto always = body(fault_kind::usage_every_chunk);
  EXPECT_NE(always.find(R"("completion_tokens":5,)"), std::string::npos);
}

TEST_F(server_fault_test, an_answer_that_is_not_http) {
  inject({.kind = fault_kind::garbage});
  auto w = connect();
  w.post(path, whole);
  w.answer();
  EXPECT_EQ(w.error, http::error::bad_version);
}

TEST_F(server_fault_test, a_slow_answer_takes_its_delay) {
  inject({.kind = fault_kind::slow, .delay = 60ms});
  auto w = connect();
  w.post(path, whole);
  EXPECT_EQ(w.answer().result_int(), 200U);
  const auto r = server_->requests().back();
  EXPECT_GE(r.first_byte_us - r.started_us, 60'000);
}

TEST_F(server_fault_test, health_checks_are_hit_by_path_and_models_are_not) {
  inject({.kind = fault_kind::status, .path = "/v1/models", .code = 503});
  auto w = connect();
  w.ask("/v1/models");
  EXPECT_EQ(w.answer().result_int(), 503U);
  w.post(path, whole);
  EXPECT_EQ(w.answer().result_int(), 200U);
}

TEST_F(server_fault_test, connections_are_refused_for_a_time) {
  inject({.kind = fault_kind::refuse, .delay = 100ms});
  EXPECT_EQ(connect().error, boost::asio::error::connection_refused);
  EXPECT_TRUE(eventually([&] { return !connect().error; }));
  auto w = connect();
  w.post(path, whole);
  EXPECT_EQ(w.answer().result_int(), 200U);
}

TEST_F(server_fault_test, a_reset_of_the_books_forgets_faults_and_counts) {
  inject({.kind = fault_kind::status});
  auto w = connect();
  w.post(path, whole);
  EXPECT_EQ(w.answer().result_int(), 500U);
  w.post("/control/reset", "");
  EXPECT_EQ(w.answer().result_int(), 200U);
  EXPECT_EQ(server_->count().started, 0U);
  w.post(path, whole);
  EXPECT_EQ(w.answer().result_int(), 200U);
  EXPECT_EQ(server_->count("m").finished, 1U);
}

} // namespace
} // namespace logos::simulator

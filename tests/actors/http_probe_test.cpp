// SPDX-License-Identifier: MIT
#include "actors/monitoring/http_probe.hpp"
#include "net/http_settings.hpp"
#include "net/io_thread.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace logos::monitoring {
namespace {

using boost::asio::ip::tcp;

/// A provider that answers one request per connection and keeps its head.
class small_server {
public:
  small_server() : acceptor_{context_, tcp::endpoint{boost::asio::ip::address_v4::loopback(), 0}} {}
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::future<std::string> answer_one(std::string answer) {
    return std::async(std::launch::async, [this, answer = std::move(answer)] {
      tcp::socket socket{context_};
      acceptor_.accept(socket);
      std::string head;
      boost::asio::read_until(socket, boost::asio::dynamic_buffer(head), "\r\n\r\n");
      boost::asio::write(socket, boost::asio::buffer(answer));
      return head;
    });
  }

private:
  boost::asio::io_context context_;
  tcp::acceptor acceptor_;
};

class http_probe_test : public ::testing::Test {
protected:
  http_probe_test()
      : io_{new net::io_thread{0, std::make_shared<const net::http_settings>()}},
        thread_{[this] { io_->run(); }} {}
  ~http_probe_test() override {
    io_->stop();
    thread_.join();
  }
  catalog::provider provider(core::provider_type type, std::string path = {}) const {
    catalog::provider p;
    p.id = 1;
    p.type = type;
    p.base_url = "http://127.0.0.1:" + std::to_string(server_.port()) + path;
    p.api_key = "sk-test";
    return p;
  }
  probe_answer ask(const catalog::provider& p, const std::string& path) {
    const auto probe = http_probe::make(io_, p, std::chrono::seconds{5});
    if (!probe) return {};
    auto answered = std::make_shared<std::promise<probe_answer>>();
    auto answer = answered->get_future();
    probe->fetch(path, [answered](probe_answer a) { answered->set_value(std::move(a)); });
    return answer.get();
  }

  small_server server_;
  net::io_thread_ptr io_;
  std::thread thread_;
};

TEST_F(http_probe_test, asks_for_the_models_with_the_key) {
  auto head = server_.answer_one("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  const auto answer = ask(provider(core::provider_type::openai, "/v1"), "/v1/models");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "{}");
  const auto asked = head.get();
  EXPECT_TRUE(asked.starts_with("GET /v1/models HTTP/1.1\r\n")) << asked;
  EXPECT_NE(asked.find("Authorization: Bearer sk-test\r\n"), std::string::npos) << asked;
}

TEST_F(http_probe_test, asks_ollama_natively_below_its_base_path) {
  auto head = server_.answer_one("HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"models\":[]}");
  const auto answer = ask(provider(core::provider_type::ollama, "/gpu"), "/api/ps");
  EXPECT_EQ(answer.body, "{\"models\":[]}");
  EXPECT_TRUE(head.get().starts_with("GET /gpu/api/ps HTTP/1.1\r\nHost: 127.0.0.1:"));
}

TEST_F(http_probe_test, posts_natively_with_the_key_and_a_limit_of_its_own) {
  auto head = server_.answer_one("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  const auto probe = http_probe::make(io_, provider(core::provider_type::ollama, "/gpu"), std::chrono::milliseconds{1});
  ASSERT_TRUE(probe);
  auto answered = std::make_shared<std::promise<probe_answer>>();
  probe->post("/api/generate", R"({"model":"m"})", std::chrono::seconds{5},
              [answered](probe_answer a) { answered->set_value(std::move(a)); });
  EXPECT_EQ(answered->get_future().get().status, 200);
  const auto asked = head.get();
  EXPECT_TRUE(asked.starts_with("POST /gpu/api/generate HTTP/1.1\r\n")) << asked;
  EXPECT_NE(asked.find("Content-Length: 13\r\n"), std::string::npos) << asked;
  EXPECT_NE(asked.find("Authorization: Bearer sk-test\r\n"), std::string::npos) << asked;
}

TEST_F(http_probe_test, does_not_tell_the_key_that_an_error_repeats) {
  auto p = provider(core::provider_type::ollama);
  p.api_key = "sk-test-0123456789";
  auto head = server_.answer_one("HTTP/1.1 500 No\r\nContent-Length: 30\r\n\r\n{\"error\":\"sk-test-0123456789\"}");
  EXPECT_EQ(ask(p, "/api/ps").body, "{\"error\":\"******************\"}");
}

TEST_F(http_probe_test, asks_the_admin_url_where_there_is_one) {
  auto p = provider(core::provider_type::ollama);
  p.admin_url = p.base_url + "/admin";
  p.base_url = "http://127.0.0.1:1";
  auto head = server_.answer_one("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(ask(p, "/api/ps").status, 401);
  EXPECT_TRUE(head.get().starts_with("GET /admin/api/ps HTTP/1.1\r\n"));
}

TEST_F(http_probe_test, a_closed_port_is_unreachable) {
  auto p = provider(core::provider_type::openai);
  {
    boost::asio::io_context context;
    const tcp::acceptor free{context, tcp::endpoint{boost::asio::ip::address_v4::loopback(), 0}};
    p.base_url = "http://127.0.0.1:" + std::to_string(free.local_endpoint().port());
  }
  const auto answer = ask(p, "/v1/models");
  EXPECT_EQ(answer.status, 0);
  EXPECT_EQ(answer.error, core::ec::upstream_unreachable);
  EXPECT_FALSE(answer.message.empty());
}

TEST_F(http_probe_test, settings_that_make_no_sense_make_no_probe) {
  auto p = provider(core::provider_type::openai);
  p.base_url = "ftp://nowhere";
  EXPECT_EQ(http_probe::make(io_, p), nullptr);
}

} // namespace
} // namespace logos::monitoring

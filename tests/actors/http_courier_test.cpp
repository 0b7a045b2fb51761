// SPDX-License-Identifier: MIT
#include "actors/alerting/http_courier.hpp"
#include "net/http_settings.hpp"
#include "net/io_thread.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace logos::alerting {
namespace {

using boost::asio::ip::tcp;
using namespace std::chrono_literals;

/// A receiver that answers one request per connection and keeps what it was sent.
class small_receiver {
public:
  small_receiver() : acceptor_{context_, tcp::endpoint{boost::asio::ip::address_v4::loopback(), 0}} {}
  std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }
  std::future<std::string> answer_one(std::string answer) {
    return std::async(std::launch::async, [this, answer = std::move(answer)] {
      tcp::socket socket{context_};
      acceptor_.accept(socket);
      std::string text;
      boost::asio::read_until(socket, boost::asio::dynamic_buffer(text), "{\"a\":1}");
      boost::asio::write(socket, boost::asio::buffer(answer));
      return text;
    });
  }
  /// Whether somebody has connected by now.
  bool was_called() {
    acceptor_.non_blocking(true);
    boost::system::error_code error;
    tcp::socket socket{context_};
    acceptor_.accept(socket, error);
    acceptor_.non_blocking(false);
    return !error;
  }

private:
  boost::asio::io_context context_;
  tcp::acceptor acceptor_;
};

class http_courier_test : public ::testing::Test {
protected:
  http_courier_test()
      : io_{new net::io_thread{0, std::make_shared<const net::http_settings>()}},
        thread_{[this] { io_->run(); }} {}
  ~http_courier_test() override {
    io_->stop();
    thread_.join();
  }
  std::string send(const std::string& url, std::vector<std::string> allow, courier_limits limits = {}) {
    http_courier courier{io_, trusted_places{allow}, "Logos/1.2.3", limits};
    std::promise<std::string> ended;
    courier.deliver({url, "alert_7", "t=1,v1=ab", "{\"a\":1}"},
                    [&](std::string why_not) { ended.set_value(std::move(why_not)); });
    return ended.get_future().get();
  }

  small_receiver receiver_;
  net::io_thread_ptr io_;
  std::thread thread_;
};

constexpr const char* yes = "HTTP/1.1 204 No Content\r\n\r\n";

TEST_F(http_courier_test, posts_the_letter_with_its_signature) {
  auto got = receiver_.answer_one(yes);
  EXPECT_EQ(send("http://127.0.0.1:" + receiver_.port() + "/hook/?a=b", {"127.0.0.1"}), "");
  const auto text = got.get();
  EXPECT_TRUE(text.starts_with("POST /hook/?a=b HTTP/1.1\r\nHost: 127.0.0.1:" + receiver_.port() + "\r\n")) << text;
  for (const auto* line :
       {"\r\nContent-Type: application/json\r\n", "\r\nContent-Length: 7\r\n", "\r\nx-logos-signature: t=1,v1=ab\r\n",
        "\r\nx-logos-alert-id: alert_7\r\n", "\r\nUser-Agent: Logos/1.2.3\r\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line;
}

TEST_F(http_courier_test, a_name_goes_to_the_address_that_was_checked) {
  auto got = receiver_.answer_one(yes);
  // Whichever of its addresses answers; 127.0.0.1 is among them.
  EXPECT_EQ(send("http://localhost:" + receiver_.port() + "/", {"localhost"}), "");
  EXPECT_NE(got.get().find("\r\nHost: localhost:"), std::string::npos);
}

TEST_F(http_courier_test, only_2xx_is_a_yes) {
  for (const std::string status : {"301 Moved", "400 No", "404 Nobody", "500 Oh"}) {
    auto got = receiver_.answer_one("HTTP/1.1 " + status + "\r\nLocation: http://127.0.0.1:" + receiver_.port() +
                                    "/other\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    const auto why = send("http://127.0.0.1:" + receiver_.port() + "/", {"127.0.0.1"});
    EXPECT_NE(why.find("answered " + status.substr(0, 3)), std::string::npos) << why;
    got.get();
    EXPECT_FALSE(receiver_.was_called()) << "no redirect is followed";
  }
}

TEST_F(http_courier_test, what_the_operator_has_not_named_is_never_connected) {
  for (const std::string host : {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f000001"})
    for (const std::string scheme : {"http://", "https://"}) {
      const auto url = scheme + host + ":" + receiver_.port() + "/";
      EXPECT_NE(send(url, {}), "") << url;
      EXPECT_NE(send(url, {"10.0.0.0/8", "other.internal"}), "") << url;
    }
  EXPECT_FALSE(receiver_.was_called());
}

TEST_F(http_courier_test, a_plain_server_is_no_https_receiver) {
  auto got = std::async(std::launch::async, [this] {
    return send("https://127.0.0.1:" + receiver_.port() + "/", {"127.0.0.1"}, {5s, 300ms});
  });
  EXPECT_NE(got.get(), "");
}

TEST_F(http_courier_test, a_receiver_that_says_nothing_is_given_up_in_time) {
  const auto why = send("http://127.0.0.1:" + receiver_.port() + "/", {"127.0.0.1"}, {5s, 200ms});
  EXPECT_NE(why.find("200 ms"), std::string::npos) << why;
  EXPECT_EQ(why.find("provider"), std::string::npos) << why;
}

TEST_F(http_courier_test, an_endless_answer_is_cut_off) {
  auto got = receiver_.answer_one("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + std::string(200'000, 'x'));
  const auto why = send("http://127.0.0.1:" + receiver_.port() + "/", {"127.0.0.1"});
  EXPECT_NE(why.find("longer than expected"), std::string::npos) << why;
}

} // namespace
} // namespace logos::alerting

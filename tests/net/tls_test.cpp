// SPDX-License-Identifier: MIT
#include "certificates.hpp"
#include "net/fetch.hpp"
#include "net/tls.hpp"
#include "net_world.hpp"
#include "tests/support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <future>

namespace logos::net::test {
namespace {

using namespace std::chrono_literals;

/// A world that speaks TLS to its clients; the client here is another world's relay.
class tls : public testing::Test {
protected:
  tls() {
    write_certificate(folder_.file("cert.pem"), folder_.file("key.pem"), "localhost");
    write_certificate(folder_.file("address.pem"), folder_.file("address.key"), "none", "127.0.0.1");
    write_certificate(folder_.file("other.pem"), folder_.file("other.key"), "elsewhere.example");
  }
  server_settings secure(const std::string& name = "cert", const std::string& key = "key.pem") {
    server_settings settings;
    settings.certificate_file = folder_.file(name + ".pem");
    settings.key_file = folder_.file(key);
    return settings;
  }
  fetch_result ask(net_world& from, const net_world& to, const upstream_target& as, const std::string& body = {}) {
    auto target = as;
    target.port = to.port();
    target.tls = true;
    std::promise<fetch_result> answer;
    fetch(*from.server().threads()[0], std::make_shared<upstream_target>(target),
          body.empty() ? get("/")
                       : "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n",
          body, 5s, 10'000'000, [&](fetch_result r) { answer.set_value(std::move(r)); });
    return answer.get_future().get();
  }
  static void echo(const exchange_ptr& x) { x->reply({.body = "<" + std::string{x->request().body} + ">"}); }

  logos::test::temporary_folder folder_;
};

TEST_F(tls, carries_requests_and_answers_of_any_size) {
  net_world outer{echo, {}, secure()};
  net_world inner;
  ASSERT_EQ(outer.start_error, "");
  for (const std::size_t size : {0UL, 1UL, 16'383UL, 16'385UL, 1'000'000UL}) {
    const std::string body(size, 'x');
    const auto got = ask(inner, outer, {.host = "localhost", .ca_file = folder_.file("cert.pem")}, body);
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->status, 200);
    EXPECT_EQ(got->body, "<" + body + ">");
  }
  EXPECT_EQ(inner.counters().upstream_opened.value(), 1U);
}

TEST_F(tls, goes_to_the_given_address_and_wants_the_certificate_of_the_host) {
  net_world outer{echo, {}, secure("other", "other.key")};
  net_world inner;
  ASSERT_EQ(outer.start_error, "");
  // Nobody looks this name up: it has no address.
  upstream_target as{.host = "elsewhere.example", .ca_file = folder_.file("other.pem")};
  as.addresses = {core::parse_ip("127.0.0.1").value()};
  const auto got = ask(inner, outer, as);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->status, 200);
  as.host = "localhost";
  const auto wrong = ask(inner, outer, as);
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.find("certificate"), std::string::npos) << wrong.error().message;
}

TEST_F(tls, relays_a_stream_from_a_secure_provider) {
  net_world provider{
      [](const exchange_ptr& x) { x->reply({.content_type = "text/event-stream", .body = "data: [DONE]\n\n"}); },
      {},
      secure()};
  net_world gateway;
  gateway.adjust = [&](upstream_call& call) {
    call.target = std::make_shared<upstream_target>(
        upstream_target{"localhost", provider.port(), true, true, folder_.file("cert.pem")});
  };
  auto client = gateway.client();
  for (int i = 0; i < 3; ++i) {
    client.send(post("/", std::string(100'000, 'x')));
    EXPECT_EQ(body_of(client.read_message()), "data: [DONE]\n\n");
  }
}

TEST_F(tls, accepts_only_the_name_on_the_certificate) {
  net_world named{echo, {}, secure()};
  net_world addressed{echo, {}, secure("address", "address.key")};
  net_world other{echo, {}, secure("other", "other.key")};
  net_world client;
  EXPECT_TRUE(ask(client, named, {.host = "localhost", .ca_file = folder_.file("cert.pem")}));
  EXPECT_TRUE(ask(client, addressed, {.host = "127.0.0.1", .ca_file = folder_.file("address.pem")}));
  for (const auto& bad : {ask(client, named, {.host = "127.0.0.1", .ca_file = folder_.file("cert.pem")}),
                          ask(client, other, {.host = "localhost", .ca_file = folder_.file("other.pem")}),
                          ask(client, named, {.host = "localhost", .ca_file = folder_.file("other.pem")}),
                          ask(client, named, {.host = "localhost"})}) {
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().code, core::ec::upstream_unreachable);
    EXPECT_NE(bad.error().message.find("certificate"), std::string::npos) << bad.error().message;
  }
  EXPECT_TRUE(ask(client, other, {.host = "localhost", .verify = false}));
}

TEST_F(tls, with_a_server_that_does_not_speak_it_fails) {
  net_world plain{echo};
  net_world client;
  const auto got = ask(client, plain, {.host = "127.0.0.1", .verify = false});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, core::ec::upstream_unreachable);
}

TEST_F(tls, does_not_wait_for_a_client_that_says_nothing) {
  http_settings http;
  http.header_time = 100ms;
  net_world world{echo, http, secure()};
  auto silent = world.client();
  EXPECT_TRUE(silent.sees_end());
  auto plain = world.client();
  plain.send(get("/"));
  plain.read_to_end();
  EXPECT_FALSE(plain.timed_out());
  EXPECT_EQ(world.counters().tls_failures.value(), 2U);
}

TEST_F(tls, takes_a_new_certificate_without_dropping_connections) {
  net_world world{echo, {}, secure()};
  net_world client, later;
  const upstream_target before{.host = "localhost", .ca_file = folder_.file("cert.pem")};
  EXPECT_TRUE(ask(client, world, before));
  write_certificate(folder_.file("new.pem"), folder_.file("new.key"), "localhost");
  std::filesystem::copy(folder_.file("new.pem"), folder_.file("cert.pem"),
                        std::filesystem::copy_options::overwrite_existing);
  EXPECT_TRUE(world.server().reload_tls()); // the key is still the old one
  std::filesystem::copy(folder_.file("new.key"), folder_.file("key.pem"),
                        std::filesystem::copy_options::overwrite_existing);
  EXPECT_FALSE(world.server().reload_tls());
  EXPECT_TRUE(ask(client, world, before)); // the same connection
  EXPECT_TRUE(ask(later, world, {.host = "localhost", .ca_file = folder_.file("new.pem")}));
  EXPECT_EQ(world.counters().connections_total.value(), 2U);
}

TEST_F(tls, says_what_is_wrong_with_its_files) {
  const auto missing = tls_context::server(folder_.file("none.pem"), folder_.file("key.pem"));
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().find("none.pem"), std::string::npos);
  const auto wrong = tls_context::server(folder_.file("cert.pem"), folder_.file("other.key"));
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().find("other.key"), std::string::npos);
  const auto ca = tls_context::client(true, folder_.file("none.pem"));
  ASSERT_FALSE(ca);
  EXPECT_NE(ca.error().find("none.pem"), std::string::npos);
}

} // namespace
} // namespace logos::net::test

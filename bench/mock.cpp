// SPDX-License-Identifier: MIT
// A provider that costs next to nothing: one thread, epoll, fixed answers. A body with "stream":true is answered with
// 64 chunks of server-sent events, anything else with 400 bytes of JSON.
//   logos_mock PORT [CHUNK_DELAY_MS]
#include <arpa/inet.h>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <unordered_map>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;
constexpr int chunk_count = 64;

std::string json_answer() {
  std::string body =
      R"({"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"mock","choices":[{"index":0,)"
      R"("message":{"role":"assistant","content":")";
  const std::string tail =
      R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":34,"total_tokens":46}})";
  body.append(400 - body.size() - tail.size(), 'a');
  body += tail;
  return "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

std::string chunk(const std::string& data) {
  char size[16];
  std::snprintf(size, sizeof size, "%zx\r\n", data.size());
  return size + data + "\r\n";
}

std::vector<std::string> stream_answer() {
  std::vector<std::string> parts;
  for (int i = 0; i < chunk_count; ++i)
    parts.push_back(chunk(R"(data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"mock",)"
                          R"("choices":[{"index":0,"delta":{"content":" word"},"finish_reason":null}]})"
                          "\n\n"));
  parts.front() =
      "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n" + parts.front();
  parts.back() += chunk("data: [DONE]\n\n") + "0\r\n\r\n";
  return parts;
}

struct connection {
  std::string in;
  int next_chunk = -1;
};

class mock {
public:
  mock(std::uint16_t port, int delay_ms) : delay_{delay_ms}, epoll_{epoll_create1(0)} {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 || listen(listener_, 4096) != 0) {
      std::perror("logos_mock");
      std::exit(1);
    }
    watch(listener_);
  }

  [[noreturn]] void run() {
    std::vector<epoll_event> events(256);
    for (;;) {
      const int n = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms());
      for (int i = 0; i < n; ++i) {
        if (events[static_cast<std::size_t>(i)].data.fd == listener_)
          accept_all();
        else
          read(events[static_cast<std::size_t>(i)].data.fd);
      }
      send_due();
    }
  }

private:
  void watch(int fd) const {
    epoll_event e{};
    e.events = EPOLLIN;
    e.data.fd = fd;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &e);
  }
  int wait_ms() const {
    if (due_.empty()) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(due_.begin()->first - clock_type::now());
    return left.count() > 0 ? static_cast<int>(left.count()) : 0;
  }
  void accept_all() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
      if (fd < 0) return;
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      connections_[fd] = {};
      watch(fd);
    }
  }
  void drop(int fd) {
    connections_.erase(fd);
    close(fd);
  }
  void read(int fd) {
    char buffer[16384];
    const auto n = recv(fd, buffer, sizeof buffer, 0);
    if (n <= 0) return drop(fd);
    auto& c = connections_[fd];
    c.in.append(buffer, static_cast<std::size_t>(n));
    const auto end = c.in.find("\r\n\r\n");
    if (end == c.in.npos) return;
    std::size_t length = 0;
    for (const char* name : {"ontent-length:", "ontent-Length:"})
      if (const auto at = c.in.find(name); at < end) length = std::strtoul(c.in.c_str() + at + 14, nullptr, 10);
    if (c.in.size() < end + 4 + length) return;
    const bool streamed = c.in.find("\"stream\":true", end) != c.in.npos;
    c.in.erase(0, end + 4 + length);
    if (!streamed) {
      send(fd, json_.data(), json_.size(), MSG_NOSIGNAL);
      return;
    }
    c.next_chunk = 0;
    if (delay_ > 0) {
      due_.emplace(clock_type::now(), fd);
      return;
    }
    while (c.next_chunk >= 0)
      send_chunk(fd, c);
  }
  void send_chunk(int fd, connection& c) {
    const auto& part = stream_[static_cast<std::size_t>(c.next_chunk)];
    send(fd, part.data(), part.size(), MSG_NOSIGNAL);
    c.next_chunk = c.next_chunk + 1 == chunk_count ? -1 : c.next_chunk + 1;
  }
  void send_due() {
    const auto now = clock_type::now();
    while (!due_.empty() && due_.begin()->first <= now) {
      const auto [at, fd] = *due_.begin();
      due_.erase(due_.begin());
      const auto it = connections_.find(fd);
      if (it == connections_.end() || it->second.next_chunk < 0) continue;
      send_chunk(fd, it->second);
      if (it->second.next_chunk >= 0) due_.emplace(at + std::chrono::milliseconds{delay_}, fd);
    }
  }

  int delay_;
  int epoll_;
  int listener_;
  std::unordered_map<int, connection> connections_;
  std::multimap<clock_type::time_point, int> due_;
  const std::string json_ = json_answer();
  const std::vector<std::string> stream_ = stream_answer();
};

} // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: logos_mock PORT [CHUNK_DELAY_MS]\n");
    return 2;
  }
  mock{static_cast<std::uint16_t>(std::atoi(argv[1])), argc > 2 ? std::atoi(argv[2]) : 0}.run();
}

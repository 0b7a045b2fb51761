// SPDX-License-Identifier: MIT
#include "net/port_probe.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <vector>

namespace logos::net {
namespace {

namespace fs = std::filesystem;
using tcp = boost::asio::ip::tcp;

/// Inodes of the sockets that listen on `port`.
std::set<std::string> listening_inodes(std::uint16_t port) {
  std::set<std::string> inodes;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream in{table};
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
      std::istringstream words{line};
      std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
      words >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >> inode;
      const auto colon = local.rfind(':');
      if (state != "0A" || colon == std::string::npos) continue;
      unsigned found = 0;
      std::from_chars(local.data() + colon + 1, local.data() + local.size(), found, 16);
      if (found == port) inodes.insert("socket:[" + inode + "]");
    }
  }
  return inodes;
}

/// `name (process 123)` of whoever has one of the sockets open, among the processes that we may look at.
std::string holder(const std::set<std::string>& sockets) {
  std::error_code e;
  for (const auto& process : fs::directory_iterator{"/proc", e}) {
    const std::string pid = process.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    std::error_code unreadable;
    for (const auto& descriptor : fs::directory_iterator{process.path() / "fd", unreadable}) {
      const auto link = fs::read_symlink(descriptor.path(), unreadable);
      if (unreadable || !sockets.contains(link.string())) continue;
      std::ifstream in{process.path() / "comm"};
      std::string name;
      std::getline(in, name);
      return name + " (process " + pid + ")";
    }
  }
  return {};
}

} // namespace

std::optional<std::string> port_taken(const tcp::endpoint& endpoint) {
  if (endpoint.port() == 0) return std::nullopt;
  boost::asio::io_context context;
  tcp::acceptor probe{context};
  boost::system::error_code e;
  probe.open(endpoint.protocol(), e);
  if (!e) probe.set_option(boost::asio::socket_base::reuse_address{true}, e);
  if (!e && endpoint.address().is_v6()) probe.set_option(boost::asio::ip::v6_only{true}, e);
  if (!e) probe.bind(endpoint, e);
  if (!e) probe.listen(1, e);
  if (!e) return std::nullopt;
  std::ostringstream where;
  where << endpoint;
  if (e != boost::asio::error::address_in_use) return "cannot listen on " + where.str() + ": " + e.message();
  const std::string who = holder(listening_inodes(endpoint.port()));
  return "cannot listen on " + where.str() + ": the port is held by " + (who.empty() ? "another process" : who);
}

} // namespace logos::net

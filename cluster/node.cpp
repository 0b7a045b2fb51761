// SPDX-License-Identifier: MIT
#include "cluster/node.hpp"

#include "cluster/lone.hpp"
#include "cluster/member.hpp"
#include "core/uuid.hpp"

#include <caf/io/all.hpp>
#include <caf/openssl/all.hpp>

#include <set>

namespace logos::cluster {
namespace {

using std::chrono::milliseconds;

constexpr auto app = "logos-1"; // name and wire version; others are refused in the handshake
constexpr std::chrono::seconds publish_time{10};

storage::node_facts facts_of(const caf::actor_system& system, const node_parts& parts) {
  storage::node_facts f;
  f.node = parts.name;
  core::uuid_source ids{core::random_seed()};
  // CAF's id of the node stands first: two nodes with the same one cannot connect, and see why.
  f.incarnation = caf::to_string(system.node()) + "." + ids.next(core::system_clock().wall()).str();
  f.http_listen = parts.http_listen;
  f.version = parts.version;
  f.config_revision = parts.cluster->config_revision;
  f.state = "starting";
  return f;
}

} // namespace

void configure(caf::actor_system_config& config, const rhythm& times, const std::optional<tls_files>& tls) {
  config.load<caf::io::middleman>();
  // Both, on every node alike: with one alone a merely quiet peer counts as dead.
  config.set("middleman.heartbeat-interval", caf::timespan{times.heartbeat / 2});
  config.set("middleman.connection-timeout", caf::timespan{times.lease});
  config.set("middleman.app-identifiers", std::vector<std::string>{app});
  if (!tls) return;
  config.load<caf::openssl::manager>();
  config.openssl_certificate = tls->certificate;
  config.openssl_key = tls->key;
  config.openssl_cafile = tls->ca;
}

boost::system::result<actors::node_actor, core::failure> start_node(caf::actor_system& system, node_parts parts) {
  const actors::identity who{"node", "node", "", parts.name};
  if (!parts.cluster) return actors::spawn<lone_state>(system, who, std::move(parts));
  const auto cluster = *parts.cluster;
  const auto middleman = cluster.tls ? system.openssl_manager().actor_handle() : system.middleman().actor_handle();
  auto facts = facts_of(system, parts);
  auto node = actors::spawn<member_state>(system, who, std::move(parts), middleman, std::move(facts));
  std::string address;
  std::string trouble;
  caf::scoped_actor self{system};
  const auto host = cluster.listen.host == "0.0.0.0" ? std::string{} : cluster.listen.host;
  const caf::detail::type_list<actors::peer_actor> interface;
  self->request(middleman, publish_time, caf::publish_atom::value, cluster.listen.port,
                caf::actor_cast<caf::strong_actor_ptr>(node), system.message_types(interface), host, true)
      .receive(
          [&](std::uint16_t port) {
            auto at = cluster.advertise.value_or(cluster.listen);
            if (at.port == 0) at.port = port;
            address = at.str();
          },
          [&](const caf::error& e) { trouble = system.render(e); });
  if (address.empty()) {
    actors::stop_now(node);
    return core::failure{core::ec::conflict, "cluster.listen: cannot listen on " + cluster.listen.str() + ": " +
                                                 trouble + ". Is another process there?"};
  }
  caf::anon_send(node, atom::adopt_v, address);
  return node;
}

void when_dead(const actors::node_actor& node, std::function<void(const std::string&)> fatal) {
  caf::actor_cast<caf::abstract_actor*>(node)->attach_functor([fatal = std::move(fatal)](const caf::error& why) {
    if (why && why != caf::exit_reason::user_shutdown) fatal("NODE has died; this process ends.");
  });
}

void stop_node(caf::actor_system& system, const actors::node_actor& node, milliseconds patience) {
  caf::scoped_actor self{system};
  self->request(node, patience, atom::leave_v).receive([](bool) {}, [](const caf::error&) {});
  actors::stop_now(node);
}

} // namespace logos::cluster

// SPDX-License-Identifier: MIT
#include "actors/system.hpp"

#include "actors/handles.hpp"

#include <caf/all.hpp>
#include <openssl/crypto.h>

namespace logos::actors {
namespace {

/// What OpenSSL keeps for a thread (904 bytes of errors) it frees as the thread ends. A detached actor's thread may
/// still be ending when the process leaves main, and OpenSSL frees nothing any more: so it is told by CAF's thread,
/// before the actor system counts that thread as gone.
class farewell_to_openssl final : public caf::thread_hook {
public:
  void init(caf::actor_system&) override {}
  void thread_started() override {}
  void thread_terminates() override { OPENSSL_thread_stop(); }
};

} // namespace

system_config::system_config() {
  add_message_types<caf::id_block::logos_types>();
  add_message_types<caf::id_block::logos_actors>();
  // CAF 0.17 sends a vector to another node only under a name of its own.
  add_message_type<std::vector<actor_status>>("std::vector<logos::actor_status>");
  add_message_type<std::vector<outlook>>("std::vector<logos::outlook>");
  add_thread_hook<farewell_to_openssl>();
  // `sharing` sleeps on a condition variable: no idle polling, and a woken worker is the only one woken (shared/caf.md
  // 8).
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", 2);
  set("scheduler.max-throughput", 300);
}

} // namespace logos::actors

// SPDX-License-Identifier: MIT
#include "actors/hosted.hpp"
#include "actors/system.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace logos::actors {
namespace {

/// What OpenSSL's queue of errors has left on each thread when Logos' own hook has run there.
struct departures {
  std::mutex mutex;
  std::vector<std::pair<std::thread::id, unsigned long>> seen;
};

class witness final : public caf::thread_hook {
public:
  explicit witness(departures& noted) : noted_{noted} {}
  void init(caf::actor_system&) override {}
  void thread_started() override {}
  void thread_terminates() override {
    const std::lock_guard lock{noted_.mutex};
    noted_.seen.emplace_back(std::this_thread::get_id(), ERR_peek_error());
  }

private:
  departures& noted_;
};

/// Leaves an error in its thread's queue, as a call of OpenSSL that fails does.
class clumsy_state {
public:
  using handle = caf::typed_actor<caf::reacts_to<refusal>>::extend_with<status_actor>;
  clumsy_state(self_pointer<clumsy_state> self, std::optional<std::thread::id>& where) : self_{self}, where_{where} {}
  handle::behavior_type make_behavior() {
    return {
        [this](const refusal&) {
          ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
          where_ = std::this_thread::get_id();
          self_->quit();
        },
        [this](atom::status) { return self_->vitals("clumsy"); },
    };
  }

private:
  self_pointer<clumsy_state> self_;
  std::optional<std::thread::id>& where_;
};

TEST(system_config, a_thread_of_an_actor_leaves_nothing_with_openssl) {
  departures noted;
  std::optional<std::thread::id> where;
  {
    system_config config;
    config.add_thread_hook<witness>(noted); // hooks run in the order in which they were added
    caf::actor_system system{config};
    caf::anon_send(spawn_blocking<clumsy_state>(system, {"clumsy", "clumsy", ""}, std::ref(where)), refusal{});
  } // waits for actors and for their threads
  ASSERT_TRUE(where);
  const auto found = std::find_if(noted.seen.begin(), noted.seen.end(),
                                  [&](const auto& departure) { return departure.first == *where; });
  ASSERT_NE(found, noted.seen.end()) << "CAF calls the hook on a detached actor's thread";
  EXPECT_EQ(found->second, 0U) << "errors are left with the thread";
}

} // namespace
} // namespace logos::actors

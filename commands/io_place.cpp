// SPDX-License-Identifier: MIT
#include "commands/io_place.hpp"

namespace logos::commands {
namespace {

class to_ingress final : public net::request_handler {
public:
  explicit to_ingress(execution::workplace& at) : at_{at} {}

  void handle(net::exchange_ptr x) override {
    if (!at_.ingress) return x->fail({core::ec::shutting_down, "This node is not ready. Try again.", "", 1});
    at_.unit.send(at_.ingress, atom::handle_v, std::move(x));
  }

  void gone(net::exchange& x) override { at_.unit.send(at_.ingress, atom::gone_v, x.id()); }

private:
  execution::workplace& at_;
};

} // namespace

io_place::io_place(caf::actor_system& system, net::io_thread& thread, storage::journal_writer& journal,
                   execution::house_rules rules)
    : thread_{&thread},
      unit_{system, thread.context()},
      at{thread.index(), unit_, journal, traffic, std::move(rules)} {
  thread.post([this] { unit_.adopt_thread(); });
}

std::unique_ptr<net::request_handler> io_place::handler() { return std::make_unique<to_ingress>(at); }

void io_place::close() {
  unit_.close();
  at.schedulers.clear();
  at.next = {};
  at.ingress = nullptr;
  at.executor = nullptr;
}

} // namespace logos::commands

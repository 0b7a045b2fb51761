// SPDX-License-Identifier: MIT
#include "commands/io_place.hpp"

#include "actors/catalog/key_scope.hpp"
#include "actors/ingress/intent.hpp"
#include "actors/ingress/key_refusals.hpp"
#include "actors/ingress/recognition.hpp"
#include "actors/ingress/strangers_room.hpp"

namespace logos::commands {
namespace {

class to_ingress final : public net::request_handler {
public:
  to_ingress(execution::workplace& at, const core::secret_key& secret) : at_{at}, secret_{secret} {}

  /// Whoever has no key, or may not use it here, need not send a body: nobody's memory is filled by strangers.
  std::optional<core::failure> refuse_head(net::exchange& x) override {
    const auto& head = x.request();
    const auto route = net::classify(head.method, head.path, false);
    const bool known = !route.bad_path && route.to != net::route::unknown && route.method_allowed;
    if (!known || !route.needs_key) return std::nullopt; // INGRESS says what is wrong, or nothing is
    const auto key = ingress::find_key(head);
    auto* const watch = at_.rules.wrong_keys.get();
    boost::system::result<const catalog::principal*, core::failure> found{nullptr};
    if (!key.empty()) found = ingress::recognise(x, key, *at_.snapshot, secret_, core::system_clock().wall(), watch);
    const auto* who = found ? *found : nullptr;
    if (who == nullptr && route.key_in_body) { // the key in the body counts, whatever stands in the head
      auto bad = room_.admit(x);
      if (bad.code == core::ec::none) return std::nullopt;
      if (key.empty()) return bad;
      return found ? ingress::refusal_of_wrong_key(x, ingress::useless_key(), watch)
                   : ingress::refusal_of_doubt(x, found.error(), watch);
    }
    if (key.empty()) return ingress::no_key();
    if (!found) return ingress::refusal_of_doubt(x, found.error(), watch);
    if (who == nullptr) {
      auto visitor = ingress::receive_visitor(x, route, at_.rules.visitors, *at_.snapshot, secret_, watch);
      if (!visitor) return visitor.error();
      x.attached = std::move(visitor->seat);
      return std::nullopt;
    }
    if (who->scope == nullptr || route.to != net::route::inference) return std::nullopt; // ADMINISTRATION words its own
    auto bad = who->scope->check(head.path, x.client_address());
    return bad.code == core::ec::none ? std::nullopt : std::optional{std::move(bad)};
  }

  void handle(net::exchange_ptr x) override {
    if (!at_.ingress) return x->fail({core::ec::shutting_down, "This node is not ready. Try again.", "", 1});
    at_.unit.send(at_.ingress, atom::handle_v, std::move(x));
  }

  void gone(net::exchange& x) override { at_.unit.send(at_.ingress, atom::gone_v, x.id()); }

private:
  execution::workplace& at_;
  const core::secret_key& secret_;
  ingress::strangers_room room_;
};

} // namespace

io_place::io_place(caf::actor_system& system, net::io_thread& thread, storage::journal_writer& journal,
                   execution::house_rules rules)
    : thread_{&thread},
      unit_{system, thread.context()},
      at{thread.index(), unit_, journal, traffic, std::move(rules)} {
  thread.post([this] { unit_.adopt_thread(); });
}

std::unique_ptr<net::request_handler> io_place::handler(const core::secret_key& secret) {
  return std::make_unique<to_ingress>(at, secret);
}

void io_place::close() {
  unit_.close();
  at.schedulers.clear();
  for (auto* on_their_way : {&at.returned, &at.handed}) {
    for (const auto& [request, x] : *on_their_way)
      x->attached.reset(); // holds and permits end while there is a workplace
    on_their_way->clear();
  }
  at.next = {};
  at.ingress = nullptr;
  at.executor = nullptr;
}

} // namespace logos::commands

// SPDX-License-Identifier: MIT
#pragma once
#include "actors/accounting/ledger.hpp"
#include "actors/administration/administration.hpp"
#include "actors/catalog/catalog.hpp"
#include "actors/classification/classifier.hpp"
#include "actors/supervision/supervisor.hpp"
#include "actors/tokenizing/tokenizer.hpp"
#include "tests/actors/sqlite_system.hpp"
#include "tests/support/fake_exchange.hpp"

#include <simdjson.h>

#include <functional>
#include <optional>

namespace logos::tests {

/// Takes in snapshots as an INGRESS would.
class last_snapshot {
public:
  using handle = actors::follower_actor;
  last_snapshot(actors::self_pointer<last_snapshot> /*self*/, catalog::snapshot_ptr* to) : to_{to} {}
  handle::behavior_type make_behavior() {
    return {[this](atom::adopt, const catalog::snapshot_ptr& s) { return adopt(s); }};
  }

private:
  std::uint64_t adopt(const catalog::snapshot_ptr& s) {
    *to_ = s;
    return s->version;
  }
  catalog::snapshot_ptr* to_;
};

/// A STORAGE that does with what the journal has left as a test says.
class scripted_storage {
public:
  using handle = actors::storage_actor;
  /// The number of rows that are still not in the database; nothing: no answer comes.
  using script = std::function<std::optional<std::uint64_t>()>;
  scripted_storage(actors::self_pointer<scripted_storage> self, const script* flush) : self_{self}, flush_{flush} {}
  handle::behavior_type make_behavior() {
    return {
        [](atom::tick) {},
        [this](atom::flush) { return flush(); },
        [](const actors::provider_observation&) {},
        [](const actors::provider_experience&) {},
        [this](atom::status) { return self_->vitals("writing"); },
    };
  }

private:
  caf::result<std::uint64_t> flush() {
    if (!*flush_) return 0;
    if (const auto left = (*flush_)()) return *left;
    silent_.push_back(self_->make_response_promise<std::uint64_t>());
    return silent_.back();
  }

  actors::self_pointer<scripted_storage> self_;
  const script* flush_;
  std::vector<caf::typed_response_promise<std::uint64_t>> silent_;
};

/// A NODE whose other nodes' journals lack what a test says; nothing: no answer comes.
class scripted_journals {
public:
  using handle = actors::gatherer_actor;
  scripted_journals(actors::self_pointer<scripted_journals> self,
                    const std::optional<std::vector<std::string>>* missing)
      : self_{self},
        missing_{missing} {}
  handle::behavior_type make_behavior() {
    return {[this](atom::flush) { return flush(); }};
  }

private:
  caf::result<std::vector<std::string>> flush() {
    if (*missing_) return **missing_;
    silent_.push_back(self_->make_response_promise<std::vector<std::string>>());
    return silent_.back();
  }

  actors::self_pointer<scripted_journals> self_;
  const std::optional<std::vector<std::string>>* missing_;
  std::vector<caf::typed_response_promise<std::vector<std::string>>> silent_;
};

/// An answer, taken apart.
struct reply {
  int status = 0;
  std::string body;
  std::string headers;
  std::string content_type;
  std::shared_ptr<simdjson::dom::parser> parser = std::make_shared<simdjson::dom::parser>();

  simdjson::dom::element json() const {
    simdjson::dom::element root;
    EXPECT_EQ(parser->parse(body).get(root), simdjson::SUCCESS) << body;
    return root;
  }
  std::string text(std::string_view name) const {
    std::string_view value;
    EXPECT_EQ(json()[name].get(value), simdjson::SUCCESS) << name << " in " << body;
    return std::string{value};
  }
  std::int64_t number(std::string_view name) const {
    std::int64_t value = 0;
    EXPECT_EQ(json()[name].get(value), simdjson::SUCCESS) << name << " in " << body;
    return value;
  }
  bool says(std::string_view words) const { return body.find(words) != std::string::npos; }
};

/// ADMINISTRATION with its neighbours, on SQLite.
class administration_fixture : public sqlite_system {
protected:
  administration_fixture() {
    with_.registry = host<recording::registry_state>("registry", opener());
    with_.reports = host<recording::registry_state>("registry/reports", opener());
    catalog_ = host<catalog::catalog_state>("catalog", with_.registry, catalog::catalog_options{});
    follower_ = host<last_snapshot>("ingress", &snapshot_);
    tell(catalog_, atom::subscribe_v, follower_);
    with_.catalog = catalog_;
    with_.storage = host<scripted_storage>("storage", &flush_);
    with_.ledger = host<accounting::ledger_state>("ledger", accounting::ledger_parts{}, clock());
    with_.tokenizer = host<tokenizing::tokenizer>("tokenizer");
    classification::classifier_parts choosing;
    choosing.rules = choice_rules_;
    choosing.seen = outlooks_;
    choosing.clock = &clock();
    with_.classifier = host<classification::classifier>("classifier", choosing);
    with_.census = host<supervision::supervisor_state>("supervisor");
    auto& options = admin_options_;
    options.node = "node-a";
    options.version = "1.2.3";
    options.secret = std::make_shared<core::secret_key>(sqlite_secret());
    options.find_neighbours = [this] { return with_; };
    options.draining = [this] { return draining_; };
    options.cannot_write = [this] { return cannot_write_; };
    options.lacks_room = [this] { return lacks_room_; };
    options.clock = &clock();
    options.outlooks = outlooks_;
    admin_ = host<administration::administration_state>("administration", options);
  }
  ~administration_fixture() override {
    for (const auto& actor : {caf::actor_cast<caf::actor>(admin_), caf::actor_cast<caf::actor>(catalog_)})
      kill(actor);
    with_ = {};
  }

  std::int64_t root_id() { return snapshot_->principals.at(0).process_id; }
  /// Whoever holds this key now; 0: nobody does.
  std::int64_t holder(const std::string& key) {
    const auto* who = snapshot_->find_key(sqlite_secret().hash(key), clock().wall());
    return who == nullptr ? 0 : who->process_id;
  }
  boost::intrusive_ptr<fake_exchange> start(std::string_view method, std::string_view target,
                                            std::string_view body = {}, std::int64_t caller = -1,
                                            std::vector<fake_exchange::line> headers = {}) {
    auto x = make_exchange(method, target, std::move(headers), body);
    tell(admin_, atom::handle_v, net::exchange_ptr{x}, snapshot_, caller == -1 ? root_id() : caller);
    return x;
  }
  reply call(std::string_view method, std::string_view target, std::string_view body = {}, std::int64_t caller = -1,
             std::vector<fake_exchange::line> headers = {}) {
    const auto answer = start(method, target, body, caller, std::move(headers))->answer();
    if (!answer) {
      ADD_FAILURE() << "no answer to " << method << " " << target;
      return {};
    }
    return {answer->status, answer->body, answer->headers, std::string{answer->content_type}};
  }
  reply make(std::string_view plural, std::string_view body) {
    auto made = call("POST", "/admin/v1/" + std::string{plural}, body);
    EXPECT_EQ(made.status, 201) << made.body;
    return made;
  }
  void make_gemma() { make("providers", R"({"name":"gpu","base_url":"http://127.0.0.1:9000/v1","models":["gemma"]})"); }

  std::shared_ptr<classification::rulebook> choice_rules_ = std::make_shared<classification::rulebook>();
  std::shared_ptr<scheduling::outlooks> outlooks_ = std::make_shared<scheduling::outlooks>();
  scripted_storage::script flush_; // empty: all is written
  administration::neighbours with_;
  administration::administration_options admin_options_;
  actors::catalog_actor catalog_;
  actors::follower_actor follower_;
  actors::administration_actor admin_;
  catalog::snapshot_ptr snapshot_;
  bool draining_ = false;
  bool cannot_write_ = false;
  bool lacks_room_ = false;
};

} // namespace logos::tests

// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/classifier.hpp"
#include "actors/execution/executor.hpp"
#include "actors/ingress/ingress.hpp"
#include "storage/journal/tail.hpp"
#include "tests/support/fake_exchange.hpp"
#include "tests/support/small_catalog.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/virtual_system.hpp"

#include <caf/all.hpp>
#include <gtest/gtest.h>

#include <algorithm>

namespace logos::ingress {

using tests::fake_exchange;
using tests::make_exchange;

/// What tests ask.
inline constexpr std::string_view to_gemma = R"({"model":"gemma","messages":[]})";
inline constexpr std::string_view to_gpt = R"({"model":"gpt","messages":[]})";
inline constexpr std::string_view greet_gemma = R"({"model":"gemma","messages":[{"role":"user","content":"hi"}]})";
inline constexpr std::string_view greet_gpt = R"({"model":"gpt","messages":[{"role":"user","content":"hi"}]})";
/// For ten tokens of gpt at most, which a hold can be made of.
inline constexpr std::string_view ten_tokens =
    R"({"model":"gpt","max_tokens":10,"messages":[{"role":"user","content":"hi"}]})";

/// As `small_catalog`, but its policy `local-only` permits this.
inline std::shared_ptr<catalog::snapshot> permitting(core::privacy_level level, std::uint64_t version) {
  auto s = tests::small_catalog(version);
  s->policies[0].threshold_privacy = level;
  return s;
}

/// A SCHEDULER's place for a ticket.
inline actors::offer offer_of(const actors::ticket& t, std::uint64_t permit = 7) {
  actors::offer o;
  o.request = t.request;
  o.deployment_id = t.deployment_id;
  o.provider_id = t.provider_id;
  o.permit = permit;
  o.epoch = 5;
  o.queued_us = 12'000;
  o.round = t.round;
  return o;
}

/// A SCHEDULER's word that it has none.
inline actors::refusal refusal_of(const actors::ticket& t, core::ec why, std::string message = {}) {
  actors::refusal r;
  r.request = t.request;
  r.deployment_id = t.deployment_id;
  r.provider_id = t.provider_id;
  r.code = static_cast<std::uint8_t>(why);
  r.message = std::move(message);
  r.round = t.round;
  return r;
}

/// What a SCHEDULER was told.
struct scheduler_log {
  std::vector<actors::ticket> tickets;
  std::vector<actors::acceptance> acceptances;
  std::vector<actors::withdrawal> withdrawals;
  std::vector<actors::release> releases;
  std::vector<actors::inventory> inventories;
  std::vector<actors::outlook> outlooks; // what it answers when it is asked
  actors::requester_actor requester;
  std::int32_t depth_at_arrival = 0; // of those whose withdrawal it answers
  bool silent = false;               // it answers none
};

/// A SCHEDULER that only writes down; the test makes the offers.
class probe_scheduler {
public:
  using handle = actors::scheduler_actor;
  probe_scheduler(actors::self_pointer<probe_scheduler> self, scheduler_log* log) : self_{self}, log_{log} {}
  handle::behavior_type make_behavior() {
    return {
        [this](const actors::ticket& t, const actors::requester_actor& from) {
          log_->tickets.push_back(t);
          log_->requester = from;
        },
        [this](const actors::acceptance& a) { log_->acceptances.push_back(a); },
        [this](const actors::withdrawal& w) { withdraw(w); },
        [this](const actors::release& r) { log_->releases.push_back(r); },
        [this](const actors::inventory& i, const actors::requester_actor&) { log_->inventories.push_back(i); },
        [](atom::lease, const actors::slice&, const actors::requester_actor&) {},
        [](atom::give_back, const actors::slice&, const actors::requester_actor&) {},
        [](const actors::provider_terms&) {},
        [](const actors::provider_observation&) {},
        [](atom::adopt, const actors::loader_actor&) {},
        [](atom::recover, const std::vector<std::string>&, std::int64_t) {},
        [](atom::lost, const std::string&, std::int64_t) {},
        [](const actors::bundle&, const actors::requester_actor&) {},
        [this](atom::explain, const core::uuid&) { return log_->outlooks; },
        [](atom::explain, const actors::queue_question&) { return actors::queue_page{}; },
        [](atom::order, std::int64_t, bool) { return actors::order_report{}; },
        [this](atom::status) { return self_->vitals("probing"); },
    };
  }

private:
  /// Answers as a SCHEDULER would with whom the ticket still waits.
  void withdraw(const actors::withdrawal& w) {
    log_->withdrawals.push_back(w);
    if (!w.answered || log_->silent) return;
    for (const auto& t : log_->tickets) {
      if (t.request != w.request || t.deployment_id != w.deployment_id) continue;
      auto r = refusal_of(t, core::ec::client_gone);
      r.depth_at_arrival = log_->depth_at_arrival;
      self_->send(log_->requester, std::move(r));
    }
  }
  actors::self_pointer<probe_scheduler> self_;
  scheduler_log* log_;
};

class probe_administration {
public:
  using handle = actors::administration_actor;
  probe_administration(actors::self_pointer<probe_administration> self, std::vector<std::int64_t>* callers,
                       std::vector<core::uuid>* left)
      : self_{self},
        callers_{callers},
        left_{left} {}
  handle::behavior_type make_behavior() {
    return {
        [this](atom::handle, const net::exchange_ptr& x, const catalog::snapshot_ptr&, std::int64_t process) {
          callers_->push_back(process);
          x->reply({});
        },
        [](const actors::provider_observation&) {},
        [](atom::tick) {},
        [this](atom::gone, const core::uuid& request) { left_->push_back(request); },
        [this](atom::status) { return self_->vitals("probing"); },
    };
  }

private:
  actors::self_pointer<probe_administration> self_;
  std::vector<std::int64_t>* callers_;
  std::vector<core::uuid>* left_;
};

/// What a LEDGER was told.
struct ledger_log {
  std::vector<accounting::claim> claims;
  std::vector<accounting::settlement> settlements;
  actors::claimant_actor asker;
  std::shared_ptr<accounting::tray> tray = std::make_shared<accounting::tray>();
};

/// A LEDGER that only writes down; the test rules.
class probe_ledger {
public:
  using handle = actors::ledger_actor;
  probe_ledger(actors::self_pointer<probe_ledger> self, std::vector<actors::usage_entry>* booked, ledger_log* log)
      : self_{self},
        booked_{booked},
        log_{log} {}
  handle::behavior_type make_behavior() {
    return {
        [this](const std::vector<actors::usage_entry>& entries) {
          booked_->insert(booked_->end(), entries.begin(), entries.end());
        },
        [this](atom::totals) { return *booked_; },
        [this](atom::flush) {
          accounting::clear(
              *log_->tray,
              [this](const accounting::claim& c, const actors::ingress_actor& asker) {
                log_->claims.push_back(c);
                log_->asker = asker;
              },
              [this](const accounting::settlement& s) { log_->settlements.push_back(s); });
        },
        [](const accounting::claim&, const actors::claimant_actor&) {}, // between nodes only
        [](const accounting::settlement&) {},
        [](const accounting::report&, const actors::claimant_actor&) {},
        [](atom::recover, const std::vector<std::string>&, std::int64_t) {},
        [](atom::lost, const std::string&, std::int64_t) {},
        [](atom::explain, const accounting::use_question&) { return accounting::use_answer{}; },
        [](atom::adopt, const catalog::snapshot_ptr& s) { return s->version; },
        [](atom::tick) {},
        [this](atom::status) { return self_->vitals("probing"); },
    };
  }

private:
  actors::self_pointer<probe_ledger> self_;
  std::vector<actors::usage_entry>* booked_;
  ledger_log* log_;
};

class ingress_test : public tests::virtual_system {
protected:
  /// Whose journal is as `options` say, but in a folder of the test's own.
  explicit ingress_test(storage::journal_options options = {{}, "run-1"}) {
    options.directory = folder_.path();
    journal_ = *storage::journal::open(std::move(options));
    unit_.adopt_thread();
    run_io = [this] {
      context_.restart();
      return context_.poll();
    };
    at_ =
        std::make_unique<execution::workplace>(0, unit_, **journal_->new_writer(), traffic_, execution::house_rules{});
    at_->next = {host<classification::classifier>("classifier"),
                 host<probe_administration>("administration", &callers_, &left_),
                 host<probe_ledger>("ledger", &booked_, &accounts_), accounts_.tray};
    at_->executor = host<execution::executor>("executor/0", *at_, clock());
    ingress_ = host<ingress>("ingress/0", *at_, tests::test_secret(), clock(), false);
    at_->ingress = ingress_;
    for (std::int64_t provider = 1; provider <= 3; ++provider)
      route(provider, logs_[provider]);
    adopt(tests::small_catalog());
  }

  ~ingress_test() override {
    for (const auto& x : brought_)
      x->relayed.clear(); // a call holds its exchange, as long as a relay would
    run();
    at_->schedulers.clear();
    kill(ingress_); // before their workplace
    kill(at_->executor);
    at_->next = {};
    at_->ingress = nullptr;
    at_->executor = nullptr;
    for (auto& [id, log] : logs_)
      log.requester = nullptr;
    accounts_.asker = nullptr;
    run_io = nullptr;
  }

  void route(std::int64_t provider, scheduler_log& log) {
    tell(ingress_, atom::route_v, provider, host<probe_scheduler>("scheduler/" + std::to_string(provider), &log));
  }
  void adopt(const catalog::snapshot_ptr& s) { EXPECT_EQ(ask<std::uint64_t>(ingress_, atom::adopt_v, s), s->version); }

  boost::intrusive_ptr<fake_exchange> bring(std::string_view key, std::string_view body,
                                            std::string_view path = "/v1/chat/completions",
                                            std::vector<fake_exchange::line> more = {}) {
    std::vector<fake_exchange::line> headers{{"content-type", "application/json"}};
    if (!key.empty()) headers.push_back({"authorization", "Bearer " + std::string{key}});
    headers.insert(headers.end(), more.begin(), more.end());
    auto x = make_exchange("POST", path, std::move(headers), body);
    tell(ingress_, atom::handle_v, net::exchange_ptr{x});
    brought_.push_back(x);
    return x;
  }

  void offer_for(std::int64_t provider, std::uint64_t permit = 7) {
    answer(logs_[provider].tickets.back(), provider, permit);
  }
  void answer(const actors::ticket& t, std::int64_t provider, std::uint64_t permit) {
    tell(logs_[provider].requester, offer_of(t, permit));
  }
  /// A catalog comes right behind a place for the last ticket, before anybody has read of either.
  void offer_and_adopt(std::int64_t provider, const catalog::snapshot_ptr& s) {
    caf::anon_send(logs_[provider].requester, offer_of(logs_[provider].tickets.back()));
    caf::anon_send(ingress_, atom::adopt_v, s);
    run();
  }

  void rule(accounting::ruling r) {
    r.request = accounts_.claims.back().request;
    r.at_stage = accounts_.claims.back().at_stage;
    tell(accounts_.asker, std::move(r));
  }

  /// What the journal holds now, finished requests only.
  std::vector<storage::finished_facts> rows() {
    storage::journal_tail tail{*journal_, {}};
    std::vector<storage::finished_facts> out;
    for (const auto& row : tail.next(100).rows)
      out.push_back(row);
    return out;
  }

  /// The only row of a request.
  storage::finished_facts row_of(const fake_exchange& x) {
    std::vector<storage::finished_facts> mine;
    for (const auto& row : rows())
      if (row.request_id == x.id()) mine.push_back(row);
    EXPECT_EQ(mine.size(), 1U);
    return mine.empty() ? storage::finished_facts{} : mine.front();
  }
  /// How often the LEDGER was told what a request has cost.
  std::ptrdiff_t settlements_of(const fake_exchange& x) const {
    return std::count_if(accounts_.settlements.begin(), accounts_.settlements.end(),
                         [&](const auto& s) { return s.request == x.id(); });
  }

  static net::call_outcome whole_answer() {
    net::call_outcome outcome;
    outcome.status = 200;
    outcome.answered = true;
    outcome.complete = true;
    outcome.tokens.prompt_tokens = 3;
    outcome.tokens.completion_tokens = 4;
    outcome.tokens.total_tokens = 7;
    outcome.tokens.seen = true;
    return outcome;
  }

  test::temporary_folder folder_;
  std::unique_ptr<storage::journal> journal_;
  boost::asio::io_context context_{1};
  net::io_unit unit_{sys(), context_};
  core::traffic traffic_;
  std::unique_ptr<execution::workplace> at_;
  std::map<std::int64_t, scheduler_log> logs_;
  std::vector<boost::intrusive_ptr<fake_exchange>> brought_;
  std::vector<std::int64_t> callers_;
  std::vector<core::uuid> left_; // whose clients ADMINISTRATION was told to have left
  std::vector<actors::usage_entry> booked_;
  ledger_log accounts_;
  actors::ingress_actor ingress_;
};

} // namespace logos::ingress

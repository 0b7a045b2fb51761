// SPDX-License-Identifier: MIT
// INGRESS, as it has a batch judged that is handed in to a provider.
#include "actors/ingress/ingress.hpp"
#include "actors/ingress/relayed_batches.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace logos::ingress {

using core::ec;
using execution::admission_of;

namespace {

// What is judged here at once: less than a millisecond.
constexpr std::size_t judged_at_once = std::size_t{64} << 10;
// TOKENIZER gets through some 100 MB a second.
constexpr std::size_t most_being_judged = std::size_t{64} << 20;

/// All that a batch is judged by. Owns what it reads; the exchange's last reference may be dropped on any thread.
class batch_question {
public:
  batch_question(net::exchange_ptr x, const execution::admission& a, std::vector<const catalog::provider*> providers)
      : exchange_{std::move(x)},
        snapshot_{a.snapshot},
        who_{*a.who},
        profile_{a.profile},
        policy_{a.policy},
        intent_{a.intent},
        client_{exchange_->client_address()},
        providers_{std::move(providers)} {}

  actors::batch_verdict answer() {
    actors::batch_verdict v{exchange_->id(), bytes(), {}, {}, std::move(providers_)};
    auto models =
        check_batch({*snapshot_, who_, profile_, policy_.get()}, exchange_->request(), intent_, client_, v.providers);
    if (models)
      v.models = std::move(*models);
    else
      v.why = std::move(models).error();
    return v;
  }
  core::uuid id() const { return exchange_->id(); }
  std::size_t bytes() const { return exchange_->request().body.size(); }

private:
  net::exchange_ptr exchange_;
  catalog::snapshot_ptr snapshot_; // keeps who, profile and providers alive
  const catalog::principal& who_;
  const catalog::profile* profile_;
  classification::policy_ptr policy_;
  intent intent_;
  std::string client_;
  std::vector<const catalog::provider*> providers_;
};

/// A question on its way to another thread: it is answered, whatever becomes of that.
class errand_of_batch {
public:
  errand_of_batch(batch_question q, actors::ingress_actor asker, std::shared_ptr<std::atomic<bool>> dropped)
      : question_{std::move(q)},
        asker_{std::move(asker)},
        dropped_{std::move(dropped)} {}
  ~errand_of_batch() {
    if (told_) return;
    tell({question_.id(), question_.bytes(), {ec::internal, "The batch was not read to its end. Try again.", "", 1}});
  }
  errand_of_batch(const errand_of_batch&) = delete;
  errand_of_batch& operator=(const errand_of_batch&) = delete;

  void run() {
    // Who uploads and hangs up keeps nobody else waiting.
    if (dropped_->load(std::memory_order_relaxed))
      return tell({question_.id(), question_.bytes(), {ec::client_gone, ""}});
    tell(question_.answer());
  }

private:
  void tell(actors::batch_verdict v) {
    told_ = true;
    caf::anon_send(asker_, std::move(v));
  }

  batch_question question_;
  actors::ingress_actor asker_;
  std::shared_ptr<std::atomic<bool>> dropped_;
  bool told_ = false;
};

} // namespace

void ingress::judge_batch(const net::exchange_ptr& x) {
  auto& a = admission_of(*x);
  std::vector<const catalog::provider*> providers;
  for (const auto id : a.candidates)
    if (const auto* d = a.snapshot->find_deployment(id);
        d != nullptr && std::find(providers.begin(), providers.end(), d->provider) == providers.end())
      providers.push_back(d->provider);
  batch_question q{x, a, std::move(providers)};
  const auto bytes = x->request().body.size();
  if (bytes <= judged_at_once || !at_.next.tokenizer) {
    being_judged_ += bytes;
    auto v = q.answer();
    return on_batch_verdict(v);
  }
  if (being_judged_ != 0 && being_judged_ + bytes > most_being_judged)
    return refuse_admitted(
        x, {ec::rate_limited, "Too many large batches are being read here just now. Try again.", "", 1});
  being_judged_ += bytes;
  a.judging = std::make_shared<std::atomic<bool>>(false);
  const auto errand = std::make_shared<errand_of_batch>(std::move(q), actors::ingress_actor{self_}, a.judging);
  at_.unit.send(at_.next.tokenizer, actors::long_task{[errand] { errand->run(); }});
}

void ingress::on_batch_verdict(actors::batch_verdict& v) {
  being_judged_ -= v.bytes;
  const auto at = pending_.find(v.request);
  if (at == pending_.end()) return; // the client left meanwhile
  const auto x = at->second;
  auto& a = admission_of(*x);
  if (std::exchange(a.judging, nullptr)) a.judged_at = clock_.steady();
  if (v.why.code != ec::none) return refuse_admitted(x, std::move(v.why));
  a.others = std::move(v.models); // asked for again when its turn has come
  std::erase_if(a.candidates, [&](std::int64_t id) {
    const auto* d = a.snapshot->find_deployment(id);
    return d == nullptr || std::find(v.providers.begin(), v.providers.end(), d->provider) == v.providers.end();
  });
  reserve(x);
}

} // namespace logos::ingress

// SPDX-License-Identifier: MIT
#include "actors/embedding/embedder.hpp"

#include "actors/embedding/call_text.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <utility>

namespace logos::embedding {
namespace {

using namespace std::chrono_literals;
using classification::fallback;
using classification::told_gist;
using core::ec;

constexpr std::size_t most_prompts = 32; // under way
constexpr std::size_t most_in_a_call = 64;
constexpr auto beat = 250ms;
constexpr auto texts_time = 60s; // a model that has to be loaded takes its time

/// How long a call may go on. What comes too late for its decision is there for the next one that asks the same.
std::chrono::microseconds call_time(std::chrono::microseconds patience) {
  return std::clamp<std::chrono::microseconds>(10 * patience, 1s, 10s);
}

/// Whether the model refuses this text: that says nothing of others, and nobody's prompt shall stop it for all.
bool is_about_the_text(const net::collected_answer& a) {
  return a.refusal.code == ec::none && (a.status == 400 || a.status == 413 || a.status == 422);
}

/// The callback outlives nobody: it only sends.
struct tell_embedder {
  actors::embedder_actor whom;
  core::uuid id;
  void operator()(net::collected_answer a) const {
    caf::anon_send(whom, actors::inner_answer{id, std::make_shared<const net::collected_answer>(std::move(a))});
  }
};

} // namespace

embedder::embedder(actors::self_pointer<embedder> self, embedder_parts with)
    : self_{self},
      parts_{std::move(with)},
      ids_{core::random_seed()} {}

embedder::~embedder() {
  const core::failure why{ec::shutting_down, "The EMBEDDER has ended."};
  for (const auto& [id, p] : prompts_)
    parts_.runs->end(id, why);
  if (!texts_.id.nil()) parts_.runs->end(texts_.id, why);
}

embedder::handle::behavior_type embedder::make_behavior() {
  follow_order();
  return {
      [this](classification::wanted_gist& w) { return ask(w); },
      [this](const actors::inner_answer& a) { on_answer(a); },
      [this](atom::refresh) { follow_order(); },
      [this](atom::tick) { tick(); },
      [this](atom::status) { return self_->vitals(state()); },
  };
}

caf::result<told_gist> embedder::ask(classification::wanted_gist& w) {
  if (auto known = parts_.with->find(w.key)) return told_gist{std::move(known)}; // since it was asked
  const auto now = parts_.clock->steady();
  const question_key of{w.key, w.within};
  const auto at = calls_.find(of);
  if (at == calls_.end()) {
    if (!setback_.may_begin(now)) return told_gist{nullptr, fallback::failed};
    if (prompts_.size() >= most_prompts) return told_gist{nullptr, fallback::busy};
    parts_.with->shown.asked.fetch_add(1, std::memory_order_relaxed);
    const std::array<std::string, 1> text{std::move(w.text)};
    const auto id = begin(w.process_id, request_text(w.model, text, w.within));
    calls_.emplace(of, id);
    prompts_.emplace(id, asked_prompt{of, w.patience, w.remembered, now});
    arm();
  }
  auto answer = self_->make_response_promise<told_gist>();
  prompts_.at(calls_.at(of)).waiting.push_back(answer);
  return answer;
}

void embedder::follow_order() {
  const auto order = parts_.with->ordered();
  gathered_.want(order.texts, order.space, parts_.with->known().get());
  fetch();
}

void embedder::fetch() {
  parts_.with->shown.missing.store(gathered_.missing(), std::memory_order_relaxed);
  if (!gathered_.wanted() || !parts_.rules->current()->embeddings) return;
  if (gathered_.complete()) {
    const auto known = parts_.with->known();
    if (!known || known->of != gathered_.wanted() || known->space != gathered_.space())
      parts_.with->publish(gathered_.whole());
    return;
  }
  const auto now = parts_.clock->steady();
  if (texts_.id.nil() && setback_.may_begin(now)) {
    const auto order = parts_.with->ordered();
    texts_.texts = gathered_.next(most_in_a_call);
    texts_.begun = now;
    texts_.space = gathered_.space();
    texts_.id = begin(order.process_id, request_text(order.model, texts_.texts, {}));
  }
  arm();
}

core::uuid embedder::begin(std::int64_t process_id, std::string text) {
  const auto id = ids_.next(parts_.clock->wall());
  parts_.runs->begin({id, process_id, std::move(text)}, tell_embedder{actors::embedder_actor{self_}, id});
  return id;
}

void embedder::on_answer(const actors::inner_answer& a) {
  if (a.run == texts_.id) return on_texts(std::exchange(texts_, {}), *a.answer);
  const auto at = prompts_.find(a.run);
  if (at == prompts_.end()) return;
  auto p = std::move(at->second);
  prompts_.erase(at);
  calls_.erase(p.of);
  on_prompt(std::move(p), *a.answer);
}

void embedder::on_prompt(asked_prompt p, const net::collected_answer& a) {
  parts_.with->shown.calls.fetch_add(1, std::memory_order_relaxed);
  const auto read = read_answer(a, 1);
  told_gist out;
  if (read) {
    out.about = read->front();
    parts_.with->keep(p.of.first, out.about, p.remembered);
    const auto now = parts_.clock->steady();
    p.late = p.late || now - p.begun > p.patience;
    if (!p.late)
      setback_.succeeded(p.begun);
    else
      note_failure(p.begun, {ec::first_token_timeout, "It took longer than classification.embeddings.timeout."});
  } else {
    out.why = fallback::failed;
    if (!is_about_the_text(a)) note_failure(p.begun, read.error());
  }
  for (auto& each : p.waiting)
    each.deliver(out);
  fetch();
}

void embedder::on_texts(asked_texts t, const net::collected_answer& a) {
  parts_.with->shown.calls.fetch_add(1, std::memory_order_relaxed);
  const auto read = read_answer(a, t.texts.size());
  if (!read) {
    note_failure(t.begun, read.error());
  } else if (t.space == gathered_.space()) { // else it is another model's by now
    if (gathered_.take(t.texts, *read))
      setback_.succeeded(t.begun);
    else
      note_failure(t.begun, {ec::upstream_protocol, "Its vectors have another length than they had before."});
  }
  fetch();
}

void embedder::note_failure(core::steady_time begun, const core::failure& why) {
  parts_.with->shown.failed.fetch_add(1, std::memory_order_relaxed);
  const bool did_well = setback_.pause().count() == 0;
  setback_.failed(begun, parts_.clock->steady());
  if (did_well)
    spdlog::warn("embedder: the embedding model has failed, and is left alone for a while: {}",
                 core::without_quotes(why));
}

void embedder::tick() {
  armed_ = false;
  const auto now = parts_.clock->steady();
  parts_.runs->look_after();
  for (auto& [id, p] : prompts_) {
    if (!p.late && now - p.begun > p.patience) {
      p.late = true;
      note_failure(p.begun, {ec::first_token_timeout, "It takes longer than classification.embeddings.timeout."});
    }
    if (now - p.begun > call_time(p.patience))
      parts_.runs->end(id, {ec::first_token_timeout, "The embedding model has not answered in time."});
  }
  if (!texts_.id.nil() && now - texts_.begun > texts_time)
    parts_.runs->end(texts_.id, {ec::first_token_timeout, "The embedding model has not answered in time."});
  fetch();
  if (!prompts_.empty() || !texts_.id.nil()) arm();
}

void embedder::arm() {
  if (std::exchange(armed_, true)) return;
  self_->delayed_send(self_, beat, atom::tick_v);
}

std::string embedder::state() const {
  if (!gathered_.wanted() || !parts_.rules->current()->embeddings) return "off";
  auto out =
      std::to_string(parts_.with->remembered()) + " prompts known, " + std::to_string(prompts_.size()) + " under way";
  if (gathered_.missing() != 0) out += ", " + std::to_string(gathered_.missing()) + " descriptions missing";
  if (setback_.pause().count() != 0) out += ", failing";
  return out;
}

} // namespace logos::embedding

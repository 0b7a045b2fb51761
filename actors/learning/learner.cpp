// SPDX-License-Identifier: MIT
#include "actors/learning/learner.hpp"

#include "actors/learning/owner.hpp"

#include <algorithm>
#include <cmath>

namespace logos::learning {
namespace {

using classification::remembered;
using classification::signal;
using core::ec;
using core::failure;

/// With all that may be the reason: who may not know which requests there are must not learn it here.
/// `nothing_to_choose`: there are less than two models now, so that nobody leaves word of calls.
failure unknown_request(const core::uuid& request, bool nothing_to_choose) {
  return {ec::resource_not_found,
          "Nothing is remembered of request " + request.str() + ". " +
              (nothing_to_choose ? "Nothing is of any while this gateway has less than two models. Else it" : "It") +
              " is not one of this key's; was no conversation with a model, or had a body above 1 MiB; was not "
              "answered, since it was refused, its provider was busy or its client left before; came when there were "
              "less than two models, or as one of more than 2000 in a second; is too long ago; or the node that has "
              "served it is away or was started again.",
          "request_id"};
}

failure said_before(const storage::feedback_row& row) {
  return {ec::conflict,
          "This key has already said something else about request " + row.request_id +
              (row.score ? ". What was learned is not unlearned; leave it, or let another key say it."
                         : ". Only a score may still be added to it."),
          "request_id"};
}

} // namespace

learner_state::learner_state(actors::self_pointer<learner_state> self, learner_parts with, const core::clock& clock)
    : self_{self},
      with_{std::move(with)},
      clock_{clock},
      metronome_{self, with_.interval},
      study_{with_.open, with_.studies, *with_.shows, clock},
      notes_{with_.remembers, with_.shows->figures},
      patience_{with_.bears},
      ids_{core::random_seed()} {}

learner_state::handle::behavior_type learner_state::make_behavior() {
  self_->send(self_, atom::tick_v); // whoever asks how it is waits until it has read what is known
  return {
      [this](atom::tick) { tick(); },
      [this](const remark& said) { return hear(said); },
      [this](atom::recollect, const core::uuid& request) { return recollect(request); },
      [this](atom::explain) { return describe(); },
      [this](atom::adopt, const catalog::snapshot_ptr& fresh) { return adopt(fresh); },
      [this](atom::status) { return status(); },
  };
}

void learner_state::tick() {
  metronome_.rearm();
  take_notes();
  const auto now = clock_.steady();
  if (now < log_at_) return;
  log_at_ = now + with_.log_interval;
  look_at_log();
}

void learner_state::take_notes() {
  const auto wall = clock_.wall();
  const auto now = clock_.steady();
  for (const auto& call : with_.comes->take())
    notes_.note(call, wall, now);
}

void learner_state::look_at_log() {
  auto signs = notes_.signs(clock_.wall(), clock_.steady());
  if (!signs.empty()) {
    if (study_.write(signs))
      with_.shows->figures.noticed += signs.size();
    else
      notes_.keep(std::move(signs));
  }
  if (!study_.read()) return;
  if (std::exchange(catalog_is_new_, false)) {
    std::vector<std::int64_t> missing;
    for (const auto id : study_.models())
      if (std::none_of(catalog_->models.begin(), catalog_->models.end(), [&](const auto& m) { return m.id == id; }))
        missing.push_back(id);
    study_.forget_removed(missing);
  }
  study_.tidy();
}

failure learner_state::find_request(const remark& said, const core::uuid& request, const std::string& packed,
                                    remembered& out) {
  unknown_ = {};
  if (const auto* found = notes_.find(request, clock_.steady()))
    out = *found;
  else if (auto from_elsewhere = unpack(packed))
    out = std::move(*from_elsewhere);
  else
    unknown_ = request;
  if (!unknown_.nil() || (!said.trusted && out.giver != said.process_id))
    return unknown_request(request, catalog_ != nullptr && catalog_->models.size() < 2);
  return {};
}

failure learner_state::find_about(const remark& said, remembered& out) {
  if (said.body.empty()) return find_request(said, said.request, said.recollected, out);
  out = {notes_.imprint_of_body(said.body), said.tenant_id, said.model, said.process_id, said.full};
  if (out.about != nullptr) return {};
  return {ec::bad_field, "'body' must be the body of a conversation, with a message of a user.", "body"};
}

failure learner_state::rows_of(const remark& said, std::vector<noted>& out) {
  remembered about;
  if (auto bad = find_about(said, about); bad.code != ec::none) return bad;
  const auto request = said.body.empty() ? said.request : ids_.next(clock_.wall());
  const auto add = [&](signal what) -> storage::feedback_row& {
    auto made = note_about(request, about, what, clock_.wall());
    made.row.process_id = said.process_id;
    made.row.trusted = said.trusted;
    return out.emplace_back(std::move(made)).row;
  };
  auto other = said.other_model;
  if (said.other_request) {
    remembered worse;
    if (auto bad = find_request(said, *said.other_request, said.recollected_other, worse); bad.code != ec::none) {
      bad.param = "preferred_over";
      return bad;
    }
    other = worse.model;
  }
  if (other != 0 && other == about.model)
    return {ec::bad_field, "'preferred_over' is the model that has answered: nothing can be learned from that.",
            "preferred_over"};
  const bool speaks = said.score || !said.label.empty() || !said.comment.empty();
  if (speaks) {
    auto& row = add(signal::score);
    row.score = said.score;
    row.label = said.label;
    row.comment = said.comment;
  }
  if (other != 0) {
    auto& row = add(signal::preferred);
    row.other_model_id = other;
    row.score = 1;
  }
  return {};
}

std::string learner_state::recollect(const core::uuid& request) {
  take_notes(); // it may have ended just now
  const auto* found = notes_.find(request, clock_.steady());
  return found == nullptr ? std::string{} : pack(*found);
}

remark_reply learner_state::hear(const remark& said) {
  take_notes(); // the request may have ended just now
  unknown_ = {};
  auto& figures = with_.shows->figures;
  const auto refuse = [&](failure why) {
    figures.refused.fetch_add(1, std::memory_order_relaxed);
    remark_reply no;
    no.refusal = std::move(why);
    no.unknown = std::exchange(unknown_, {});
    return no;
  };
  if (!said.trusted && said.recollected.empty() && said.recollected_other.empty())
    if (const auto wait = patience_.take(owner_or_key(said.tenant_id, said.process_id), clock_.steady()); wait != 0)
      return refuse({ec::rate_limited,
                     "Much feedback was given in a short time by the keys of one owner. Try again later.", "", wait});
  std::vector<noted> rows;
  if (auto bad = rows_of(said, rows); bad.code != ec::none) return refuse(std::move(bad));
  const auto written = study_.write(rows);
  if (!written) return refuse(written.error());
  remark_reply out;
  out.repeated = true;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& there = (*written)[i];
    if (!there.fresh && !storage::adds_nothing(there.row, rows[i].row)) return refuse(said_before(there.row));
    out.number = there.row.number;
    out.model_id = there.row.model_id;
    out.repeated = out.repeated && !there.fresh;
    out.teaches = out.teaches || study_.taught(i);
  }
  figures.given.fetch_add(1, std::memory_order_relaxed);
  return out;
}

std::uint64_t learner_state::adopt(const catalog::snapshot_ptr& fresh) {
  catalog_ = fresh;
  catalog_is_new_ = true;
  return fresh->version;
}

std::string learner_state::describe() const {
  const auto known = with_.shows->now();
  std::string models;
  for (const auto id : known->models()) {
    const auto* found = static_cast<const catalog::model*>(nullptr);
    if (catalog_)
      for (const auto& m : catalog_->models)
        if (m.id == id) found = &m;
    models.append(models.empty() ? "" : ",").append(R"({"model_id":)").append(std::to_string(id));
    models.append(R"(,"model":)").append(found != nullptr ? core::json_string(found->name) : "null");
    models.append(R"(,"lessons":)").append(std::to_string(known->lessons(id))) += '}';
  }
  const auto& f = with_.shows->figures;
  return R"({"node":)" + core::json_string(self_->who().node) + R"(,"learned_up_to":)" +
         std::to_string(study_.number()) + R"(,"remembered_requests":)" + std::to_string(f.remembered) +
         R"(,"memory_bytes":)" + std::to_string(f.memory_bytes) + R"(,"models":[)" + models + "]}";
}

actors::actor_status learner_state::status() const {
  if (!study_.trouble().empty()) return self_->vitals("database away: " + study_.trouble());
  return self_->vitals("learned " + std::to_string(study_.number()) + ", remembers " +
                       std::to_string(with_.shows->figures.remembered));
}

} // namespace logos::learning

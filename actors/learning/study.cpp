// SPDX-License-Identifier: MIT
#include "actors/learning/study.hpp"

#include "actors/learning/owner.hpp"

#include <spdlog/spdlog.h>

#include <cmath>
#include <set>
#include <utility>

namespace logos::learning {
namespace {

using classification::known_model;
using classification::known_share;
using classification::signal;
using namespace std::chrono_literals;

constexpr float micro = 1e6F;
constexpr int removed_at_once = 1000;

} // namespace

std::string in_words(const classification::learning_rules& rules) {
  const auto& w = rules.from;
  std::string out = "3";
  for (const float x : {w.constant, w.length, w.surface, w.traits, w.meaning, rules.giver_limit})
    out.append(" ").append(std::to_string(x));
  // Older programs kept so many estimates and no others; how many are kept now does not change what these have learned.
  const auto estimates = static_cast<std::int64_t>(classification::learning_rules{}.estimate_limit);
  for (const auto n : {std::int64_t{rules.per_tenant}, std::int64_t{rules.half_life.count()}, estimates,
                       static_cast<std::int64_t>(rules.giver_table)})
    out.append(" ").append(std::to_string(n));
  return out;
}

classification::lesson lesson_of(const noted& what) {
  const auto& row = what.row;
  classification::lesson out;
  out.when = row.given_at;
  out.tenant = row.tenant_id;
  out.model = row.model_id;
  out.other = row.other_model_id;
  out.giver = owner_or_key(row.tenant_id, row.process_id);
  out.trusted = row.trusted;
  out.what = static_cast<signal>(row.signal);
  if (row.signal < 0 || row.signal > static_cast<std::int64_t>(classification::last_signal))
    return {}; // of a later program
  if (out.what == signal::score && !row.score) return {};
  out.score = static_cast<float>(row.score.value_or(0));
  out.about = what.about;
  return out;
}

study::study(store_factory open, const rules& by, board& shows, const core::clock& clock)
    : open_{std::move(open)},
      rules_{by},
      shows_{shows},
      clock_{clock},
      learner_{by.learn},
      tidied_at_{clock.steady()} {}

core::failure study::failed(core::failure why) {
  shows_.figures.failures.fetch_add(1, std::memory_order_relaxed);
  if (trouble_.empty()) spdlog::warn("learner: the database cannot be used: {}", why.message);
  trouble_ = why.message;
  return why;
}

storage::result<void> study::begin() {
  if (!store_) {
    auto opened = open_();
    if (!opened) return failed(opened.error());
    store_ = std::move(*opened);
  }
  if (sound_) return {};
  const auto known = store_->learned_after(0);
  if (!known) return failed(known.error());
  if (known->older) { // nobody has taken it over: in a transaction, so that one of all nodes does
    const auto taken = store_->append_feedback({}, 0, [this](const storage::learned_parts& news, auto) {
      take(news);
      if (news.older) take_over(*news.older);
      return changes();
    });
    if (!taken) return failed(taken.error());
  } else {
    take(*known);
  }
  sound_ = true;
  show(number_);
  return {};
}

void study::take_over(const storage::older_learned& older) {
  if (older.rules != in_words(rules_.learn)) {
    spdlog::warn("learner: what an older program has learned was learned under other rules and is dropped");
    return;
  }
  if (const auto wrong = learner_.restore(older.bytes); !wrong.empty())
    spdlog::warn("learner: what an older program has learned cannot be read, since {}; it is dropped", wrong);
}

/// In place of what is not sound, or beside what is.
void study::take(const storage::learned_parts& news) {
  if (sound_ && news.number == number_) return;
  if (!sound_) learner_ = classification::learner{rules_.learn};
  std::set<std::pair<std::int64_t, std::int64_t>> all;
  for (const auto id : news.gone)
    learner_.forget_model(id);
  for (const auto& m : news.models) {
    all.emplace(m.tenant_id, m.model_id);
    if (sound_ && m.number <= number_) continue;
    auto wrong = m.bytes.empty() ? "the secret key does not open it"
                                 : learner_.take(known_model{m.tenant_id, m.model_id, m.bytes});
    if (wrong.empty()) continue;
    spdlog::warn("learner: what is known of model {} cannot be read, since {}; it is learned anew", m.model_id, wrong);
    (void)learner_.take(known_model{m.tenant_id, m.model_id});
  }
  learner_.keep_only(all);
  for (const auto& s : news.shares)
    learner_.take(
        known_share{s.tenant_id, s.model_id, s.owner_id, static_cast<float>(s.micro_results) / micro, s.heard_at});
  (void)learner_.changes(); // they are in the database
  number_ = news.number;
}

storage::learned_parts study::changes() {
  storage::learned_parts out;
  auto changed = learner_.changes();
  for (auto& m : changed.models)
    out.models.push_back({m.tenant, m.model, 0, std::move(m.bytes)});
  for (const auto& s : changed.shares)
    out.shares.push_back({s.tenant, s.model, s.owner, static_cast<std::int64_t>(std::lround(s.said * micro)), s.heard});
  out.gone = std::move(changed.gone);
  return out;
}

/// `before`: the number up to which was known.
void study::show(std::int64_t before) {
  shows_.show(learner_.publish());
  shows_.figures.number = number_;
  shows_.figures.lessons.fetch_add(static_cast<std::uint64_t>(number_ - before), std::memory_order_relaxed);
}

storage::result<void> study::read() {
  if (auto begun = begin(); !begun) return begun.error();
  const auto news = store_->learned_after(number_);
  if (!news) return failed(news.error());
  trouble_.clear();
  if (news->number == number_) return {};
  const auto before = number_;
  take(*news);
  show(before);
  return {};
}

storage::result<std::vector<storage::appended_feedback>> study::write(std::span<const noted> rows) {
  if (auto begun = begin(); !begun) return begun.error();
  const auto before = number_;
  taught_.assign(rows.size(), false);
  std::vector<storage::feedback_row> plain;
  for (const auto& n : rows)
    plain.push_back(n.row);
  auto written = store_->append_feedback(
      plain, number_, [&](const storage::learned_parts& news, std::span<const storage::appended_feedback> appended) {
        take(news);
        for (std::size_t i = 0; i < appended.size(); ++i) {
          if (!appended[i].fresh) continue;
          taught_[i] = learner_.learn(lesson_of(rows[i]));
          number_ = appended[i].row.number;
        }
        return changes();
      });
  if (!written) {
    sound_ = false; // what was learned of these rows is written nowhere, or is in doubt
    return failed(written.error());
  }
  trouble_.clear();
  show(before);
  return written;
}

void study::tidy() {
  const auto now = clock_.steady();
  if (now - tidied_at_ < 10min || rules_.keep.count() == 0 || !store_) return;
  const auto gone = store_->remove_feedback(clock_.wall() - rules_.keep, removed_at_once);
  if (!gone) {
    (void)failed(gone.error());
    tidied_at_ = now;
  } else if (*gone < removed_at_once) {
    tidied_at_ = now; // else more of it the next time
  }
}

void study::forget_removed(std::span<const std::int64_t> missing) {
  if (missing.empty() || !begin()) return;
  std::vector<noted> rows;
  for (const auto id : missing) {
    const auto there = store_->find<storage::model>(id);
    if (there || there.error().code != core::ec::resource_not_found) continue;
    storage::feedback_row row;
    row.given_at = clock_.wall();
    row.request_id = "model " + std::to_string(id);
    row.model_id = id;
    row.signal = static_cast<std::int64_t>(signal::forgotten);
    row.trusted = true;
    rows.push_back({std::move(row), nullptr});
  }
  if (!rows.empty()) (void)write(rows);
}

} // namespace logos::learning

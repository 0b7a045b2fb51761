// SPDX-License-Identifier: MIT
#include "actors/learning/study.hpp"

#include "actors/learning/owner.hpp"

#include <spdlog/spdlog.h>

namespace logos::learning {
namespace {

using classification::signal;
using namespace std::chrono_literals;

constexpr std::size_t page = 500;
constexpr int removed_at_once = 1000;

} // namespace

std::string in_words(const classification::learning_rules& rules) {
  const auto& w = rules.from;
  std::string out = "3";
  for (const float x : {w.constant, w.length, w.surface, w.traits, w.meaning, rules.giver_limit})
    out.append(" ").append(std::to_string(x));
  for (const auto n : {std::int64_t{rules.per_tenant}, std::int64_t{rules.half_life.count()},
                       static_cast<std::int64_t>(rules.estimate_limit), static_cast<std::int64_t>(rules.giver_table)})
    out.append(" ").append(std::to_string(n));
  return out;
}

classification::lesson lesson_of(const storage::feedback_row& row) {
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
  if (auto about = classification::imprint_from(row.imprint))
    out.about = std::make_shared<const classification::imprint>(*about);
  return out;
}

study::study(store_factory open, const rules& by, board& shows, const core::clock& clock)
    : open_{std::move(open)},
      rules_{by},
      shows_{shows},
      clock_{clock},
      learner_{by.learn},
      looked_at_{clock.steady()},
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
  if (begun_) return {};
  auto state = store_->load_learned();
  if (!state) return failed(state.error());
  begun_ = true;
  if (!*state) return {};
  if ((*state)->rules != in_words(rules_.learn)) {
    spdlog::info("learner: the rules of learning are others than before; learning from all feedback that is kept");
    return {};
  }
  if (const auto wrong = learner_.restore((*state)->bytes); !wrong.empty()) {
    spdlog::warn("learner: what was learned cannot be read, since {}; learning from all feedback that is kept", wrong);
    return {};
  }
  number_ = written_down_ = (*state)->number;
  show();
  return {};
}

void study::show() {
  shows_.show(learner_.publish());
  shows_.figures.number = number_;
}

void study::learn(const storage::feedback_row& row) {
  learner_.learn(lesson_of(row));
  number_ = row.number;
  shows_.figures.lessons.fetch_add(1, std::memory_order_relaxed);
}

storage::result<std::size_t> study::read(std::size_t most) {
  if (auto begun = begin(); !begun) return begun.error();
  std::size_t read = 0;
  while (read < most) {
    const auto wanted = std::min(page, most - read);
    const auto rows = store_->feedback_after(number_, static_cast<int>(wanted));
    if (!rows) {
      if (read != 0) show();
      return failed(rows.error());
    }
    for (const auto& row : *rows)
      learn(row);
    read += rows->size();
    if (rows->size() < wanted) break;
  }
  trouble_.clear();
  if (read != 0) show();
  return read;
}

storage::result<void> study::read_all() {
  for (;;) {
    const auto some = read(page);
    if (!some) return some.error();
    if (*some < page) return {};
  }
}

storage::result<std::vector<storage::appended_feedback>> study::write(std::span<const storage::feedback_row> rows) {
  if (auto begun = begin(); !begun) return begun.error();
  auto written = store_->append_feedback(rows);
  if (!written) return failed(written.error());
  if (auto learned = read_all(); !learned) return learned.error();
  return written;
}

storage::result<void> study::write_down() {
  if (number_ == written_down_ || !store_) return {};
  const auto saved = store_->save_learned({number_, in_words(rules_.learn), learner_.bytes()}, clock_.wall());
  if (!saved) return failed(saved.error());
  written_down_ = number_;
  return {};
}

void study::keep_order() {
  const auto now = clock_.steady();
  if (number_ - written_down_ >= rules_.rows_between || now - looked_at_ >= rules_.time_between) {
    looked_at_ = now;
    if (!write_down()) return;
  }
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
  std::vector<storage::feedback_row> rows;
  for (const auto id : missing) {
    const auto there = store_->find<storage::model>(id);
    if (there || there.error().code != core::ec::resource_not_found) continue;
    storage::feedback_row row;
    row.given_at = clock_.wall();
    row.request_id = "model " + std::to_string(id);
    row.model_id = id;
    row.signal = static_cast<std::int64_t>(signal::forgotten);
    row.trusted = true;
    rows.push_back(std::move(row));
  }
  if (!rows.empty()) (void)write(rows);
}

} // namespace logos::learning

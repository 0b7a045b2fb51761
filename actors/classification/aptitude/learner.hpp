// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/aptitude/estimator.hpp"
#include "actors/classification/aptitude/lesson.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace logos::classification {

/// What the operator decides about learning.
struct learning_rules {
  widths from{};
  bool per_tenant = false; // else all tenants teach and use the same estimates
  /// After this time without news half of what is known remains. Zero: nothing is ever forgotten.
  std::chrono::seconds half_life = std::chrono::days{30};
  /// The most results, of one model, that all signals of the keys of one owner that are not trusted may count as,
  /// before forgetting: L while nothing trusted is known of the model, and L / (1 + trusted / 20)^1.5 after so many
  /// trusted results. So what one user says is never more than L, however many keys they make, and against many trusted
  /// results it is next to nothing.
  float giver_limit = 150;
  /// Of that, what the implicit signals of an owner's keys may count as beside it. They take nothing from what it says.
  float implicit_part = 0.1F;
  /// The most estimates that are kept: models times tenants. About 26 KiB each.
  std::size_t estimate_limit = 128;
  /// The most pairs of owner and model whose share is told apart, and of half as many again the share of implicit
  /// signals; the others share one limit for each model.
  std::size_t giver_table = 8192;
};

/// Under which id it is counted what an owner's calls tell by themselves: nobody's own.
constexpr std::int64_t beside(std::int64_t owner) {
  constexpr std::int64_t far = std::int64_t{1} << 61;
  return owner >= 0 ? owner + far : owner - far;
}
/// Whether this is such an id.
constexpr bool is_beside(std::int64_t owner) { return owner >= beside(0) || owner <= beside(-1); }

/// What is known of a model's success with a prompt.
struct estimate {
  float quality = 0.5F; // the expected result, from 0 to 1
  float mean = 0;       // of its logit, the prior's part included
  float variance = 0;   // of its logit
  float ignorance = 1;  // from 1 (nothing is known, the prior holds) to 0
};

class learner;

/// What was learned until some moment. What `learner::publish` hands out never changes: any thread may ask.
class learned {
public:
  explicit learned(const learning_rules& rules = {}) : rules_{rules} {}

  /// What is known of `model`. With zero feedback the quality is exactly `prior` (0 < prior < 1), and the less is known
  /// of such prompts, the nearer to it. Less than 1 µs, and next to nothing for a model of which nothing was heard.
  /// `of` comes from `about`: of several models it need be made once only.
  estimate ask(std::int64_t tenant, std::int64_t model, const estimator::asked& of, core::wall_time now,
               float prior = 0.5F) const;
  estimate ask(std::int64_t tenant, std::int64_t model, const imprint& of, core::wall_time now,
               float prior = 0.5F) const {
    return ask(tenant, model, about(of), now, prior);
  }
  estimator::asked about(const imprint& of) const { return blank_.about(of); }
  /// The most that what an owner's keys say of a model may count as by now.
  float limit(std::int64_t tenant, std::int64_t model, core::wall_time now) const;
  /// How many lessons were learned of a model: for people to see. `tenant` does not matter where all share.
  std::uint64_t lessons(std::int64_t tenant, std::int64_t model) const;
  /// The same over all tenants.
  std::uint64_t lessons(std::int64_t model) const;
  std::size_t estimates() const { return known_.size(); }
  /// Of which models anything is known, by id.
  std::vector<std::int64_t> models() const;
  const learning_rules& rules() const { return rules_; }

private:
  friend class learner;
  struct of_model {
    estimator weights;
    core::wall_time heard{}; // when of the last news; up to then was forgotten
    std::uint64_t lessons = 0;
    float trusted = 0; // results, as of `heard`
  };
  using model_key = std::pair<std::int64_t, std::int64_t>; // tenant, model

  std::chrono::microseconds step() const; // of forgetting
  std::int64_t tick_of(core::wall_time when) const;
  /// How much of what was known then is left by now.
  float kept(core::wall_time since, core::wall_time now) const;
  float limit_beside(float trusted) const;
  const of_model* find(std::int64_t tenant, std::int64_t model) const;

  learning_rules rules_;
  estimator blank_{rules_.from}; // of whom nothing was heard
  std::map<model_key, std::shared_ptr<of_model>> known_;
};

/// What is known of a model (for a tenant), as bytes that only a learner reads.
struct known_model {
  std::int64_t tenant = 0;
  std::int64_t model = 0;
  std::string bytes{}; // empty: nothing is known of it any more
};
/// How much of what is known of a model an owner has said.
struct known_share {
  std::int64_t tenant = 0;
  std::int64_t model = 0;
  std::int64_t owner = 0;
  float said = 0; // results, as of `heard`; 0: as good as nothing
  core::wall_time heard{};
};
/// Parts of what was learned.
struct known_parts {
  std::vector<known_model> models{};
  std::vector<known_share> shares{};
  std::vector<std::int64_t> gone{}; // models that were forgotten for good
};

/// What is learned of models from results: an estimator for each model (and tenant), how much each owner has said, and
/// forgetting. Who learns a lesson tells others what has changed by it, so that all know the same. No clocks: time
/// comes with lessons and questions. Not thread-safe.
class learner {
public:
  explicit learner(learning_rules rules = {}) : now_{rules} {}
  learner(const learner&) = delete;
  learner& operator=(const learner&) = delete;
  learner(learner&&) = default;
  learner& operator=(learner&&) = default;

  /// Some 10 µs. False, and nothing changed: it teaches nothing. That is so without an imprint, of a model 0 or one
  /// that is gone, of an owner that has said all it may, and where each estimate that there is room for holds trusted
  /// results and this one is not trusted.
  bool learn(const lesson& what);

  /// What was learned so far. An estimator that was handed out is copied before it learns on.
  std::shared_ptr<const learned> publish();
  /// The same while nothing is learned.
  const learned& now() const { return now_; }

  /// Drops what is known of a model, for all tenants, and learns nothing more of it: ids are never used again.
  void forget_model(std::int64_t model);
  bool is_gone(std::int64_t model) const { return gone_.contains(model); }
  /// How many results that count as the words of an owner's keys, of one model; as their implicit signals, of
  /// `beside(giver)`.
  float said(std::int64_t tenant, std::int64_t model, std::int64_t giver, core::wall_time now) const;

  /// What has changed since this was called last, as it is now. What somebody else has learned (`take`) has not.
  known_parts changes();
  /// Takes over what somebody else has learned, in place of what is known of it here. An explanation, and nothing
  /// changed, when these are no bytes of that model, or of another version or layout. What is another tenant's where
  /// all share, or nobody's where tenants learn apart, is left alone.
  std::string take(const known_model& what);
  void take(const known_share& what);
  /// Forgets all but these, pairs of tenant and model.
  void keep_only(const std::set<std::pair<std::int64_t, std::int64_t>>& these);

  /// Everything as bytes, with version and checksum; little-endian.
  std::string bytes() const;
  /// Replaces everything, which counts as changed. An explanation, and nothing changed, when these are not bytes of
  /// this layout. Those of version 3 are read as if they were learned under these rules.
  std::string restore(std::string_view bytes);

private:
  using of_model = learned::of_model;
  using model_key = learned::model_key;
  struct share {
    float said = 0;
    core::wall_time heard{};
  };
  using giver_key = std::tuple<std::int64_t, std::int64_t, std::int64_t>; // tenant, model, owner
  using share_table = std::map<giver_key, share>;
  /// What an untrusted lesson counts as, and whose shares that comes from.
  struct admission {
    float weight = 0;
    std::vector<giver_key> from{};
  };

  std::int64_t tenant_of(std::int64_t tenant) const { return now_.rules_.per_tenant ? tenant : 0; }
  bool concerns(std::int64_t tenant) const { return now_.rules_.per_tenant ? tenant != 0 : tenant == 0; }
  of_model& current(const model_key& key, core::wall_time when);
  admission admit(const lesson& what, std::span<const model_key> about, float weight);
  bool make_room(std::span<const model_key> about, bool trusted, core::wall_time when);
  share_table& shares_of(std::int64_t owner) { return is_beside(owner) ? implicit_shares_ : shares_; }
  const share_table& shares_of(std::int64_t owner) const { return is_beside(owner) ? implicit_shares_ : shares_; }
  giver_key seat_of(const giver_key& who, core::wall_time when);
  float admissible(const giver_key& seat, float weight, float limit, core::wall_time when) const;
  void charge(const giver_key& seat, float weight, core::wall_time when);
  void drop_faded(share_table& of, core::wall_time when);
  std::string read(std::string_view bytes);

  learned now_;
  std::set<model_key> own_; // estimators that nobody else has
  share_table shares_, implicit_shares_;
  std::set<std::int64_t> gone_; // models
  // What has changed since somebody asked.
  std::set<model_key> changed_;
  std::set<giver_key> said_;
  std::set<std::int64_t> left_; // models that went
};

} // namespace logos::classification

// SPDX-License-Identifier: MIT
#pragma once
#include "core/uuid.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>

namespace logos::learning {

/// What calls tell by themselves is bad news only: whoever is asked most would look worst. So each model deserves good
/// words for its calls, too: as much for each as its owner usually blames the models that it asks, taken together. At
/// that rate good and bad make up for each other, and only who does worse or better than others stands out. What more
/// than a few of its calls tell is the owner's own rate, before that the rate of all; where nothing bad was heard,
/// nothing good is due. Bounded memory. Not thread-safe.
class habits {
public:
  struct rules {
    double most_usual = 0.05;   // blame a call: one of eight asked again, or one of six failed; more is never usual
    double lenience = 1.1;      // in doubt for the model: one that is used must not end below one that is not
    double first_calls = 20;    // as many calls an owner is held to be like all; these make the rate of all
    double memory = 2000;       // calls of an owner, after which they count half
    double all_memory = 10'000; // the same of all
    std::size_t table = 32'768; // pairs of owner and model
  };
  habits() : habits{rules{}} {}
  explicit habits(const rules& by) : by_{by} {}

  /// A call of an owner's has ended, with so much blame (classification::blame_of). `again`: the call was told before,
  /// without blame.
  void heard(std::int64_t owner, std::int64_t model, const core::uuid& request, double blame, bool again = false);
  /// When a good word of this weight is due to a model: about which call of this owner's, of which nothing bad was
  /// heard. It counts as said.
  std::optional<core::uuid> take_due(std::int64_t owner, std::int64_t model, double weight);

  std::size_t size() const { return pairs_; }

private:
  struct rate {
    double calls = 0;
    double blame = 0;
    void add(double more_calls, double more_blame) {
      calls += more_calls;
      blame += more_blame;
    }
    void halve() {
      calls /= 2;
      blame /= 2;
    }
  };
  struct use {
    double calls = 0;
    double deserved = 0; // results, which are in `due_`
    core::uuid good{};   // the last call without blame, of which nothing was said; nil: there is none
  };
  struct of_owner {
    rate all{};
    std::map<std::int64_t, use> models{};
  };

  rules by_;
  rate all_{};
  std::unordered_map<std::int64_t, of_owner> owners_;
  std::size_t pairs_ = 0;
  std::unordered_map<std::int64_t, double> due_; // by model
};

} // namespace logos::learning

// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/course.hpp"

#include <algorithm>
#include <utility>

namespace logos::classification {

course::course(learning_rules rules, std::size_t window)
    : before_{rules},
      now_{rules},
      size_{std::max<std::size_t>(1, window)} {}

bool course::add(lesson what) {
  const auto at = std::lower_bound(window_.begin(), window_.end(), what, before);
  if (at != window_.end() && at->id == what.id && at->when == what.when) return false;
  lesson edge;
  edge.when = left_;
  edge.id = left_id_;
  if (!before(edge, what)) {
    if (edge.id == what.id && edge.when == what.when) return false;
    ++late_;
    before_.learn(what);
    now_.learn(what);
    return true;
  }
  if (at != window_.end()) {
    in_order_ = false;
    window_.insert(at, std::move(what));
  } else {
    if (in_order_) now_.learn(what);
    window_.push_back(std::move(what));
  }
  if (window_.size() > size_) {
    before_.learn(window_.front());
    left_ = window_.front().when;
    left_id_ = window_.front().id;
    window_.pop_front();
  }
  return true;
}

const learner& course::now() {
  if (in_order_) return now_;
  now_ = before_;
  for (const auto& each : window_)
    now_.learn(each);
  in_order_ = true;
  ++repeats_;
  return now_;
}

void course::forget_model(std::int64_t model) {
  std::erase_if(window_, [&](const lesson& l) { return l.model == model || l.other == model; });
  before_.forget_model(model);
  now_.forget_model(model);
  in_order_ = false; // a comparison with it has moved others
}

std::string course::restore(std::string_view bytes) {
  if (auto wrong = before_.restore(bytes); !wrong.empty()) return wrong;
  now_ = before_;
  window_.clear();
  in_order_ = true;
  return {};
}

} // namespace logos::classification

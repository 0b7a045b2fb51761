// SPDX-License-Identifier: MIT
#include "actors/recording/registry.hpp"

#include "actors/failures.hpp"

namespace logos::recording {

registry_state::registry_state(actors::self_pointer<registry_state> self, store_factory open)
    : self_{self},
      open_{std::move(open)} {}

registry_state::handle::behavior_type registry_state::make_behavior() {
  return {
      [this](const actors::store_job& job) { return run(job); },
      [this](atom::status) { return self_->vitals(trouble_.empty() ? "serving" : "no database: " + trouble_); },
  };
}

caf::result<actors::store_reply> registry_state::run(const actors::store_job& job) {
  if (!store_) {
    auto opened = open_();
    if (!opened) {
      trouble_ = opened.error().message;
      return actors::to_error(opened.error());
    }
    store_ = std::move(*opened);
    trouble_.clear();
  }
  try {
    return job.run(*store_);
  } catch (const std::exception& e) {
    spdlog::error("registry: a job threw: {}", e.what());
  } catch (...) {
    spdlog::error("registry: a job threw");
  }
  store_.reset();
  return actors::to_error({core::ec::internal, "the database job failed; the log says more"});
}

} // namespace logos::recording

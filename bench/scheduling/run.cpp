// SPDX-License-Identifier: MIT
#include "bench/scheduling/policy.hpp"

namespace logos::bench {

trace run(const workload& w, const policy_maker& make) {
  machine m{w};
  const auto decides = make(m);
  const auto latest = (w.jobs.empty() ? instant{} : w.jobs.back().arrival) + patience;
  std::vector<event> happened;
  while (m.now() <= latest && m.advance(happened)) {
    for (const auto& e : happened) {
      switch (e.kind) {
      case event_kind::unloaded: decides->unloaded(e.subject); break;
      case event_kind::loaded: decides->loaded(e.subject); break;
      case event_kind::ended: decides->ended(w.jobs[e.subject]); break;
      case event_kind::first_token: decides->first_token(w.jobs[e.subject]); break;
      case event_kind::arrived: decides->arrived(w.jobs[e.subject]); break;
      case event_kind::timer: decides->timer(); break;
      }
    }
  }
  return m.finish();
}

} // namespace logos::bench

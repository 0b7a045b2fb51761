// SPDX-License-Identifier: MIT
#include "cluster/forecasts.hpp"

namespace logos::cluster {

std::vector<actors::deployment_outlook> own_forecasts(const scheduling::outlooks& of) {
  std::vector<actors::deployment_outlook> out;
  of.for_each([&](std::int64_t id, const scheduling::outlook& o) {
    if (o.here)
      out.push_back({id, o.open, o.warm, o.places, o.taken, o.waiting, o.load_us, o.service_us, o.first_token_us,
                     o.failed_permille, o.prompt_token_ns});
  });
  return out;
}

void adopt(scheduling::outlooks& to, const std::vector<actors::deployment_outlook>& from) {
  for (const auto& f : from) {
    const auto o = to.of(f.deployment_id);
    if (o->here) continue;
    o->open = f.open;
    o->warm = f.warm;
    o->places = f.places;
    o->taken = f.taken;
    o->waiting = f.waiting;
    o->load_us = f.load_us;
    o->service_us = f.service_us;
    o->first_token_us = f.first_token_us;
    o->prompt_token_ns = f.prompt_token_ns;
    o->failed_permille = f.failed_permille;
  }
}

} // namespace logos::cluster

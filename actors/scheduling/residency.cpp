// SPDX-License-Identifier: MIT
#include "actors/scheduling/residency.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace logos::scheduling {
namespace {

const residency::demand nobody{};

const residency::demand& demand_of(std::span<const residency::demand> of, lane l) {
  return l < of.size() ? of[l] : nobody;
}

} // namespace

void residency::room(std::uint64_t bytes, std::uint32_t models) {
  if (bytes != bytes_ || models != models_)
    for (auto& r : rows_)
      r.resume();
  bytes_ = bytes;
  models_ = models;
}

void residency::describe(lane l, const model& about) {
  auto& known = at(l).about;
  const auto learned = known;
  if (about.pinned != known.pinned || about.drained != known.drained) at(l).resume();
  known = about;
  if (known.bytes == 0) known.bytes = learned.bytes;
  if (known.load.count() == 0) known.load = learned.load;
}

residency::steps residency::decide(std::span<const demand> of, core::steady_time now) {
  steps out;
  if (!of.empty()) static_cast<void>(at(static_cast<lane>(of.size() - 1)));
  bool unloading = false; // one thing at a time
  std::optional<lane> chosen, loading, back;
  double most = 0;
  for (lane l = 0; l < rows_.size(); ++l) {
    auto& r = rows_[l];
    const auto& d = demand_of(of, l);
    if (d.in_flight > 0 || d.first) r.used = now;
    if (r.out()) send_away(l, d, now, out);
    unloading = unloading || (r.where == stage::leaving && !r.revived);
    if (r.where == stage::loading) loading = l;
    if (r.where == stage::leaving && r.revived && d.first && !r.out()) back = l;
    if (!wanted_in(l, d, now)) continue;
    const auto urgent = d.first ? urgency(l, d, now) : 0.0;
    if (chosen && urgent <= most) continue;
    chosen = l;
    most = urgent;
  }
  if (loading) { // the room that was made for it may be taken by those who do not ask
    static_cast<void>(make_room(*loading, of, now, out));
    return out;
  }
  if (unloading && !(chosen && at(*chosen).contested)) return out;
  if (!chosen) chosen = back; // nobody needs the room any more, and others have kept it there
  next_ = chosen;
  if (!next_) {
    out.reprieve = give_up_draining();
    return out;
  }
  std::optional<lane> host;
  if (const auto found = make_room(*next_, of, now, out); found != space::there) {
    const auto guest = found == space::none && !unloading ? guest_of(*next_, of, now) : std::nullopt;
    if (!guest) return out;
    host = std::exchange(next_, guest);
  }
  auto& begun = at(*next_);
  begun.where = stage::loading;
  begun.since = now;
  begun.revived = false;
  begun.host = host;
  out.load = next_;
  return out;
}

bool residency::wanted_in(lane l, const demand& d, core::steady_time now) const {
  const auto& r = at(l);
  if (r.where != stage::cold || r.about.drained || (r.kills() && now < r.paused_until)) return false;
  return d.first || r.wish == true || (r.about.pinned && now >= r.paused_until);
}

/// What an operator wants out of memory goes when nobody uses it.
void residency::send_away(lane l, const demand& d, core::steady_time now, steps& out) {
  auto& r = at(l);
  if (r.where != stage::warm && r.where != stage::draining) return;
  r.where = d.in_flight == 0 ? stage::leaving : stage::draining;
  r.since = now;
  r.revived = false;
  if (r.where == stage::leaving) out.unload.push_back(l);
}

/// Seconds of waiting that a second of loading and serving ends; of those who are overdue the oldest first.
double residency::urgency(lane l, const demand& d, core::steady_time now) const {
  using seconds = std::chrono::duration<double>;
  const seconds price = std::max<std::chrono::microseconds>(load_of(l), shortest_load), age = now - *d.first;
  if (age > overdue * price) return 1e9 + age.count();
  return std::max(seconds{d.waited}, age) / (price + seconds{d.work});
}

/// `there` also if the server is left to make it; `none`: nobody may be asked to leave yet.
residency::space residency::make_room(lane for_whom, std::span<const demand> of, core::steady_time now, steps& out) {
  const auto need = bytes_of(for_whom);
  const auto price = std::max<std::chrono::microseconds>(load_of(for_whom), shortest_load);
  const auto waits = demand_of(of, for_whom).first;
  const auto first = waits.value_or(now); // nobody waits for what is pinned: the last in line
  const bool pushes = at(for_whom).contested;
  std::uint64_t used = 0;
  std::size_t loaded = 0;
  struct candidate {
    lane who;
    int reluctance;
    core::steady_time order;
    bool operator<(const candidate& other) const {
      return std::tie(reluctance, order, who) < std::tie(other.reluctance, other.order, other.who);
    }
  };
  std::vector<candidate> may_go;
  for (lane l = 0; l < rows_.size(); ++l) {
    const auto& r = rows_[l];
    if (r.where == stage::cold || l == for_whom || r.revived) continue;
    if (pushes && r.where == stage::leaving) continue;
    used += bytes_of(l);
    ++loaded;
    if (r.about.pinned) continue;
    const auto& d = demand_of(of, l);
    if (r.where == stage::draining)
      may_go.push_back({l, 0, r.since});
    else if (d.in_flight == 0 && !d.first)
      may_go.push_back({l, 1, r.used});
    else if (r.host == for_whom && waits && *waits <= r.since) // by whoever waited then
      may_go.push_back({l, 2, r.since});
    else if (!d.first && now - r.since >= residencies * price)
      may_go.push_back({l, 3, r.since});
    else if (d.first && *d.first - first > patiences * price) // the youngest first
      may_go.push_back({l, 4, core::steady_time{} + (core::steady_time::max() - *d.first)});
  }
  if (fits(used + need, loaded + 1)) {
    out.reprieve = give_up_draining();
    return space::there;
  }
  std::sort(may_go.begin(), may_go.end());
  std::vector<lane> victims;
  for (const auto& each : may_go) {
    if (fits(used + need, loaded + 1)) break;
    victims.push_back(each.who);
    used -= bytes_of(each.who);
    --loaded;
  }
  if (!fits(used + need, loaded + 1)) {
    out.reprieve = give_up_draining();
    return space::none;
  }
  // Whoever was taken before a larger one that would have been enough stays.
  std::erase_if(victims, [&](lane l) {
    if (!fits(used + bytes_of(l) + need, loaded + 2)) return false;
    used += bytes_of(l);
    ++loaded;
    if (at(l).where == stage::draining) {
      at(l).where = stage::warm;
      out.reprieve = true;
    }
    return true;
  });
  bool drained = true;
  for (const auto l : victims) {
    const bool empty = demand_of(of, l).in_flight == 0;
    drained = drained && empty;
    at(l).where = empty ? stage::leaving : stage::draining;
    at(l).revived = false;
    if (empty) out.unload.push_back(l);
  }
  return pushes && drained ? space::there : space::coming;
}

/// Of those that somebody waits for and that fit beside all that is there, the most urgent.
std::optional<lane> residency::guest_of(lane host, std::span<const demand> of, core::steady_time now) const {
  std::uint64_t used = 0;
  std::size_t loaded = 0;
  for (lane l = 0; l < rows_.size(); ++l)
    if (rows_[l].where != stage::cold) {
      used += bytes_of(l);
      ++loaded;
    }
  std::optional<lane> found;
  double most = 0;
  for (lane l = 0; l < rows_.size(); ++l) {
    const auto& d = demand_of(of, l);
    if (l == host || !d.first || !wanted_in(l, d, now) || !fits(used + bytes_of(l), loaded + 1)) continue;
    const auto urgent = urgency(l, d, now);
    if (found && urgent <= most) continue;
    found = l;
    most = urgent;
  }
  return found;
}

bool residency::shut_out(lane l) const {
  const auto& mine = at(l);
  const bool measured = mine.about.bytes != 0 || mine.guess != 0;
  if (mine.where != stage::cold || (!measured && models_ == 0)) return false;
  auto together = measured ? bytes_of(l) : 0;
  std::size_t models = 1;
  for (lane k = 0; k < rows_.size(); ++k) {
    const auto& r = rows_[k];
    if (k == l || !r.about.pinned || (mine.about.pinned && r.where == stage::cold)) continue; // of two pins the first
    together += bytes_of(k);
    ++models;
  }
  return !fits(together, models);
}

bool residency::give_up_draining() {
  bool any = false;
  for (auto& r : rows_) {
    if (r.where != stage::draining || r.out()) continue;
    r.where = stage::warm;
    any = true;
  }
  return any;
}

void residency::want(lane l, bool loaded) {
  auto& r = at(l);
  r.wish = loaded;
  const bool is_so = loaded ? r.where == stage::warm || r.where == stage::loading : r.where == stage::cold;
  if (is_so || (!loaded && r.where == stage::leaving)) r.wish.reset();
  if (loaded && r.where == stage::draining) static_cast<void>(give_up_draining());
}

void residency::stays(lane l, core::steady_time now) {
  auto& r = at(l);
  if (r.where != stage::leaving) return;
  if (r.wish == false) r.wish.reset();
  r.where = stage::warm;
  r.since = r.used = now;
  r.revived = false;
}

void residency::revived(lane l) {
  if (at(l).where == stage::leaving) at(l).revived = true;
}

void residency::size(lane l, std::uint64_t bytes) {
  if (bytes != 0) at(l).about.bytes = bytes;
}

void residency::expect(lane l, std::uint64_t bytes, std::chrono::microseconds load) {
  auto& known = at(l).about;
  if (known.bytes == 0) known.bytes = bytes;
  if (known.load.count() == 0) known.load = load;
}

void residency::warm(lane l, core::steady_time now, std::uint64_t bytes) {
  size(l, bytes);
  auto& r = at(l);
  if (r.where == stage::loading) {
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now - r.since);
    r.about.load = r.about.load.count() == 0 ? took : r.about.load + (took - r.about.load) / 4;
  }
  if (r.wish == true) r.wish.reset();
  r.resume();
  if (r.where == stage::cold || r.where == stage::loading) {
    r.where = stage::warm;
    r.since = r.used = now;
  }
  std::uint64_t together = 0;
  for (lane k = 0; k < rows_.size(); ++k)
    if (rows_[k].where != stage::cold && rows_[k].where != stage::loading) together += bytes_of(k);
  seen_together_ = std::max(seen_together_, together);
  if (too_much_ <= seen_together_) too_much_ = UINT64_MAX; // there is more than there was
}

void residency::gone(lane l) {
  auto& r = at(l);
  const bool expected = r.where == stage::cold || r.where == stage::leaving || r.where == stage::loading;
  if (!expected) { // another's load threw it out
    std::uint64_t together = 0;
    bool loading = false;
    for (lane k = 0; k < rows_.size(); ++k) {
      if (rows_[k].where != stage::cold) together += bytes_of(k);
      loading = loading || rows_[k].where == stage::loading;
    }
    if (loading) {
      too_much_ = std::min(too_much_, together);
      seen_together_ = std::min(seen_together_, too_much_ - 1);
    }
  }
  if (r.wish == false || r.where == stage::loading) r.wish.reset();
  if (r.where == stage::leaving) r.contested = false;
  r.where = stage::cold;
  r.revived = false;
}

void residency::lost(lane l, core::steady_time now) {
  auto& r = at(l);
  const auto wish = r.wish;
  if (r.where == stage::loading) {
    failed(l, now);
    ++r.losses;
  } else {
    stays(l, now);
  }
  r.wish = wish;
}

void residency::failed(lane l, core::steady_time now) {
  gone(l);
  auto& r = at(l);
  const auto next = std::max<std::chrono::microseconds>({shortest_pause, load_of(l), 2 * r.pause});
  r.pause = std::min<std::chrono::microseconds>(next, longest_pause);
  r.paused_until = now + r.pause;
}

std::optional<core::steady_time> residency::next_retry(core::steady_time now) const {
  std::optional<core::steady_time> soonest;
  for (const auto& r : rows_)
    if (r.where == stage::cold && (r.about.pinned || r.kills()) && !r.about.drained && r.paused_until > now)
      soonest = std::min(soonest.value_or(r.paused_until), r.paused_until);
  return soonest;
}

std::chrono::microseconds residency::load_of(lane l) const {
  if (const auto own = at(l).about.load; own.count() > 0) return own;
  std::chrono::microseconds longest{0};
  for (const auto& r : rows_)
    longest = std::max(longest, r.about.load);
  return std::max<std::chrono::microseconds>(longest, shortest_load);
}

/// What it takes. A model of which nothing is known, not even what it takes on a disk, is taken to be as large as the
/// largest that is known: if it is larger, the server makes the room itself, once, and then its size is known. The
/// first may take everything.
std::uint64_t residency::bytes_of(lane l) const {
  const auto& mine = at(l);
  if (const auto own = mine.about.bytes != 0 ? mine.about.bytes : mine.guess; own != 0)
    return bytes_ == 0 ? own : std::min(own, bytes_);
  std::uint64_t largest = 0;
  for (const auto& r : rows_)
    largest = std::max(largest, r.about.bytes);
  return largest != 0 ? (bytes_ == 0 ? largest : std::min(largest, bytes_)) : bytes_;
}

bool residency::fits(std::uint64_t bytes, std::size_t models) const {
  if (models_ != 0 && models > models_) return false;
  if (models <= 1) return true;
  if (bytes_ != 0) return bytes <= bytes_;
  return bytes <= seen_together_ || bytes < too_much_;
}

const residency::row& residency::at(lane l) const {
  static const row none;
  return l < rows_.size() ? rows_[l] : none;
}

residency::row& residency::at(lane l) {
  if (l >= rows_.size()) rows_.resize(l + 1);
  return rows_[l];
}

} // namespace logos::scheduling

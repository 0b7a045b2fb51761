// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/learner.hpp"

#include <bit>
#include <concepts>
#include <utility>

namespace logos::classification {
namespace {

// "LGAP", version, how many numbers an imprint and an estimator have, the models, the shares, the models that are gone,
// and FNV-1a of all before.
// Any change of what an imprint's numbers mean is a new version: weights learned of others would be noise.
constexpr std::string_view name = "LGAP";
constexpr std::uint32_t version = 4;
/// Times were counted in steps of forgetting.
constexpr std::uint32_t version_with_ticks = 3;

std::uint64_t checksum(std::string_view bytes) {
  std::uint64_t h = 14695981039346656037ULL;
  for (const char c : bytes)
    h = (h ^ static_cast<std::uint8_t>(c)) * 1099511628211ULL;
  return h;
}

template <std::unsigned_integral T>
void put(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof value; ++i)
    out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
}
void put(std::string& out, std::int64_t value) { put(out, std::bit_cast<std::uint64_t>(value)); }
void put(std::string& out, core::wall_time at) { put(out, std::int64_t{at.time_since_epoch().count()}); }
void put(std::string& out, float value) { put(out, std::bit_cast<std::uint32_t>(value)); }

/// Reads from bytes; what goes beyond the end is 0, and `whole` is false from then on.
class reader {
public:
  explicit reader(std::string_view bytes) : bytes_{bytes} {}

  template <std::unsigned_integral T>
  T number() {
    if (bytes_.size() < sizeof(T)) {
      whole = false;
      bytes_ = {};
      return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
      value |= std::uint64_t{static_cast<std::uint8_t>(bytes_[i])} << (8 * i);
    bytes_.remove_prefix(sizeof(T));
    return static_cast<T>(value);
  }
  std::int64_t integer() { return std::bit_cast<std::int64_t>(number<std::uint64_t>()); }
  float real() { return std::bit_cast<float>(number<std::uint32_t>()); }
  /// How many things of at least `each` bytes follow; refuses more than there are bytes for.
  std::size_t count(std::size_t each) {
    const std::size_t n = number<std::uint32_t>();
    if (n <= bytes_.size() / each) return n;
    whole = false;
    return 0;
  }
  bool done() const { return bytes_.empty(); }

  bool whole = true;

private:
  std::string_view bytes_;
};

} // namespace

std::string learner::bytes() const {
  std::string out{name};
  put(out, version);
  put(out, static_cast<std::uint32_t>(imprint::count));
  put(out, static_cast<std::uint32_t>(estimator::recorded_size));
  put(out, static_cast<std::uint32_t>(now_.known_.size()));
  for (const auto& [key, known] : now_.known_) {
    const auto& m = *known;
    put(out, key.first);
    put(out, key.second);
    put(out, m.heard);
    put(out, m.lessons);
    put(out, m.trusted);
    for (const float f : m.weights.recorded())
      put(out, f);
  }
  put(out, static_cast<std::uint32_t>(shares_.size() + implicit_shares_.size()));
  for (const auto* table : {&shares_, &implicit_shares_})
    for (const auto& [key, s] : *table) {
      put(out, std::get<0>(key));
      put(out, std::get<1>(key));
      put(out, std::get<2>(key));
      put(out, s.said);
      put(out, s.heard);
    }
  put(out, static_cast<std::uint32_t>(gone_.size()));
  for (const auto id : gone_)
    put(out, id);
  put(out, checksum(out));
  return out;
}

/// Reads into a learner that knows nothing.
std::string learner::read(std::string_view bytes) {
  if (bytes.size() < name.size() + 8 || !bytes.starts_with(name)) return "these are not a learner's bytes";
  const auto body = bytes.substr(0, bytes.size() - 8);
  reader in{body.substr(name.size())};
  const auto found = in.number<std::uint32_t>();
  if (found != version && found != version_with_ticks)
    return "they are of version " + std::to_string(found) + ", and this program reads version " +
           std::to_string(version);
  if (reader{bytes.substr(body.size())}.number<std::uint64_t>() != checksum(body))
    return "they are damaged: the checksum is another one";
  if (in.number<std::uint32_t>() != imprint::count || in.number<std::uint32_t>() != estimator::recorded_size)
    return "they are of imprints of another layout";
  const auto heard = [&] {
    const auto n = in.integer();
    return core::wall_time{} + (found == version ? std::chrono::microseconds{n} : n * now_.step());
  };
  for (auto left = in.count(36 + 4 * estimator::recorded_size); left > 0; --left) {
    const auto tenant = in.integer();
    const auto model = in.integer();
    of_model m{now_.blank_, heard()};
    m.lessons = in.number<std::uint64_t>();
    m.trusted = in.real();
    std::vector<float> weights(estimator::recorded_size);
    for (auto& f : weights)
      f = in.real();
    if (!m.weights.restore(weights) || m.heard < core::wall_time{} || !(m.trusted >= 0 && m.trusted <= 1e9F))
      return "they hold weights that cannot be";
    now_.known_.insert_or_assign(model_key{tenant, model}, std::make_shared<of_model>(std::move(m)));
  }
  for (auto left = in.count(36); left > 0; --left) {
    const auto tenant = in.integer();
    const auto model = in.integer();
    const auto giver = in.integer();
    share s{in.real(), heard()};
    if (!(s.said >= 0 && s.said <= 1e9F) || s.heard < core::wall_time{})
      return "they hold an owner's share that cannot be";
    shares_of(giver)[{tenant, model, giver}] = s;
  }
  for (auto left = in.count(8); left > 0; --left)
    gone_.insert(in.integer());
  if (!in.whole || !in.done()) return "they are cut short, or there is more behind them";
  return {};
}

std::string learner::restore(std::string_view bytes) {
  learner made{now_.rules_};
  if (auto wrong = made.read(bytes); !wrong.empty()) return wrong;
  for (const auto& [key, known] : made.now_.known_)
    made.changed_.insert(key);
  for (const auto* table : {&made.shares_, &made.implicit_shares_})
    for (const auto& [key, known] : *table)
      made.said_.insert(key);
  made.left_ = made.gone_;
  *this = std::move(made); // its estimators count as handed out: each is copied once
  return {};
}

known_parts learner::changes() {
  known_parts out;
  for (const auto& key : std::exchange(changed_, {})) {
    if (gone_.contains(key.second)) continue;
    learner one{now_.rules_};
    const auto at = now_.known_.find(key);
    if (at != now_.known_.end()) one.now_.known_.insert(*at);
    out.models.push_back({key.first, key.second, at == now_.known_.end() ? std::string{} : one.bytes()});
  }
  for (const auto& key : std::exchange(said_, {})) {
    if (gone_.contains(std::get<1>(key))) continue;
    const auto& table = shares_of(std::get<2>(key));
    const auto at = table.find(key);
    const auto known = at == table.end() ? share{} : at->second;
    out.shares.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), known.said, known.heard});
  }
  const auto left = std::exchange(left_, {});
  out.gone.assign(left.begin(), left.end());
  return out;
}

std::string learner::take(const known_model& what) {
  if (!concerns(what.tenant)) return {};
  const model_key key{what.tenant, what.model};
  learner made{now_.rules_};
  if (!what.bytes.empty()) {
    if (auto wrong = made.read(what.bytes); !wrong.empty()) return wrong;
    if (made.now_.known_.size() != 1 || made.now_.known_.begin()->first != key) return "they are about another model";
    now_.known_.insert_or_assign(key, std::move(made.now_.known_.begin()->second));
  } else {
    now_.known_.erase(key);
  }
  own_.erase(key); // counts as handed out
  changed_.erase(key);
  return {};
}

void learner::take(const known_share& what) {
  if (!concerns(what.tenant)) return;
  const giver_key key{what.tenant, what.model, what.owner};
  auto& table = shares_of(what.owner);
  table.insert_or_assign(key, share{what.said, what.heard});
  said_.erase(key);
  if (table.size() <= 2 * now_.rules_.giver_table) return;
  drop_faded(table, what.heard); // others have dropped them, too
  said_.clear();
}

void learner::keep_only(const std::set<model_key>& these) {
  const auto is_over = [&](const model_key& key) { return !these.contains(key); };
  std::erase_if(now_.known_, [&](const auto& k) { return is_over(k.first); });
  std::erase_if(own_, is_over);
}

} // namespace logos::classification

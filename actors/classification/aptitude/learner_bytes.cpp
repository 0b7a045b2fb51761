// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/learner.hpp"

#include <bit>
#include <concepts>

namespace logos::classification {
namespace {

// "LGAP", version, how many numbers an imprint and an estimator have, the models, the shares, the models that are gone,
// and FNV-1a of all before.
// Any change of what an imprint's numbers mean is a new version: weights learned of others would be noise.
constexpr std::string_view name = "LGAP";
constexpr std::uint32_t version = 3;

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
    put(out, m.tick);
    put(out, m.lessons);
    put(out, m.trusted);
    for (const float f : m.weights.recorded())
      put(out, f);
  }
  put(out, static_cast<std::uint32_t>(shares_.size()));
  for (const auto& [key, s] : shares_) {
    put(out, std::get<0>(key));
    put(out, std::get<1>(key));
    put(out, std::get<2>(key));
    put(out, s.said);
    put(out, s.tick);
  }
  put(out, static_cast<std::uint32_t>(gone_.size()));
  for (const auto id : gone_)
    put(out, id);
  put(out, checksum(out));
  return out;
}

std::string learner::restore(std::string_view bytes) {
  if (bytes.size() < name.size() + 8 || !bytes.starts_with(name)) return "these are not a learner's bytes";
  const auto body = bytes.substr(0, bytes.size() - 8);
  reader in{body.substr(name.size())};
  if (const auto found = in.number<std::uint32_t>(); found != version)
    return "they are of version " + std::to_string(found) + ", and this program reads version " +
           std::to_string(version);
  if (reader{bytes.substr(body.size())}.number<std::uint64_t>() != checksum(body))
    return "they are damaged: the checksum is another one";
  if (in.number<std::uint32_t>() != imprint::count || in.number<std::uint32_t>() != estimator::recorded_size)
    return "they are of imprints of another layout";
  learner made{now_.rules_};
  for (auto left = in.count(36 + 4 * estimator::recorded_size); left > 0; --left) {
    const auto tenant = in.integer();
    const auto model = in.integer();
    of_model m{now_.blank_, in.integer()};
    m.lessons = in.number<std::uint64_t>();
    m.trusted = in.real();
    std::vector<float> weights(estimator::recorded_size);
    for (auto& f : weights)
      f = in.real();
    if (!m.weights.restore(weights) || m.tick < 0 || !(m.trusted >= 0 && m.trusted <= 1e9F))
      return "they hold weights that cannot be";
    made.now_.known_.insert_or_assign(model_key{tenant, model}, std::make_shared<of_model>(std::move(m)));
  }
  for (auto left = in.count(36); left > 0; --left) {
    const auto tenant = in.integer();
    const auto model = in.integer();
    const auto giver = in.integer();
    share s{in.real(), 0};
    s.tick = in.integer();
    if (!(s.said >= 0 && s.said <= 1e9F) || s.tick < 0) return "they hold an owner's share that cannot be";
    made.shares_[{tenant, model, giver}] = s;
  }
  for (auto left = in.count(8); left > 0; --left)
    made.gone_.insert(in.integer());
  if (!in.whole || !in.done()) return "they are cut short, or there is more behind them";
  *this = std::move(made); // its estimators count as handed out: each is copied once
  return {};
}

} // namespace logos::classification

// SPDX-License-Identifier: MIT
#pragma once
#include "storage/store.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace logos::administration {

/// Finds models and providers by name, and names by id, in the database itself, and when keys were used. Reads each
/// list at most once; lives as long as one call.
class names {
public:
  /// `tells_secrets`: whether who will read what is written may know addresses that are secrets.
  explicit names(storage::store& in, bool tells_secrets = true) : store_{&in}, tells_secrets_{tells_secrets} {}
  /// Without a database: there is nothing of any name.
  names() = default;

  bool tells_secrets() const { return tells_secrets_; }

  /// Which names of others were told since then, as a number that others make other; 0: none.
  std::uint64_t told() const { return told_; }
  void forget_told() { told_ = 0; }

  /// By name, then by alias.
  storage::result<std::int64_t> model_id(std::string_view name);
  storage::result<std::int64_t> provider_id(std::string_view name);
  /// Empty when there is none.
  std::string model_name(std::int64_t id);
  std::string provider_name(std::int64_t id);
  /// When the last request of a key that is on the books came in; nothing when there is none.
  std::optional<core::wall_time> last_use(std::int64_t process_id);
  /// Reads that of all these at once.
  void learn_uses(std::span<const std::int64_t> process_ids);

private:
  std::string tell(std::string name);
  storage::result<void> load_models();
  storage::result<void> load_providers();

  storage::store* store_ = nullptr;
  bool tells_secrets_ = true;
  std::uint64_t told_ = 0;
  bool models_loaded_ = false;
  bool providers_loaded_ = false;
  std::map<std::string, std::int64_t, std::less<>> models_;
  std::map<std::string, std::int64_t, std::less<>> aliases_;
  std::map<std::string, std::int64_t, std::less<>> providers_;
  std::map<std::int64_t, std::string> model_names_;
  std::map<std::int64_t, std::string> provider_names_;
  std::map<std::int64_t, std::optional<core::wall_time>> uses_;
};

} // namespace logos::administration

// SPDX-License-Identifier: MIT
#pragma once
#include "actors/transfer/cargo.hpp"
#include "core/error.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace logos::transfer {

/// As messages name it: its name and its id.
std::string shown(const storage::profile& p);

/// The keys of providers that the profiles of `profiles.yml` bring, and the providers that they become: one for each
/// key, so that no profile is given what goes out with another's. One per file; of one thread.
class brought_keys {
public:
  using addresses = std::map<std::string, std::string, std::less<>>;

  /// A provider in a profile.
  struct offer {
    std::string profile;
    std::string provider;
    std::string key;                      // may be empty
    std::string address;                  // base_url; empty: the profile does not say
    std::string what;                     // for messages: `profile 'a', llm_keys, openai`
    std::string where;                    // `profiles.yml:4`
    std::vector<std::int64_t>* providers; // gets the id, within the cargo, of what the profile may use; outlives `take`
    std::vector<std::string> models{};    // that are deployed there; may be empty
  };

  /// `there`, the installation as it is, and `known` addresses outlive this.
  brought_keys(const storage::catalog_data& there, const addresses& known) : there_{there}, addresses_{known} {}

  void add(offer o) { offers_.push_back(std::move(o)); }
  /// Puts the providers and their models into `cargo`, with ids from `last_id` downwards, and says there what is
  /// otherwise than meant, and at which providers nothing can be used yet.
  /// `bad_field` for an address that is missing, cannot be used or is of no profile's provider; the failure's code is
  /// none when it went well.
  core::failure take(cargo& into, std::int64_t& last_id);

  /// Behind `take`: says whose profiles, there already, may now be served with a key of the file `file`, too.
  void warn_of_reach(const std::string& file) const;

private:
  core::failure check_addresses() const;
  core::failure take_keyless(const offer& o);
  core::failure take_keyed(const offer& o);
  core::failure describe(const offer& o, storage::provider& p) const;
  const storage::provider* find(std::string_view name) const;
  void bring(storage::provider p, const offer& o);
  void give(std::int64_t provider, const offer& to);
  void warn_of_idle() const;
  bool is_roots(const storage::profile& profile) const;

  const storage::catalog_data& there_;
  const addresses& addresses_;
  std::vector<offer> offers_;
  std::map<std::string, std::map<std::string, std::set<std::string>>> profiles_of_; // by provider's name and key
  std::map<std::string, std::map<std::string, std::int64_t>> made_;                 // by name and key: the provider
  std::map<std::string, std::int64_t> models_;                                      // by name
  std::set<std::pair<std::int64_t, std::int64_t>> deployed_;
  cargo* into_ = nullptr;
  std::int64_t* last_id_ = nullptr;
};

} // namespace logos::transfer

// SPDX-License-Identifier: MIT
#include "actors/catalog/passages.hpp"

#include "net/header_policy.hpp"

#include <string>
#include <unordered_set>
#include <vector>

namespace logos::catalog {
namespace {

using core::ec;
using core::failure;
using core::provider_type;

/// Those that a word can mean: by name, else by type.
class meanings {
public:
  explicit meanings(std::string_view word) : word_{word} {}

  void consider(const provider& p) {
    if (p.name == word_) exact_ = &p;
    if (net::equal_names(p.name, word_)) named_.push_back(&p);
    if (net::equal_names(core::to_string(p.type), word_)) of_type_.push_back(&p);
  }
  std::vector<const provider*> found() const {
    if (exact_ != nullptr) return {exact_};
    return named_.empty() ? of_type_ : named_;
  }

private:
  std::string_view word_;
  const provider* exact_ = nullptr;
  std::vector<const provider*> named_;
  std::vector<const provider*> of_type_;
};

failure several(std::string_view wanted) {
  return {ec::bad_field,
          "Header 'provider': '" + std::string{wanted.substr(0, 100)} +
              "' can mean several providers of this gateway. Give the name of one.",
          "provider"};
}

} // namespace

bool takes_client_keys(provider_type type, bool has_key, std::optional<bool> said) {
  if (said == false) return false;
  switch (type) {
  case provider_type::ollama:
  case provider_type::vllm: return said == true && has_key;
  case provider_type::custom: return said == true || has_key;
  case provider_type::openai:
  case provider_type::azure:
  case provider_type::anthropic:
  case provider_type::openwebui: return true;
  }
  return false;
}

deployment passage_to(const provider& p) {
  static const model none;
  deployment d;
  d.id = -p.id;
  d.model = &none;
  d.provider = &p;
  d.target = p.target;
  return d;
}

const deployment* find_passage(const snapshot& in, std::int64_t provider_id) {
  return in.find_deployment(-provider_id);
}

boost::system::result<const deployment*, failure> choose_passage(const snapshot& in, std::string_view wanted) {
  meanings of{wanted.empty() ? std::string_view{"openai"} : wanted};
  for (const auto& d : in.deployments)
    if (is_passage(d)) of.consider(*d.provider);
  const auto found = of.found();
  if (found.size() == 1) return find_passage(in, found.front()->id);
  if (wanted.empty())
    return failure{found.empty() ? ec::resource_not_found : ec::bad_field,
                   "The API key is no Logos key. If it is a provider's, name the provider in the header 'provider': "
                   "this gateway has no single one for OpenAI's keys.",
                   "provider"};
  if (!found.empty()) return several(wanted);
  return failure{ec::resource_not_found,
                 "Header 'provider': this gateway has no provider '" + std::string{wanted.substr(0, 100)} +
                     "' that is asked with clients' own keys.",
                 "provider"};
}

boost::system::result<const provider*, failure> choose_provider(const snapshot& in, const principal& who,
                                                                const profile* with, std::string_view wanted) {
  std::unordered_set<const provider*> useful;
  for (const auto& d : in.deployments)
    if (!is_passage(d) && snapshot::permits(who, with, d)) useful.insert(d.provider);
  meanings of{wanted};
  for (const auto& p : in.providers)
    if (p.enabled &&
        (useful.contains(&p) || (who.root && who.scope == nullptr && (with == nullptr || with->allows(p.id)))))
      of.consider(p);
  const auto found = of.found();
  if (found.size() == 1) return found.front();
  if (!found.empty()) return several(wanted);
  return failure{ec::resource_not_found,
                 "Header 'provider': there is no provider '" + std::string{wanted.substr(0, 100)} +
                     "' that this key may use. Give a name, or a type that one provider has.",
                 "provider"};
}

} // namespace logos::catalog

// SPDX-License-Identifier: MIT
#include "actors/ingress/account_paths.hpp"

#include "actors/ingress/endpoint.hpp"
#include "actors/ingress/model_path.hpp"
#include "net/header_policy.hpp"
#include "net/path_text.hpp"

#include <algorithm>
#include <array>

namespace logos::ingress {
namespace {

// With all that stands below them. OpenAI's and Azure's, then what other servers have.
constexpr auto of_the_account = std::to_array<std::string_view>({
    "files",
    "uploads",
    "batches",
    "fine_tuning",
    "fine-tunes",
    "organization",
    "organizations",
    "projects",
    "assistants",
    "threads",
    "vector_stores",
    "evals",
    "containers",
    "skills",
    "chatkit",
    "models", // reading them is answered by the gateway
    "deployments",
    "realtime/client_secrets", // keys of the account
    "realtime/sessions",
    "realtime/transcription_sessions",
    "realtime/calls",           // those below it; beginning one is not (see is_account_path)
    "chat/deferred-completion", // xAI
    "interactions",             // Google
    "video",                    // Azure's jobs; making one is not (see is_account_path)
    "audio/voice_consents",
    "messages/batches", // Anthropic
    "api_keys",
    "keys",
    "key",
    "users",
    "user",
    "teams",
    "team",
    "groups",
    "invites",
    "roles",
    "auth",
    "auths",
    "login",
    "oauth",
    "scim",
    "admin",
    "config",
    "configs",
    "settings",
    "account",
    "accounts",
    "billing",
    "credits",
    "dashboard",
    "usage",
    "spend",
    "budget",
    "audit_logs",
    "certificates",
    "chats",
    "channels",
    "notes",
    "folders",
    "memories",
    "knowledge",
    "functions",
    "pipelines",
    "webhook",
    "webhooks",
    "batch", // Mistral, Cohere
    "libraries",
    "datasets",
    "connectors",
    "finetuning",
    "endpoints",
    "secrets",
    "load_lora_adapter", // vLLM
    "unload_lora_adapter",
});

// Of these, what makes something new.
constexpr std::array<std::string_view, 3> posted_to{"realtime/calls", "video/generations", "video/generations/jobs"};

// What is used there is not counted in tokens, or passes the gateway by: a call is held between its client and the
// provider.
constexpr std::array<std::string_view, 3> unmetered{"realtime", "videos", "video"};

// Reading these lists what everybody has stored; one of them can be had by its id, by whom it belongs to
// (object_names.hpp).
constexpr std::array<std::string_view, 4> lists_of_all{"chat/completions", "responses", "conversations", "videos"};

// Naming these in a scope opens nothing at a provider; the last two where batches are run here.
constexpr std::array<std::string_view, 4> answered_here{"models", "feedback", "batches", "files/file-logos-"};
constexpr std::size_t answered_always = 2;

// Google's methods whose work is done later, and told elsewhere.
constexpr std::array<std::string_view, 3> done_later{"batchGenerateContent", "asyncBatchEmbedContent",
                                                     "predictLongRunning"};

bool is_below(std::string_view path, std::string_view above) {
  return path.starts_with(above) && (path.size() == above.size() || path[above.size()] == '/');
}

bool leaves(std::string_view rest) {
  const auto first = rest.substr(0, rest.find('/'));
  for (std::size_t i = 0; i < first.size();) {
    const auto [byte, length] = net::decode_at(first, i);
    if (length == 3 && (byte == '/' || byte == '%')) return true;
    i += length;
  }
  return false;
}

/// Takes `prefix` off; false when `text` does not begin with it.
bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

} // namespace

bool is_account_path(std::string_view method, std::string_view rest) {
  while (rest.starts_with('/'))
    rest.remove_prefix(1);
  if (method == "POST" && is_known(rest)) return false; // nearly all
  if (leaves(rest)) return true;
  const auto path = lenient_path(rest);
  const auto covers = [&](std::string_view above) { return is_below(path, above); };
  if (covers("v1") || covers("api")) return true;
  if (method == "POST" && std::find(posted_to.begin(), posted_to.end(), path) != posted_to.end()) return false;
  if (std::any_of(of_the_account.begin(), of_the_account.end(), covers)) return true;
  if (path.starts_with("chat/completions/")) return true; // stored, and can be listed
  return is_read(method) && method != "OPTIONS" &&
         std::find(lists_of_all.begin(), lists_of_all.end(), path) != lists_of_all.end();
}

bool is_unmetered(std::string_view method, std::string_view rest) {
  if (is_read(method)) return false;
  if (const auto to = read_model_path(rest)) {
    const auto plain = to->method.substr(0, to->method.find(';')); // whoever reads it may drop parameters
    if (std::any_of(done_later.begin(), done_later.end(),
                    [&](std::string_view name) { return net::equal_names(plain, name); }))
      return true;
  }
  const auto path = lenient_path(rest);
  return std::any_of(unmetered.begin(), unmetered.end(), [&](std::string_view above) { return is_below(path, above); });
}

bool is_inference_path(std::string_view rest) {
  while (rest.starts_with('/'))
    rest.remove_prefix(1);
  return is_known(rest) || (!leaves(rest) && is_known(lenient_path(rest)));
}

bool opens_account(std::string_view pattern, bool batches_here) {
  if (pattern.ends_with('*'))
    pattern.remove_suffix(1);
  else if (pattern.ends_with('/')) // which does not matter there
    pattern.remove_suffix(1);
  if (take(pattern, "/openai/")) {
    if (std::string_view{"deployments/"}.starts_with(pattern) || std::string_view{"v1/"}.starts_with(pattern))
      return false;
    if (take(pattern, "deployments/")) {
      const auto slash = pattern.find('/');
      pattern = slash == std::string_view::npos ? std::string_view{} : pattern.substr(slash + 1);
    } else {
      take(pattern, "v1/");
    }
  } else if (!take(pattern, "/v1/")) {
    return false; // nothing that is relayed, or all of it
  }
  const auto is_own = [&](std::string_view own) { return pattern.starts_with(own); };
  const auto end = answered_here.begin() + (batches_here ? answered_here.size() : answered_always);
  return !begins_known(pattern) && std::none_of(answered_here.begin(), end, is_own);
}

} // namespace logos::ingress

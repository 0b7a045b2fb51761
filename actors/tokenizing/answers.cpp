// SPDX-License-Identifier: MIT
#include "actors/tokenizing/answers.hpp"

#include "actors/administration/fields.hpp"
#include "actors/administration/resource_logic.hpp"
#include "tokenization/counting.hpp"

#include <algorithm>
#include <optional>

namespace logos::tokenizing {
namespace {

using core::ec;
using core::failure;
using simdjson::SUCCESS;
using simdjson::dom::object;
using tokenization::family;
using tokenization::token;
using text_result = boost::system::result<std::string, failure>;

/// Of a text whose tokens are listed: a list takes up to eight times as much.
constexpr std::size_t most_text = std::size_t{4} << 20;

failure too_large(std::string_view name) {
  return {ec::body_too_large, "The text may have 4 MiB at most; /extras/tokenize/count takes larger ones.",
          std::string{name}};
}

/// A member that must be a text when it is there; null is as good as not there.
boost::system::result<std::optional<std::string_view>, failure> find_text(object in, std::string_view name) {
  simdjson::dom::element value;
  if (in[name].get(value) != SUCCESS || value.is_null()) return std::optional<std::string_view>{};
  std::string_view text;
  if (value.get(text) != SUCCESS)
    return failure{ec::bad_field, "'" + std::string{name} + "' must be a text.", std::string{name}};
  return std::optional{text};
}

failure check_names(object in, std::span<const std::string_view> known) {
  for (const auto [name, value] : in)
    if (std::find(known.begin(), known.end(), name) == known.end()) return administration::unknown_field(name, known);
  return {};
}

/// The model of that name, if the process may use it: what others may use is nobody's business.
const catalog::model* find_model(const catalog::snapshot* in, std::int64_t process_id, std::string_view name) {
  const auto* m = in != nullptr ? in->find_model(name) : nullptr;
  if (m == nullptr) return nullptr;
  const auto who = std::find_if(in->principals.begin(), in->principals.end(),
                                [&](const auto& p) { return p.process_id == process_id; });
  if (who == in->principals.end()) return nullptr;
  const bool permitted =
      who->root || std::any_of(who->profiles.begin(), who->profiles.end(),
                               [&](const catalog::profile& p) { return in->reaches(*who, &p, m->id); });
  return permitted ? m : nullptr;
}

const family& family_of(std::optional<std::string_view> model, const catalog::snapshot* catalog,
                        std::int64_t process_id) {
  if (!model) return tokenization::default_family();
  const auto* found = find_model(catalog, process_id, *model);
  const auto* of = &tokenization::find_family(found != nullptr ? found->name : *model);
  if (found == nullptr || !of->name.empty()) return *of;
  // A name of the gateway's own: the providers' may say more.
  for (const auto* d : catalog->deployments_of(found->id))
    if (const auto& there = tokenization::find_family(d->upstream_name); !there.name.empty()) return there;
  return *of;
}

failure not_exact(std::string_view model) {
  return {ec::bad_field,
          "The tokens of '" + std::string{model.substr(0, 200)} +
              "' are not known exactly, only how many there are about (/extras/tokenize/count). Known exactly are: " +
              std::string{tokenization::exact_families()} + ". Without 'model', o200k_base is used.",
          "model"};
}

std::string encoding_json(const family& of) { return R"(,"encoding":")" + std::string{of.by().name()} + "\"}"; }

text_result count(object body, const family& of) {
  const auto input = find_text(body, "input");
  if (!input) return input.error();
  simdjson::dom::element messages, tools;
  const bool chat = body["messages"].get(messages) == SUCCESS;
  const bool has_tools = body["tools"].get(tools) == SUCCESS;
  if (chat == input->has_value())
    return failure{ec::bad_field, "Send either 'input', a text, or 'messages', a chat.", "input"};
  if (has_tools && !chat) return failure{ec::bad_field, "'tools' belong to 'messages'.", "tools"};
  simdjson::dom::array list;
  if (chat && messages.get(list) != SUCCESS) return failure{ec::bad_field, "'messages' must be an array.", "messages"};
  if (has_tools && !tools.is_array() && !tools.is_null())
    return failure{ec::bad_field, "'tools' must be an array.", "tools"};
  const auto counted = chat
                           ? tokenization::count_chat(list, has_tools ? &tools : nullptr, of)
                           : boost::system::result<tokenization::tally, failure>{tokenization::count_text(**input, of)};
  if (!counted) return counted.error();
  return R"({"count":)" + std::to_string(counted->count) + R"(,"exact":)" + (counted->exact ? "true" : "false") +
         encoding_json(of);
}

text_result tokenize(object body, const family& of) {
  const auto input = find_text(body, "input");
  if (!input) return input.error();
  if (!*input) return failure{ec::bad_field, "'input' is needed: the text.", "input"};
  if ((*input)->size() > most_text) return too_large("input");
  std::string out = R"({"tokens":[)";
  for (const auto t : of.by().encode(**input))
    out.append(std::to_string(t)) += ',';
  if (out.back() == ',') out.pop_back();
  return out + "]" + encoding_json(of);
}

text_result detokenize(object body, const family& of) {
  simdjson::dom::array tokens;
  if (body["tokens"].get(tokens) != SUCCESS)
    return failure{ec::bad_field, "'tokens' is needed: an array of numbers.", "tokens"};
  std::string text;
  std::size_t i = 0;
  for (const auto item : tokens) {
    const auto where = "tokens[" + std::to_string(i++) + "]";
    std::uint64_t number = 0;
    if (item.get(number) != SUCCESS)
      return failure{ec::bad_field, "'" + where + "' must be a number of 0 or more.", where};
    const auto bytes = number < tokenization::no_token ? of.by().bytes(static_cast<token>(number)) : std::nullopt;
    if (!bytes)
      return failure{ec::bad_field,
                     "'" + where + "', " + std::to_string(number) + ", is no token of " + std::string{of.by().name()} +
                         ".",
                     where};
    text += *bytes;
    if (text.size() > most_text) return too_large("tokens");
  }
  return R"({"text":)" + core::json_string(text) + "}";
}

struct operation {
  std::string_view path;
  std::span<const std::string_view> fields;
  bool needs_exact;
  text_result (*run)(object body, const family& of);
};

constexpr std::string_view count_fields[] = {"model", "input", "messages", "tools"};
constexpr std::string_view tokenize_fields[] = {"model", "input"};
constexpr std::string_view detokenize_fields[] = {"model", "tokens"};
constexpr operation operations[] = {{"/extras/tokenize/count", count_fields, false, count},
                                    {"/extras/tokenize", tokenize_fields, true, tokenize},
                                    {"/extras/detokenize", detokenize_fields, true, detokenize}};

} // namespace

text_result answer(const net::request_view& request, const catalog::snapshot* catalog, std::int64_t process_id) {
  auto path = request.path;
  if (path.ends_with('/')) path.remove_suffix(1);
  const auto* const wanted =
      std::find_if(std::begin(operations), std::end(operations), [&](const operation& o) { return o.path == path; });
  if (wanted == std::end(operations)) return failure{ec::route_not_found, "There is nothing here."};
  administration::body_object body;
  if (auto bad = body.parse(request); bad.code != ec::none) return bad;
  // A chat may come whole, with all that its request says beside what is counted.
  simdjson::dom::element messages;
  const bool whole_chat = wanted->run == count && body.object()["messages"].get(messages) == SUCCESS;
  if (!whole_chat)
    if (auto bad = check_names(body.object(), wanted->fields); bad.code != ec::none) return bad;
  const auto model = find_text(body.object(), "model");
  if (!model) return model.error();
  const auto& of = family_of(*model, catalog, process_id);
  if (wanted->needs_exact && !of.exact) return not_exact(model->value_or(""));
  return wanted->run(body.object(), of);
}

} // namespace logos::tokenizing

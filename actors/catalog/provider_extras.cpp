// SPDX-License-Identifier: MIT
#include "actors/catalog/provider_extras.hpp"

#include "core/error.hpp"

#include <simdjson.h>

namespace logos::catalog {

provider_extras read_extras(std::string_view settings) {
  provider_extras out;
  if (settings.empty()) return out;
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(settings.data(), settings.size()).get(object) != simdjson::SUCCESS) return out;
  std::string_view text;
  if (object["api_version"].get(text) == simdjson::SUCCESS) out.api_version = text;
  if (object["ca"].get(text) == simdjson::SUCCESS) out.ca_file = text;
  bool verify = true;
  if (object["verify"].get(verify) == simdjson::SUCCESS) out.verify = verify;
  bool passthrough = false;
  if (object["passthrough"].get(passthrough) == simdjson::SUCCESS) out.passthrough = passthrough;
  return out;
}

std::string write_extras(const provider_extras& extras) {
  std::string out;
  const auto add = [&](std::string_view name, const std::string& value) {
    out.append(out.empty() ? "{" : ",").append(core::json_string(name)).append(":").append(value);
  };
  if (!extras.api_version.empty()) add("api_version", core::json_string(extras.api_version));
  if (!extras.ca_file.empty()) add("ca", core::json_string(extras.ca_file));
  if (!extras.verify) add("verify", "false");
  if (extras.passthrough) add("passthrough", *extras.passthrough ? "true" : "false");
  if (!out.empty()) out += '}';
  return out;
}

} // namespace logos::catalog

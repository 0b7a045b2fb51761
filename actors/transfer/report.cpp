// SPDX-License-Identifier: MIT
#include "actors/transfer/unload.hpp"

#include <algorithm>

namespace logos::transfer {

bool report::changed() const {
  return !dry_run && std::any_of(tallies.begin(), tallies.end(), [](const tally& t) { return t.made != 0; });
}

std::string to_json(const report& r) {
  std::string out = R"({"dry_run":)" + std::string{r.dry_run ? "true" : "false"} + R"(,"imported":{)";
  for (const auto& t : r.tallies) {
    if (out.back() != '{') out += ',';
    out += core::json_string(t.what) + R"(:{"made":)" + std::to_string(t.made) + R"(,"known":)" +
           std::to_string(t.known) + "}";
  }
  for (const auto& [name, sentences] : {std::pair{"notes", &r.notes}, {"warnings", &r.warnings}}) {
    out.append(name == std::string_view{"notes"} ? "},\"" : "],\"").append(name).append("\":[");
    for (const auto& each : *sentences)
      out.append(out.back() == '[' ? "" : ",").append(core::json_string(each));
  }
  return out + "]}";
}

std::string to_text(const report& r) {
  std::string out;
  for (const auto& t : r.tallies)
    out += std::to_string(t.made) + " " + t.what + (r.dry_run ? " would be made, " : " made, ") +
           std::to_string(t.known) + " were there already\n";
  for (const auto& note : r.notes)
    out += "Note: " + note + "\n";
  return out;
}

} // namespace logos::transfer

// SPDX-License-Identifier: MIT
#include "actors/embedding/call_text.hpp"

#include <simdjson.h>

#include <utility>

namespace logos::embedding {
namespace {

using classification::gist;
using core::ec;
using core::failure;
using simdjson::dom::element;

constexpr std::size_t most_numbers = 65'536;

failure unreadable(const std::string& why) {
  return {ec::upstream_protocol, "The embedding model's answer cannot be used: " + why + "."};
}

/// Null when it is none.
gist read_vector(element from) {
  simdjson::dom::array numbers;
  if (from["embedding"].get(numbers) != simdjson::SUCCESS || numbers.size() > most_numbers) return nullptr;
  std::vector<float> out;
  out.reserve(numbers.size());
  for (const auto each : numbers) {
    double number = 0;
    if (each.get(number) != simdjson::SUCCESS) return nullptr;
    out.push_back(static_cast<float>(number));
  }
  return classification::gist_of(std::move(out));
}

} // namespace

std::string request_text(std::string_view model, std::span<const std::string> texts, std::string_view within) {
  std::string out = "POST /v1/embeddings HTTP/1.1\r\ncontent-type: application/json\r\n";
  if (!within.empty()) out.append("x-logos-on-behalf: ").append(within).append("\r\n");
  out.append("\r\n{\"model\":").append(core::json_string(model)).append(",\"input\":[");
  for (std::size_t i = 0; i < texts.size(); ++i)
    out.append(i == 0 ? "" : ",").append(core::json_string(texts[i]));
  return out.append("]}");
}

boost::system::result<std::vector<gist>, failure> read_answer(const net::collected_answer& a, std::size_t texts) {
  if (a.refusal.code != ec::none) return a.refusal;
  if (a.status != 200)
    return failure{ec::upstream_error,
                   "The embedding model's provider answered with status " + std::to_string(a.status) + "."};
  simdjson::dom::parser parser;
  element root;
  simdjson::dom::array data;
  if (parser.parse(a.body).get(root) != simdjson::SUCCESS || root["data"].get(data) != simdjson::SUCCESS)
    return unreadable("it is no JSON object with 'data'");
  std::vector<gist> out(texts);
  std::size_t place = 0;
  for (const auto each : data) {
    std::uint64_t index = place++;
    if (element told; each["index"].get(told) == simdjson::SUCCESS && told.get(index) != simdjson::SUCCESS)
      return unreadable("an 'index' is no whole number");
    if (index >= texts || out[index]) return unreadable("it has vectors for other texts than were asked about");
    out[index] = read_vector(each);
    if (!out[index]) return unreadable("an 'embedding' is no list of numbers, or of zeros only");
  }
  if (place != texts) return unreadable("it has not as many vectors as there were texts");
  for (const auto& each : out)
    if (each->size() != out.front()->size()) return unreadable("its vectors are not of one length");
  return out;
}

} // namespace logos::embedding

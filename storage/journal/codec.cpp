// SPDX-License-Identifier: MIT
#include "storage/journal/codec.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace logos::storage {
namespace {

constexpr std::uint32_t magic = 0x524A474C; // "LGJR"
constexpr std::uint8_t version = 1;
constexpr std::size_t frame_size = 16;
constexpr std::size_t checked_from = 12; // the type

constexpr std::size_t padded(std::size_t size) { return (size + 7) & ~std::size_t{7}; }

void put_u32(char*& to, std::size_t x) {
  const auto narrow = static_cast<std::uint32_t>(x);
  std::memcpy(to, &narrow, 4);
  to += 4;
}

std::uint32_t u32_at(const char* from) {
  std::uint32_t x;
  std::memcpy(&x, from, 4);
  return x;
}

/// The texts in the order of the body. A new one goes to the end.
auto texts_of(const begun& record) { return std::array{record.dataset}; }
auto texts_of(const finished& record) {
  return std::array{record.path,
                    record.node,
                    record.error_message,
                    record.dataset,
                    record.metadata,
                    record.classification_statistics,
                    record.decision,
                    record.client_ip,
                    record.input_payload,
                    record.headers,
                    record.response_payload};
}

template <class Facts, class Record>
std::size_t size_of(const Record& record) noexcept {
  std::size_t size = frame_size + 4 + sizeof(Facts);
  for (auto text : texts_of(record))
    size += 4 + text.size();
  return padded(size);
}

template <class Facts, class Record>
void write(record_type type, const Record& record, char* to, std::uint32_t salt) noexcept {
  char* at = to + frame_size;
  put_u32(at, sizeof(Facts));
  std::memcpy(at, static_cast<const Facts*>(&record), sizeof(Facts));
  at += sizeof(Facts);
  for (auto text : texts_of(record)) {
    put_u32(at, text.size());
    if (!text.empty()) std::memcpy(at, text.data(), text.size());
    at += text.size();
  }
  const auto body = static_cast<std::size_t>(at - to) - frame_size;
  std::memset(at, 0, padded(body) - body);
  const char kind[4] = {static_cast<char>(type), version, 0, 0};
  std::memcpy(to + checked_from, kind, sizeof kind);
  char* head = to;
  put_u32(head, magic);
  put_u32(head, body);
  put_u32(head, crc32c({to + checked_from, frame_size - checked_from + body}, salt));
}

/// Walks over a body.
struct reader {
  std::string_view rest;
  bool good = true;

  std::string_view text() {
    if (rest.empty()) return {}; // an older record that lacks it
    if (rest.size() < 4 || rest.size() - 4 < u32_at(rest.data())) {
      good = false;
      rest = {};
      return {};
    }
    const auto size = u32_at(rest.data());
    const auto found = rest.substr(4, size);
    rest.remove_prefix(4 + size);
    return found;
  }
  template <class Facts>
  void facts(Facts& to) {
    const auto bytes = text();
    std::memcpy(static_cast<void*>(&to), bytes.data(), std::min(bytes.size(), sizeof(Facts)));
  }
};

} // namespace

std::size_t encoded_size(const begun& record) noexcept { return size_of<begun_facts>(record); }
std::size_t encoded_size(const finished& record) noexcept { return size_of<finished_facts>(record); }

void encode(const begun& record, char* to, std::uint32_t salt) noexcept {
  write<begun_facts>(record_type::begun, record, to, salt);
}
void encode(const finished& record, char* to, std::uint32_t salt) noexcept {
  write<finished_facts>(record_type::finished, record, to, salt);
}

std::optional<frame> read_frame(std::string_view bytes, std::uint32_t salt) noexcept {
  if (bytes.size() < frame_size || u32_at(bytes.data()) != magic) return std::nullopt;
  const std::size_t body = u32_at(bytes.data() + 4);
  if (body > bytes.size() - frame_size) return std::nullopt;
  if (crc32c(bytes.substr(checked_from, frame_size - checked_from + body), salt) != u32_at(bytes.data() + 8))
    return std::nullopt;
  return frame{static_cast<record_type>(bytes[12]), static_cast<std::uint8_t>(bytes[13]),
               bytes.substr(frame_size, body), std::min(bytes.size(), frame_size + padded(body))};
}

bool is_blank(std::string_view bytes) noexcept {
  return bytes.substr(0, frame_size).find_first_not_of('\0') == bytes.npos;
}

std::optional<begun> decode_begun(const frame& from) noexcept {
  begun record;
  reader read{from.body};
  read.facts(static_cast<begun_facts&>(record));
  record.dataset = read.text();
  return read.good ? std::optional{record} : std::nullopt;
}

std::optional<finished> decode_finished(const frame& from) noexcept {
  finished record;
  reader read{from.body};
  read.facts(static_cast<finished_facts&>(record));
  for (auto* text : {&record.path, &record.node, &record.error_message, &record.dataset, &record.metadata,
                     &record.classification_statistics, &record.decision, &record.client_ip, &record.input_payload,
                     &record.headers, &record.response_payload})
    *text = read.text();
  return read.good ? std::optional{record} : std::nullopt;
}

} // namespace logos::storage

// SPDX-License-Identifier: MIT
#include "storage/journal/codec.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <iterator>

namespace logos::storage {
namespace {

constexpr std::uint32_t magic = 0x524A474C; // "LGJR"
constexpr std::uint8_t version = 2;
constexpr char tells_owner = 1;
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
auto texts_of(const begun& record) { return std::array{record.dataset, record.price_versions}; }
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
                    record.response_payload,
                    record.own_counts,
                    record.price_versions,
                    record.features};
}

/// Facts word by word: which are not zero, then those. Most counts of most requests are zero.
template <class Facts>
struct words_of {
  static constexpr std::size_t count = sizeof(Facts) / 8;
  static_assert(sizeof(Facts) % 8 == 0 && count <= 64);
  std::uint64_t words[count];
  std::uint64_t used = 0;

  explicit words_of(const Facts& facts) noexcept {
    std::memcpy(words, &facts, sizeof words);
    for (std::size_t i = 0; i < count; ++i)
      used |= std::uint64_t{words[i] != 0} << i;
  }
  std::size_t size() const noexcept { return sizeof used + 8 * static_cast<std::size_t>(std::popcount(used)); }
  void put(char*& to) const noexcept {
    std::memcpy(to, &used, sizeof used);
    to += sizeof used;
    for (std::size_t i = 0; i < count; ++i) {
      if (words[i] == 0) continue;
      std::memcpy(to, &words[i], 8);
      to += 8;
    }
  }
};

/// Lengths below 255 take one byte, others five.
constexpr std::size_t short_length = 255;
std::size_t size_of(std::string_view text) noexcept { return (text.size() < short_length ? 1 : 5) + text.size(); }

void put_text(char*& to, std::string_view text) noexcept {
  *to++ = static_cast<char>(std::min(text.size(), short_length));
  if (text.size() >= short_length) put_u32(to, text.size());
  if (!text.empty()) std::memcpy(to, text.data(), text.size());
  to += text.size();
}

template <class Facts, class Record>
std::size_t size_of(const Record& record) noexcept {
  std::size_t size = frame_size + words_of<Facts>{record}.size();
  for (auto text : texts_of(record))
    size += size_of(text);
  return padded(size);
}

template <class Facts, class Record>
void write(record_type type, const Record& record, char* to, std::uint32_t salt) noexcept {
  char* at = to + frame_size;
  words_of<Facts>{record}.put(at);
  for (auto text : texts_of(record))
    put_text(at, text);
  const auto body = static_cast<std::size_t>(at - to) - frame_size;
  std::memset(at, 0, padded(body) - body);
  const char kind[4] = {static_cast<char>(type), version, tells_owner, 0};
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

  bool has(std::size_t bytes) {
    if (rest.size() >= bytes) return true;
    good = false;
    rest = {};
    return false;
  }
  std::string_view take(std::size_t bytes) {
    const auto found = rest.substr(0, bytes);
    rest.remove_prefix(bytes);
    return found;
  }
  std::string_view text() {
    if (rest.empty()) return {}; // an older record that lacks it
    std::size_t size = static_cast<unsigned char>(take(1).front());
    if (size == short_length) size = has(4) ? u32_at(take(4).data()) : 0;
    return has(size) ? take(size) : std::string_view{};
  }
  /// Words that these facts do not have yet are of a newer program, and left out.
  template <class Facts>
  void facts(Facts& to) {
    std::uint64_t used = 0;
    if (!has(sizeof used)) return;
    std::memcpy(&used, take(sizeof used).data(), sizeof used);
    if (!has(8 * static_cast<std::size_t>(std::popcount(used)))) return;
    std::uint64_t words[sizeof(Facts) / 8] = {};
    for (; used != 0; used &= used - 1) {
      const auto i = static_cast<std::size_t>(std::countr_zero(used));
      const auto word = take(8);
      if (i < std::size(words)) std::memcpy(&words[i], word.data(), 8);
    }
    std::memcpy(static_cast<void*>(&to), words, sizeof words);
  }
};

void note_unknown_owner(const frame& from, request_owner& owner) {
  if (!from.tells_owner && owner.user_id == 0 && owner.service_id == 0) owner = unknown_owner;
}

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
  return frame{static_cast<record_type>(bytes[12]), static_cast<std::uint8_t>(bytes[13]), bytes[14] == tells_owner,
               bytes.substr(frame_size, body), std::min(bytes.size(), frame_size + padded(body))};
}

bool is_blank(std::string_view bytes) noexcept {
  return bytes.substr(0, frame_size).find_first_not_of('\0') == bytes.npos;
}

std::size_t blank_size(std::string_view bytes) noexcept {
  std::size_t at = 0;
  for (std::uint64_t word = 0; at + sizeof word <= bytes.size(); at += sizeof word) {
    std::memcpy(&word, bytes.data() + at, sizeof word);
    if (word != 0) break;
  }
  return at;
}

std::optional<begun> decode_begun(const frame& from) noexcept {
  if (from.version != version) return std::nullopt;
  begun record;
  reader read{from.body};
  read.facts(static_cast<begun_facts&>(record));
  record.dataset = read.text();
  record.price_versions = read.text();
  note_unknown_owner(from, record.owner);
  return read.good ? std::optional{record} : std::nullopt;
}

std::optional<finished> decode_finished(const frame& from) noexcept {
  if (from.version != version) return std::nullopt;
  finished record;
  reader read{from.body};
  read.facts(static_cast<finished_facts&>(record));
  for (auto* text :
       {&record.path, &record.node, &record.error_message, &record.dataset, &record.metadata,
        &record.classification_statistics, &record.decision, &record.client_ip, &record.input_payload, &record.headers,
        &record.response_payload, &record.own_counts, &record.price_versions, &record.features})
    *text = read.text();
  note_unknown_owner(from, record.owner);
  return read.good ? std::optional{record} : std::nullopt;
}

} // namespace logos::storage

// SPDX-License-Identifier: MIT
#pragma once
#include "storage/records.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

/// The bytes of a record. A frame is
///   magic u32 | length of the body u32 | CRC-32C of type to the body's end u32 | type u8 | version u8 | told u8 | 0 u8
///   | body | 0 to 7 zeros
/// where `told` is 1 when the record says whose the key was (older ones do not), and a body is: the facts as in memory,
/// in words of eight bytes (which are not zero u64, a bit for each, the first one lowest; then those words), then per
/// text its length (u8; from 255 on 255 and a u32) and its bytes. Native byte order: a journal is read on the machine
/// that wrote it.
namespace logos::storage {

enum class record_type : std::uint8_t { begun = 1, finished = 2 };

/// With frame and padding.
std::size_t encoded_size(const begun& record) noexcept;
std::size_t encoded_size(const finished& record) noexcept;
/// Writes exactly `encoded_size` bytes. `salt` starts the checksum: nobody who can choose a payload can forge a frame
/// in it.
void encode(const begun& record, char* to, std::uint32_t salt) noexcept;
void encode(const finished& record, char* to, std::uint32_t salt) noexcept;

/// A frame that is whole. The body is a view.
struct frame {
  record_type type;
  std::uint8_t version;
  bool tells_owner;
  std::string_view body;
  std::size_t size; // with frame and padding
};

/// The frame at the start of `bytes`, if it is whole and its checksum is right.
std::optional<frame> read_frame(std::string_view bytes, std::uint32_t salt) noexcept;
/// Whether there is nothing at the start of `bytes`: the zeros after the last record.
bool is_blank(std::string_view bytes) noexcept;
/// With how many zeros `bytes` begins, in whole words of 8.
std::size_t blank_size(std::string_view bytes) noexcept;
/// The texts are views into the body. Nothing when the body contradicts itself.
std::optional<begun> decode_begun(const frame& from) noexcept;
std::optional<finished> decode_finished(const frame& from) noexcept;

/// CRC-32C (Castagnoli), by the processor where it can.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t start = 0) noexcept;

} // namespace logos::storage

// SPDX-License-Identifier: MIT
#include "net/chunk_decoder.hpp"

#include <algorithm>
#include <cstring>

namespace logos::net {
namespace {

// Extensions and trailers say nothing that the gateway relays; more of them than this is an attack. Every byte that is
// not content counts, and each chunk pays for a line of usual length.
constexpr std::uint32_t most_overhead = 16 * 1024;
constexpr std::uint64_t usual_line = 16;
constexpr std::uint64_t overhead_per_byte = 2;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

} // namespace

bool chunk_decoder::take_size_digit(char c) {
  const int digit = hex_value(c);
  if (digit < 0 || (left_ >> 56U) != 0) return false;
  left_ = (left_ << 4U) | static_cast<std::uint64_t>(digit);
  return true;
}

void chunk_decoder::pay_for_line() {
  const auto paid = usual_line + overhead_per_byte * std::min<std::uint64_t>(left_, most_overhead);
  overhead_ -= static_cast<std::uint32_t>(std::min<std::uint64_t>(overhead_, paid));
}

bool chunk_decoder::take(char c) {
  if (++overhead_ > most_overhead) return false;
  switch (state_) {
  case state::size_first:
    left_ = 0;
    state_ = state::size;
    return take_size_digit(c);
  case state::size:
    if (c == '\r')
      state_ = state::size_lf;
    else if (c == ';')
      state_ = state::extension;
    else if (c == ' ' || c == '\t')
      state_ = state::size_blank;
    else
      return take_size_digit(c);
    return true;
  case state::size_blank:
    if (c == ';') state_ = state::extension;
    return c == ';' || c == ' ' || c == '\t';
  case state::extension:
    if (c == '\r') state_ = state::size_lf;
    return !control(c) || c == '\r';
  case state::size_lf:
    pay_for_line();
    state_ = left_ != 0 ? state::data : state::trailer_start;
    return c == '\n';
  case state::data_cr: state_ = state::data_lf; return c == '\r';
  case state::data_lf: state_ = state::size_first; return c == '\n';
  case state::trailer_start: state_ = c == '\r' ? state::last_lf : state::trailer; return !control(c) || c == '\r';
  case state::trailer:
    if (c == '\r') state_ = state::trailer_lf;
    return !control(c) || c == '\r';
  case state::trailer_lf: state_ = state::trailer_start; return c == '\n';
  case state::last_lf: state_ = state::finished; return c == '\n';
  case state::data:
  case state::finished: break;
  }
  return false;
}

chunk_decoder::step chunk_decoder::decode(std::span<char> bytes) {
  step result;
  while (result.taken < bytes.size() && state_ != state::finished) {
    if (state_ == state::data) {
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - result.taken));
      if (result.payload != result.taken) std::memmove(bytes.data() + result.payload, bytes.data() + result.taken, n);
      result.payload += n;
      result.taken += n;
      left_ -= n;
      if (left_ == 0) state_ = state::data_cr;
    } else if (!take(bytes[result.taken++])) {
      result.ok = false;
      return result;
    }
  }
  return result;
}

} // namespace logos::net

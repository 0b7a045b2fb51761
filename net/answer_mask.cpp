// SPDX-License-Identifier: MIT
#include "net/answer_mask.hpp"

#include "net/secret_mask.hpp"

#include <algorithm>
#include <cstring>

namespace logos::net {
namespace {

constexpr std::string_view error_member = R"("error")";
constexpr std::string_view error_event = "event: error";
constexpr std::size_t most_undecided = 1 << 20;

/// As `find`, but the library's is slow where the first byte of `what` is frequent, as a quote is in JSON.
std::size_t position_of(std::string_view text, std::string_view what) {
  if (text.empty()) return text.npos; // and may have no address
  const auto* const at = static_cast<const char*>(::memmem(text.data(), text.size(), what.data(), what.size()));
  return at ? static_cast<std::size_t>(at - text.data()) : text.npos;
}

/// What stands behind the name of a member is null, as far as can be seen.
bool is_null(std::string_view behind) {
  behind.remove_prefix(std::min(behind.find_first_not_of(" \t\r\n:"), behind.size()));
  return behind.starts_with("null");
}

bool has_error(std::string_view text) {
  for (auto at = position_of(text, error_member); at != text.npos;) {
    text.remove_prefix(at + error_member.size());
    if (!is_null(text)) return true;
    at = position_of(text, error_member);
  }
  return false;
}

/// The last end of a part of the answer that stands for itself; 0: none has ended.
std::size_t end_of_parts(std::string_view text, content_kind kind) {
  const auto behind = [&](std::string_view mark) {
    const auto at = text.rfind(mark);
    return at == text.npos ? 0 : at + mark.size();
  };
  switch (kind) {
  case content_kind::sse: return std::max(behind("\n\n"), behind("\r\n\r\n"));
  case content_kind::ndjson: return behind("\n");
  default: return 0;
  }
}

} // namespace

answer_mask::answer_mask(std::string_view secret, int status, content_kind kind, bool readable)
    : secret_{secret},
      kind_{kind} {
  if (secret.size() < shortest_masked_secret || !readable) return;
  if (status >= 300)
    scope_ = scope::all;
  else if (kind != content_kind::opaque)
    scope_ = scope::after_error;
}

bool answer_mask::tells_error(std::string_view piece, bool last) {
  const auto tells = [this](std::string_view text) {
    return has_error(text) || (kind_ == content_kind::sse && position_of(text, error_event) != text.npos);
  };
  if (last && tail_size_ == 0) return tells(piece);
  std::array<char, 64> room;
  const auto more = std::min(piece.size(), room.size() - tail_size_);
  std::copy_n(tail_.data(), tail_size_, room.data());
  std::copy_n(piece.data(), more, room.data() + tail_size_);
  const std::string_view border{room.data(), tail_size_ + more};
  if ((tail_size_ != 0 && tells(border)) || tells(piece)) return true;
  const auto text = more == piece.size() ? border : piece;
  tail_size_ = begun_at_end(text, error_member);
  if (kind_ == content_kind::sse) tail_size_ = std::max(tail_size_, begun_at_end(text, error_event));
  std::copy_n(text.data() + text.size() - tail_size_, tail_size_, tail_.data());
  return false;
}

std::size_t answer_mask::undecided() const {
  const auto begin = end_of_parts(out_, kind_);
  const auto rest = std::string_view{out_}.substr(begin);
  const auto at = position_of(rest, secret_);
  return at != rest.npos ? begin + at : out_.size() - begun_at_end(rest, secret_);
}

std::string_view answer_mask::feed(std::string_view piece, bool last) {
  if (scope_ == scope::nothing) return piece;
  const bool secret_free = held_.empty() && position_of(piece, secret_) == piece.npos;
  if (secret_free && last) return piece;
  if (scope_ == scope::after_error && tells_error(piece, last)) scope_ = scope::all;
  if (secret_free && begun_at_end(piece, secret_) == 0) return piece;
  out_ = std::move(held_);
  held_.clear();
  out_ += piece;
  if (scope_ == scope::all) mask_secret(out_, secret_);
  if (last) return out_;
  auto from = scope_ == scope::all ? out_.size() - begun_at_end(out_, secret_) : undecided();
  if (out_.size() - from > most_undecided) {
    mask_secret(out_, secret_); // rather a word too many than a key
    from = out_.size() - begun_at_end(out_, secret_);
  }
  held_.assign(out_, from);
  out_.resize(from);
  return out_;
}

} // namespace logos::net

// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace logos::classification {

/// Finds which of many words occur in a text, anywhere and in any case of ASCII letters, in one pass over the text.
/// Immutable, any thread.
class tag_finder {
public:
  tag_finder() = default;
  /// Words in lower case, none empty, each once.
  explicit tag_finder(std::vector<std::string> words);

  std::size_t size() const { return words_.size(); }
  const std::string& word(std::size_t i) const { return words_[i]; }
  /// `found` becomes one flag for each word.
  void find(std::string_view text, std::vector<char>& found) const;

private:
  static constexpr std::size_t start = 3; // bytes that are looked at first
  static constexpr unsigned start_bits = 15;
  struct beginning {
    std::uint32_t bytes = 0; // the word's first ones
    std::uint32_t word = 0;
  };
  static std::uint32_t place(std::uint32_t bytes) { return bytes * 0x9E37'79B1U >> (32U - start_bits); }
  static bool by_bytes(const beginning& a, const beginning& b);
  void check(const std::vector<beginning>& among, std::string_view rest, std::uint32_t bytes,
             std::vector<char>& found) const;

  std::vector<std::string> words_;
  std::vector<beginning> beginnings_; // by bytes; of words with at least `start` bytes
  std::vector<beginning> pairs_;      // by bytes; the words of two bytes
  std::vector<std::uint32_t> single_; // the words of one
  // Which beginnings there are, of three bytes and of two: most of a text is passed by with the second.
  std::vector<std::uint64_t> seen_, seen_pairs_;
};

} // namespace logos::classification

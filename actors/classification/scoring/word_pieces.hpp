// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace logos::classification {

/// The dictionary of an encoder: words, and pieces that continue words (written with `##`). Words are looked up in
/// lower case and without accents, as BERT's uncased tokenizer does. Immutable, any thread.
class word_pieces {
public:
  /// `listed`: each piece after a byte with its length; its number is its place, from 0.
  explicit word_pieces(std::string_view listed);

  std::size_t size() const { return size_; }
  /// Calls `take` with the number of each piece of the words of a text, the longest that fits first. Punctuation is
  /// passed by, as is what no piece fits.
  template <class Take>
  void split(std::string_view text, Take&& take) const {
    word w;
    while (next_word(text, w))
      for (std::size_t from = 0; from < w.length;) {
        const auto found = longest(w, from);
        if (found.length != 0) take(found.number);
        from += found.length != 0 ? found.length : 1;
      }
  }

private:
  static constexpr std::size_t longest_word = 48; // bytes; what is longer is an address or a key
  static constexpr std::size_t longest_piece = 20;
  struct word {
    std::array<char, longest_word> text;                  // normalised
    std::array<std::uint64_t, longest_word + 1> prefixes; // hashes of its beginnings
    std::size_t length = 0;
  };
  struct piece {
    std::uint32_t number = 0;
    std::size_t length = 0; // 0: none
  };
  struct slot {
    std::uint32_t mark = 0; // of the hash's other half; 0: free
    std::uint32_t number = 0;
  };

  /// Takes the next word off the text; false when there is none.
  static bool next_word(std::string_view& text, word& out);
  static void put_letter(word& w, char c); // for which there must be room
  static std::uint64_t hash_of(const word& w, std::size_t from, std::size_t to);
  piece longest(const word& w, std::size_t from) const;

  std::vector<slot> slots_; // a power of two
  std::size_t size_ = 0;
};

} // namespace logos::classification

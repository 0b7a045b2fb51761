// SPDX-License-Identifier: MIT
#include "actors/classification/scoring/lexicon.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <vector>

namespace logos::classification {
namespace {

struct word_list {
  std::uint32_t hints;
  std::string_view words; // parted by blanks
};

// The commonest words of each language tell it apart within a sentence or two.
constexpr std::array lists{
    word_list{bit(hint::english),
              "the of and to is it that you for with as this have from or are was not but can your will there their if "
              "which would about been has when who they we my me please i how what"},
    word_list{bit(hint::german),
              "der die und das ist nicht ein eine einen einem einer ich du sie wir ihr den dem mit "
              "für auf von zu im auch sich wie was bitte kann mir mein werden wird oder aber aus bei "
              "nach als um über noch nur wenn dass sind hat haben welche kannst"},
    word_list{bit(hint::french), "le la les des un une et est que qui dans pour pas sur avec vous je nous il elle ce "
                                 "cette du au aux sont par plus ne se mon votre être fait comment quelle moi"},
    word_list{bit(hint::spanish), "el la los las un una y es que en de por para con no se del al lo como más pero sus "
                                  "su mi me este esta son está qué cómo cuál puedes"},
    word_list{bit(hint::italian), "il lo la gli le un una e è che di per con non si del della dei nel come più ma sono "
                                  "mi questo questa ho puoi perché quale anche alla"},
    word_list{bit(hint::portuguese), "o a os as um uma e é que de do da em para com não se por mais como mas dos das "
                                     "no na você meu minha este são isso qual pode"},
    word_list{bit(hint::dutch), "de het een en van is dat niet ik je voor met op te zijn aan er maar om hoe wat kan "
                                "naar bij ook dit deze wordt waarom heeft mijn"},
    word_list{bit(hint::code),
              "python javascript typescript java rust golang kotlin swift sql html css bash shell regex json yaml xml "
              "api function def class struct enum const var let int void bool float char string import include "
              "namespace public private static async await lambda null none nullptr true false else elif while catch "
              "throw exception stacktrace traceback compile compiler debug bug refactor unittest pytest docker git "
              "kubernetes algorithm array hashmap dict pointer thread mutex malloc printf println console endpoint "
              "backend frontend react numpy pandas code program script programm quelltext funktion código programa "
              "fonction"},
    word_list{bit(hint::mathematics),
              "integral derivative equation matrix theorem lemma proof polynomial probability eigenvalue calculus "
              "algebra geometry triangle modulo integer prime factorial logarithm sine cosine limit converges vector "
              "sum product fraction solve compute calculate evaluate percent percentage variance frac sqrt cdot leq "
              "geq infty gleichung ableitung wahrscheinlichkeit matrizen beweis satz rechne berechne löse primzahl "
              "ecuación équation calcule calcula"},
    word_list{bit(hint::demanding),
              "prove proof derive analyze analyse design optimize optimise compare contrast evaluate critique "
              "implement architecture rigorous rigorously complexity tradeoff tradeoffs justify reasoning reason "
              "step steps strategy constraints edge concurrency distributed scalable diagnose investigate debug "
              "beweise analysiere vergleiche entwirf begründe bewerte optimiere demuestra analiza compara démontre "
              "analyse"},
    word_list{bit(hint::fact), "what who when where which whose was wer wann wo welche welcher welches qué quién "
                               "cuándo dónde quel quelle qui quando wat wie"},
    word_list{bit(hint::how), "how wie cómo comment come como hoe"},
    word_list{bit(hint::why), "why warum weshalb wieso explain erkläre erklär pourquoi explique explica perché waarom"},
    word_list{bit(hint::make),
              "write create generate draft compose build implement make develop invent design plan suggest brainstorm "
              "schreibe schreib erstelle erzeuge entwirf baue implementiere escribe crea écris crée scrivi escreva "
              "schrijf"},
    word_list{bit(hint::change),
              "translate summarize summarise rewrite rephrase paraphrase shorten convert correct proofread refactor "
              "simplify edit übersetze Übersetze zusammenfassen fasse korrigiere kürze traduce resume traduis résume "
              "traduci riassumi traduza vertaal"},
    word_list{bit(hint::sort), "classify extract label categorize categorise tag identify detect parse list sort "
                               "klassifiziere extrahiere ordne clasifica extrae classe extrais"},
};

struct entry {
  std::array<char, longest_hint> text{};
  std::uint8_t length = 0;
  std::uint32_t hints = 0;
  std::string_view word() const { return {text.data(), length}; }
};
constexpr std::size_t slots = 4096; // four for each word, so that most words of a prompt end at their first one

constexpr std::uint32_t hash(std::string_view word) {
  auto h = hash_of_nothing;
  for (const char c : word)
    h = hash_on(h, c);
  return h;
}
/// The words are ours, so nobody can choose them to collide; what a prompt asks for ends at the first free slot.
constexpr std::size_t slot_of(std::uint32_t hash) { return (hash ^ (hash >> 15)) % slots; }

class table {
public:
  table() {
    for (const auto& list : lists) {
      auto left = list.words;
      while (!left.empty()) {
        const auto end = std::min(left.find(' '), left.size());
        add(left.substr(0, end), list.hints);
        left.remove_prefix(std::min(end + 1, left.size()));
      }
    }
  }
  std::uint32_t find(std::string_view word, std::uint32_t hashed) const {
    for (auto at = slot_of(hashed); slots_[at] != 0; at = (at + 1) % slots)
      if (const auto& e = entries_[slots_[at]]; e.word() == word) return e.hints;
    return 0;
  }

private:
  void add(std::string_view word, std::uint32_t hints) {
    if (word.empty() || word.size() > longest_hint) return;
    auto at = slot_of(hash(word));
    while (slots_[at] != 0 && entries_[slots_[at]].word() != word)
      at = (at + 1) % slots;
    if (slots_[at] == 0) {
      slots_[at] = static_cast<std::uint16_t>(entries_.size());
      auto& made = entries_.emplace_back();
      std::memcpy(made.text.data(), word.data(), word.size());
      made.length = static_cast<std::uint8_t>(word.size());
    }
    entries_[slots_[at]].hints |= hints;
  }
  std::array<std::uint16_t, slots> slots_{}; // 0: free, else where in entries_
  std::vector<entry> entries_{1};
};

} // namespace

std::uint32_t hints_of(std::string_view word, std::uint32_t hash) {
  static const table words;
  return words.find(word, hash);
}

std::uint32_t hints_of(std::string_view word) {
  return word.empty() || word.size() > longest_hint ? 0 : hints_of(word, hash(word));
}

} // namespace logos::classification

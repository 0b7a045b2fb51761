// SPDX-License-Identifier: MIT
#include "actors/classification/scoring/encoder.hpp"

// As in tokenization/embedded.cpp: C++20 has no #embed. A row is a cache line.
asm(".pushsection .rodata\n"
    ".balign 64\n"
    ".global logos_meaning_rows\n"
    ".hidden logos_meaning_rows\n"
    "logos_meaning_rows:\n"
    ".incbin \"" LOGOS_WEIGHTS "/rows.i8\"\n"
    ".global logos_meaning_rows_end\n"
    ".hidden logos_meaning_rows_end\n"
    "logos_meaning_rows_end:\n"
    ".global logos_meaning_pieces\n"
    ".hidden logos_meaning_pieces\n"
    "logos_meaning_pieces:\n"
    ".incbin \"" LOGOS_WEIGHTS "/pieces\"\n"
    ".global logos_meaning_pieces_end\n"
    ".hidden logos_meaning_pieces_end\n"
    "logos_meaning_pieces_end:\n"
    ".popsection\n");
extern "C" const std::int8_t logos_meaning_rows[];
extern "C" const std::int8_t logos_meaning_rows_end[];
extern "C" const char logos_meaning_pieces[];
extern "C" const char logos_meaning_pieces_end[];

namespace logos::classification {

const encoder& built_in_encoder() {
  static const encoder one{{logos_meaning_pieces, logos_meaning_pieces_end},
                           {logos_meaning_rows, logos_meaning_rows_end}};
  return one;
}

} // namespace logos::classification

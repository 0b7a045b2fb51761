// SPDX-License-Identifier: MIT
#include "tokenization/vocabulary.hpp"

// C++20 has no #embed. The assembler of every compiler that builds this for Linux has .incbin.
#define LOGOS_EMBED(symbol, file)                                                                                      \
  asm(".pushsection .rodata\n"                                                                                         \
      ".global " #symbol "\n"                                                                                          \
      ".hidden " #symbol "\n" #symbol ":\n"                                                                            \
      ".incbin \"" LOGOS_RANKS "/" file "\"\n"                                                                         \
      ".global " #symbol "_end\n"                                                                                      \
      ".hidden " #symbol "_end\n" #symbol "_end:\n"                                                                    \
      ".popsection\n");                                                                                                \
  extern "C" const char symbol[];                                                                                      \
  extern "C" const char symbol##_end[]

LOGOS_EMBED(logos_o200k_ranks, "o200k_base.ranks");
LOGOS_EMBED(logos_cl100k_ranks, "cl100k_base.ranks");

namespace logos::tokenization {

std::string_view o200k_ranks() { return {logos_o200k_ranks, logos_o200k_ranks_end}; }
std::string_view cl100k_ranks() { return {logos_cl100k_ranks, logos_cl100k_ranks_end}; }

} // namespace logos::tokenization

// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"

#include <boost/system/result.hpp>

#include <string>

namespace logos::replay {

/// A chart, as gnuplot draws it.
struct chart {
  std::string name{};   // behind the files' stem, such as `_client_duration`
  std::string script{}; // everything but terminal and output
  int width = 1400;     // pixels
  int height = 620;
};

/// Whether the program gnuplot is there.
bool has_gnuplot();
/// Draws `what` into `stem` + name + `.png` and `.svg`. Errors: ec::internal with gnuplot's words. Blocks.
boost::system::result<void, core::failure> draw(const std::string& stem, const chart& what);

/// `text` as gnuplot reads it.
std::string gnuplot_text(std::string_view text);

} // namespace logos::replay

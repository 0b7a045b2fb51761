// SPDX-License-Identifier: MIT
#pragma once
#include "storage/batches.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace logos::jobs {

/// What is wrong with a batch's input file, as `batch.errors.data` tells it.
struct line_error {
  std::string code;
  std::string message;
  std::string param;    // empty: none
  std::size_t line = 0; // from 1; 0: about the whole file
};
std::string errors_json(const std::vector<line_error>& errors);

/// A batch's input file, line by line as jobs, or what is wrong with it (at most a hundred errors).
struct batch_lines {
  std::vector<storage::new_job> jobs;
  std::vector<line_error> errors;
  std::string model; // that every line names; empty: they name several, or not all name one
};
batch_lines read_lines(const storage::batch_row& batch, std::string_view content);

/// Lines that have ended, as OpenAI's output and error files have them.
storage::closed_lines write_lines(const std::vector<storage::job_row>& lines);

} // namespace logos::jobs

// SPDX-License-Identifier: MIT
#include "actors/jobs/spool.hpp"

#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>

namespace logos::jobs {
namespace {

namespace fs = std::filesystem;

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<spooled_answer> read(const fs::path& file, const core::secret_key& secret) {
  spooled_answer out;
  const auto name = file.filename().string();
  const auto dash = name.find('-');
  if (dash == std::string::npos) return std::nullopt;
  const auto id = parse_number(std::string_view{name}.substr(0, dash));
  const auto run = core::uuid::parse(std::string_view{name}.substr(dash + 1));
  if (!id || !run) return std::nullopt;
  std::ifstream in{file, std::ios::binary};
  const std::string sealed{std::istreambuf_iterator<char>{in}, {}};
  const auto text = secret.open(sealed);
  if (!text) return std::nullopt;
  const auto status_end = text->find('\n');
  const auto type_end = text->find('\n', status_end + 1);
  const auto status = parse_number(std::string_view{*text}.substr(0, status_end));
  if (!status || type_end == std::string::npos) return std::nullopt;
  out.job_id = *id;
  out.run = *run;
  out.answer.status = static_cast<int>(*status);
  out.answer.content_type = text->substr(status_end + 1, type_end - status_end - 1);
  out.answer.body = text->substr(type_end + 1);
  return out;
}

} // namespace

spool::spool(fs::path folder, const core::secret_key& secret) : folder_{std::move(folder)}, secret_{secret} {}

fs::path spool::file_of(std::int64_t job_id, const core::uuid& run) const {
  return folder_ / (std::to_string(job_id) + "-" + run.str());
}

bool spool::keep(std::int64_t job_id, const core::uuid& run, const net::collected_answer& a) const {
  std::error_code error;
  fs::create_directories(folder_, error);
  const auto file = file_of(job_id, run);
  auto half = file;
  half += ".part"; // a file that was not finished is not an answer
  {
    std::ofstream out{half, std::ios::binary | std::ios::trunc};
    out << secret_.seal(std::to_string(a.status) + "\n" + a.content_type + "\n" + a.body);
    out.close();
    if (!out) return false;
  }
  fs::rename(half, file, error);
  return !error;
}

std::vector<spooled_answer> spool::load() const {
  std::vector<spooled_answer> all;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator{folder_, error}) {
    auto one = read(entry.path(), secret_);
    if (one)
      all.push_back(std::move(*one));
    else
      fs::remove(entry.path(), error);
  }
  return all;
}

void spool::forget(std::int64_t job_id, const core::uuid& run) const {
  std::error_code error;
  fs::remove(file_of(job_id, run), error);
}

} // namespace logos::jobs

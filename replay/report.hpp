// SPDX-License-Identifier: MIT
#pragma once
#include "replay/statistics.hpp"

#include <boost/system/result.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// The files of a replay. Errors: ec::internal, with the file and the system's words.
namespace logos::replay {

/// `P` of --output without `.csv` at its end; the files' names begin with it.
std::string stem_of(std::string_view output);
/// Makes the folder that `stem` is to lie in.
boost::system::result<void, core::failure> make_folder(const std::string& stem);
boost::system::result<void, core::failure> write_file(const std::filesystem::path& to, std::string_view text);
boost::system::result<std::string, core::failure> read_file(const std::filesystem::path& from);

/// metric,value,unit. Counts are whole, everything else has two decimals; `N/A`: nothing was measured.
std::string summary_csv(const std::vector<metric>& metrics);
/// One line per request that was sent, in the order of the workload. What is not known is empty.
std::string detailed_csv(const std::vector<detail>& rows);
/// What else is known of the same requests, line by line: `plan` is the workload, `seen` those that were sent.
std::string more_csv(const std::vector<planned_request>& plan, const std::vector<outcome>& seen);

/// Reads what detailed_csv wrote, also with other columns between; what is missing stays empty.
/// Errors: bad_field with the line.
boost::system::result<std::vector<detail>, core::failure> read_detailed(std::string_view csv);
/// Reads what summary_csv wrote. Errors: bad_field with the line.
boost::system::result<std::vector<metric>, core::failure> read_summary(std::string_view csv);

} // namespace logos::replay

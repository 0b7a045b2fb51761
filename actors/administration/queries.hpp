// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"

#include <array>

/// What routes take behind `?`, for the route table: what is not declared there is refused.
namespace logos::administration {

inline constexpr parameter limit_parameter{"limit", R"({"type":"integer","minimum":1,"maximum":1000,"default":100})"};
inline constexpr parameter cursor_parameter{"cursor",
                                            R"({"type":"string","description":"`next` of the page before."})"};
inline constexpr std::string_view id_filter_schema = R"({"type":"integer","minimum":1})";
inline constexpr std::string_view moment_schema =
    R"({"type":"string","description":"A time such as 2026-12-31T23:59:59Z, or a day."})";
inline constexpr std::string_view table_format_schema = R"({"type":"string","enum":["json","csv"],"default":"json"})";

inline constexpr std::array job_query{
    limit_parameter, cursor_parameter,
    parameter{"status", R"({"type":"string","enum":["pending","running","success","failed","cancelled"]})"}};
inline constexpr std::array any_job_query{job_query[0], job_query[1], job_query[2],
                                          parameter{"process_id", id_filter_schema}};

/// OpenAI's lists; what else its clients send there is let pass.
inline constexpr std::array openai_query{
    parameter{"limit", R"({"type":"integer","minimum":1})"},
    parameter{"after", R"({"type":"string","description":"The last id of the page before."})"},
    parameter{"order", R"({"type":"string","enum":["asc","desc"],"default":"desc","description":"By created_at."})"}};
inline constexpr std::array openai_file_query{openai_query[0], openai_query[1], openai_query[2], parameter{"purpose"}};

inline constexpr parameter usage_source_parameter{
    "usage_source", R"({"type":"string","enum":["none","provider","estimated","partial"]})"};

inline constexpr std::array request_query{
    parameter{"limit", R"({"type":"integer","minimum":1,"maximum":10000,"default":100,"description":)"
                       R"("At most 1000, or 10000 as CSV."})"},
    cursor_parameter,
    parameter{"format", table_format_schema},
    parameter{"from", moment_schema},
    parameter{"to", moment_schema},
    parameter{"process_id", id_filter_schema},
    parameter{"user_id", id_filter_schema},
    parameter{"profile_id", id_filter_schema},
    parameter{"provider_id", id_filter_schema},
    parameter{"model_id", id_filter_schema},
    parameter{"service_id", id_filter_schema},
    parameter{"status", R"({"type":"string","pattern":"^[1-5]([0-9]{2}|xx|XX)$","examples":["429","5xx"],)"
                        R"("description":"A status, or a class of them."})"},
    parameter{"http_status", R"({"type":"string","pattern":"^[1-5]([0-9]{2}|xx|XX)$","examples":["429","5xx"],)"
                             R"("description":"The same as status."})"},
    parameter{"result"},
    usage_source_parameter,
    parameter{"dataset"}};

inline constexpr std::array usage_query{
    parameter{"limit", R"({"type":"integer","minimum":1,"maximum":1000,"description":)"
                       R"("Only the first groups of the order."})"},
    parameter{"order", R"({"type":"string","enum":["time","requests","cost"],"description":"The earliest first, or )"
                       R"(the most first. Default: time where `group_by` has one, else requests."})"},
    parameter{
        "group_by",
        R"({"type":"string","examples":["process,model"],"description":"process, profile, user, service, provider, )"
        R"(model, hour, day, week (ISO 8601, UTC), month, result, usage_source (null: not known any more)."})"},
    parameter{"process_id", id_filter_schema},
    parameter{"profile_id", id_filter_schema},
    parameter{"user_id", id_filter_schema},
    parameter{"service_id", id_filter_schema},
    parameter{"provider_id", id_filter_schema},
    parameter{"model_id", id_filter_schema},
    usage_source_parameter,
    parameter{"format", table_format_schema},
    parameter{"from", moment_schema},
    parameter{"to", moment_schema}};

inline constexpr std::array queue_query{limit_parameter, cursor_parameter, parameter{"provider_id", id_filter_schema},
                                        parameter{"model_id", id_filter_schema},
                                        parameter{"process_id", id_filter_schema}};

inline constexpr std::array snapshot_query{limit_parameter, cursor_parameter, parameter{"from", moment_schema},
                                           parameter{"to", moment_schema}};

inline constexpr std::array feedback_query{limit_parameter, cursor_parameter, parameter{"process_id", id_filter_schema},
                                           parameter{"model_id", id_filter_schema}, parameter{"request_id"}};

inline constexpr std::array alert_query{
    limit_parameter, cursor_parameter, parameter{"budget_id", id_filter_schema},
    parameter{"state", R"({"type":"string","enum":["pending","delivered","failed","unaddressed"]})"}};

inline constexpr std::array version_query{
    parameter{"version", R"({"type":"integer","minimum":1,"description":"As it was then, also when it is removed )"
                         R"(now. Default: as it is."})"}};

inline constexpr std::array event_query{
    limit_parameter,
    cursor_parameter,
    parameter{"from", moment_schema},
    parameter{"to", moment_schema},
    parameter{"resource"},
    parameter{"id", R"({"type":"integer","minimum":1,"description":"Of what was changed."})"},
    parameter{"actor", R"({"type":"string","description":"Whose changes: a process by id or name; a )"
                       R"(user, by the keys that are theirs; `command line`, `config file` (or all of it, with the )"
                       R"(path), `first start`; the machine's user at the command line."})"},
    parameter{"action"}};

inline constexpr std::string_view said_or_not_schema = R"({"type":"boolean","default":false})";
inline constexpr std::array export_query{parameter{"secrets", said_or_not_schema}};
inline constexpr std::array import_query{parameter{"dry_run", said_or_not_schema}};

} // namespace logos::administration

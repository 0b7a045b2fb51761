// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/resource_logic.hpp"
#include "actors/administration/rights.hpp"
#include "actors/administration/route_table.hpp"

#include <span>
#include <string>
#include <string_view>

/// Upstream's administration: its paths under /logosdb/ and its body fields, mapped onto the operations of /admin/v1.
/// Answers have the true status and are one object; whoever accepts `application/vnd.logos.legacy+json` gets upstream's
/// pair `[object, status]`, positional rows and status 200.
namespace logos::administration {

/// The routes, for the route table.
void add_logosdb(std::vector<route>& to);
/// What their bodies look like, as further members of OpenAPI's `schemas`, each led by a comma.
std::string logosdb_schemas();

bool is_logosdb(const net::request_view& request);
/// An error as these paths answer it.
outcome refuse_logosdb(const net::request_view& request, const core::failure& f);

// For the sources that have the operations:

/// A request whose body has what its row of the table asks for.
class arguments {
public:
  arguments(storage::store& in, const call& c, const body_object& body) : store{in}, from{c}, body_{body} {}

  std::string text(std::string_view name) const;
  std::int64_t number(std::string_view name) const;
  bool has(std::string_view name) const; // and is not null
  simdjson::dom::element value(std::string_view name) const;
  /// As JSON; `null` when it is missing.
  std::string json(std::string_view name) const;
  const catalog::principal& who() const { return *from.who; }
  bool legacy() const;

  storage::store& store;
  const call& from;

private:
  const body_object& body_;
};

/// 200 with that object.
outcome said(std::string object);
/// The same for a change; `repeatable`: it may be asked again, and makes nothing that its answer would have to tell.
outcome changed(std::string object, bool repeatable = false);
/// `{"result":"…"` and further members, each led by a comma.
std::string result_text(std::string_view words, std::string_view further = {});
/// An error; the table puts it into form.
outcome refused_with(const core::failure& f);

/// What /admin/v1 asks before it makes `was` (null: nothing yet) into `now`: whether it takes such values, and whether
/// the caller may. `called`: what upstream's body calls the entity's name. The failure's code is none when both are so.
template <class Entity>
core::failure check_as_admin(const arguments& a, const Entity* was, const Entity& now,
                             std::string_view called = "name") {
  auto bad = check_fields(now);
  if (bad.code == core::ec::none) bad = check_change<Entity>(a.store, was, &now, a.from);
  if (bad.param != "name" || called == "name") return bad;
  if (bad.message.starts_with("'name'")) bad.message.replace(1, 4, called);
  bad.param = called;
  return bad;
}

/// A list: rows as objects, or with `legacy` as upstream's positional rows.
class row_list {
public:
  explicit row_list(bool legacy) : legacy_{legacy} {}
  void begin();
  template <class T>
  void add(std::string_view column, const T& value) {
    name(column);
    write_value(rows_, value);
  }
  void end() { rows_ += legacy_ ? "]" : "}"; }
  outcome finish() const;

private:
  void name(std::string_view column);
  bool legacy_;
  bool first_ = true;
  std::string rows_;
};

namespace logosdb {
outcome setup(const arguments& a);
outcome add_service_proxy(const arguments& a);
outcome set_log(const arguments& a);
outcome add_provider(const arguments& a);
outcome update_provider_sdi_config(const arguments& a);
outcome add_profile(const arguments& a);
outcome connect_process_provider(const arguments& a);
outcome connect_profile_model(const arguments& a);
outcome connect_service_process(const arguments& a);
outcome connect_model_provider(const arguments& a);
outcome connect_model_api(const arguments& a);
outcome add_service(const arguments& a);
outcome add_billing(const arguments& a);
outcome get_providers(const arguments& a);
outcome get_general_provider_stats(const arguments& a);

outcome add_model(const arguments& a);
outcome add_full_model(const arguments& a);
outcome update_model(const arguments& a);
outcome delete_model(const arguments& a);
outcome get_model(const arguments& a);
outcome get_models(const arguments& a);
outcome get_general_model_stats(const arguments& a);
outcome add_policy(const arguments& a);
outcome update_policy(const arguments& a);
outcome delete_policy(const arguments& a);
outcome get_policy(const arguments& a);
outcome get_policies(const arguments& a);

outcome get_process_id(const arguments& a);
outcome get_role(const arguments& a);
outcome generalstats(const arguments& a);
outcome request_event_stats(const arguments& a);
outcome latest_requests(const arguments& a);
outcome get_ollama_vram_stats(const arguments& a);
outcome export_all(const arguments& a);
outcome import_all(const arguments& a);
} // namespace logosdb

} // namespace logos::administration

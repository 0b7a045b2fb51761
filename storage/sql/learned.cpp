// SPDX-License-Identifier: MIT
// What was learned of models. Of few results it is nearly what these were about, so it is sealed.
#include "storage/sql/sql_store.hpp"
#include "storage/sql/text.hpp"

namespace logos::storage::sql {
namespace {

/// A learner keeps fewer of each; what is beyond is left where it is.
constexpr std::int64_t most_shares = 16'384;
constexpr std::int64_t most_gone = 4096;

std::int64_t number(const cell& of) { return parse_integer(of.value_or("")); }

} // namespace

result<learned_parts> sql_store::learned_parts_after(std::int64_t after) {
  learned_parts out;
  const auto head = session_.run("select last_number from feedback_head where id = 1");
  if (!head) return head.error();
  if (head->empty()) return core::failure{core::ec::internal, "the table feedback_head has lost its row"};
  out.number = number(head->cells[0][0]);
  // Nothing changes without a row of the log.
  if (after != 0 && out.number == after) return out;
  const auto models = session_.run("select tenant_id, model_id, number, case when number > $1 then bytes else '' end"
                                   " from learned_models order by tenant_id, model_id",
                                   {value{after}});
  if (!models) return models.error();
  for (const auto& c : models->cells) {
    learned_model m{number(c[0]), number(c[1]), number(c[2]), {}};
    if (m.number > after) m.bytes = secret_.open(c[3].value_or("")).value_or("");
    out.models.push_back(std::move(m));
  }
  const auto shares = session_.run("select tenant_id, model_id, owner_id, micro_results, heard_at from learned_shares"
                                   " where number > $1 order by number desc limit $2",
                                   {value{after}, value{most_shares}});
  if (!shares) return shares.error();
  for (const auto& c : shares->cells)
    out.shares.push_back({number(c[0]), number(c[1]), number(c[2]), number(c[3]),
                          parse_time(c[4].value_or("")).value_or(core::wall_time{})});
  const auto gone =
      session_.run("select model_id from forgotten_models where number > $1 order by number desc limit $2",
                   {value{after}, value{most_gone}});
  if (!gone) return gone.error();
  for (const auto& c : gone->cells)
    out.gone.push_back(number(c[0]));
  if (after != 0) return out;
  const auto older = session_.run("select rules, bytes from learned_state where id = 1");
  if (!older) return older.error();
  if (!older->empty())
    out.older = older_learned{older->cells[0][0].value_or(""), bytes_of(older->cells[0][1].value_or(""))};
  return out;
}

result<learned_parts> sql_store::learned_after(std::int64_t after) {
  return in_transaction(session_, intent::read, [&] { return learned_parts_after(after); });
}

result<void> sql_store::write_learned(const learned_parts& changed) {
  const auto head = session_.run("select last_number from feedback_head where id = 1");
  if (!head) return head.error();
  const value at{number(head->cells[0][0])};
  for (const auto id : changed.gone)
    for (const auto* statement :
         {"delete from learned_models where model_id = $1", "delete from learned_shares where model_id = $1",
          "delete from forgotten_models where model_id = $1"})
      if (const auto done = session_.run(statement, {value{id}}); !done) return done.error();
  for (const auto id : changed.gone)
    if (const auto done =
            session_.run("insert into forgotten_models (model_id, number) values ($1, $2)", {value{id}, at});
        !done)
      return done.error();
  for (const auto& m : changed.models) {
    const auto sealed = m.bytes.empty() ? std::string{} : secret_.seal(m.bytes);
    const auto done =
        m.bytes.empty()
            ? session_.run("delete from learned_models where tenant_id = $1 and model_id = $2",
                           {value{m.tenant_id}, value{m.model_id}})
            : session_.run("insert into learned_models (tenant_id, model_id, number, bytes) values ($1, $2, $3, $4)"
                           " on conflict (tenant_id, model_id) do update set number = excluded.number,"
                           " bytes = excluded.bytes",
                           {value{m.tenant_id}, value{m.model_id}, at, value{std::string_view{sealed}}});
    if (!done) return done.error();
  }
  for (const auto& s : changed.shares) {
    const auto heard = core::to_sql(s.heard_at);
    const auto done =
        s.micro_results <= 0
            ? session_.run("delete from learned_shares where tenant_id = $1 and model_id = $2 and owner_id = $3",
                           {value{s.tenant_id}, value{s.model_id}, value{s.owner_id}})
            : session_.run("insert into learned_shares (tenant_id, model_id, owner_id, number, micro_results, heard_at)"
                           " values ($1, $2, $3, $4, $5, $6) on conflict (tenant_id, model_id, owner_id) do update set"
                           " number = excluded.number, micro_results = excluded.micro_results,"
                           " heard_at = excluded.heard_at",
                           {value{s.tenant_id}, value{s.model_id}, value{s.owner_id}, at, value{s.micro_results},
                            value{std::string_view{heard}}});
    if (!done) return done.error();
  }
  // Whoever has read it from the start knows more by now.
  const auto over = session_.run("delete from learned_state");
  if (!over) return over.error();
  return {};
}

} // namespace logos::storage::sql

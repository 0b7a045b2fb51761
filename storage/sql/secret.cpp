// SPDX-License-Identifier: MIT
#include "core/secret.hpp"

#include "storage/sql/sql_store.hpp"
#include "storage/sql/table.hpp"
#include "storage/sql/text.hpp"

#include <algorithm>

/// The secret key in the database. The table `installation` holds what tells and carries it:
/// `secret_verifier`        of the key that is at work;
/// `secret_heritage`        what it has from former ones, sealed with it;
/// `secret_former/VERIFIER` when that key was replaced;
/// `secret_node/NODE`       the verifiers of the keys that the node knew at its start.
namespace logos::storage::sql {
namespace {

constexpr std::string_view node_row = "secret_node/";
constexpr std::string_view former_row = "secret_former/";

core::failure replaced() {
  return {core::ec::conflict, "the secret key of this database was replaced while this node ran: start it again with "
                              "the new one as secret_key"};
}

core::failure foreign() {
  return {core::ec::conflict,
          "this database belongs to another secret_key: set LOGOS_SECRET_KEY to the one it was made with "
          "(or put it back into DATA_DIR/secret.key), or use another database. To replace the secret key, give the old "
          "one as LOGOS_SECRET_KEY_PREVIOUS and run `logos rotate-secret`"};
}

std::string join(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& each : words)
    out.append(out.empty() ? "" : " ").append(each);
  return out;
}

bool may_be_clear(const table& kind, std::size_t column) {
  return std::find(kind.once_clear.begin(), kind.once_clear.end(), column) != kind.once_clear.end();
}

} // namespace

result<std::string> sql_store::installation_value(std::string_view name) {
  auto found = session_.run("select value from installation where name = $1", {value{name}});
  if (!found) return found.error();
  return found->empty() ? std::string{} : found->cells[0][0].value_or("");
}

result<void> sql_store::set_installation_value(std::string_view name, std::string_view to) {
  auto kept = session_.run("insert into installation (name, value) values ($1, $2)"
                           " on conflict (name) do update set value = excluded.value",
                           {value{name}, value{to}});
  if (!kept) return kept.error();
  return {};
}

result<void> sql_store::follow_secret() {
  const auto verifier = installation_value("secret_verifier");
  if (!verifier) return verifier.error();
  if (verifier->empty()) return {}; // nobody has started with it yet
  if (*verifier == followed_) return {};
  const auto heritage = installation_value("secret_heritage");
  if (!heritage) return heritage.error();
  if (!secret_.follow(*verifier, *heritage)) return replaced();
  followed_ = *verifier;
  return {};
}

result<void> sql_store::verify_secret() {
  return in_transaction(session_, intent::write, [this]() -> result<void> {
    if (auto locked = lock_installation(); !locked) return locked.error();
    const auto verifier = installation_value("secret_verifier");
    if (!verifier) return verifier.error();
    if (verifier->empty()) {
      if (auto sealed = seal_new_chain(); !sealed) return sealed.error();
      return set_installation_value("secret_verifier", secret_.verifier());
    }
    if (follow_secret()) return {};
    for (const auto& mine : secret_.verifiers()) {
      const auto when = installation_value(std::string{former_row} + mine);
      if (!when) return when.error();
      if (!when->empty())
        return core::failure{core::ec::conflict, "this secret_key was replaced by `logos rotate-secret` at " + *when +
                                                     ": set LOGOS_SECRET_KEY to the new one"};
    }
    return foreign();
  });
}

result<void> sql_store::seal_old_installation() {
  const auto verifier = installation_value("secret_verifier");
  if (!verifier) return verifier.error();
  if (verifier->empty()) return {};
  if (!follow_secret()) return foreign();
  return seal_new_chain();
}

result<void> sql_store::note_secrets(std::string_view node) {
  return set_installation_value(std::string{node_row}.append(node), join(secret_.verifiers()));
}

std::vector<cell> sql_store::sealed_now(const table& kind, std::vector<cell> values) const {
  for (const auto column : kind.secrets) {
    auto& sealed = values[column];
    if (!sealed || secret_.open_strictly(*sealed)) continue;
    if (const auto plain = secret_.open(*sealed)) sealed = secret_.seal(*plain);
  }
  return values;
}

result<void> sql_store::check_nodes(std::span<const std::string> running, const std::string& verifier) {
  for (const auto& node : running) {
    const auto known = installation_value(std::string{node_row} + node);
    if (!known) return known.error();
    if (known->find(verifier) == known->npos)
      return core::failure{core::ec::conflict, "the node " + node +
                                                   " runs without the new secret key: stop it, or start "
                                                   "it again with the new one as secret_key and the old one as "
                                                   "secret_key_previous; nothing was changed"};
  }
  return {};
}

/// Seals a column's values anew; deleted rows count, too.
result<void> sql_store::reseal(const table& kind, std::size_t column, const core::secret_key& next,
                               secret_rotation& report) {
  const std::string of{kind.name}, in{kind.columns[column]};
  const bool once_clear = may_be_clear(kind, column);
  // SQL's null is not different from anything.
  auto found = session_.run("select id, " + in + ", deleted_at from " + of + " where " + in + " <> '' order by id");
  if (!found) return found.error();
  for (const auto& row : found->cells) {
    const auto id = parse_integer(row[0].value_or(""));
    const auto kept_text = row[1].value_or("");
    auto plain = once_clear && is_clear_address(kept_text) ? std::optional{kept_text} : secret_.open(kept_text);
    if (!plain && !row[2])
      return core::failure{core::ec::conflict, "the " + in + " of " + std::string{kind.noun} + " " +
                                                   std::to_string(id) +
                                                   " opens with neither key: set it anew, or remove the " +
                                                   std::string{kind.noun} + "; nothing was changed"};
    const auto sealed = plain ? next.seal(*plain) : std::string{};
    const auto kept = session_.run("update " + of + " set " + in + " = $1 where id = $2",
                                   {plain || once_clear ? value{std::string_view{sealed}} : value{}, value{id}});
    if (!kept) return kept.error();
    if (!plain) ++report.dropped;
  }
  return {};
}

/// Looks at all of them in the database once more.
result<void> sql_store::check_sealed(const core::secret_key& by, secret_rotation& report) {
  for (const auto* kind : all_tables())
    for (const auto column : kind->secrets) {
      const std::string in{kind->columns[column]};
      const bool once_clear = may_be_clear(*kind, column);
      auto found =
          session_.run("select id, " + in + " from " + std::string{kind->name} + " where " + in + " <> '' order by id");
      if (!found) return found.error();
      for (const auto& row : found->cells)
        if (!(once_clear && is_clear_address(row[1].value_or(""))) && !by.open_strictly(row[1].value_or("")))
          return core::failure{core::ec::internal, "the " + in + " of " + std::string{kind->noun} + " " +
                                                       row[0].value_or("") + " does not open with the present key"};
      report.secrets += found->size();
    }
  return {};
}

result<secret_rotation> sql_store::rotate_secret(std::span<const std::string> running) {
  const auto before = secret_;
  const auto followed = followed_;
  auto outcome = in_transaction(session_, intent::write, [&]() -> result<secret_rotation> {
    secret_rotation report;
    if (auto locked = lock_installation(); !locked) return locked.error();
    if (auto bumped = bump_catalog(); !bumped) return bumped.error();
    if (followed_.empty())
      return core::failure{core::ec::conflict, "the database has no secret key yet: start Logos once"};
    auto next = secret_.renewed();
    if (next.verifier() == secret_.verifier()) {
      if (auto sound = check_sealed(secret_, report); !sound) return sound.error();
      return report;
    }
    if (auto known = check_nodes(running, next.verifier()); !known) return known.error();
    // A chain whose end was tampered with must not get a good seal.
    if (auto sound = check_head(); !sound) return sound.error();
    for (const auto* kind : all_tables())
      for (const auto column : kind->secrets)
        if (auto done = reseal(*kind, column, next, report); !done) return done.error();
    if (auto sound = check_sealed(next, report); !sound) return sound.error();
    const auto row = std::string{former_row} + secret_.verifier();
    if (auto noted = set_installation_value(row, session_.now()); !noted) return noted.error();
    if (auto kept = set_installation_value("secret_heritage", next.sealed_heritage()); !kept) return kept.error();
    if (auto kept = set_installation_value("secret_verifier", next.verifier()); !kept) return kept.error();
    secret_ = std::move(next);
    followed_ = secret_.verifier();
    report.replaced = true;
    if (auto sealed = seal_again(); !sealed) return sealed.error();
    if (auto noted = append_event({"update", "secret_key", 0, {}, {}, {}}); !noted) return noted.error();
    return report;
  });
  if (!outcome) {
    secret_ = before;
    followed_ = followed;
  }
  return outcome;
}

} // namespace logos::storage::sql

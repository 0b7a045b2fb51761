// SPDX-License-Identifier: MIT
#include "storage/postgres/postgres_session.hpp"

#include "core/database_words.hpp"

#include <pqxx/pqxx>

#include <optional>
#include <unordered_map>

namespace logos::storage::postgres {
namespace {

/// The settings travel in the URL, so that a connection that libpq makes again has them too.
std::string with_settings(const connection_options& options) {
  const auto seconds = std::max<long long>(1, std::chrono::ceil<std::chrono::seconds>(options.connect_timeout).count());
  std::string url = options.url;
  url += url.find('?') == url.npos ? '?' : '&';
  url += "application_name=logos&client_encoding=UTF8&keepalives_idle=10&keepalives_interval=5&keepalives_count=3";
  url += "&tcp_user_timeout=" + std::to_string(options.statement_timeout.count());
  url += "&connect_timeout=" + std::to_string(seconds);
  url += "&options=-c%20timezone%3DUTC%20-c%20client_min_messages%3Dwarning%20-c%20jit%3Doff%20-c%20work_mem%3D32MB"
         "%20-c%20statement_timeout%3D" +
         std::to_string(options.statement_timeout.count());
  return url;
}

/// Without the line that shows the statement, and without the trailing newline.
std::string first_line(std::string_view message) { return std::string{message.substr(0, message.find('\n'))}; }

std::string words_of(std::string_view message) { return std::string{core::database_words} + first_line(message); }

core::failure failure_of(std::string_view state, std::string_view words) {
  const auto starts = [&](std::string_view with) { return state.substr(0, with.size()) == with; };
  const auto message = words_of(words);
  if (state == "23505") return {core::ec::conflict, message};
  if (starts("22") || starts("23")) return {core::ec::bad_field, message};
  // Gone, full, shutting down, rolled back by others, timed out, a standby: the same may work later.
  for (auto away : {"08", "53", "57", "58", "40", "55P03", "25006", "3D000", "28"})
    if (starts(away)) return {core::ec::storage_away, message};
  return {core::ec::internal, message};
}

sql::rows rows_of(const pqxx::result& answer) {
  sql::rows made;
  made.affected = static_cast<std::size_t>(answer.affected_rows());
  made.cells.reserve(static_cast<std::size_t>(answer.size()));
  for (const auto& row : answer) {
    auto& cells = made.cells.emplace_back();
    cells.reserve(static_cast<std::size_t>(row.size()));
    for (const auto& field : row) {
      if (field.is_null())
        cells.emplace_back();
      else
        cells.emplace_back(std::string{field.c_str(), static_cast<std::size_t>(field.size())});
    }
  }
  return made;
}

} // namespace

struct postgres_session::connection {
  explicit connection(const std::string& url) : link{url}, quiet{link} {}

  pqxx::connection link;
  pqxx::quiet_errorhandler quiet; // errors are values here, not lines on stderr
  std::optional<pqxx::work> transaction;
  std::unordered_map<std::string, std::string> prepared; // statement → its name

  const std::string& name_of(const std::string& text) {
    if (auto known = prepared.find(text); known != prepared.end()) return known->second;
    const auto name = "s" + std::to_string(prepared.size());
    link.prepare(name, text);
    return prepared.emplace(text, name).first->second;
  }
};

postgres_session::postgres_session(const connection_options& options) : url_{with_settings(options)} {}
postgres_session::~postgres_session() { rollback(); }

void postgres_session::connect() {
  if (!connection_) connection_ = std::make_unique<connection>(url_);
}

/// Exceptions end here.
template <class Work>
auto postgres_session::guarded(Work&& work) -> decltype(work()) {
  core::failure why;
  try {
    connect();
    return work();
  } catch (const pqxx::sql_error& e) {
    why = failure_of(e.sqlstate(), e.what());
    if (e.sqlstate().empty()) why.code = core::ec::storage_away; // libpq said so, not the server
  } catch (const pqxx::broken_connection& e) {
    why = {core::ec::storage_away, words_of(e.what())};
  } catch (const pqxx::in_doubt_error& e) {
    why = {core::ec::storage_away, words_of(e.what())};
  } catch (const std::exception& e) {
    why = {core::ec::internal, words_of(e.what())};
  }
  const bool lost = !connection_ || !connection_->link.is_open();
  if (lost) why.code = core::ec::storage_away;
  if (why.code == core::ec::storage_away) {
    // Whatever state it is in, the next call starts with a fresh one.
    rollback();
    connection_.reset();
  }
  return why;
}

template <class Parameters>
result<sql::rows> postgres_session::execute(const std::string& text, const Parameters& parameters) {
  return guarded([&]() -> result<sql::rows> {
    const auto& name = connection_->name_of(text);
    if (connection_->transaction) return rows_of(connection_->transaction->exec_prepared(name, parameters));
    pqxx::nontransaction once{connection_->link};
    return rows_of(once.exec_prepared(name, parameters));
  });
}

result<sql::rows> postgres_session::run(const std::string& text, std::span<const sql::value> parameters) {
  std::vector<std::string> texts(parameters.size());
  std::vector<const char*> views(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (const auto* view = std::get_if<std::string_view>(&parameters[i])) texts[i] = *view;
    if (const auto* number = std::get_if<std::int64_t>(&parameters[i])) texts[i] = std::to_string(*number);
    if (const auto* real = std::get_if<double>(&parameters[i])) texts[i] = pqxx::to_string(*real);
    views[i] = std::holds_alternative<std::monostate>(parameters[i]) ? nullptr : texts[i].c_str();
  }
#if PQXX_VERSION_MAJOR >= 7
  pqxx::params made;
  for (const char* view : views)
    made.append(view);
  return execute(text, made);
#else
  return execute(text, pqxx::prepare::make_dynamic_params(views));
#endif
}

result<sql::rows> postgres_session::run_texts(const std::string& text, std::span<const std::string> parameters) {
#if PQXX_VERSION_MAJOR >= 7
  pqxx::params made;
  for (const auto& each : parameters)
    made.append(pqxx::zview{each});
  return execute(text, made);
#else
  return execute(text, pqxx::prepare::make_dynamic_params(parameters.begin(), parameters.end()));
#endif
}

result<void> postgres_session::script(const std::string& statements) {
  return guarded([&]() -> result<void> {
    if (connection_->transaction)
      connection_->transaction->exec(statements);
    else
      pqxx::nontransaction{connection_->link}.exec(statements);
    return {};
  });
}

result<void> postgres_session::begin(sql::intent why) {
  return guarded([&]() -> result<void> {
    connection_->transaction.emplace(connection_->link);
    if (why == sql::intent::read)
      connection_->transaction->exec("set transaction isolation level repeatable read, read only");
    return {};
  });
}

result<void> postgres_session::commit() {
  return guarded([&]() -> result<void> {
    if (!connection_->transaction) return core::failure{core::ec::internal, "commit without begin"};
    connection_->transaction->commit();
    connection_->transaction.reset();
    return {};
  });
}

void postgres_session::rollback() noexcept {
  if (!connection_) return;
  try {
    connection_->transaction.reset(); // aborts what was not committed
  } catch (const std::exception&) {
    connection_.reset();
  }
}

} // namespace logos::storage::postgres

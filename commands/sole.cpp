// SPDX-License-Identifier: MIT
#include "commands/sole.hpp"

#include "commands/installation.hpp"
#include "core/time.hpp"
#include "core/uuid.hpp"

#include <spdlog/spdlog.h>

#include <sstream>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace logos::commands {
namespace {

using namespace std::chrono_literals;
using boost::system::result;
using core::failure;

constexpr std::string_view run_file = "run"; // the run that has had this DATA_DIR last
constexpr auto look_again = 100ms;
constexpr auto tell_again = 2s;
constexpr auto node_presence = 3s; // a node that was not seen for so long is dead
constexpr auto longest_farewell = 2s;

std::string host_name() {
  char name[256]{};
  return ::gethostname(name, sizeof name - 1) == 0 ? std::string{name} : std::string{"this host"};
}

/// Tells a DATA_DIR from its copy, on this host or another: a copied folder must not vouch for the original's end.
std::string mark_of(const data_dir& directory) {
  struct stat found {};
  if (::stat((directory.path() / "lock").c_str(), &found) != 0) return {};
  return std::to_string(found.st_ino) + " " + host_name();
}

/// The run before this one, which has ended for certain, since this process holds its DATA_DIR.
result<std::string, failure> former_run(const data_dir& directory) {
  const auto text = directory.read_secret(run_file);
  if (!text) return text.error();
  if (!*text) return std::string{};
  const auto cut = (*text)->find(' ');
  if (cut == std::string::npos || (*text)->substr(cut + 1) != mark_of(directory)) return std::string{};
  return (*text)->substr(0, cut);
}

std::string rounded(std::chrono::microseconds t) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(t).count()) + " s";
}

/// Calls `attempt` until it says that nobody else has the right (none) or fails. Whoever has it is waited for if that
/// ends by itself.
result<void, failure> outwait(const std::function<storage::result<std::optional<storage::lease>>()>& attempt,
                              const std::function<void(const std::string&)>& say) {
  cluster::sole_wait wait{std::chrono::steady_clock::now()};
  for (auto tell_at = std::chrono::steady_clock::now();; std::this_thread::sleep_for(look_again)) {
    const auto holder = attempt();
    if (!holder) return holder.error();
    if (!*holder) return {};
    const auto now = std::chrono::steady_clock::now();
    if (!wait.worth_it(**holder, now)) return cluster::beside_sole(**holder);
    if (now < tell_at) continue;
    tell_at = now + tell_again;
    say("Waiting for another gateway on this database to end (" + (*holder)->node +
        "). If it answers no more, it is taken for dead in " + rounded((*holder)->remaining) + ".");
  }
}

/// Nodes that have just been killed are still listed for an instant; `patience`: longer than that, or none.
result<void, failure> outwait_nodes(storage::store& store, std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  for (;; std::this_thread::sleep_for(look_again)) {
    const auto live = store.live_nodes(node_presence);
    if (!live) return live.error();
    if (live->empty()) return {};
    if (std::chrono::steady_clock::now() >= until) return cluster::beside_cluster(live->front());
  }
}

/// The right, from the database to this process.
result<std::unique_ptr<sole_claim>, failure> take(storage::store& store, const config::settings& s,
                                                  const core::secret_key& secret, const std::string& run,
                                                  const std::function<void(const std::string&)>& say) {
  // Before it is taken: nodes that run and find it taken end.
  if (const auto alone = outwait_nodes(store, node_presence + 1s); !alone) return alone.error();
  const cluster::sole_gateway about{host_name(), ::getpid(), s.listen.str(),
                                    core::to_iso8601(core::system_clock().wall()), false};
  const auto taken = outwait(
      [&]() -> storage::result<std::optional<storage::lease>> {
        auto got = store.acquire(cluster::sole_right, cluster::to_text(about), run, cluster::sole_term);
        if (!got) return got.error();
        if (got->mine) return std::optional<storage::lease>{};
        return std::optional{std::move(*got)};
      },
      say);
  if (!taken) return taken.error();
  auto claim = std::make_unique<sole_claim>(store_options_of(s), secret, run, about, scheduling::lease::unlimited(0));
  // And after it: a node that starts now looks for us when it has announced itself.
  if (const auto alone = outwait_nodes(store, 0ms); !alone) return alone.error();
  return claim;
}

} // namespace

sole_claim::~sole_claim() {
  options_.connect_timeout = longest_farewell;
  options_.statement_timeout = longest_farewell;
  auto store = storage::open_store(options_, secret_);
  if (!store) return;
  if (const auto freed = (*store)->release(cluster::sole_right, incarnation_); !freed)
    spdlog::warn("The right to the database could not be given back ({}): a gateway with another data_dir has to wait "
                 "for up to {} s.",
                 freed.error().message, cluster::sole_term.count());
}

result<std::unique_ptr<sole_claim>, failure> claim_database(storage::store& store, const config::settings& s,
                                                            const data_dir& directory, const core::secret_key& secret,
                                                            const std::function<void(const std::string&)>& say) {
  std::unique_ptr<sole_claim> none;
  if (!store.clustered()) return none;
  const auto before = former_run(directory);
  if (!before) return before.error();
  if (!before->empty())
    if (const auto freed = store.release(cluster::sole_right, *before); !freed) return freed.error();
  if (s.cluster) {
    const auto free = outwait(
        [&]() -> storage::result<std::optional<storage::lease>> {
          const auto leases = store.list_leases();
          if (!leases) return leases.error();
          return cluster::find_sole(*leases);
        },
        say);
    if (!free) return free.error();
    return none;
  }
  core::uuid_source ids{core::random_seed()};
  const auto run = ids.next(core::system_clock().wall()).str();
  // Before the right is taken: whoever dies in between has the file name a run that holds nothing.
  const auto text = run + " " + mark_of(directory);
  if (auto wrong = directory.write_secret(run_file, text)) {
    // The journal may have filled the disk, and is emptied only by who has the right. Torn, it would name no run, and
    // the right of this one had to run out by itself.
    if (!directory.overwrite_secret(run_file, text)) return std::move(*wrong);
  }
  return take(store, s, secret, run, say);
}

result<std::optional<data_dir>, failure> lock_linked_database(const config::settings& s) {
  std::optional<data_dir> none;
  if (s.storage.engine != config::storage_settings::kind::sqlite) return none;
  std::error_code error;
  auto file = std::filesystem::path{s.data_dir} / "logos.db";
  constexpr int most_links = 40; // as the kernel follows
  bool linked = false;
  for (int i = 0; i < most_links && std::filesystem::is_symlink(file, error); ++i) {
    const auto target = std::filesystem::read_symlink(file, error);
    if (error) break;
    file = target.is_absolute() ? target : file.parent_path() / target;
    linked = true;
  }
  const auto folder = file.parent_path();
  if (!linked || std::filesystem::equivalent(folder, s.data_dir, error)) return none;
  auto locked = data_dir::lock(folder);
  if (!locked) {
    auto why = locked.error();
    why.message += " (logos.db in " + std::string{s.data_dir} + " is a link into that directory.)";
    return why;
  }
  return std::optional<data_dir>{std::move(*locked)};
}

} // namespace logos::commands

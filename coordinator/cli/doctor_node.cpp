#include "coordinator/cli/doctor_node.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "common/base/digest.h"
#include "common/base/error.h"
#include "common/base/text.h"
#include "common/base/versions.h"
#include "common/data/csv.h"
#include "common/transport/cores.h"
#include "common/transport/process.h"
#include "worker/kernels/self_test.h"
#include "worker/runtime/table_cache.h"

namespace rondo::cli {

namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;
constexpr std::uint64_t least_free_bytes = 1024 * mebibyte;
constexpr std::uint64_t least_free_files = 1'000;
constexpr std::uint64_t least_memory_per_rank = 512 * mebibyte;
constexpr std::uint64_t least_descriptors = 256;
constexpr std::uint64_t descriptors_per_rank = 4;
constexpr std::int64_t earliest_clock = 1'735'689'600;  // 2025-01-01
constexpr std::int64_t widest_clocks = 60;              // seconds between the ranks' clocks

void probe_folder(store::FileSystem& files, const std::string& file) {
  const std::string text(4'096, 'r');
  store::write_atomically(files, file, text);
  if (files.read(file) != text) throw_environment("a file in it reads back as something else");
  const auto first = files.try_lock(file);
  if (!first) throw_environment("a lock in it cannot be had: mount it with locks");
  if (files.try_lock(file)) throw_environment("two processes can hold one lock in it: mount it with locks");
}

// MemAvailable, the control group's limit and the process's own, whichever is least.
std::uint64_t free_memory() {
  std::uint64_t least = UINT64_MAX;
  std::ifstream info("/proc/meminfo");
  constexpr std::uint64_t kibibyte = 1'024;
  for (std::string name, value, unit; info >> name >> value;) {
    if (name == "MemAvailable:") least = parse_u64(value).value_or(least / kibibyte) * kibibyte;
    std::getline(info, unit);
  }
  std::ifstream group("/sys/fs/cgroup/memory.max");
  std::string limit;
  if (group >> limit) least = std::min(least, parse_u64(limit).value_or(least));
  rlimit own{};
  if (getrlimit(RLIMIT_AS, &own) == 0 && own.rlim_cur != RLIM_INFINITY) {
    least = std::min<std::uint64_t>(least, own.rlim_cur);
  }
  return least;
}

std::uint64_t descriptor_limit() {
  rlimit own{};
  return getrlimit(RLIMIT_NOFILE, &own) == 0 ? own.rlim_cur : 0;
}

// Of the folder, or of the nearest one above it that exists.
std::string existing_folder(store::FileSystem& files, std::string folder) {
  while (files.kind(folder) == store::PathKind::missing && store::parent_path(folder) != folder) {
    folder = store::parent_path(folder);
  }
  return folder;
}

Check disk_of(const std::string& folder) {
  struct statvfs status {};
  if (statvfs(folder.c_str(), &status) != 0)
    return {"disk", false, fmt::format("{} cannot be asked", folder)};
  // File systems that do not count their files say 0 of 0.
  const std::uint64_t files = status.f_files == 0 ? least_free_files : std::uint64_t{status.f_favail};
  return check_disk(std::uint64_t{status.f_bavail} * status.f_frsize, files);
}

std::string who(const RankAnswer& answer) {
  return fmt::format("rank {} on {}", answer.rank, answer.host);
}

Check agreement(const std::vector<RankAnswer>& answers) {
  const RankAnswer& first = answers.front();
  Check check{"agree", true, {}};
  for (const RankAnswer& other : answers) {
    std::string what;
    if (other.versions != first.versions) what = fmt::format("is {}", other.versions);
    if (other.numerics != first.numerics) what = fmt::format("computes other bits ({})", other.numerics);
    if (other.dataset != first.dataset && other.unseen.empty())
      what = fmt::format("reads another table ({})", other.dataset);
    const std::int64_t apart = other.seconds - first.seconds;
    if (std::abs(apart) > widest_clocks) what = fmt::format("has a clock that is {} s off", apart);
    if (what.empty()) continue;
    check.good = false;
    check.what = fmt::format("{} {}, unlike {}: give every rank the same program and files", who(other), what,
                             who(first));
    return check;
  }
  check.what = fmt::format("{} rank{}: the same program, bits, {}time", answers.size(),
                           answers.size() == 1 ? "" : "s", first.dataset.empty() ? "" : "table, ");
  return check;
}

// What the ranks say of the table that rank 0 sees: those that do not see it would be sent it.
void merge_table(const std::vector<RankAnswer>& answers, std::vector<Check>& merged) {
  const auto blind = std::ranges::find_if(answers, [](const RankAnswer& one) { return !one.unseen.empty(); });
  const auto data = std::ranges::find(merged, "data", &Check::name);
  if (blind == answers.end() || data == merged.end()) return;
  const auto count =
      std::ranges::count_if(answers, [](const RankAnswer& one) { return !one.unseen.empty(); });
  data->what += fmt::format("; {} of {} ranks do not see it and would be sent it, {} for one ({})", count,
                            answers.size(), who(*blind), blind->unseen);
  Check cache{"cache", true, "takes the table on every node that lacks it"};
  for (const RankAnswer& one : answers) {
    if (one.cache.empty()) continue;
    cache.good = false;
    cache.what = fmt::format("{}: {}; or make the table visible there", who(one), one.cache);
    break;
  }
  merged.insert(data + 1, std::move(cache));
}

Check affinity(const std::vector<RankAnswer>& answers, bool oversubscribed) {
  struct Host {
    std::set<std::uint32_t> cores;
    std::size_t workers = 0;
  };
  std::map<std::string, Host> hosts;
  for (const RankAnswer& answer : answers) {
    if (answer.rank == 0 && answers.size() > 1) continue;  // it sleeps most of the time
    Host& host = hosts[answer.host];
    host.cores.insert(answer.cores.begin(), answer.cores.end());
    ++host.workers;
  }
  for (const auto& [name, host] : hosts) {
    if (host.workers <= host.cores.size() || oversubscribed) continue;
    return {"cores", false,
            fmt::format("{} has {} workers on {} cores: start fewer, bind them to more, or say "
                        "--oversubscribed",
                        name, host.workers, host.cores.size())};
  }
  return {"cores", true,
          fmt::format("{} host{}{}", hosts.size(), hosts.size() == 1 ? "" : "s",
                      oversubscribed ? ", oversubscribed as told" : ", a core for each worker")};
}

}  // namespace

Check check_folder(store::FileSystem& files, const std::string& folder) {
  const std::string file = store::join_path(
      folder, fmt::format(".rondo-doctor-{}-{}", transport::host_name(), transport::own_process()));
  Check check{"folder", true, fmt::format("{}: takes files, fsync and locks", folder)};
  try {
    probe_folder(files, file);
  } catch (const Error& error) {
    check.good = false;
    check.what = fmt::format("{}: {}", folder, error.what());
  }
  try {
    files.remove(file);
  } catch (const Error&) {
    // What could not be written cannot be removed.
  }
  return check;
}

std::string cache_trouble(store::FileSystem& files, const std::string& folder) {
  constexpr const char* advice = "set RONDO_CACHE to a folder of the node that can be written to";
  if (folder.empty()) return fmt::format("RONDO_CACHE is empty: {}", advice);
  try {
    const Check probed = check_folder(files, existing_folder(files, folder));
    if (probed.good) return {};
    return fmt::format("the cache folder {} ({}): {}", folder, probed.what, advice);
  } catch (const Error& error) {
    return fmt::format("{}: {}", error.what(), advice);
  }
}

Check check_disk(std::uint64_t free_bytes, std::uint64_t free_files) {
  Check check{"disk", free_bytes >= least_free_bytes && free_files >= least_free_files,
              fmt::format("{} MiB free", free_bytes / mebibyte)};
  if (!check.good) {
    check.what += fmt::format(", {} files: a run wants {} MiB and {} files; make room or take another folder",
                              free_files, least_free_bytes / mebibyte, least_free_files);
  }
  return check;
}

Check check_memory(std::uint64_t free_bytes, std::uint32_t ranks_here) {
  const std::uint64_t wanted = least_memory_per_rank * std::max(ranks_here, 1U);
  Check check{"memory", free_bytes >= wanted,
              fmt::format("{} MiB free for {} rank{} here", free_bytes / mebibyte, ranks_here,
                          ranks_here == 1 ? "" : "s")};
  if (!check.good)
    check.what += fmt::format(": {} MiB are wanted; start fewer or raise the limit", wanted / mebibyte);
  return check;
}

Check check_descriptors(std::uint64_t limit, std::uint32_t ranks) {
  const std::uint64_t wanted = std::max(least_descriptors, descriptors_per_rank * ranks);
  Check check{"files", limit >= wanted, fmt::format("{} open files allowed", limit)};
  if (!check.good) check.what += fmt::format(": {} ranks want {}; raise ulimit -n", ranks, wanted);
  return check;
}

Check check_clock(std::int64_t seconds) {
  const bool good = seconds >= earliest_clock;
  return {"clock", good,
          good ? fmt::format("{} s since 1970", seconds)
               : fmt::format("{} s since 1970, which is before this release: set the clock", seconds)};
}

RankAnswer examine_rank(std::uint32_t rank, std::uint32_t ranks, std::uint32_t ranks_here,
                        const std::string& folder, const std::string& data) {
  RankAnswer answer;
  answer.rank = rank;
  answer.host = transport::host_name();
  answer.versions = fmt::format("rondo {}, journal {}, numerics {}, search {}, seed scheme {}, protocol {}",
                                release_version, journal_version, numerics_version, search_version,
                                seed_scheme_version, protocol_version);
  answer.seconds =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  const transport::CoreSet cores = transport::own_cores();
  for (std::uint32_t core = 0; core < cores.size(); ++core) {
    if (cores[core]) answer.cores.push_back(core);
  }
  const char* const wanted = std::getenv("RONDO_TARGET");
  answer.checks = check_program();
  for (Check& check : check_kernels(kernels::available_tables(), wanted == nullptr ? "" : wanted)) {
    answer.checks.push_back(std::move(check));
  }
  answer.numerics = to_hex(kernels::numerics_digest(*kernels::available_tables().back()));
  store::PosixFileSystem files;
  const std::string there = existing_folder(files, folder);
  answer.checks.push_back(check_folder(files, there));
  answer.checks.push_back(disk_of(there));
  answer.checks.push_back(check_memory(free_memory(), ranks_here));
  answer.checks.push_back(check_descriptors(descriptor_limit(), ranks));
  answer.checks.push_back(check_clock(answer.seconds));
  if (data.empty()) return answer;
  try {
    answer.dataset = to_hex(sha256(data::read_file(data)));
    answer.checks.push_back({"data", true, fmt::format("{}: {}", data, answer.dataset)});
  } catch (const Error& error) {
    answer.checks.push_back({"data", rank != 0, error.what()});
    if (rank == 0) return answer;
    answer.unseen = error.what();
    answer.cache = cache_trouble(files, runtime::cache_settings_from_environment().folder);
  }
  return answer;
}

std::vector<Check> merge_answers(const std::vector<RankAnswer>& answers, std::uint32_t ranks,
                                 bool oversubscribed) {
  std::vector<Check> merged;
  for (const Check& first : answers.front().checks) {
    Check check = first;
    std::size_t bad = 0;
    for (const RankAnswer& answer : answers) {
      const auto same = std::find_if(answer.checks.begin(), answer.checks.end(),
                                     [&](const Check& other) { return other.name == first.name; });
      if (same == answer.checks.end() || same->good) continue;
      if (bad++ == 0) check.what = ranks == 1 ? same->what : fmt::format("{}: {}", who(answer), same->what);
    }
    check.good = bad == 0;
    if (bad > 1) check.what += fmt::format(" (and {} more ranks)", bad - 1);
    merged.push_back(std::move(check));
  }
  merge_table(answers, merged);
  Check answered{"ranks", answers.size() == ranks, fmt::format("{} of {} answered", answers.size(), ranks)};
  if (!answered.good) answered.what += ": see that mpirun reaches every host";
  merged.push_back(std::move(answered));
  merged.push_back(agreement(answers));
  merged.push_back(affinity(answers, oversubscribed));
  return merged;
}

std::string to_json(const RankAnswer& answer) {
  nlohmann::json json{{"rank", answer.rank},         {"host", answer.host},
                      {"versions", answer.versions}, {"numerics", answer.numerics},
                      {"dataset", answer.dataset},   {"seconds", answer.seconds},
                      {"unseen", answer.unseen},     {"cache", answer.cache},
                      {"cores", answer.cores},       {"checks", nlohmann::json::array()}};
  for (const Check& check : answer.checks) {
    json["checks"].push_back({{"name", check.name}, {"good", check.good}, {"what", check.what}});
  }
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

RankAnswer answer_from_json(const std::string& text) {
  try {
    const auto json = nlohmann::json::parse(text);
    RankAnswer answer;
    answer.rank = json.at("rank").get<std::uint32_t>();
    answer.host = json.at("host").get<std::string>();
    answer.versions = json.at("versions").get<std::string>();
    answer.numerics = json.at("numerics").get<std::string>();
    answer.dataset = json.at("dataset").get<std::string>();
    answer.unseen = json.at("unseen").get<std::string>();
    answer.cache = json.at("cache").get<std::string>();
    answer.seconds = json.at("seconds").get<std::int64_t>();
    answer.cores = json.at("cores").get<std::vector<std::uint32_t>>();
    for (const auto& check : json.at("checks")) {
      answer.checks.push_back({check.at("name").get<std::string>(), check.at("good").get<bool>(),
                               check.at("what").get<std::string>()});
    }
    return answer;
  } catch (const nlohmann::json::exception& error) {
    throw_corrupt("what a rank answered cannot be read ({}): run one version of rondo everywhere",
                  error.what());
  }
}

}  // namespace rondo::cli

#include "coordinator/cli/environment.h"

#include <fmt/format.h>
#include <google/protobuf/stubs/common.h>
#include <openssl/crypto.h>
#include <sys/utsname.h>
#include <xxhash.h>

#include <algorithm>
#include <chrono>
#include <CLI/Version.hpp>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/digest.h"
#include "common/base/text.h"
#include "common/base/versions.h"
#include "common/transport/cores.h"
#include "common/transport/mpi_transport.h"
#include "common/transport/process.h"
#include "coordinator/cli/build_ids.h"
#include "coordinator/cli/launch_processes.h"
#include "worker/kernels/self_test.h"
#include "worker/kernels/table.h"

namespace rondo::cli {

namespace {

using Json = nlohmann::ordered_json;

// "1a2b…", with "-dirty" when files differed from it; empty in a build outside of git.
constexpr std::string_view commit =
#include "coordinator/cli/commit.inc"
    ;

// What the first of /proc/cpuinfo's lines of that name says.
std::optional<std::string> cpu_line(std::string_view name) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(name)) continue;
    const std::size_t start = line.find_first_not_of(": \t", line.find(':'));
    if (start != std::string::npos) return line.substr(start);
  }
  return std::nullopt;
}

// arm64 has none.
std::optional<std::string> cpu_model() {
  return cpu_line("model name");
}

// The same instructions have two names: "flags" on x86, "Features" on arm64.
Json cpu_flags() {
  for (const std::string_view name : {"flags", "Features"}) {
    if (const std::optional<std::string> flags = cpu_line(name)) return *flags;
  }
  return nullptr;
}

Json system_facts() {
  utsname name{};
  if (uname(&name) != 0) return nullptr;
  return fmt::format("{} {} {}", name.sysname, name.release, name.machine);
}

// Protobuf writes 3.21.12 as 3021012.
std::string packed_version(int version) {
  return fmt::format("{}.{}.{}", version / 1'000'000, version / 1'000 % 1'000, version % 1'000);
}

Json libraries() {
  Json json;
  json["protobuf"] = packed_version(GOOGLE_PROTOBUF_VERSION);
  json["boost"] = RONDO_BOOST_VERSION;
  json["yaml-cpp"] = RONDO_YAML_CPP_VERSION;
  json["openssl"] = OpenSSL_version(OPENSSL_VERSION);
  const unsigned xxhash = XXH_versionNumber();
  json["xxhash"] = fmt::format("{}.{}.{}", xxhash / 10'000, xxhash / 100 % 100, xxhash % 100);
  json["fmt"] = fmt::format("{}.{}.{}", FMT_VERSION / 10'000, FMT_VERSION / 100 % 100, FMT_VERSION % 100);
  json["nlohmann-json"] = fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                                      NLOHMANN_JSON_VERSION_PATCH);
  json["cli11"] = CLI11_VERSION;
  return json;
}

Json variable(const char* name) {
  const char* const text = std::getenv(name);
  return text == nullptr ? Json(nullptr) : Json(text);
}

// What says which container this is: a digest that whoever started it gave, or the image that Apptainer
// names.
Json container() {
  for (const char* const name : {"RONDO_CONTAINER_DIGEST", "APPTAINER_CONTAINER", "SINGULARITY_CONTAINER"}) {
    if (std::getenv(name) != nullptr) return variable(name);
  }
  return nullptr;
}

Json slurm_job() {
  if (std::getenv("SLURM_JOB_ID") == nullptr) return nullptr;
  Json json;
  json["job"] = variable("SLURM_JOB_ID");
  json["array_job"] = variable("SLURM_ARRAY_JOB_ID");
  json["array_task"] = variable("SLURM_ARRAY_TASK_ID");
  json["partition"] = variable("SLURM_JOB_PARTITION");
  json["nodes"] = variable("SLURM_JOB_NODELIST");
  const Json restarts = variable("SLURM_RESTART_COUNT");  // unset in the first run
  json["restarts"] = restarts.is_null() ? Json("0") : restarts;
  return json;
}

// Who started the ranks. Open MPI sets its own variables under srun too, so PMIx's name of the job comes
// first.
std::string_view launcher() {
  if (std::getenv(launch_report_variable) != nullptr) return "rondo launch";
  const char* const job = std::getenv("PMIX_NAMESPACE");
  if (job != nullptr && std::string_view(job).starts_with("slurm")) return "srun";
  return std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr ? "mpirun" : "none";
}

// The ranks by what they said, in the order of each node's first rank.
Json nodes(const std::vector<std::string>& ranks) {
  std::vector<std::pair<std::string, std::uint32_t>> counted;
  for (const std::string& rank : ranks) {
    const auto same =
        std::find_if(counted.begin(), counted.end(), [&](const auto& node) { return node.first == rank; });
    if (same == counted.end()) {
      counted.emplace_back(rank, 1);
    } else {
      ++same->second;
    }
  }
  Json list = Json::array();
  for (const auto& [text, count] : counted) {
    Json node;
    std::size_t start = 0;
    for (const char* const name : {"host", "cpu", "kernel_target", "cores"}) {
      const std::size_t end = std::min(text.find('\n', start), text.size());
      node[name] = text.substr(start, end - start);
      start = std::min(end + 1, text.size());
    }
    const std::optional<std::uint64_t> cores = parse_u64(node["cores"].get<std::string>());
    node["cores"] = cores ? Json(*cores) : Json(nullptr);
    node["ranks"] = count;
    list.push_back(std::move(node));
  }
  return list;
}

Json own_build() {
  Json json;
  json["type"] = RONDO_BUILD_TYPE;
  json["compiler"] = compiler_name();
  json["flags"] = RONDO_BUILD_FLAGS;
  json["commit"] = commit.empty() ? Json(nullptr) : Json(commit);
  return json;
}

Json this_launch(const std::vector<std::string>& ranks) {
  using std::chrono::system_clock;
  Json json;
  json["time"] =
      std::chrono::duration_cast<std::chrono::seconds>(system_clock::now().time_since_epoch()).count();
  json["release"] = release_version;
  json["versions"] = {{"journal", journal_version},
                      {"numerics", numerics_version},
                      {"search", search_version},
                      {"seed_scheme", seed_scheme_version},
                      {"protocol", protocol_version}};
  json["launcher"] = launcher();
  json["ranks"] = ranks.size();
  json["nodes"] = nodes(ranks);
  json["slurm"] = slurm_job();
  json["container"] = container();
  // What follows is of rank 0 and its host.
  json["host"] = transport::host_name();
  json["system"] = system_facts();
  const std::optional<std::string> model = cpu_model();
  json["cpu"] = model ? Json(*model) : Json(nullptr);
  json["cpu_flags"] = cpu_flags();
  json["cpu_threads"] = std::thread::hardware_concurrency();
  json["cores"] = transport::own_cores().count();  // that this process may run on
  json["kernel_target"] = kernels::kernels().name;
  json["numerics_digest"] = to_hex(kernels::numerics_digest());
  json["build"] = own_build();
  json["libraries"] = libraries();
  json["mpi"] = transport::mpi_library();
  json["build_ids"] = build_ids();
  return json;
}

// What the file holds, as a list of launches.
Json launches_in(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return Json::array();
  if (!json.contains("launches")) return Json::array({std::move(json)});
  return json["launches"].is_array() ? json["launches"] : Json::array();
}

}  // namespace

std::string compiler_name() {
#if defined(__clang__)
  return fmt::format("clang {}", __clang_version__);
#elif defined(__GNUC__)
  return fmt::format("g++ {}", __VERSION__);
#else
  return "unknown compiler";
#endif
}

std::string cpu_name() {
  return cpu_model().value_or("unnamed CPU");
}

std::string describe_rank() {
  return fmt::format("{}\n{}\n{}\n{}", transport::host_name(), cpu_name(), kernels::kernels().name,
                     transport::own_cores().count());
}

std::string environment_json(const std::vector<std::string>& ranks, std::string_view before) {
  Json json;
  json["launches"] = launches_in(before);
  json["launches"].push_back(this_launch(ranks));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rondo::cli

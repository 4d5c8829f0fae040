#include "coordinator/cli/environment.h"

#include <fmt/format.h>
#include <google/protobuf/stubs/common.h>
#include <openssl/crypto.h>
#include <sys/utsname.h>
#include <xxhash.h>

#include <CLI/Version.hpp>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>

#include "common/base/digest.h"
#include "common/base/versions.h"
#include "common/transport/cores.h"
#include "common/transport/mpi_transport.h"
#include "common/transport/process.h"
#include "worker/kernels/self_test.h"
#include "worker/kernels/table.h"

namespace rondo::cli {

namespace {

using Json = nlohmann::ordered_json;

// The first line of /proc/cpuinfo that names the model; arm64 has none.
std::optional<std::string> cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    const std::size_t start = line.find_first_not_of(": \t", line.find(':'));
    if (start != std::string::npos) return line.substr(start);
  }
  return std::nullopt;
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

// What says which container this is: a digest that whoever started it gave, or the image that Apptainer
// names.
Json container() {
  for (const char* const name : {"RONDO_CONTAINER_DIGEST", "APPTAINER_CONTAINER", "SINGULARITY_CONTAINER"}) {
    if (const char* const text = std::getenv(name)) return text;
  }
  return nullptr;
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

std::string environment_json(std::uint32_t ranks) {
  Json json;
  json["release"] = release_version;
  json["versions"] = {{"journal", journal_version},
                      {"numerics", numerics_version},
                      {"search", search_version},
                      {"seed_scheme", seed_scheme_version},
                      {"protocol", protocol_version}};
  json["ranks"] = ranks;
  json["host"] = transport::host_name();
  json["system"] = system_facts();
  const std::optional<std::string> model = cpu_model();
  json["cpu"] = model ? Json(*model) : Json(nullptr);
  json["cpu_threads"] = std::thread::hardware_concurrency();
  json["cores"] = transport::own_cores().count();  // that this process may run on
  json["kernel_target"] = kernels::kernels().name;
  json["numerics_digest"] = to_hex(kernels::numerics_digest());
  json["compiler"] = compiler_name();
  json["build"] = RONDO_BUILD_TYPE;
  json["libraries"] = libraries();
  json["mpi"] = transport::mpi_library();
  json["container"] = container();
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rondo::cli

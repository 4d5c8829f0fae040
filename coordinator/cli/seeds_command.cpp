// rondo seeds: how a trial's keys follow from the master seed, so that anyone can check it with sha256sum.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "common/base/digest.h"
#include "common/random/seeds.h"
#include "coordinator/cli/commands.h"
#include "coordinator/cli/output.h"

namespace rondo::cli {

namespace {

std::string octal_escapes(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
  return text;
}

}  // namespace

ExitCode seeds_command(const SeedsOptions& options) {
  const Output output(options.json);
  nlohmann::ordered_json json;
  json["master_seed"] = options.master;
  json["trial"] = options.trial ? nlohmann::ordered_json(*options.trial) : nlohmann::ordered_json(nullptr);
  json["keys"] = nlohmann::ordered_json::array();
  const std::array domains{random::Domain::data, random::Domain::sampler, random::Domain::trial,
                           random::Domain::final_training};
  output.line(fmt::format("master seed {}{}", options.master,
                          options.trial ? fmt::format(", trial {}", *options.trial) : ""));
  for (const random::Domain domain : domains) {
    // The split belongs to no trial; a trial's own domains need one.
    const bool of_trial = domain != random::Domain::data;
    if (of_trial && !options.trial) continue;
    const std::optional<TrialId> trial = of_trial ? std::optional(TrialId(*options.trial)) : std::nullopt;
    const random::Derivation derivation = random::derive(MasterSeed(options.master), domain, trial);
    output.line("");
    output.line(fmt::format("{}", random::domain_name(domain)));
    output.line(fmt::format("  key      {:016x}", derivation.key.value()));
    output.line(fmt::format("  sha256   {}", to_hex(derivation.digest)));
    output.line(fmt::format("  check    printf '{}' | sha256sum", octal_escapes(derivation.preimage)));
    nlohmann::ordered_json row;
    row["domain"] = random::domain_name(domain);
    row["key"] = fmt::format("{:016x}", derivation.key.value());
    row["sha256"] = to_hex(derivation.digest);
    row["preimage"] = to_hex(
        {reinterpret_cast<const std::uint8_t*>(derivation.preimage.data()), derivation.preimage.size()});
    json["keys"].push_back(std::move(row));
  }
  output.line("");
  output.line("A key is the first 8 bytes of the digest, little-endian; it is printed as a number.");
  output.object(json);
  return ExitCode::done;
}

}  // namespace rondo::cli

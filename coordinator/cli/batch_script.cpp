#include "coordinator/cli/batch_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "common/base/error.h"
#include "common/base/text.h"
#include "coordinator/cli/time_limit.h"

namespace rondo::cli {

namespace {

constexpr std::string_view batch_body =
#include "coordinator/cli/batch_body.inc"
    ;

// Seconds before the job's end at which Slurm warns; the search pauses by itself a little earlier when it can
// ask Slurm for its end.
constexpr int warning_seconds = 60;

std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") + 1 - first);
}

// A number of nodes: "4" or "2-4".
bool are_nodes(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto least = parse_u64(text.substr(0, dash));
  if (!least || *least == 0) return false;
  if (dash == std::string_view::npos) return true;
  const auto most = parse_u64(text.substr(dash + 1));
  return most && *most >= *least;
}

void check_job(const BatchJob& job, const SiteProfile& profile) {
  if (!are_nodes(job.nodes)) {
    throw_bad_input("--nodes: '{}' is no number of nodes: write 4, or 2-4 for as many as are free",
                    job.nodes);
  }
  if (job.tasks_per_node == 0) throw_bad_input("--tasks-per-node: must be at least 1");
  if (!job.time.empty() && !parse_slurm_time(job.time)) {
    throw_bad_input(
        "--time: '{}' is no time of Slurm's: write minutes, hours:minutes:seconds or "
        "days-hours:minutes:seconds",
        job.time);
  }
  if (profile.launcher != "mpirun" && profile.launcher != "srun") {
    throw_bad_input("launcher: '{}' is unknown: mpirun or srun", profile.launcher);
  }
  for (const std::string* const text : {&job.name, &job.log, &job.folder, &job.program, &job.run, &job.hosts,
                                        &profile.account, &profile.partition, &profile.qos}) {
    if (text->find_first_of("\n\"") != std::string::npos) {
      throw_bad_input("'{}' has a line break or a double quote, which a batch script cannot hold", *text);
    }
  }
}

std::string batch_head(const BatchJob& job, const SiteProfile& profile) {
  std::string text;
  const auto option = [&text](std::string_view name, std::string_view value) {
    if (!value.empty()) text += fmt::format("#SBATCH --{}=\"{}\"\n", name, value);
  };
  option("job-name", job.name);
  option("nodes", job.nodes);
  option("ntasks-per-node", fmt::format("{}", job.tasks_per_node));
  option("time", job.time);
  option("partition", profile.partition);
  option("account", profile.account);
  option("qos", profile.qos);
  option("signal", fmt::format("B:USR1@{}", warning_seconds));
  text += "#SBATCH --requeue\n#SBATCH --open-mode=append\n";
  option("output", job.log);
  option("chdir", job.folder);
  for (const std::string& line : profile.sbatch_options) text += fmt::format("#SBATCH {}\n", line);
  return text;
}

std::string batch_settings(const BatchJob& job, const SiteProfile& profile) {
  std::string search;
  for (const std::string& argument : job.search) {
    search += (search.empty() ? "" : " ") + shell_word(argument);
  }
  std::string options = profile.launcher_options;
  if (!job.hosts.empty())
    options += fmt::format("{}--hostfile {}", options.empty() ? "" : " ", shell_word(job.hosts));
  std::string text;
  text += fmt::format("rondo={}\n", shell_word(profile.program.empty() ? job.program : profile.program));
  text += fmt::format("search=({})\n", search);
  text += fmt::format("run={}\n", shell_word(job.run));
  text += fmt::format("launcher={}\n", profile.launcher);
  text += fmt::format("launcher_options=({})\n", options);
  text += fmt::format("container=({})\n", profile.container);
  for (const std::string& line : profile.setup) text += line + "\n";
  return text;
}

}  // namespace

SiteProfile read_profile(std::string_view text, const std::string& file) {
  SiteProfile profile;
  std::map<std::string, std::string*, std::less<>> once{{"account", &profile.account},
                                                        {"partition", &profile.partition},
                                                        {"qos", &profile.qos},
                                                        {"launcher", &profile.launcher},
                                                        {"container", &profile.container},
                                                        {"program", &profile.program},
                                                        {"launcher_options", &profile.launcher_options}};
  const std::map<std::string, std::vector<std::string>*, std::less<>> again{
      {"sbatch", &profile.sbatch_options}, {"setup", &profile.setup}};
  std::vector<std::string> names{"sbatch", "setup"};
  for (const auto& [name, value] : once) names.push_back(name);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = without_blanks(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::string name(without_blanks(line.substr(0, colon)));
    const std::string_view value =
        colon < line.size() ? without_blanks(line.substr(colon + 1)) : std::string_view();
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      const auto near = nearest_name(name, names);
      throw_bad_input("{}:{}: '{}' is no setting of a profile{}", file, number, name,
                      near ? fmt::format("; did you mean {}?", *near) : "");
    }
    if (value.empty()) throw_bad_input("{}:{}: {} has no value", file, number, name);
    if (const auto list = again.find(name); list != again.end()) {
      list->second->emplace_back(value);
      continue;
    }
    std::string*& target = once.at(name);
    if (target == nullptr) throw_bad_input("{}:{}: {} stands there twice", file, number, name);
    *target = value;
    target = nullptr;
  }
  return profile;
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,@%+";
  if (!text.empty() && text.find_first_not_of(plain) == std::string_view::npos) return std::string(text);
  std::string word = "'";
  for (const char letter : text) word += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return word + "'";
}

std::string batch_script(const BatchJob& job, const SiteProfile& profile) {
  check_job(job, profile);
  std::string text = "#!/usr/bin/env bash\n# Written by rondo submit. May be submitted again: it goes on.\n";
  if (job.hosts.empty()) {
    text += batch_head(job, profile);
  } else {
    text += fmt::format("cd {} || exit 1\n", shell_word(job.folder));
  }
  text += "\n" + batch_settings(job, profile) + "\n";
  text += batch_body;
  return text;
}

}  // namespace rondo::cli

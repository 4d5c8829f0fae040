#include "coordinator/plan/measured.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "common/base/error.h"
#include "coordinator/store/run_folder.h"
#include "coordinator/store/summary.h"

namespace rondo::plan {

namespace {

struct Seen {
  std::uint32_t assigned = 0;
  std::uint32_t done = 0;
  double seconds = 0;
};

// A line that cannot be read is of no use, and no reason to fail: telemetry may end anywhere.
void take_line(std::string_view line, std::map<TrialId, Seen>& trials) {
  const nlohmann::json json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("trial") || !json["trial"].is_number_unsigned()) return;
  const std::string event = json.value("event", "");
  Seen& seen = trials[TrialId(json["trial"].get<std::uint64_t>())];
  if (event == "assigned") ++seen.assigned;
  if (event == "segment_done" && json.contains("seconds") && json["seconds"].is_number()) {
    ++seen.done;
    seen.seconds += json["seconds"].get<double>();
  }
}

}  // namespace

Measured measure(store::FileSystem& files, const std::string& run) {
  const store::RunSummary summary = store::summarize_journal(files, run);
  const std::string path = store::RunPaths{run}.telemetry();
  if (files.kind(path) != store::PathKind::file) throw_bad_input("{}: there is no such file", path);
  std::map<TrialId, Seen> seen;
  const std::string text = files.read(path);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    take_line(std::string_view(text).substr(begin, end - begin), seen);
    begin = end + 1;
  }

  Measured result;
  result.experiment = summary.experiment;
  std::vector<double> per_tick;
  for (const store::TrialSummary& trial : summary.trials) {
    const bool cut = trial.end && trial.end->outcome == schedule::Outcome::cut;
    if (trial.epochs.empty() || cut || (!trial.end && !trial.paused)) continue;
    if (trial.end) result.ends.push_back(trial.end->epochs);
    // Trained again after the search, or in several parts: whose seconds were of which epochs is not known.
    const Seen& times = seen[trial.id];
    if (times.assigned != 1 || times.done != 1) continue;
    const auto ticks =
        static_cast<double>(trial.ticks_per_epoch.value()) * static_cast<double>(trial.epochs.size());
    per_tick.push_back(times.seconds / ticks);
    result.trials.push_back({trial.architecture, trial.ticks_per_epoch,
                             times.seconds / static_cast<double>(trial.epochs.size())});
  }
  if (per_tick.empty()) throw_bad_input("{}: it has no trial that was trained in one go", path);
  result.per_tick = spread_of(std::move(per_tick));
  return result;
}

}  // namespace rondo::plan

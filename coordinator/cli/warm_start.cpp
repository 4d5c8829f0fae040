#include "coordinator/cli/warm_start.h"

#include <algorithm>
#include <string>

#include "common/architecture/architecture.h"
#include "common/base/error.h"
#include "coordinator/cli/run_view.h"
#include "coordinator/search/first_networks.h"
#include "coordinator/store/summary.h"

namespace rondo::cli {

namespace {

void normalize(proto::SearchSettings& search) {
  for (int i = 0; i < search.first_size(); ++i) {
    try {
      search.set_first(i, describe(parse_description(search.first(i))));
    } catch (const Error& error) {
      throw_bad_input("search.first[{}]: {}", i, error.what());
    }
  }
}

// A space of another experiment may have networks that this one's has not.
bool is_of(const search::Space& space, const std::string& line) {
  try {
    static_cast<void>(search::network_of(line, space));
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

void resolve_first_networks(proto::Experiment& experiment, bool anew, store::FileSystem& files) {
  proto::SearchSettings& settings = *experiment.mutable_search();
  normalize(settings);
  proto::WarmStart& warm_start = *settings.mutable_warm_start();
  if (warm_start.run().empty() || (warm_start.has_digest() && !anew)) return;

  const store::RunSummary run = store::summarize_journal(files, warm_start.run());
  const search::Space space(experiment.space());
  std::uint32_t taken = 0;
  for (const std::string& line : best_networks(run)) {
    if (taken == warm_start.trials()) break;
    if (!is_of(space, line)) continue;
    ++taken;
    const auto& first = settings.first();
    if (std::find(first.begin(), first.end(), line) == first.end()) settings.add_first(line);
  }
  if (taken == 0) {
    throw_bad_input(
        "search.warm_start: none of the trials of {} that have a place in its leaderboard has a network of "
        "this experiment's space; widen `space`, or leave the warm start out",
        warm_start.run());
  }
  warm_start.set_digest(run.digest);
}

}  // namespace rondo::cli

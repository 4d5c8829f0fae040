#include "coordinator/store/summary.h"

#include <fmt/format.h>

#include "common/architecture/architecture.h"
#include "common/base/error.h"
#include "common/experiment/canonical.h"
#include "common/experiment/schema.h"
#include "coordinator/store/final.h"
#include "coordinator/store/run_folder.h"

namespace rondo::store {

namespace {

// Fills the table of trials from records in order. A chain that is right but tells a story that cannot have
// happened comes from another program; it is refused like damage.
class TableBuilder {
 public:
  TableBuilder(std::vector<TrialSummary>& trials, const std::string& path) : trials_(trials), path_(path) {}

  void add(std::uint64_t number, const schedule::Record& record) {
    number_ = number;
    tick_ = record.tick;
    std::visit(*this, record.event);
  }

  void operator()(const schedule::Proposed& event) {
    if (event.trial.value() != trials_.size()) refuse("trial {} is proposed out of order", event.trial);
    TrialSummary trial;
    trial.id = event.trial;
    trial.architecture_bytes = event.proposal.architecture;
    trial.architecture = parse_architecture(trial.architecture_bytes);
    trial.parameters = event.proposal.parameters;
    trial.ticks_per_epoch = event.proposal.ticks_per_epoch;
    trial.proposed_at = tick_;
    trials_.push_back(std::move(trial));
  }
  void operator()(const schedule::Promoted& event) {
    TrialSummary& trial = open(event.trial);
    if (!trial.paused) refuse("trial {} is promoted and was not paused", event.trial);
    trial.paused = false;
  }
  void operator()(const schedule::Idled&) {}
  void operator()(const schedule::Reported& event) {
    TrialSummary& trial = running(event.trial);
    if (event.result.epoch.value() != trial.epochs.size() + 1) {
      refuse("trial {} reports an epoch out of order", event.trial);
    }
    trial.epochs.push_back(event.result);
  }
  void operator()(const schedule::Paused& event) {
    TrialSummary& trial = running(event.trial);
    if (event.epoch.value() != trial.epochs.size()) refuse("trial {} pauses at another epoch", event.trial);
    trial.rung = event.epoch;
    trial.paused = true;
  }
  void operator()(const schedule::Ended& event) {
    TrialSummary& trial = open(event.trial);
    trial.end = event.end;
    trial.paused = false;
    trial.ended_at = tick_;
  }

 private:
  TrialSummary& running(TrialId id) {
    TrialSummary& trial = open(id);
    if (trial.paused) refuse("trial {} is paused", id);
    return trial;
  }
  TrialSummary& open(TrialId id) {
    if (id.value() >= trials_.size()) refuse("trial {} was never proposed", id);
    TrialSummary& trial = trials_[static_cast<std::size_t>(id.value())];
    if (trial.end) refuse("trial {} has ended before", id);
    return trial;
  }
  [[noreturn]] void refuse(fmt::format_string<std::uint64_t> what, TrialId id) const {
    throw_corrupt("'{}': record {}: {}", path_, number_, fmt::format(what, id.value()));
  }

  std::vector<TrialSummary>& trials_;
  const std::string& path_;
  std::uint64_t number_ = 0;
  Tick tick_;
};

}  // namespace

namespace {

RunSummary summarize(const RunPaths& paths, const JournalContents& contents) {
  RunSummary summary;
  summary.folder = paths.folder;
  summary.header = contents.header;
  parse_canonical(contents.header.experiment(), summary.experiment);
  fill_absent_values(summary.experiment);
  summary.records = contents.records.size();
  summary.digest = to_hex(contents.head);
  summary.journal_bytes = contents.whole_bytes;
  if (contents.end == JournalEnd::torn) summary.torn_tail = contents.what;
  const std::string path = paths.journal();
  TableBuilder builder(summary.trials, path);
  for (std::size_t i = 0; i < contents.records.size(); ++i) builder.add(i + 1, contents.records[i]);
  return summary;
}

JournalContents read_run(FileSystem& files, const RunPaths& paths) {
  if (files.kind(paths.journal()) != PathKind::file) {
    throw_bad_input("there is no run in '{}' (it has no journal.rondo)", paths.folder);
  }
  return read_journal(files, paths.journal());
}

}  // namespace

RunSummary summarize(FileSystem& files, const std::string& folder) {
  const RunPaths paths{folder};
  const JournalContents contents = read_run(files, paths);
  RunSummary summary = summarize(paths, contents);
  summary.final_result = read_final(files, paths, contents.head, summary.records);
  return summary;
}

RunSummary summarize_journal(FileSystem& files, const std::string& folder) {
  const RunPaths paths{folder};
  return summarize(paths, read_run(files, paths));
}

}  // namespace rondo::store

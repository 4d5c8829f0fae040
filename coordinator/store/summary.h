// A run read back for people and programs: show, replay, verify, predict. Takes no lock and writes nothing,
// so it may look at a run that another process is writing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "coordinator/schedule/record.h"
#include "coordinator/store/file_system.h"
#include "coordinator/store/journal.h"
#include "coordinator/store/record_codec.h"
#include "rondo/architecture.pb.h"
#include "rondo/experiment.pb.h"
#include "rondo/journal.pb.h"

namespace rondo::store {

struct TrialSummary {
  TrialId id;
  proto::Architecture architecture;
  std::string architecture_bytes;  // canonical
  std::uint64_t parameters = 0;
  Tick ticks_per_epoch;
  Tick proposed_at;
  std::vector<schedule::EpochResult> epochs;  // committed, ascending from 1
  Epoch rung;                                 // the last epoch after which it paused; 0: it never did
  bool paused = false;                        // there, when the journal ends; for good if the search is over
  std::optional<schedule::TrialEnd> end;      // nothing: not ended when the journal ends
  std::optional<Tick> ended_at;
};

struct RunSummary {
  std::string folder;
  proto::JournalHeader header;
  proto::Experiment experiment;      // the identity settings, from the header
  std::vector<TrialSummary> trials;  // by id
  std::uint64_t records = 0;         // without the header
  std::string digest;                // the run's digest: hexadecimal chain hash of the journal's last record
  std::uint64_t journal_bytes = 0;   // of the whole records
  std::optional<std::string> torn_tail;
  std::optional<proto::FinalResult> final_result;
};

// Throws Error(bad_input) when the folder holds no run, Error(corrupt) when journal or final.rondo is
// damaged.
[[nodiscard]] RunSummary summarize(FileSystem& files, const std::string& folder);
// The same of the journal alone, without a look at final.rondo: for who doubts the one and not the other.
[[nodiscard]] RunSummary summarize_journal(FileSystem& files, const std::string& folder);

}  // namespace rondo::store

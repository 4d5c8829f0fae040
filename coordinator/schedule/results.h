// The commit buffer: every result that is known, committed or not, by trial and epoch. A result is a pure
// function of (experiment, dataset, trial, epoch), so the first report of an epoch is the only one that
// counts, and each later one must equal it.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "coordinator/schedule/record.h"

namespace rondo::schedule {

// What an arrival added. An epoch stands for itself and for what the trial did behind it: an epoch without an
// end says that the trial went on (unless it is the last one that a trial may have).
struct Added {
  Epoch first_new;                        // the first epoch that was unknown; 0: nothing is new
  std::optional<std::string> difference;  // from what was known: then nothing was added
};

class Results {
 public:
  // `last`: most epochs of a trial.
  explicit Results(Epoch last) : last_(last) {}

  // Epochs ascending without gaps, within 1 … last; an end is a worker's, of the last of these epochs.
  [[nodiscard]] bool well_formed(std::span<const EpochResult> epochs,
                                 const std::optional<TrialEnd>& end) const;
  // What is well formed. Reports may come in any order, so that there can be gaps between them.
  [[nodiscard]] Added add(TrialId trial, std::span<const EpochResult> epochs,
                          const std::optional<TrialEnd>& end);

  // Null when it is not known. Valid until the next add().
  [[nodiscard]] const EpochResult* find(TrialId trial, Epoch epoch) const;
  [[nodiscard]] const TrialEnd* end(TrialId trial) const;
  // The first epoch that has to be trained to know more of the trial; nothing when it is known to its end.
  [[nodiscard]] std::optional<Epoch> first_missing(TrialId trial) const;

 private:
  struct Known {
    std::vector<EpochResult> epochs;      // 1, 2, … without a gap
    std::map<Epoch, EpochResult> beyond;  // behind a gap
    std::optional<TrialEnd> end;

    [[nodiscard]] const EpochResult* find(Epoch epoch) const;
    [[nodiscard]] Epoch latest() const;
  };
  [[nodiscard]] std::optional<std::string> difference(TrialId trial, const Known& known,
                                                      std::span<const EpochResult> epochs,
                                                      const std::optional<TrialEnd>& end) const;

  Epoch last_;
  std::map<TrialId, Known> trials_;
};

}  // namespace rondo::schedule

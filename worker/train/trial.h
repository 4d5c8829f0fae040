// One trial, from its first weights to its result: a pure function of (prepared data, spec). It is one
// network, or one for each fold and repeat, trained side by side and judged by their mean. The training loop
// is written out step by step in README.md.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/digest.h"
#include "common/base/ids.h"
#include "common/data/prepared.h"
#include "rondo/architecture.pb.h"
#include "rondo/experiment.pb.h"
#include "rondo/journal.pb.h"
#include "rondo/model.pb.h"
#include "worker/kernels/threads.h"

namespace rondo::train {

struct TrialSpec {
  MasterSeed seed;
  TrialId trial;
  // The winner's retraining: its own seeds (domain final_training), exactly last_epoch epochs, no early
  // stopping, the weights of the last epoch. The train part of the data then holds the training and the
  // validation rows.
  bool final = false;
  proto::Architecture architecture;  // canonical
  proto::TrainingSettings training;  // with every default filled in; not used by a final trial
  Epoch last_epoch;                  // of a final trial, ≥ 1; not used by any other
};

class Trial {
 public:
  // Draws the first weights. `folds` (one without cross-validation, and of a final trial) must outlive the
  // trial; their train parts must have rows. All memory that training needs is taken here: each fold and
  // repeat is a network of its own. It trains on `threads`, with the same bits on any number of them.
  Trial(std::span<const data::PreparedData> folds, TrialSpec spec, const kernels::Threads& threads = {});
  Trial(const data::PreparedData& data, TrialSpec spec, const kernels::Threads& threads = {});
  ~Trial();
  Trial(Trial&&) noexcept;
  Trial& operator=(Trial&&) noexcept;

  // Goes on from a checkpoint of the same trial (same seed, id, architecture, settings and shape of the
  // data). Throws Error(corrupt) when the bytes are damaged or belong to another trial; the trial then is as
  // it was before.
  void restore(std::string_view checkpoint);

  // Trains the next epoch of every network. `keep_going` is called before every step (a training batch or a
  // chunk of the evaluation); when it returns false the epoch is given up: nothing is returned and the trial
  // can only be destroyed or restored. Must not be called after the trial has ended. The result of the epoch
  // in which a trial diverges has NaN (always the bits 0x7ff8000000000000) for both losses and the score, and
  // an empty fingerprint. A final trial has NaN for validation loss and score. Throws Error(environment) when
  // something changed the thread's floating-point mode meanwhile (common/numerics/floating_point_mode.h).
  [[nodiscard]] std::optional<proto::EpochResult> train_epoch(const std::function<bool()>& keep_going);

  // Present after the trial's last epoch: settings.epochs trained, patience used up, diverged, or, when
  // final, last_epoch trained. A segment that ends earlier is the caller's affair.
  [[nodiscard]] const std::optional<proto::TrialEnd>& end() const;
  [[nodiscard]] Epoch epochs_done() const;

  // All that restore() needs to go on with the same bits. Not after a given-up epoch.
  [[nodiscard]] std::string checkpoint() const;

  // What the networks of the last epoch predict for their validation rows, fold after fold, in the bytes that
  // README.md (14) states. Not of a final trial, before the first epoch, after restore() or after an epoch
  // that diverged.
  [[nodiscard]] std::string validation_predictions() const;
  // SHA-256 of the best epoch's weights so far. Needs such an epoch.
  [[nodiscard]] Digest best_digest() const;

  // Preprocessing and weights: of the best epoch so far, or of a final trial's last one. Needs such an epoch
  // (end()->best_epoch() > 0). Not of a trial of several networks.
  [[nodiscard]] proto::Model model() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rondo::train

#include "tests/unit/coordinator/store/samples.h"

#include <limits>

#include "common/architecture/architecture.h"
#include "common/base/versions.h"
#include "common/experiment/schema.h"

namespace rondo::store::samples {

proto::Experiment experiment(std::uint64_t seed) {
  proto::Experiment experiment;
  experiment.mutable_data()->set_path("train.csv");
  experiment.mutable_data()->set_target("survived");
  experiment.mutable_search()->set_seed(seed);
  experiment.mutable_search()->set_sampler(proto::SAMPLER_KIND_RANDOM);
  experiment.mutable_search()->set_lanes(2);
  experiment.mutable_training()->set_epochs(4);
  experiment.mutable_budget()->set_trials(2);
  return experiment;
}

Digest dataset() {
  return sha256("a,b\n1,2\n");
}

proto::JournalHeader header(std::uint64_t seed) {
  proto::JournalHeader header;
  header.mutable_versions()->set_journal(journal_version);
  header.mutable_versions()->set_numerics(numerics_version);
  header.mutable_versions()->set_search(search_version);
  header.mutable_versions()->set_seed_scheme(seed_scheme_version);
  header.set_experiment(identity_bytes(experiment(seed)));
  header.set_identity(to_bytes(sha256(header.experiment())));
  header.set_dataset_digest(to_bytes(dataset()));
  header.set_master_seed(seed);
  return header;
}

std::string architecture(std::uint32_t units) {
  proto::Architecture network;
  proto::DenseBlock& block = *network.add_blocks();
  block.set_units(units);
  block.set_batch_norm(true);
  block.set_dropout(0.25F);
  network.mutable_optimizer()->set_learning_rate(0.001F);
  network.set_batch_size(32);
  return canonical_bytes(network);
}

schedule::EpochResult result(std::uint32_t epoch, double loss) {
  schedule::EpochResult result;
  result.epoch = Epoch(epoch);
  result.train_loss = loss;
  result.validation_loss = loss + 0.125;
  result.score = 1 - loss;
  result.fingerprint.fill(static_cast<std::uint8_t>(epoch));
  return result;
}

schedule::TrialEnd end(std::uint32_t epochs) {
  schedule::TrialEnd end;
  end.epochs = Epoch(epochs);
  end.best_epoch = Epoch(epochs);
  end.best_score = 0.75;
  end.best_validation_loss = 0.375;
  end.has_weights = true;
  end.weights_digest = sha256("weights");
  return end;
}

schedule::Record proposed(std::uint64_t tick, std::uint32_t lane, std::uint64_t trial) {
  schedule::Proposed event;
  event.lane = LaneId(lane);
  event.trial = TrialId(trial);
  event.proposal.architecture = architecture(16 + static_cast<std::uint32_t>(trial));
  event.proposal.digest = content_digest(event.proposal.architecture);
  event.proposal.ticks_per_epoch = Tick(3 + trial);
  event.proposal.parameters = 1000 + trial;
  event.redraws = 1;
  event.last_epoch = Epoch(2);
  return {Tick(tick), event};
}

schedule::Record reported(std::uint64_t tick, std::uint64_t trial, std::uint32_t epoch) {
  return {Tick(tick), schedule::Reported{TrialId(trial), result(epoch, 1.0 / (1 + epoch))}};
}

schedule::Record ended(std::uint64_t tick, std::uint64_t trial, std::uint32_t epochs) {
  return {Tick(tick), schedule::Ended{TrialId(trial), end(epochs)}};
}

std::vector<schedule::Record> search() {
  schedule::EpochResult diverged = result(1, std::numeric_limits<double>::infinity());
  diverged.validation_loss = -0.0;
  diverged.fingerprint = {};
  schedule::TrialEnd diverged_end;
  diverged_end.outcome = schedule::Outcome::diverged;
  diverged_end.epochs = Epoch(1);
  return {
      proposed(0, 0, 0),
      proposed(0, 1, 1),
      reported(3, 0, 1),
      {Tick(4), schedule::Reported{TrialId(1), diverged}},
      {Tick(4), schedule::Ended{TrialId(1), diverged_end}},
      {Tick(4), schedule::Idled{LaneId(1), schedule::IdleReason::waiting}},
      reported(6, 0, 2),
      {Tick(6), schedule::Paused{TrialId(0), Epoch(2)}},
      {Tick(6), schedule::Promoted{LaneId(0), TrialId(0), Epoch(3), Epoch(4)}},
      reported(9, 0, 3),
      reported(12, 0, 4),
      ended(12, 0, 4),
      {Tick(12), schedule::Idled{LaneId(0), schedule::IdleReason::budget}},
  };
}

}  // namespace rondo::store::samples

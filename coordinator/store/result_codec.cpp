#include "coordinator/store/result_codec.h"

#include "common/base/check.h"
#include "common/base/error.h"

namespace rondo::store {

proto::Outcome to_proto(schedule::Outcome outcome) {
  switch (outcome) {
    case schedule::Outcome::completed:
      return proto::OUTCOME_COMPLETED;
    case schedule::Outcome::diverged:
      return proto::OUTCOME_DIVERGED;
    case schedule::Outcome::too_large:
      return proto::OUTCOME_TOO_LARGE;
    case schedule::Outcome::cut:
      return proto::OUTCOME_CUT;
  }
  RONDO_CHECK(false, "outcome {}", static_cast<int>(outcome));
}

schedule::Outcome from_proto(proto::Outcome outcome) {
  switch (outcome) {
    case proto::OUTCOME_COMPLETED:
      return schedule::Outcome::completed;
    case proto::OUTCOME_DIVERGED:
      return schedule::Outcome::diverged;
    case proto::OUTCOME_TOO_LARGE:
      return schedule::Outcome::too_large;
    case proto::OUTCOME_CUT:
      return schedule::Outcome::cut;
    default:
      throw_corrupt("outcome {} is unknown", static_cast<int>(outcome));
  }
}

proto::EpochResult to_proto(const schedule::EpochResult& result) {
  proto::EpochResult message;
  message.set_epoch(result.epoch.value());
  message.set_train_loss(result.train_loss);
  message.set_validation_loss(result.validation_loss);
  message.set_score(result.score);
  if (result.fingerprint != Fingerprint{}) message.set_fingerprint(to_bytes(result.fingerprint));
  return message;
}

schedule::EpochResult from_proto(const proto::EpochResult& message) {
  if (message.epoch() == 0) throw_corrupt("a result of epoch 0: epochs count from 1");
  schedule::EpochResult result;
  result.epoch = Epoch(message.epoch());
  result.train_loss = message.train_loss();
  result.validation_loss = message.validation_loss();
  result.score = message.score();
  if (!message.fingerprint().empty()) {
    result.fingerprint = fingerprint_from_bytes(message.fingerprint());
    if (result.fingerprint == Fingerprint{}) {
      throw_corrupt("epoch {} has a fingerprint of zeros, which stands for an empty one", message.epoch());
    }
  }
  return result;
}

proto::TrialEnd to_proto(const schedule::TrialEnd& end) {
  proto::TrialEnd message;
  message.set_outcome(to_proto(end.outcome));
  message.set_epochs(end.epochs.value());
  message.set_best_epoch(end.best_epoch.value());
  message.set_best_score(end.best_score);
  message.set_best_validation_loss(end.best_validation_loss);
  if (end.has_weights) message.set_weights_digest(to_bytes(end.weights_digest));
  return message;
}

schedule::TrialEnd from_proto(const proto::TrialEnd& message) {
  schedule::TrialEnd end;
  end.outcome = from_proto(message.outcome());
  end.epochs = Epoch(message.epochs());
  end.best_epoch = Epoch(message.best_epoch());
  if (end.best_epoch > end.epochs) {
    throw_corrupt("the best epoch {} is behind the last one, {}", message.best_epoch(), message.epochs());
  }
  end.best_score = message.best_score();
  end.best_validation_loss = message.best_validation_loss();
  end.has_weights = !message.weights_digest().empty();
  if (end.has_weights) end.weights_digest = digest_from_bytes(message.weights_digest());
  return end;
}

std::vector<schedule::EpochResult> epochs_from_proto(const proto::TrialReport& report) {
  std::vector<schedule::EpochResult> epochs;
  epochs.reserve(static_cast<std::size_t>(report.epochs_size()));
  for (const proto::EpochResult& message : report.epochs()) {
    const schedule::EpochResult result = from_proto(message);
    if (!epochs.empty() && result.epoch.value() != epochs.back().epoch.value() + 1) {
      throw_corrupt("trial {} reports epoch {} behind epoch {}", report.trial(), message.epoch(),
                    epochs.back().epoch.value());
    }
    epochs.push_back(result);
  }
  return epochs;
}

}  // namespace rondo::store

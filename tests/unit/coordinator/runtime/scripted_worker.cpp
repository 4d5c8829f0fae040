#include "tests/unit/coordinator/runtime/scripted_worker.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>
#include <utility>

#include "common/base/versions.h"
#include "common/experiment/canonical.h"
#include "rondo/model.pb.h"

namespace rondo::runtime::testing {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

std::uint64_t draw(std::uint64_t trial, std::uint64_t epoch, std::string_view what) {
  return xxh3_64(fmt::format("{} {} {}", trial, epoch, what));
}

double fraction(std::uint64_t bits) {
  return static_cast<double>(bits >> 11U) / 9007199254740992.0;
}

class ScriptedWorker {
 public:
  ScriptedWorker(transport::Transport& transport, const Script& script, Tally& tally)
      : transport_(transport), script_(script), tally_(tally) {}

  void run() {
    proto::ToCoordinator message;
    hello(*message.mutable_hello());
    send(message);
    while (!done_ && Clock::now() - heard_ < std::chrono::seconds(30)) {
      while (auto arrived = transport_.receive()) take(*arrived);
      if (Clock::now() - said_ > milliseconds(20)) {
        message.mutable_heartbeat();
        send(message);
      }
      if (done_) return;
      if (assign_) {
        train_epoch();
      } else {
        transport_.wait(milliseconds(5));
      }
    }
  }

 private:
  void hello(proto::Hello& hello) const {
    hello.set_protocol(protocol_version);
    hello.mutable_versions()->set_journal(journal_version);
    hello.mutable_versions()->set_numerics(numerics_version);
    hello.mutable_versions()->set_search(search_version);
    hello.mutable_versions()->set_seed_scheme(seed_scheme_version);
    hello.set_numerics_digest(to_bytes(scripted_numerics()));
    hello.set_host(fmt::format("node{}", transport_.rank().value()));
    hello.set_process(4000 + transport_.rank().value());
    if (script_.alter_hello) script_.alter_hello(hello);
  }

  void take(const transport::Message& arrived) {
    heard_ = Clock::now();
    proto::ToWorker message;
    if (!message.ParseFromString(arrived.bytes)) return;
    proto::ToCoordinator answer;
    switch (message.body_case()) {
      case proto::ToWorker::kSetup:
        most_epochs_ = message.setup().experiment().training().epochs();
        answer.mutable_loaded()->set_dataset_digest(message.setup().dataset_digest());
        answer.mutable_loaded()->set_failure(script_.load_failure);
        send(answer);
        break;
      case proto::ToWorker::kAssign:
        begin(message.assign());
        break;
      case proto::ToWorker::kAbandon:
        if (assign_ && assign_->assignment() == message.abandon().assignment()) assign_.reset();
        break;
      case proto::ToWorker::kShutdown:
        if (assign_ && goes_on() && next_epoch_ > 1) report(false, true, std::nullopt);
        answer.mutable_goodbye();
        send(answer);
        transport_.close(milliseconds(0));
        done_ = true;
        break;
      default:
        break;
    }
  }

  [[nodiscard]] bool goes_on() const { return !assign_->final() && !assign_->candidate(); }

  void begin(const proto::Assign& assign) {
    assign_ = assign;
    next_epoch_ = 1;
    pending_.Clear();
    if (attempts_++ < script_.failing_attempts) {
      proto::ToCoordinator message;
      message.mutable_failure()->set_assignment(assign.assignment());
      message.mutable_failure()->set_message("out of memory, says the script");
      send(message);
      assign_.reset();
      return;
    }
    if (assign.final()) ++tally_.retrainings;
    if (assign.candidate()) ++tally_.candidates;
    if (assign.final() && script_.dies_in_retraining) done_ = true;
    if (assign.checkpoint().empty()) return;
    const std::string expected = fmt::format("checkpoint of trial {} after epoch ", assign.trial());
    const std::uint64_t epoch = assign.checkpoint().starts_with(expected)
                                    ? std::stoull(assign.checkpoint().substr(expected.size()))
                                    : assign.last_epoch();
    if (epoch >= assign.first_epoch()) {
      ++tally_.bad_checkpoints;
    } else {
      ++tally_.from_checkpoint;
      next_epoch_ = static_cast<std::uint32_t>(epoch) + 1;
    }
  }

  void train_epoch() {
    if (trained_++ >= script_.dies_after_epochs) {
      done_ = true;
      return;
    }
    ++tally_.epochs;
    sleep();
    const std::uint64_t trial = assign_->trial();
    const bool final = assign_->final();
    const std::uint32_t length = final ? assign_->last_epoch() : scripted_length(trial, most_epochs_);
    const bool ends = next_epoch_ == length;
    const bool diverges = ends && (final ? diverges_now(trial) : draw(trial, 0, "diverges") % 8 == 0);
    const bool lies = script_.lies || (script_.lies_about_candidates && assign_->candidate());
    proto::EpochResult& result = *pending_.add_epochs();
    result.set_epoch(next_epoch_);
    result.set_train_loss(fraction(draw(trial, next_epoch_, "train")));
    result.set_validation_loss(fraction(draw(trial, next_epoch_, lies ? "lie" : "validation")));
    result.set_score(fraction(draw(trial, next_epoch_, "score")));
    if (!diverges)
      result.set_fingerprint(to_bytes(sha256(fmt::format("{} {}", trial, next_epoch_))).substr(0, 16));
    ++next_epoch_;
    std::optional<proto::TrialEnd> end;
    if (ends) end = trial_end(trial, length, diverges);
    const bool segment_done = ends || next_epoch_ > assign_->last_epoch();
    if (segment_done || static_cast<std::uint64_t>(pending_.epochs_size()) >= script_.report_every) {
      report(segment_done, !ends, end);
    }
    if (segment_done) assign_.reset();
  }

  bool diverges_now(std::uint64_t trial) {
    if (script_.retraining_diverges && !diverging_) diverging_ = trial;
    return diverging_ == trial;
  }

  static proto::TrialEnd trial_end(std::uint64_t trial, std::uint32_t length, bool diverges) {
    proto::TrialEnd end;
    end.set_outcome(diverges ? proto::OUTCOME_DIVERGED : proto::OUTCOME_COMPLETED);
    end.set_epochs(length);
    if (diverges) return end;
    end.set_best_epoch(1 + static_cast<std::uint32_t>(draw(trial, 0, "best") % length));
    end.set_best_score(fraction(draw(trial, end.best_epoch(), "score")));
    end.set_best_validation_loss(fraction(draw(trial, end.best_epoch(), "validation")));
    end.set_weights_digest(to_bytes(sha256(fmt::format("weights {}", trial))));
    return end;
  }

  void report(bool segment_done, bool with_checkpoint, const std::optional<proto::TrialEnd>& end) {
    proto::ToCoordinator message;
    proto::TrialReport& report = *message.mutable_report();
    report = std::exchange(pending_, {});
    report.set_assignment(assign_->assignment());
    report.set_trial(assign_->trial());
    report.set_segment_done(segment_done);
    if (end) *report.mutable_end() = *end;
    if (with_checkpoint && goes_on()) {
      report.set_checkpoint_epoch(next_epoch_ - 1);
      report.set_checkpoint(
          fmt::format("checkpoint of trial {} after epoch {}", assign_->trial(), next_epoch_ - 1));
    }
    if (assign_->final() && end && end->outcome() == proto::OUTCOME_COMPLETED) {
      proto::Model model;
      proto::Network& network = *model.add_networks();
      network.set_trial(assign_->trial());
      network.add_tensors()->set_name(fmt::format("after {} epochs", end->epochs()));
      report.set_model(canonical_serialize(model));
    }
    if (assign_->candidate() && segment_done && !script_.forgets_predictions)
      add_predictions(*report.mutable_candidate());
    send(message);
  }

  // Of several such draws one that the ensemble keeps a selection of.
  void add_predictions(proto::CandidatePredictions& predictions) const {
    for (std::uint32_t row = 0; row < scripted_validation_rows; ++row) {
      const auto probability = static_cast<float>(fraction(draw(assign_->trial(), row, "prediction 5")));
      predictions.mutable_values()->append(reinterpret_cast<const char*>(&probability), sizeof probability);
    }
    predictions.set_weights_digest(to_bytes(sha256(fmt::format("weights {}", assign_->trial()))));
  }

  void send(const proto::ToCoordinator& message) {
    transport_.send(RankId(0), message.SerializeAsString());
    said_ = Clock::now();
  }

  void sleep() {
    if (script_.most_sleep_microseconds == 0) return;
    const std::uint64_t length =
        draw(script_.sleep_seed, trained_, "sleep") % script_.most_sleep_microseconds;
    std::this_thread::sleep_for(std::chrono::microseconds(length));
  }

  transport::Transport& transport_;
  const Script& script_;
  Tally& tally_;
  std::uint32_t most_epochs_ = 1;
  std::optional<proto::Assign> assign_;
  std::uint32_t next_epoch_ = 1;
  proto::TrialReport pending_;
  std::uint64_t attempts_ = 0;
  std::uint64_t trained_ = 0;
  std::optional<std::uint64_t> diverging_;
  bool done_ = false;
  Clock::time_point heard_ = Clock::now();
  Clock::time_point said_ = Clock::now();
};

}  // namespace

Digest scripted_numerics() {
  return sha256("scripted numerics");
}

std::uint32_t scripted_length(std::uint64_t trial, std::uint32_t most) {
  return 1 + static_cast<std::uint32_t>(draw(trial, 0, "length") % most);
}

void work(transport::Transport& transport, const Script& script, Tally& tally) {
  ScriptedWorker(transport, script, tally).run();
}

}  // namespace rondo::runtime::testing

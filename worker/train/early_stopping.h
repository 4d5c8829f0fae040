// Which epoch is the best one, and when to stop: the rule of Keras's EarlyStopping with restore_best_weights.
#pragma once

#include <cstdint>
#include <limits>

namespace rondo::train {

class EarlyStopping {
 public:
  struct State {
    std::uint32_t best_epoch = 0;  // 0: none yet
    double best_loss = std::numeric_limits<double>::infinity();
    std::uint32_t waited = 0;  // epochs since the best one
  };

  // patience 0: never stops. min_delta ≥ 0.
  EarlyStopping(std::uint32_t patience, double min_delta) : patience_(patience), min_delta_(min_delta) {}

  // Takes the loss (finite) of the next epoch, and says whether it is the best one now: loss < best_loss -
  // min_delta, in double. The first epoch always is. An epoch that is better by less than min_delta neither
  // becomes the best one nor moves the loss that later ones are compared with.
  bool observe(std::uint32_t epoch, double loss) {
    if (loss < state_.best_loss - min_delta_) {
      state_ = {epoch, loss, 0};
      return true;
    }
    ++state_.waited;
    return false;
  }

  // `patience` epochs in a row were not the best one.
  [[nodiscard]] bool exhausted() const { return patience_ > 0 && state_.waited >= patience_; }

  [[nodiscard]] const State& state() const { return state_; }
  void restore(const State& state) { state_ = state; }

 private:
  std::uint32_t patience_;
  double min_delta_;
  State state_;
};

}  // namespace rondo::train

// One network of a trial in training: its rows (of one fold), its seeds, its optimiser and its best weights.
// A trial trains one, or one for each fold and repeat, epoch by epoch side by side.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "common/base/digest.h"
#include "common/data/prepared.h"
#include "common/random/seeds.h"
#include "rondo/architecture.pb.h"
#include "rondo/model.pb.h"
#include "worker/kernels/threads.h"
#include "worker/nn/network.h"
#include "worker/nn/optimizer.h"
#include "worker/train/checkpoint.h"
#include "worker/train/evaluation.h"

namespace rondo::train {

class Member {
 public:
  // Draws the first weights and takes all memory that training needs. `data` must outlive the member.
  Member(const data::PreparedData& data, const proto::Architecture& architecture, random::Key key,
         kernels::Threads threads);

  // One pass over the training rows in the order of that epoch (from 1): the mean loss, weighted by rows; not
  // finite where the loss or, at the end, a weight or a value of the optimiser is not. Nothing when
  // keep_going, which is asked before every step, said no.
  [[nodiscard]] std::optional<double> train(std::uint32_t epoch, const std::function<bool()>& keep_going);
  struct Judgement {
    double loss = 0;
    double score = 0;  // NaN where the metric has no value
  };
  // By the validation rows; without any, by the training rows, as the network infers them. The loss is NaN
  // where an input of these rows is not finite.
  [[nodiscard]] std::optional<Judgement> judge(const std::function<bool()>& keep_going);

  // Of the rows that judge() judged by, at its last call.
  [[nodiscard]] const Predictions& predictions() const { return predictions_; }

  // XXH3-128 of weights, running statistics and optimiser state, as README.md lays them out.
  [[nodiscard]] Fingerprint fingerprint() const;

  // Copies the weights of now to the best ones, and what there is of those.
  void keep_best();
  [[nodiscard]] Digest best_digest() const;
  void to_model(proto::Network& network) const;

  [[nodiscard]] MemberCheckpoint checkpoint(bool with_best) const;
  // Whether the sizes are this network's.
  [[nodiscard]] bool fits(const MemberCheckpoint& checkpoint, bool with_best) const;
  void restore(const MemberCheckpoint& checkpoint, bool with_best);

  [[nodiscard]] const data::PreparedData& data() const { return *data_; }
  [[nodiscard]] std::uint64_t steps_of_an_epoch() const;
  [[nodiscard]] std::size_t bytes() const;  // of the network, its gradients and the copy of the best one
  [[nodiscard]] const kernels::Threads& threads() const { return network_.threads(); }

 private:
  [[nodiscard]] const data::Part& judged() const {
    return data_->validation.rows > 0 ? data_->validation : data_->train;
  }
  [[nodiscard]] bool state_is_finite() const;
  [[nodiscard]] std::size_t optimizer_size() const;
  // Slot after slot, each over the trainable tensors in canonical order, then what belongs to no tensor.
  [[nodiscard]] std::vector<float> optimizer_state() const;
  void set_optimizer_state(std::span<const float> values);

  const data::PreparedData* data_;
  random::Key key_;
  std::size_t batch_rows_;
  std::size_t slots_;  // values of optimiser state for each trainable value
  nn::Network network_;
  nn::Optimizer optimizer_;
  std::uint32_t steps_done_ = 0;
  std::vector<float> best_;

  // relu would swallow a NaN among the inputs that an epoch is judged by.
  bool judged_is_finite_;
  std::vector<std::uint32_t> order_;  // of the training rows in an epoch
  Batch batch_;
  Batch judged_batch_;
  Predictions predictions_;
};

}  // namespace rondo::train

// A network with its gradients and its optimiser's state, all in one arena that is taken once:
//   [convolution → batch norm? → activation → max pool? → dropout?] for every convolution, their average?,
//   [dense → batch or layer norm? → activation → dropout?] for every dense block, then the output's dense
//   layer.
// Every value follows worker/kernels/NUMERICS.md; this class only says what is called in which order
// (README.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "common/architecture/architecture.h"
#include "common/random/seeds.h"
#include "rondo/architecture.pb.h"
#include "rondo/experiment.pb.h"
#include "worker/kernels/table.h"
#include "worker/kernels/threads.h"
#include "worker/nn/tensors.h"

namespace rondo::nn {

// What a network is asked to hold.
struct Room {
  std::size_t rows = 1;           // most rows of one pass
  bool training = false;          // gradients, masks and the optimiser's slots
  std::size_t slots = 0;          // values of optimiser state for each trainable value
  kernels::Threads threads = {};  // that its passes, and the optimiser's steps, run on
};

// What a batch should give: classes for classification (binary: 0 or 1), values for regression.
struct Targets {
  std::span<const std::uint32_t> classes;
  std::span<const float> values;
};

class Network {
 public:
  Network(const proto::Architecture& architecture, const ProblemShape& shape, proto::Task task, Room room);
  ~Network();
  Network(Network&&) noexcept;
  Network& operator=(Network&&) noexcept;

  // Weights by the architecture's rule from (key, stream initialization, tensor id, step 0); biases, beta and
  // running means 0; gamma and running variances 1; the optimiser's slots 0.
  void initialize(random::Key key);

  [[nodiscard]] const kernels::Threads& threads() const;
  // Of its arena: all that it takes and ever will.
  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] const std::vector<TensorSpec>& tensors() const;
  [[nodiscard]] std::span<float> tensor(std::size_t id);
  [[nodiscard]] std::span<const float> tensor(std::size_t id) const;
  // Of a trainable tensor, as the last call of train() left it.
  [[nodiscard]] std::span<float> gradient(std::size_t id);
  // Optimiser state number `slot` of a trainable tensor.
  [[nodiscard]] std::span<float> slot(std::size_t slot, std::size_t id);
  [[nodiscard]] std::span<const float> slot(std::size_t slot, std::size_t id) const;

  // Where the next pass reads its rows: rows × inputs, row-major.
  [[nodiscard]] std::span<float> inputs(std::size_t rows);
  // A pass with batch statistics and dropout over the rows in inputs(), and back: the mean loss of the rows.
  // Moves the running statistics and leaves the gradients of that mean. `step` is the trial's step, from 0;
  // it addresses the dropout masks.
  [[nodiscard]] float train(const Targets& targets, std::size_t rows, random::Key key, std::uint32_t step);
  // train() in two parts: the pass, and the way back. That leaves the gradients, or, with `moving`, moves
  // dense layers' weights (is_dense_weights()) by that step, as soon as it may, and leaves the gradients of
  // all others. The bits are those of train() and a step afterwards.
  [[nodiscard]] float train_forward(const Targets& targets, std::size_t rows, random::Key key,
                                    std::uint32_t step);
  void train_backward(std::size_t rows, random::Key key, std::uint32_t step,
                      const kernels::Step* moving = nullptr);
  // A pass with running statistics and without dropout: logits (classification) or standardised values
  // (regression), rows × outputs, valid until the next pass. A row's values depend on that row alone.
  [[nodiscard]] std::span<const float> infer(std::size_t rows);
  // The mean loss of the rows that infer() has just seen.
  [[nodiscard]] float loss(const Targets& targets, std::size_t rows);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rondo::nn

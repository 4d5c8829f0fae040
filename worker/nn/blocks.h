// The blocks of a network: what each is, which tensors are its own, and where its buffers lie.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/architecture/architecture.h"
#include "rondo/architecture.pb.h"
#include "worker/kernels/convolution.h"
#include "worker/nn/arena.h"

namespace rondo::nn {

// A convolution or a dense layer with what follows it. The output layer is a dense block without norm,
// activation and dropout. Sizes are those of one row.
struct Block {
  std::size_t inputs = 0;    // floats that come in
  std::size_t places = 1;    // of the image that a convolution gives
  std::size_t channels = 0;  // filters, or units
  std::size_t outputs = 0;   // floats that go out

  bool convolution = false;
  bool separable = false;
  ConvolutionShape shape;  // of a convolution
  bool average = false;    // over the places, behind everything

  bool output = false;
  bool batch_norm = false;
  bool layer_norm = false;
  proto::Activation activation = proto::ACTIVATION_RELU;
  float dropout = 0;
  std::uint32_t number = 0;  // from 1; addresses the dropout masks
  std::size_t first_tensor = 0;

  // A training pass keeps what the way back needs. Where a step does not exist, or may overwrite what it
  // read, its buffer is the one before.
  Slot depthwise;          // rows × places × channels that come in
  Slot linear;             // what the dense layer or the convolution gave
  Slot normalized;         // the norm's (x - mean) / deviation
  Slot argument;           // what the activation was given, then its slope
  Slot activated;          // what it gave, unless relu and pooling are one pass
  Slot largest;            // where the largest of each window stood, if they are
  Slot value;              // after pooling and dropout
  Slot averaged;           // what goes out, where there is an average
  Slot inverse_deviation;  // batch norm: channels; layer norm: rows

  [[nodiscard]] std::size_t given() const { return places * channels; }
  [[nodiscard]] bool pools() const { return convolution && shape.pools(); }
  // A dense layer and its activation alone, which are one step each way.
  [[nodiscard]] bool bare() const { return !convolution && !output && !batch_norm && !layer_norm; }
  // relu and pooling in one pass, which keeps `largest` and not what relu gave.
  [[nodiscard]] bool relu_pools() const { return pools() && activation == proto::ACTIVATION_RELU; }
  // Whether a pass over images goes from the convolution to the pool, and back, some at a time: what stands
  // between them is then in `linear` for those alone, and in the cache.
  [[nodiscard]] bool in_parts(bool training) const { return relu_pools() && !(training && batch_norm); }
  // The most images of a part.
  [[nodiscard]] std::size_t rows_of_part(std::size_t rows, std::size_t threads) const;
  [[nodiscard]] std::size_t pooled() const {
    return static_cast<std::size_t>(shape.pooled_height) * shape.pooled_width * channels;
  }
  [[nodiscard]] const Slot& result() const { return average ? averaged : value; }
  // The floats of a row in the widest buffer that a gradient passes on its way back.
  [[nodiscard]] std::size_t widest() const;
  void plan(std::size_t rows, bool training, std::size_t threads, ArenaLayout& layout);

  [[nodiscard]] std::size_t depthwise_weights() const { return first_tensor; }
  [[nodiscard]] std::size_t depthwise_bias() const { return first_tensor + 1; }
  [[nodiscard]] std::size_t weights() const { return first_tensor + (separable ? 2 : 0); }
  [[nodiscard]] std::size_t bias() const { return weights() + 1; }
  [[nodiscard]] std::size_t gamma() const { return weights() + 2; }
  [[nodiscard]] std::size_t beta() const { return weights() + 3; }
  [[nodiscard]] std::size_t running_mean() const { return weights() + 4; }
  [[nodiscard]] std::size_t running_variance() const { return weights() + 5; }
  [[nodiscard]] std::size_t behind() const { return weights() + (batch_norm ? 6 : layer_norm ? 4 : 2); }

  // Extents for the kernels, of `rows` images.
  [[nodiscard]] kernels::ImageExtent depthwise_extent(std::size_t rows) const;
  [[nodiscard]] kernels::ImageExtent convolution_extent(std::size_t rows) const;
  [[nodiscard]] kernels::ImageExtent pool_extent(std::size_t rows) const;
  [[nodiscard]] kernels::ImageExtent average_extent(std::size_t rows) const;
};

// Convolutions, dense blocks, output; tensors in the order of canonical_tensors().
[[nodiscard]] std::vector<Block> blocks_of(const proto::Architecture& architecture,
                                           const ProblemShape& shape);

}  // namespace rondo::nn

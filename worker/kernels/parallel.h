// The kernels of kernels.h on several threads: the same functions with the threads before their arguments.
// Each shares out its outputs (rows, columns, elements), so that the bits are those of one thread. Small work
// stays on the calling thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "worker/kernels/kernels.h"
#include "worker/kernels/table.h"
#include "worker/kernels/threads.h"

namespace rondo::kernels {

constexpr std::size_t line_floats = 16;  // of a cache line, which no two threads should write
// Of a thread, of a few operations each; fewer are not worth waking one, for speed alone.
constexpr std::size_t least_elements = 32'768;

void dense_forward(const Threads& threads, DenseExtent extent, std::span<const float> x,
                   std::span<const float> weights, std::span<const float> bias, std::span<float> y);
void dense_gradient_weights(const Threads& threads, DenseExtent extent, std::span<const float> x,
                            std::span<const float> dy, std::span<float> d_weights, std::span<float> d_bias);
void dense_gradient_inputs(const Threads& threads, DenseExtent extent, std::span<const float> dy,
                           std::span<const float> weights, std::span<float> dx);

// Whether an activation leaves its slope where its argument was.
enum class Slope { dropped, kept };

// A dense layer and its activation in one go, without waiting for each other in between: `activated` (rows ×
// units) is the activation of y, and y then its slope where it is kept.
void dense_forward(const Threads& threads, DenseExtent extent, std::span<const float> x,
                   std::span<const float> weights, std::span<const float> bias, std::span<float> y,
                   Activation activation, Slope slope, std::span<float> activated);

// An activation that the gradient by a layer's inputs goes on through; its slope is as large as that
// gradient.
struct Through {
  Activation activation;
  std::span<const float> slope;
};

// Both gradients of a dense layer in one go; with `through`, dx is then that by the activation's argument.
void dense_gradients(const Threads& threads, DenseExtent extent, std::span<const float> x,
                     std::span<const float> dy, std::span<const float> weights, std::span<float> d_weights,
                     std::span<float> d_bias, std::span<float> dx, const std::optional<Through>& through);

// What a step of a layer's weights works on: inputs × units floats each.
struct Moving {
  std::span<float> weights;
  std::array<std::span<float>, 2> slots;  // Adam: first and second moment; SGD: velocity and nothing
  std::span<float> room;                  // what is left here means nothing
};

// The same with the optimiser's step of the weights, whose gradient is not kept. dx may be empty: not wanted.
void dense_backward(const Threads& threads, DenseExtent extent, std::span<const float> x,
                    std::span<const float> dy, const Moving& moving, const Step& step,
                    std::span<float> d_bias, std::span<float> dx, const std::optional<Through>& through);

void activation_forward(const Threads& threads, Activation activation, std::span<const float> x,
                        std::span<float> y);
void activation_with_slope(const Threads& threads, Activation activation, std::span<float> x,
                           std::span<float> y);
void activation_backward(const Threads& threads, Activation activation, std::span<const float> slope,
                         std::span<float> gradient);

void batch_norm_training(const Threads& threads, Extent extent, std::span<const float> x,
                         std::span<const float> gamma, std::span<const float> beta,
                         std::span<float> running_mean, std::span<float> running_variance,
                         std::span<float> normalized, std::span<float> inverse_deviation, std::span<float> y);
void batch_norm_inference(const Threads& threads, Extent extent, std::span<const float> x,
                          std::span<const float> gamma, std::span<const float> beta,
                          std::span<const float> running_mean, std::span<const float> running_variance,
                          std::span<float> y);
void batch_norm_backward(const Threads& threads, Extent extent, std::span<const float> normalized,
                         std::span<const float> inverse_deviation, std::span<const float> gamma,
                         std::span<float> gradient, std::span<float> d_gamma, std::span<float> d_beta);

void layer_norm_forward(const Threads& threads, Extent extent, std::span<const float> x,
                        std::span<const float> gamma, std::span<const float> beta,
                        std::span<float> normalized, std::span<float> inverse_deviation, std::span<float> y);
void layer_norm_backward(const Threads& threads, Extent extent, std::span<const float> normalized,
                         std::span<const float> inverse_deviation, std::span<const float> gamma,
                         std::span<float> gradient, std::span<float> d_gamma, std::span<float> d_beta);

void dropout(const Threads& threads, const random::Draws& draws, float rate, std::span<float> x);

void softmax(const Threads& threads, Extent extent, std::span<const float> logits,
             std::span<float> probabilities);

// What an optimiser does to all tensors in one go: `update(tensor, first, last)` is called for parts of each
// of the `tensors` ones, which has size_of(tensor) floats; parts but the last of a tensor are multiples of 16
// floats.
template <class SizeOf, class Update>
void update_tensors(const Threads& threads, std::size_t tensors, const SizeOf& size_of,
                    const Update& update) {
  std::size_t all = 0;
  for (std::size_t tensor = 0; tensor < tensors; ++tensor) all += size_of(tensor);
  const std::size_t parts = threads.parts_of(all, least_elements, line_floats);
  const auto of_part = [&](std::size_t part) {
    for (std::size_t tensor = 0; tensor < tensors; ++tensor) {
      const std::size_t first = Threads::bound(size_of(tensor), line_floats, parts, part);
      const std::size_t last = Threads::bound(size_of(tensor), line_floats, parts, part + 1);
      if (first < last) update(tensor, first, last);
    }
  };
  if (parts == 1) return of_part(0);
  threads.run(parts, of_part);
}

}  // namespace rondo::kernels

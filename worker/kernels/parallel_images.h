// The kernels of convolution.h on several threads, as parallel.h has those of kernels.h. Images are shared
// out; of the gradients by the weights, whose chains go through all images, rows or channels.
#pragma once

#include <cstddef>
#include <span>

#include "worker/kernels/convolution.h"
#include "worker/kernels/threads.h"

namespace rondo::kernels {

// What convolutions work in. Each thread needs convolution_scratch() floats: the calling one has exactly
// these in `own`; of the others, as many take part as find theirs in `others` (other_threads_scratch()).
struct Scratch {
  std::span<float> own;
  std::span<float> others = {};
};
// What so many threads beside the calling one need, of `floats` each.
[[nodiscard]] std::size_t other_threads_scratch(std::size_t threads, std::size_t floats);

void convolution_forward(const Threads& threads, const ImageExtent& extent, std::size_t filters,
                         std::span<const float> x, std::span<const float> weights,
                         std::span<const float> bias, std::span<float> y, Scratch scratch);
void convolution_gradient_weights(const Threads& threads, const ImageExtent& extent, std::size_t filters,
                                  std::span<const float> x, std::span<const float> dy,
                                  std::span<float> d_weights, std::span<float> d_bias, Scratch scratch,
                                  Chains chains = Chains::begin);
void convolution_gradient_inputs(const Threads& threads, const ImageExtent& extent, std::size_t filters,
                                 std::span<const float> dy, std::span<const float> weights,
                                 std::span<float> dx, Scratch scratch);

void depthwise_forward(const Threads& threads, const ImageExtent& extent, std::span<const float> x,
                       std::span<const float> weights, std::span<const float> bias, std::span<float> y);
void depthwise_gradient_weights(const Threads& threads, const ImageExtent& extent, std::span<const float> x,
                                std::span<const float> dy, std::span<float> d_weights,
                                std::span<float> d_bias);
void depthwise_gradient_inputs(const Threads& threads, const ImageExtent& extent, std::span<const float> dy,
                               std::span<const float> weights, std::span<float> dx);

void max_pool_forward(const Threads& threads, const ImageExtent& extent, std::span<const float> x,
                      std::span<float> y);
void max_pool_backward(const Threads& threads, const ImageExtent& extent, std::span<const float> x,
                       std::span<const float> dy, std::span<float> dx);
void relu_max_pool_forward(const Threads& threads, const ImageExtent& extent, std::span<const float> x,
                           std::span<float> y, std::span<float> places);
void relu_max_pool_backward(const Threads& threads, const ImageExtent& extent, std::span<const float> places,
                            std::span<const float> dy, std::span<float> dx);
void average_pool_forward(const Threads& threads, const ImageExtent& extent, std::span<const float> x,
                          std::span<float> y);
void average_pool_backward(const Threads& threads, const ImageExtent& extent, std::span<const float> dy,
                           std::span<float> dx);

}  // namespace rondo::kernels

// The kernels of kernels.h on several threads: the same functions with the threads before their arguments.
// Each shares out its outputs (rows, columns, elements), so that the bits are those of one thread. Small work
// stays on the calling thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "worker/kernels/kernels.h"
#include "worker/kernels/threads.h"

namespace rondo::kernels {

void dense_forward(const Threads& threads, DenseExtent extent, std::span<const float> x,
                   std::span<const float> weights, std::span<const float> bias, std::span<float> y);
void dense_gradient_weights(const Threads& threads, DenseExtent extent, std::span<const float> x,
                            std::span<const float> dy, std::span<float> d_weights, std::span<float> d_bias);
void dense_gradient_inputs(const Threads& threads, DenseExtent extent, std::span<const float> dy,
                           std::span<const float> weights, std::span<float> dx);

void activation_forward(const Threads& threads, Activation activation, std::span<const float> x,
                        std::span<float> y);
void activation_backward(const Threads& threads, Activation activation, std::span<const float> x,
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

void sgd(const Threads& threads, float learning_rate, float momentum, std::span<const float> gradient,
         std::span<float> velocity, std::span<float> weights);
void adam(const Threads& threads, float learning_rate, float weight_decay,
          const std::array<float, 2>& products, std::span<const float> gradient,
          std::span<float> first_moment, std::span<float> second_moment, std::span<float> weights);

}  // namespace rondo::kernels

#include "worker/kernels/parallel.h"

namespace rondo::kernels {

void dense_forward(const Threads& /*threads*/, DenseExtent extent, std::span<const float> x,
                   std::span<const float> weights, std::span<const float> bias, std::span<float> y) {
  dense_forward(extent, x, weights, bias, y);
}

void dense_gradient_weights(const Threads& /*threads*/, DenseExtent extent, std::span<const float> x,
                            std::span<const float> dy, std::span<float> d_weights, std::span<float> d_bias) {
  dense_gradient_weights(extent, x, dy, d_weights, d_bias);
}

void dense_gradient_inputs(const Threads& /*threads*/, DenseExtent extent, std::span<const float> dy,
                           std::span<const float> weights, std::span<float> dx) {
  dense_gradient_inputs(extent, dy, weights, dx);
}

void activation_forward(const Threads& /*threads*/, Activation activation, std::span<const float> x,
                        std::span<float> y) {
  activation_forward(activation, x, y);
}

void activation_backward(const Threads& /*threads*/, Activation activation, std::span<const float> x,
                         std::span<float> gradient) {
  activation_backward(activation, x, gradient);
}

void batch_norm_training(const Threads& /*threads*/, Extent extent, std::span<const float> x,
                         std::span<const float> gamma, std::span<const float> beta,
                         std::span<float> running_mean, std::span<float> running_variance,
                         std::span<float> normalized, std::span<float> inverse_deviation,
                         std::span<float> y) {
  batch_norm_training(extent, x, gamma, beta, running_mean, running_variance, normalized, inverse_deviation,
                      y);
}

void batch_norm_inference(const Threads& /*threads*/, Extent extent, std::span<const float> x,
                          std::span<const float> gamma, std::span<const float> beta,
                          std::span<const float> running_mean, std::span<const float> running_variance,
                          std::span<float> y) {
  batch_norm_inference(extent, x, gamma, beta, running_mean, running_variance, y);
}

void batch_norm_backward(const Threads& /*threads*/, Extent extent, std::span<const float> normalized,
                         std::span<const float> inverse_deviation, std::span<const float> gamma,
                         std::span<float> gradient, std::span<float> d_gamma, std::span<float> d_beta) {
  batch_norm_backward(extent, normalized, inverse_deviation, gamma, gradient, d_gamma, d_beta);
}

void dropout(const Threads& /*threads*/, const random::Draws& draws, float rate, std::span<float> x) {
  dropout(draws, rate, x);
}

void softmax(const Threads& /*threads*/, Extent extent, std::span<const float> logits,
             std::span<float> probabilities) {
  softmax(extent, logits, probabilities);
}

void sgd(const Threads& /*threads*/, float learning_rate, float momentum, std::span<const float> gradient,
         std::span<float> velocity, std::span<float> weights) {
  sgd(learning_rate, momentum, gradient, velocity, weights);
}

void adam(const Threads& /*threads*/, float learning_rate, float weight_decay,
          const std::array<float, 2>& products, std::span<const float> gradient,
          std::span<float> first_moment, std::span<float> second_moment, std::span<float> weights) {
  adam(learning_rate, weight_decay, products, gradient, first_moment, second_moment, weights);
}

}  // namespace rondo::kernels

// Canonical numerics: what NUMERICS.md defines, as functions on spans. Nothing here knows of layers.
//
// Matrices are row-major without gaps: element (r, u) of rows × units at r · units + u. Sizes must match the
// extents (checked); inputs and outputs must not overlap unless a function says that it works in place. Every
// function gives the same bits on every target (table.h), for any alignment. NaN payloads are not defined.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "common/random/draws.h"

namespace rondo::kernels {

// ---- Dense layers. x: rows × inputs, weights: inputs × units, y: rows × units.
struct DenseExtent {
  std::size_t rows = 0;
  std::size_t inputs = 0;
  std::size_t units = 0;
};

// y = x · weights + bias: a chain of fma over the inputs ascending from +0, then the bias.
void dense_forward(DenseExtent extent, std::span<const float> x, std::span<const float> weights,
                   std::span<const float> bias, std::span<float> y);
// d_weights = xᵀ · dy and d_bias = column sums of dy: chains over the rows ascending from +0.
void dense_gradient_weights(DenseExtent extent, std::span<const float> x, std::span<const float> dy,
                            std::span<float> d_weights, std::span<float> d_bias);
// dx = dy · weightsᵀ: a chain of fma over the units ascending from +0.
void dense_gradient_inputs(DenseExtent extent, std::span<const float> dy, std::span<const float> weights,
                           std::span<float> dx);

// ---- Activations, element by element.
// gelu is x · Φ(x) by erf; gelu_tanh its approximation by tanh, which other libraries offer.
enum class Activation { relu, tanh, sigmoid, gelu, gelu_tanh, softplus };

void activation_forward(Activation activation, std::span<const float> x, std::span<float> y);  // y may be x
// The same, and x becomes the slope f'(x); relu's says it by its sign: x stays. y is not x.
void activation_with_slope(Activation activation, std::span<float> x, std::span<float> y);
// gradient (in place) · slope, as activation_with_slope() left it.
void activation_backward(Activation activation, std::span<const float> slope, std::span<float> gradient);
void sigmoid(std::span<const float> x, std::span<float> y);  // y may be x

// ---- Batch norm over the rows of each column, epsilon 0.001; per-column spans have `units` values.
struct Extent {
  std::size_t rows = 0;
  std::size_t units = 0;
};

inline constexpr double batch_norm_epsilon = 0.001;
inline constexpr double batch_norm_momentum = 0.1;  // weight of the batch in the running statistics

// y = gamma · normalized + beta with the batch's statistics; moves the running ones; keeps normalized and
// 1 / deviation for the way back. rows ≥ 1.
void batch_norm_training(Extent extent, std::span<const float> x, std::span<const float> gamma,
                         std::span<const float> beta, std::span<float> running_mean,
                         std::span<float> running_variance, std::span<float> normalized,
                         std::span<float> inverse_deviation, std::span<float> y);
// The same with the running statistics. y may be x.
void batch_norm_inference(Extent extent, std::span<const float> x, std::span<const float> gamma,
                          std::span<const float> beta, std::span<const float> running_mean,
                          std::span<const float> running_variance, std::span<float> y);
// gradient by y (in place) → gradient by x; gives the gradients of gamma and beta.
void batch_norm_backward(Extent extent, std::span<const float> normalized,
                         std::span<const float> inverse_deviation, std::span<const float> gamma,
                         std::span<float> gradient, std::span<float> d_gamma, std::span<float> d_beta);

// ---- Layer norm over the units of each row, epsilon 0.001; gamma, beta and their gradients have `units`
// values, inverse_deviation one a row. units ≥ 1.
inline constexpr double layer_norm_epsilon = 0.001;

// y = gamma · normalized + beta; keeps normalized and 1 / deviation for the way back. The same in training
// and inference.
void layer_norm_forward(Extent extent, std::span<const float> x, std::span<const float> gamma,
                        std::span<const float> beta, std::span<float> normalized,
                        std::span<float> inverse_deviation, std::span<float> y);
// gradient by y (in place) → gradient by x; gives the gradients of gamma and beta.
void layer_norm_backward(Extent extent, std::span<const float> normalized,
                         std::span<const float> inverse_deviation, std::span<const float> gamma,
                         std::span<float> gradient, std::span<float> d_gamma, std::span<float> d_beta);

// ---- Dropout, in place: element i becomes +0 when draws.word(i) < ⌊rate · 2³²⌋, else it is scaled by 1 / (1
// - rate). Forward and backward are the same call. 0 ≤ rate < 1. x[0] is element `first`, a multiple of 4.
void dropout(const random::Draws& draws, float rate, std::span<float> x, std::uint64_t first = 0);

// ---- Losses: the mean over the rows, and its gradient by what was given (an empty span: not wanted).
// Logits against classes 0 or 1.
float binary_cross_entropy(std::span<const float> logits, std::span<const std::uint32_t> classes,
                           std::span<float> gradient);
// Rows of logits against classes below extent.units.
float softmax_cross_entropy(Extent extent, std::span<const float> logits,
                            std::span<const std::uint32_t> classes, std::span<float> gradient);
// The square of (given - target), not halved.
float squared_error(std::span<const float> given, std::span<const float> targets, std::span<float> gradient);
void softmax(Extent extent, std::span<const float> logits,
             std::span<float> probabilities);  // may be in place
void log_softmax(Extent extent, std::span<const float> logits,
                 std::span<float> logarithms);  // of the probabilities; may be in place

// ---- Optimisers: one step of one tensor, in place in the state and the weights.
// velocity = momentum · velocity + gradient; weights -= learning_rate · velocity.
void sgd(float learning_rate, float momentum, std::span<const float> gradient, std::span<float> velocity,
         std::span<float> weights);

inline constexpr float adam_beta1 = 0.9F;
inline constexpr float adam_beta2 = 0.999F;
inline constexpr float adam_epsilon = 1e-7F;
// Running products β1ᵗ and β2ᵗ, both 1 before the first step; advance once per step, before the tensors.
void adam_advance(std::array<float, 2>& products);
// Adam, and AdamW where weight_decay > 0 (decay before the step, decoupled).
void adam(float learning_rate, float weight_decay, const std::array<float, 2>& products,
          std::span<const float> gradient, std::span<float> first_moment, std::span<float> second_moment,
          std::span<float> weights);

// ---- Initialisation of a weight tensor, element by element from draws.
void glorot_uniform(const random::Draws& draws, std::uint32_t inputs, std::uint32_t units,
                    std::span<float> weights);
void he_normal(const random::Draws& draws, std::uint32_t inputs, std::span<float> weights);

// ---- Reductions: 16 lanes in double, tree 8-4-2-1.
double sum(std::span<const float> x);
double dot(std::span<const float> x, std::span<const float> y);
double sum_of_squares(std::span<const float> x);

// ---- Small ones.
// y = a · x + y, one fma each.
void axpy(float a, std::span<const float> x, std::span<float> y);
bool all_finite(std::span<const float> x);
// Index of the largest value, the first among equals; a NaN is never larger. x must not be empty.
std::size_t argmax(std::span<const float> x);

}  // namespace rondo::kernels

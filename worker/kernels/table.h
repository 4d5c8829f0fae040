// One table of kernels per instruction set, and the choice among them. All tables give the same bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "worker/kernels/convolution.h"

namespace rondo::kernels {

// Where Philox takes the words of a tensor's elements from: element i is word i mod 4 of counter
// (i / 4, step, tensor, stream).
struct PhiloxAddress {
  std::uint64_t key;
  std::uint32_t step;
  std::uint32_t tensor;
  std::uint32_t stream;
};

// What an optimiser does to a tensor, as sgd() and adam() in kernels.h take it.
struct Step {
  bool is_adam;  // else SGD
  float learning_rate;
  float momentum;      // SGD
  float weight_decay;  // Adam
  float product1;      // Adam
  float product2;
};

// The way back of a dense layer, or of `inputs` ≥ 1 of its all_inputs inputs, with the step of the weights.
struct DenseBackward {
  std::size_t rows;
  std::size_t inputs;
  std::size_t all_inputs;
  std::size_t units;
  const float* x;  // from its first input on, rows all_inputs apart
  const float* dy;
  float* weights;   // inputs × units, as are the next three
  float* slots[2];  // Adam's moments; SGD has its velocity in the first one
  float* room;      // for the weights' gradients, some at a time, and what else is wanted
  float* d_bias;    // null: not wanted
  float* dx;        // as x; null: not wanted
};

// Plain pointers: the files behind this table are compiled for other instruction sets than the rest, so they
// must not instantiate a template or inline function that the linker could pick for everyone. Sizes were
// checked by the caller (kernels.cpp); `gradient` of the losses may be null.
struct KernelTable {
  const char* name;

  // (rows, inputs, units, …) as in kernels.h
  void (*dense_forward)(std::size_t, std::size_t, std::size_t, const float* x, const float* weights,
                        const float* bias, float* y);
  void (*dense_gradient_weights)(std::size_t, std::size_t, std::size_t, const float* x, const float* dy,
                                 float* d_weights, float* d_bias);
  // The same for `inputs` ≥ 1 of all_inputs columns of x: those from x[0] on, and their rows of d_weights.
  // d_bias null: not wanted.
  void (*dense_gradient_weights_part)(std::size_t rows, std::size_t inputs, std::size_t all_inputs,
                                      std::size_t units, const float* x, const float* dy, float* d_weights,
                                      float* d_bias);
  void (*dense_gradient_inputs)(std::size_t, std::size_t, std::size_t, const float* dy, const float* weights,
                                float* dx);
  // The three above: the gradients by the bias and by the inputs, and the weights moved along theirs.
  void (*dense_backward)(const DenseBackward&, const Step&);

  // As in convolution.h.
  void (*convolution_forward)(const ImageExtent&, std::size_t filters, const float* x, const float* weights,
                              const float* bias, float* y, float* scratch);
  void (*convolution_gradient_weights)(const ImageExtent&, std::size_t filters, const float* x,
                                       const float* dy, float* d_weights, float* d_bias, float* scratch);
  // The same for `taps` rows of d_weights from first_tap on, that of d_weights[0]. d_bias null: not wanted.
  // more: go on with the chains that stand there.
  void (*convolution_gradient_weights_part)(const ImageExtent&, std::size_t filters, std::size_t first_tap,
                                            std::size_t taps, bool more, const float* x, const float* dy,
                                            float* d_weights, float* d_bias, float* scratch);
  void (*convolution_gradient_inputs)(const ImageExtent&, std::size_t filters, const float* dy,
                                      const float* weights, float* dx, float* scratch);
  void (*depthwise_forward)(const ImageExtent&, const float* x, const float* weights, const float* bias,
                            float* y);
  void (*depthwise_gradient_weights)(const ImageExtent&, const float* x, const float* dy, float* d_weights,
                                     float* d_bias);
  // The same for `channels` of the extent's, the first ones from x[0], dy[0], d_weights[0] and d_bias[0] on.
  void (*depthwise_gradient_weights_part)(const ImageExtent&, std::size_t channels, const float* x,
                                          const float* dy, float* d_weights, float* d_bias);
  void (*depthwise_gradient_inputs)(const ImageExtent&, const float* dy, const float* weights, float* dx);
  void (*max_pool_forward)(const ImageExtent&, const float* x, float* y);
  void (*max_pool_backward)(const ImageExtent&, const float* x, const float* dy, float* dx);
  // `places` may be null.
  void (*relu_max_pool_forward)(const ImageExtent&, const float* x, float* y, float* places);
  void (*relu_max_pool_backward)(const ImageExtent&, const float* places, const float* dy, float* dx);
  void (*average_pool_forward)(const ImageExtent&, const float* x, float* y);
  void (*average_pool_backward)(const ImageExtent&, const float* dy, float* dx);

  // (count, …)
  void (*relu)(std::size_t, const float* x, float* y);
  void (*tanh)(std::size_t, const float* x, float* y);
  void (*sigmoid)(std::size_t, const float* x, float* y);
  void (*gelu)(std::size_t, const float* x, float* y);
  void (*gelu_tanh)(std::size_t, const float* x, float* y);
  void (*softplus)(std::size_t, const float* x, float* y);
  void (*relu_backward)(std::size_t, const float* x, float* gradient);
  void (*tanh_with_slope)(std::size_t, float* x, float* y);
  void (*sigmoid_with_slope)(std::size_t, float* x, float* y);
  void (*gelu_with_slope)(std::size_t, float* x, float* y);
  void (*gelu_tanh_with_slope)(std::size_t, float* x, float* y);
  void (*softplus_with_slope)(std::size_t, float* x, float* y);
  void (*multiply)(std::size_t, const float* slope, float* gradient);

  // (rows, units, …); rows begin `stride` floats apart, so that some of the columns can be worked on
  void (*batch_norm_training)(std::size_t, std::size_t, std::size_t stride, const float* x,
                              const float* gamma, const float* beta, float* running_mean,
                              float* running_variance, float* normalized, float* inverse_deviation, float* y);
  void (*batch_norm_inference)(std::size_t, std::size_t, const float* x, const float* gamma,
                               const float* beta, const float* running_mean, const float* running_variance,
                               float* y);
  void (*batch_norm_backward)(std::size_t, std::size_t, std::size_t stride, const float* normalized,
                              const float* inverse_deviation, const float* gamma, float* gradient,
                              float* d_gamma, float* d_beta);

  void (*layer_norm_forward)(std::size_t, std::size_t, const float* x, const float* gamma, const float* beta,
                             float* normalized, float* inverse_deviation, float* y);
  void (*layer_norm_backward)(std::size_t, std::size_t, const float* normalized,
                              const float* inverse_deviation, const float* gamma, float* gradient,
                              float* d_gamma, float* d_beta);
  // The same in two parts, the columns first; of them some can be worked on, but all where stride < 16.
  void (*layer_norm_backward_columns)(std::size_t, std::size_t, std::size_t stride, const float* normalized,
                                      const float* gradient, float* d_gamma, float* d_beta);
  void (*layer_norm_backward_rows)(std::size_t, std::size_t, const float* normalized,
                                   const float* inverse_deviation, const float* gamma, float* gradient);

  void (*softmax)(std::size_t, std::size_t, const float* logits, float* probabilities);
  void (*log_softmax)(std::size_t, std::size_t, const float* logits, float* logarithms);
  float (*softmax_cross_entropy)(std::size_t, std::size_t, const float* logits, const std::uint32_t* classes,
                                 float* gradient);
  float (*binary_cross_entropy)(std::size_t, const float* logits, const std::uint32_t* classes,
                                float* gradient);
  float (*squared_error)(std::size_t, const float* given, const float* targets, float* gradient);

  void (*sgd)(std::size_t, float learning_rate, float momentum, const float* gradient, float* velocity,
              float* weights);
  void (*adam)(std::size_t, float learning_rate, float weight_decay, float product1, float product2,
               const float* gradient, float* first_moment, float* second_moment, float* weights);

  // Of elements from `first` on: +0 where the word is below the threshold, else times scale.
  void (*dropout)(std::size_t, std::uint64_t first, const PhiloxAddress&, std::uint32_t threshold,
                  float scale, float* x);

  double (*sum)(std::size_t, const float* x);
  double (*dot)(std::size_t, const float* x, const float* y);
  void (*axpy)(std::size_t, float a, const float* x, float* y);
  bool (*all_finite)(std::size_t, const float* x);

  // (count, …): the functions that the others are made of, for the self-test and the tests
  void (*exp)(std::size_t, const float* x, float* y);
  void (*log)(std::size_t, const float* x, float* y);
  void (*log1p)(std::size_t, const float* x, float* y);
  void (*erf)(std::size_t, const float* x, float* y);
  void (*fma)(std::size_t, const float* a, const float* b, const float* c, float* y);
};

// The tables that this CPU can run, slowest first; the first one ("scalar" on x86-64, "neon" on arm64) is
// always there.
[[nodiscard]] std::span<const KernelTable* const> available_tables();
// The table of that name. Throws Error(bad_input) naming those available.
[[nodiscard]] const KernelTable& table_named(std::string_view name);
// The table in use: the fastest one available, or the one that RONDO_TARGET names. Decided once.
[[nodiscard]] const KernelTable& kernels();

}  // namespace rondo::kernels

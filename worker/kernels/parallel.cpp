// How outputs are shared out. The least work of a thread is for speed alone: below it, waking the threads
// costs more than they save.
#include "worker/kernels/parallel.h"

#include <algorithm>

#include "common/base/check.h"
#include "worker/kernels/check_size.h"
#include "worker/kernels/table.h"

namespace rondo::kernels {

namespace {

constexpr std::size_t least_multiply_adds = 500'000;
constexpr std::size_t least_rows = 4;     // of a product's left factor; fewer make thin tiles
constexpr std::size_t least_hard = 4096;  // the same for exp and its like
constexpr std::size_t granule = line_floats;

std::size_t least_rows_of(std::size_t work_a_row, std::size_t least_work) {
  return std::max(least_rows, least_work / std::max<std::size_t>(work_a_row, 1));
}

// Rows first … last - 1 of a matrix with that many columns.
template <class Float>
std::span<Float> rows_of(std::span<Float> matrix, std::size_t columns, std::size_t first, std::size_t last) {
  return matrix.subspan(first * columns, (last - first) * columns);
}

template <class Float>
std::span<Float> part(std::span<Float> values, std::size_t first, std::size_t last) {
  return values.subspan(first, last - first);
}

std::size_t least_of(Activation activation) {
  return activation == Activation::relu ? least_elements : least_hard;
}

}  // namespace

void dense_forward(const Threads& threads, DenseExtent e, std::span<const float> x,
                   std::span<const float> weights, std::span<const float> bias, std::span<float> y) {
  check_size(x.size(), e.rows * e.inputs);
  check_size(y.size(), e.rows * e.units);
  threads.split(e.rows, least_rows_of(e.inputs * e.units, least_multiply_adds), 1,
                [&](std::size_t first, std::size_t last) {
                  dense_forward({last - first, e.inputs, e.units}, rows_of(x, e.inputs, first, last), weights,
                                bias, rows_of(y, e.units, first, last));
                });
}

void dense_forward(const Threads& threads, DenseExtent e, std::span<const float> x,
                   std::span<const float> weights, std::span<const float> bias, std::span<float> y,
                   Activation activation, Slope slope, std::span<float> activated) {
  check_size(x.size(), e.rows * e.inputs);
  check_size(y.size(), e.rows * e.units);
  check_size(activated.size(), y.size());
  threads.split(e.rows, least_rows_of(e.inputs * e.units, least_multiply_adds), 1,
                [&](std::size_t first, std::size_t last) {
                  const std::span<float> mine = rows_of(y, e.units, first, last);
                  dense_forward({last - first, e.inputs, e.units}, rows_of(x, e.inputs, first, last), weights,
                                bias, mine);
                  const std::span<float> given = rows_of(activated, e.units, first, last);
                  if (slope == Slope::kept) {
                    activation_with_slope(activation, mine, given);
                  } else {
                    activation_forward(activation, mine, given);
                  }
                });
}

namespace {

std::size_t least_inputs_of_weights(DenseExtent e) {
  return least_rows_of(e.rows * e.units, least_multiply_adds);
}

std::size_t least_rows_of_inputs(DenseExtent e) {
  return least_rows_of(e.inputs * e.units, least_multiply_adds);
}

// Rows first … last - 1 of d_weights, which are columns of x.
void some_of_gradient_weights(DenseExtent e, std::size_t first, std::size_t last, std::span<const float> x,
                              std::span<const float> dy, std::span<float> d_weights,
                              std::span<float> d_bias) {
  if (last - first == e.inputs) return dense_gradient_weights(e, x, dy, d_weights, d_bias);
  kernels().dense_gradient_weights_part(e.rows, last - first, e.inputs, e.units, x.data() + first, dy.data(),
                                        d_weights.data() + first * e.units,
                                        first == 0 ? d_bias.data() : nullptr);
}

void some_of_gradient_inputs(DenseExtent e, std::size_t first, std::size_t last, std::span<const float> dy,
                             std::span<const float> weights, std::span<float> dx,
                             const std::optional<Through>& through) {
  const std::span<float> mine = rows_of(dx, e.inputs, first, last);
  dense_gradient_inputs({last - first, e.inputs, e.units}, rows_of(dy, e.units, first, last), weights, mine);
  if (through) activation_backward(through->activation, rows_of(through->slope, e.inputs, first, last), mine);
}

}  // namespace

void dense_gradient_weights(const Threads& threads, DenseExtent e, std::span<const float> x,
                            std::span<const float> dy, std::span<float> d_weights, std::span<float> d_bias) {
  check_size(x.size(), e.rows * e.inputs);
  check_size(dy.size(), e.rows * e.units);
  check_size(d_weights.size(), e.inputs * e.units);
  check_size(d_bias.size(), e.units);
  threads.split(e.inputs, least_inputs_of_weights(e), 1, [&](std::size_t first, std::size_t last) {
    some_of_gradient_weights(e, first, last, x, dy, d_weights, d_bias);
  });
}

void dense_gradient_inputs(const Threads& threads, DenseExtent e, std::span<const float> dy,
                           std::span<const float> weights, std::span<float> dx) {
  check_size(dy.size(), e.rows * e.units);
  check_size(dx.size(), e.rows * e.inputs);
  threads.split(e.rows, least_rows_of_inputs(e), 1, [&](std::size_t first, std::size_t last) {
    some_of_gradient_inputs(e, first, last, dy, weights, dx, std::nullopt);
  });
}

void dense_gradients(const Threads& threads, DenseExtent e, std::span<const float> x,
                     std::span<const float> dy, std::span<const float> weights, std::span<float> d_weights,
                     std::span<float> d_bias, std::span<float> dx, const std::optional<Through>& through) {
  check_size(x.size(), e.rows * e.inputs);
  check_size(dy.size(), e.rows * e.units);
  check_size(d_weights.size(), e.inputs * e.units);
  check_size(d_bias.size(), e.units);
  check_size(dx.size(), e.rows * e.inputs);
  if (through) check_size(through->slope.size(), dx.size());
  const std::size_t parts = std::min(threads.parts_of(e.inputs, least_inputs_of_weights(e), 1),
                                     threads.parts_of(e.rows, least_rows_of_inputs(e), 1));
  const auto of_part = [&](std::size_t part) {
    const auto from = [&](std::size_t elements) { return Threads::bound(elements, 1, parts, part); };
    const auto to = [&](std::size_t elements) { return Threads::bound(elements, 1, parts, part + 1); };
    some_of_gradient_weights(e, from(e.inputs), to(e.inputs), x, dy, d_weights, d_bias);
    some_of_gradient_inputs(e, from(e.rows), to(e.rows), dy, weights, dx, through);
  };
  if (parts == 1) return of_part(0);
  threads.run(parts, of_part);
}

namespace {

// Of a matrix's columns first … last - 1, which are neighbours in each row.
void back_through(const Through& through, DenseExtent e, std::size_t first, std::size_t last,
                  std::span<float> dx) {
  if (last - first == e.inputs) return activation_backward(through.activation, through.slope, dx);
  for (std::size_t r = 0; r < e.rows; ++r) {
    activation_backward(through.activation, part(through.slope, r * e.inputs + first, r * e.inputs + last),
                        part(dx, r * e.inputs + first, r * e.inputs + last));
  }
}

}  // namespace

void dense_backward(const Threads& threads, DenseExtent e, std::span<const float> x,
                    std::span<const float> dy, const Moving& moving, const Step& step,
                    std::span<float> d_bias, std::span<float> dx, const std::optional<Through>& through) {
  check_size(x.size(), e.rows * e.inputs);
  check_size(dy.size(), e.rows * e.units);
  for (const std::span<float> of_weights : {moving.weights, moving.slots[0], moving.room})
    check_size(of_weights.size(), e.inputs * e.units);
  check_size(moving.slots[1].size(), step.is_adam ? e.inputs * e.units : 0);
  check_size(d_bias.size(), e.units);
  if (!dx.empty()) check_size(dx.size(), e.rows * e.inputs);
  if (through) check_size(through->slope.size(), dx.size());
  if (e.inputs == 0) return dense_gradient_weights(e, x, dy, moving.room, d_bias);
  // A thread reads and moves weights of its own.
  threads.split(e.inputs, least_inputs_of_weights(e), 1, [&](std::size_t first, std::size_t last) {
    const std::size_t at = first * e.units;
    kernels().dense_backward(
        {e.rows,
         last - first,
         e.inputs,
         e.units,
         x.data() + first,
         dy.data(),
         moving.weights.data() + at,
         {moving.slots[0].data() + at, step.is_adam ? moving.slots[1].data() + at : nullptr},
         moving.room.data() + at,
         first == 0 ? d_bias.data() : nullptr,
         dx.empty() ? nullptr : dx.data() + first},
        step);
    if (through) back_through(*through, e, first, last, dx);
  });
}

void activation_forward(const Threads& threads, Activation activation, std::span<const float> x,
                        std::span<float> y) {
  check_size(y.size(), x.size());
  threads.split(x.size(), least_of(activation), granule, [&](std::size_t first, std::size_t last) {
    activation_forward(activation, part(x, first, last), part(y, first, last));
  });
}

void activation_with_slope(const Threads& threads, Activation activation, std::span<float> x,
                           std::span<float> y) {
  check_size(y.size(), x.size());
  threads.split(x.size(), least_of(activation), granule, [&](std::size_t first, std::size_t last) {
    activation_with_slope(activation, part(x, first, last), part(y, first, last));
  });
}

void activation_backward(const Threads& threads, Activation activation, std::span<const float> slope,
                         std::span<float> gradient) {
  check_size(gradient.size(), slope.size());
  threads.split(slope.size(), least_elements, granule, [&](std::size_t first, std::size_t last) {
    activation_backward(activation, part(slope, first, last), part(gradient, first, last));
  });
}

void batch_norm_training(const Threads& threads, Extent e, std::span<const float> x,
                         std::span<const float> gamma, std::span<const float> beta,
                         std::span<float> running_mean, std::span<float> running_variance,
                         std::span<float> normalized, std::span<float> inverse_deviation,
                         std::span<float> y) {
  RONDO_CHECK(e.rows > 0);
  for (const std::size_t size : {x.size(), normalized.size(), y.size()}) check_size(size, e.rows * e.units);
  for (const std::size_t size :
       {gamma.size(), beta.size(), running_mean.size(), running_variance.size(), inverse_deviation.size()}) {
    check_size(size, e.units);
  }
  threads.split(e.units, least_elements / e.rows, granule, [&](std::size_t first, std::size_t last) {
    kernels().batch_norm_training(e.rows, last - first, e.units, x.data() + first, gamma.data() + first,
                                  beta.data() + first, running_mean.data() + first,
                                  running_variance.data() + first, normalized.data() + first,
                                  inverse_deviation.data() + first, y.data() + first);
  });
}

void batch_norm_inference(const Threads& threads, Extent e, std::span<const float> x,
                          std::span<const float> gamma, std::span<const float> beta,
                          std::span<const float> running_mean, std::span<const float> running_variance,
                          std::span<float> y) {
  check_size(x.size(), e.rows * e.units);
  check_size(y.size(), x.size());
  threads.split(e.rows, least_rows_of(e.units, least_elements), 1, [&](std::size_t first, std::size_t last) {
    batch_norm_inference({last - first, e.units}, rows_of(x, e.units, first, last), gamma, beta, running_mean,
                         running_variance, rows_of(y, e.units, first, last));
  });
}

void batch_norm_backward(const Threads& threads, Extent e, std::span<const float> normalized,
                         std::span<const float> inverse_deviation, std::span<const float> gamma,
                         std::span<float> gradient, std::span<float> d_gamma, std::span<float> d_beta) {
  check_size(normalized.size(), e.rows * e.units);
  check_size(gradient.size(), normalized.size());
  for (const std::size_t size : {inverse_deviation.size(), gamma.size(), d_gamma.size(), d_beta.size()}) {
    check_size(size, e.units);
  }
  threads.split(e.units, least_elements / std::max<std::size_t>(e.rows, 1), granule,
                [&](std::size_t first, std::size_t last) {
                  kernels().batch_norm_backward(e.rows, last - first, e.units, normalized.data() + first,
                                                inverse_deviation.data() + first, gamma.data() + first,
                                                gradient.data() + first, d_gamma.data() + first,
                                                d_beta.data() + first);
                });
}

void layer_norm_forward(const Threads& threads, Extent e, std::span<const float> x,
                        std::span<const float> gamma, std::span<const float> beta,
                        std::span<float> normalized, std::span<float> inverse_deviation, std::span<float> y) {
  for (const std::size_t size : {x.size(), normalized.size(), y.size()}) check_size(size, e.rows * e.units);
  check_size(inverse_deviation.size(), e.rows);
  threads.split(e.rows, least_rows_of(e.units, least_elements), 1, [&](std::size_t first, std::size_t last) {
    layer_norm_forward({last - first, e.units}, rows_of(x, e.units, first, last), gamma, beta,
                       rows_of(normalized, e.units, first, last), part(inverse_deviation, first, last),
                       rows_of(y, e.units, first, last));
  });
}

// By columns, whose chains go through the rows; then by rows.
void layer_norm_backward(const Threads& threads, Extent e, std::span<const float> normalized,
                         std::span<const float> inverse_deviation, std::span<const float> gamma,
                         std::span<float> gradient, std::span<float> d_gamma, std::span<float> d_beta) {
  check_size(normalized.size(), e.rows * e.units);
  check_size(gradient.size(), normalized.size());
  check_size(inverse_deviation.size(), e.rows);
  for (const std::size_t size : {gamma.size(), d_gamma.size(), d_beta.size()}) check_size(size, e.units);
  threads.split(e.units, least_elements / std::max<std::size_t>(e.rows, 1), granule,
                [&](std::size_t first, std::size_t last) {
                  kernels().layer_norm_backward_columns(e.rows, last - first, e.units,
                                                        normalized.data() + first, gradient.data() + first,
                                                        d_gamma.data() + first, d_beta.data() + first);
                });
  threads.split(e.rows, least_rows_of(e.units, least_elements), 1, [&](std::size_t first, std::size_t last) {
    const std::size_t at = first * e.units;
    kernels().layer_norm_backward_rows(last - first, e.units, normalized.data() + at,
                                       inverse_deviation.data() + first, gamma.data(), gradient.data() + at);
  });
}

void dropout(const Threads& threads, const random::Draws& draws, float rate, std::span<float> x) {
  threads.split(x.size(), least_hard, granule, [&](std::size_t first, std::size_t last) {
    dropout(draws, rate, part(x, first, last), first);
  });
}

void softmax(const Threads& threads, Extent e, std::span<const float> logits,
             std::span<float> probabilities) {
  check_size(logits.size(), e.rows * e.units);
  check_size(probabilities.size(), logits.size());
  threads.split(e.rows, least_rows_of(e.units, least_hard), 1, [&](std::size_t first, std::size_t last) {
    softmax({last - first, e.units}, rows_of(logits, e.units, first, last),
            rows_of(probabilities, e.units, first, last));
  });
}

}  // namespace rondo::kernels

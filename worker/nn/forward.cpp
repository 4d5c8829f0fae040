// The way forward: block by block.
#include <algorithm>

#include "common/base/check.h"
#include "worker/kernels/convolution.h"
#include "worker/kernels/parallel.h"
#include "worker/kernels/parallel_images.h"
#include "worker/nn/network_state.h"

namespace rondo::nn {

kernels::Activation kernel_of(proto::Activation activation) {
  switch (activation) {
    case proto::ACTIVATION_TANH:
      return kernels::Activation::tanh;
    case proto::ACTIVATION_SIGMOID:
      return kernels::Activation::sigmoid;
    case proto::ACTIVATION_GELU:
      return kernels::Activation::gelu;
    case proto::ACTIVATION_SOFTPLUS:
      return kernels::Activation::softplus;
    case proto::ACTIVATION_GELU_TANH:
      return kernels::Activation::gelu_tanh;
    default:
      return kernels::Activation::relu;
  }
}

std::span<const float> Network::State::input_of(std::size_t block, std::size_t rows) {
  return block == 0 ? of(input, rows * inputs)
                    : of(blocks[block - 1].result(), rows * blocks[block - 1].outputs);
}

// The same for any number of images.
kernels::Scratch Network::State::scratch_of(const Block& block, std::span<float> idle) {
  return {of(scratch, kernels::convolution_scratch(block.convolution_extent(1), block.channels)), idle};
}

void Network::State::transform(std::size_t index, std::size_t first, std::size_t rows, std::size_t all) {
  const Block& block = blocks[index];
  std::span<const float> x = input_of(index, all).subspan(first * block.inputs, rows * block.inputs);
  const std::span<float> y = of(block.linear, rows * block.given());
  if (!block.convolution) {
    kernels::dense_forward(room.threads, {rows, block.inputs, block.channels}, x, tensor(block.weights()),
                           tensor(block.bias()), y);
    return;
  }
  if (block.separable) {
    const std::span<float> between = (*arena)[block.depthwise].subspan(first * block.inputs, x.size());
    kernels::depthwise_forward(room.threads, block.depthwise_extent(rows), x,
                               tensor(block.depthwise_weights()), tensor(block.depthwise_bias()), between);
    x = between;
  }
  kernels::convolution_forward(room.threads, block.convolution_extent(rows), block.channels, x,
                               tensor(block.weights()), tensor(block.bias()), y,
                               scratch_of(block, (*arena)[idle_forward]));
}

// Every place of an image is a row to batch norm.
void Network::State::normalize(const Block& block, std::size_t rows, bool training) {
  const kernels::Extent extent{rows * block.places, block.channels};
  const std::span<const float> x = of(block.linear, rows * block.given());
  const std::span<float> y = of(block.argument, x.size());
  const std::span<const float> gamma = tensor(block.gamma());
  const std::span<const float> beta = tensor(block.beta());
  if (block.layer_norm) {
    kernels::layer_norm_forward(room.threads, extent, x, gamma, beta, of(block.normalized, x.size()),
                                of(block.inverse_deviation, rows), y);
    return;
  }
  const std::span<float> mean = tensor(block.running_mean());
  const std::span<float> variance = tensor(block.running_variance());
  if (training) {
    kernels::batch_norm_training(room.threads, extent, x, gamma, beta, mean, variance,
                                 of(block.normalized, x.size()), (*arena)[block.inverse_deviation], y);
  } else {
    kernels::batch_norm_inference(room.threads, extent, x, gamma, beta, mean, variance, y);
  }
}

void Network::State::activate(std::size_t index, std::size_t rows, bool training) {
  const Block& block = blocks[index];
  if (block.bare()) {
    const std::size_t values = rows * block.channels;
    kernels::dense_forward(
        room.threads, {rows, block.inputs, block.channels}, input_of(index, rows), tensor(block.weights()),
        tensor(block.bias()), of(block.linear, values), kernel_of(block.activation),
        training ? kernels::Slope::kept : kernels::Slope::dropped, of(block.activated, values));
    return;
  }
  transform(index, 0, rows, rows);
  if (block.output) return;
  if (block.batch_norm || block.layer_norm) normalize(block, rows, training);
  const std::size_t size = rows * block.given();
  const kernels::Activation activation = kernel_of(block.activation);
  if (training) {
    kernels::activation_with_slope(room.threads, activation, of(block.argument, size),
                                   of(block.activated, size));
  } else {
    kernels::activation_forward(room.threads, activation, of(block.argument, size),
                                of(block.activated, size));
  }
  if (!block.pools()) return;
  kernels::max_pool_forward(room.threads, block.pool_extent(rows), of(block.activated, size),
                            of(block.value, rows * block.pooled()));
}

void Network::State::transform_and_pool(std::size_t index, std::size_t rows, bool training) {
  const Block& block = blocks[index];
  const std::size_t pooled = block.pooled();
  const std::size_t step = block.in_parts(training) ? block.rows_of_part(rows, room.threads.count()) : rows;
  for (std::size_t first = 0; first < rows; first += step) {
    const std::size_t count = std::min(step, rows - first);
    transform(index, first, count, rows);
    if (block.batch_norm) normalize(block, count, training);
    const std::span<float> places =
        training ? (*arena)[block.largest].subspan(first * pooled, count * pooled) : std::span<float>();
    kernels::relu_max_pool_forward(room.threads, block.pool_extent(count),
                                   of(block.argument, count * block.given()),
                                   (*arena)[block.value].subspan(first * pooled, count * pooled), places);
  }
}

void Network::State::forward(std::size_t rows, bool training, random::Key key, std::uint32_t step) {
  RONDO_CHECK(rows > 0 && rows <= room.rows, "{} rows in room for {}", rows, room.rows);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Block& block = blocks[i];
    if (block.relu_pools()) {
      transform_and_pool(i, rows, training);
    } else {
      activate(i, rows, training);
    }
    if (block.output) continue;
    const std::span<float> value = of(block.value, rows * (block.pools() ? block.pooled() : block.given()));
    if (training && block.dropout > 0) {
      kernels::dropout(room.threads, random::Draws(key, random::Stream::dropout, block.number, step),
                       block.dropout, value);
    }
    if (block.average) {
      kernels::average_pool_forward(room.threads, block.average_extent(rows), value,
                                    of(block.averaged, rows * block.outputs));
    }
  }
}

}  // namespace rondo::nn

// The way back: block by block, from the last to the first. `flow` holds the gradient, and is exchanged with
// `next_flow` by every step that does not work in place.
#include <algorithm>
#include <optional>
#include <utility>

#include "worker/kernels/convolution.h"
#include "worker/kernels/parallel.h"
#include "worker/kernels/parallel_images.h"
#include "worker/nn/network_state.h"

namespace rondo::nn {

void Network::State::back_through_norm(const Block& block, std::size_t rows) {
  const std::size_t size = rows * block.given();
  const kernels::Extent extent{rows * block.places, block.channels};
  if (block.layer_norm) {
    kernels::layer_norm_backward(room.threads, extent, of(block.normalized, size),
                                 of(block.inverse_deviation, rows), tensor(block.gamma()), of(flow, size),
                                 gradient(block.gamma()), gradient(block.beta()));
  } else {
    kernels::batch_norm_backward(room.threads, extent, of(block.normalized, size),
                                 (*arena)[block.inverse_deviation], tensor(block.gamma()), of(flow, size),
                                 gradient(block.gamma()), gradient(block.beta()));
  }
}

void Network::State::back_to_transform(const Block& block, std::size_t rows, random::Key key,
                                       std::uint32_t step) {
  const std::size_t size = rows * block.given();
  const kernels::ImageExtent pool = block.pool_extent(rows);
  const std::size_t kept = block.pools() ? rows * block.pooled() : size;
  if (block.average) {
    kernels::average_pool_backward(room.threads, block.average_extent(rows), of(flow, rows * block.outputs),
                                   of(next_flow, kept));
    std::swap(flow, next_flow);
  }
  if (block.dropout > 0) {
    kernels::dropout(room.threads, random::Draws(key, random::Stream::dropout, block.number, step),
                     block.dropout, of(flow, kept));
  }
  if (block.relu_pools()) {
    if (block.in_parts(true)) return;  // back_through_convolution
    kernels::relu_max_pool_backward(room.threads, pool, of(block.largest, kept), of(flow, kept),
                                    of(next_flow, size));
    std::swap(flow, next_flow);
    return back_through_norm(block, rows);
  }
  if (block.pools()) {
    kernels::max_pool_backward(room.threads, pool, of(block.activated, size), of(flow, kept),
                               of(next_flow, size));
    std::swap(flow, next_flow);
  }
  // Behind a bare block, the layer that it feeds has gone on through its activation.
  if (!block.bare() || block.dropout > 0) {
    kernels::activation_backward(room.threads, kernel_of(block.activation), of(block.argument, size),
                                 of(flow, size));
  }
  if (block.batch_norm || block.layer_norm) back_through_norm(block, rows);
}

void Network::State::back_through_dense(std::size_t index, std::size_t rows, const kernels::Step* moving) {
  const Block& block = blocks[index];
  const kernels::DenseExtent extent{rows, block.inputs, block.channels};
  const std::span<const float> dy = of(flow, rows * block.channels);
  const std::span<const float> x = input_of(index, rows);
  const std::span<float> weights = tensor(block.weights());
  const std::span<float> d_weights = gradient(block.weights());
  const std::span<float> d_bias = gradient(block.bias());
  std::span<float> dx;
  std::optional<kernels::Through> through;
  if (index > 0) {
    dx = of(next_flow, rows * block.inputs);
    const Block& before = blocks[index - 1];
    if (before.bare() && before.dropout == 0)
      through = {kernel_of(before.activation), of(before.argument, rows * block.inputs)};
  }
  if (moving != nullptr) {
    const auto slot = [&](std::size_t number) {
      return number < slots.size() ? (*arena)[slots[number][block.weights()]] : std::span<float>();
    };
    kernels::dense_backward(room.threads, extent, x, dy, {weights, {slot(0), slot(1)}, d_weights}, *moving,
                            d_bias, dx, through);
  } else if (index == 0) {
    kernels::dense_gradient_weights(room.threads, extent, x, dy, d_weights, d_bias);
  } else {
    kernels::dense_gradients(room.threads, extent, x, dy, weights, d_weights, d_bias, dx, through);
  }
  if (index > 0) std::swap(flow, next_flow);
}

// The gradient by the weights goes on with its chains from part to part.
void Network::State::back_through_part(std::size_t index, std::size_t first, std::size_t rows,
                                       std::size_t all) {
  const Block& block = blocks[index];
  const kernels::ImageExtent extent = block.convolution_extent(rows);
  const auto part = [&](std::span<float> buffer, std::size_t each) {
    return buffer.subspan(first * each, rows * each);
  };
  std::span<float> dy = of(flow, rows * block.given());
  std::span<float> idle = (*arena)[block.linear];
  if (block.in_parts(true)) {
    idle = (*arena)[flow].subspan(all * block.pooled());
    dy = of(block.linear, dy.size());
    kernels::relu_max_pool_backward(room.threads, block.pool_extent(rows),
                                    part((*arena)[block.largest], block.pooled()),
                                    part((*arena)[flow], block.pooled()), dy);
  }
  const std::span<const float> x = block.separable ? (*arena)[block.depthwise] : input_of(index, all);
  const kernels::Scratch scratch_space = scratch_of(block, idle);
  kernels::convolution_gradient_weights(room.threads, extent, block.channels,
                                        x.subspan(first * block.inputs, rows * block.inputs), dy,
                                        gradient(block.weights()), gradient(block.bias()), scratch_space,
                                        first > 0 ? kernels::Chains::more : kernels::Chains::begin);
  if (index == 0 && !block.separable) return;
  kernels::convolution_gradient_inputs(room.threads, extent, block.channels, dy, tensor(block.weights()),
                                       part((*arena)[next_flow], block.inputs), scratch_space);
}

void Network::State::back_through_convolution(std::size_t index, std::size_t rows) {
  const Block& block = blocks[index];
  const std::span<const float> x = input_of(index, rows);
  const std::size_t step = block.in_parts(true) ? block.rows_of_part(rows, room.threads.count()) : rows;
  for (std::size_t first = 0; first < rows; first += step) {
    back_through_part(index, first, std::min(step, rows - first), rows);
  }
  if (index == 0 && !block.separable) return;
  std::swap(flow, next_flow);
  if (!block.separable) return;
  kernels::depthwise_gradient_weights(room.threads, block.depthwise_extent(rows), x, of(flow, x.size()),
                                      gradient(block.depthwise_weights()), gradient(block.depthwise_bias()));
  if (index == 0) return;
  kernels::depthwise_gradient_inputs(room.threads, block.depthwise_extent(rows), of(flow, x.size()),
                                     tensor(block.depthwise_weights()), of(next_flow, x.size()));
  std::swap(flow, next_flow);
}

void Network::State::backward(std::size_t rows, random::Key key, std::uint32_t step,
                              const kernels::Step* moving) {
  for (std::size_t i = blocks.size(); i-- > 0;) {
    if (!blocks[i].output) back_to_transform(blocks[i], rows, key, step);
    if (blocks[i].convolution) {
      back_through_convolution(i, rows);
    } else {
      back_through_dense(i, rows, moving);
    }
  }
}

}  // namespace rondo::nn

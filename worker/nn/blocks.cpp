#include "worker/nn/blocks.h"

#include <algorithm>

namespace rondo::nn {

namespace {

// For speed alone: what a thread works on at a time, so that it stays in its cache.
constexpr std::size_t part_floats = 131'072;

// Every place of the image, its edges padded so that as many come out.
kernels::ImageExtent same_extent(std::size_t rows, const ConvolutionShape& shape, std::size_t window_height,
                                 std::size_t window_width) {
  kernels::ImageExtent extent;
  extent.images = rows;
  extent.height = shape.height;
  extent.width = shape.width;
  extent.channels = shape.channels;
  extent.window.height = window_height;
  extent.window.width = window_width;
  extent.window.padding_top = (window_height - 1) / 2;
  extent.window.padding_left = (window_width - 1) / 2;
  extent.output_height = shape.height;
  extent.output_width = shape.width;
  return extent;
}

Block convolution_of(const proto::ConvolutionBlock& from, const ConvolutionShape& shape, bool average) {
  Block block;
  block.convolution = true;
  block.separable = from.separable();
  block.shape = shape;
  block.average = average;
  block.inputs = shape.height * shape.width * shape.channels;
  block.places = shape.height * shape.width;
  block.channels = shape.filters;
  block.outputs = average ? shape.filters : shape.pooled_height * shape.pooled_width * shape.filters;
  block.batch_norm = from.batch_norm();
  block.activation = from.activation();
  block.dropout = from.dropout();
  return block;
}

Block dense_of(const proto::DenseBlock& from, std::size_t inputs) {
  Block block;
  block.inputs = inputs;
  block.channels = from.units();
  block.outputs = from.units();
  block.batch_norm = from.batch_norm();
  block.layer_norm = from.layer_norm() && !from.batch_norm();
  block.activation = from.activation();
  block.dropout = from.dropout();
  return block;
}

}  // namespace

std::size_t Block::widest() const {
  return std::max({given(), outputs, separable ? places * static_cast<std::size_t>(shape.channels) : 0});
}

std::size_t Block::rows_of_part(std::size_t rows, std::size_t threads) const {
  return std::min(rows, threads * std::max<std::size_t>(part_floats / std::max<std::size_t>(given(), 1), 1));
}

void Block::plan(std::size_t rows, bool training, std::size_t threads, ArenaLayout& layout) {
  const std::size_t size = given() * (in_parts(training) ? rows_of_part(rows, threads) : rows);
  if (separable) depthwise = layout.add(rows * places * shape.channels);
  linear = layout.add(size);
  const bool apart = (training && batch_norm) || layer_norm;
  argument = apart ? layout.add(size) : linear;
  if (relu_pools()) {
    if (training) largest = layout.add(rows * pooled());
  } else {
    activated = training && !output ? layout.add(size) : argument;
  }
  value = pools() ? layout.add(rows * pooled()) : activated;
  if (average) averaged = layout.add(rows * outputs);
  if (!apart) return;
  normalized = layout.add(size);
  inverse_deviation = layout.add(layer_norm ? rows : channels);
}

kernels::ImageExtent Block::depthwise_extent(std::size_t rows) const {
  return same_extent(rows, shape, shape.window_height, shape.window_width);
}

kernels::ImageExtent Block::convolution_extent(std::size_t rows) const {
  return separable ? same_extent(rows, shape, 1, 1) : depthwise_extent(rows);
}

kernels::ImageExtent Block::pool_extent(std::size_t rows) const {
  kernels::ImageExtent extent;
  extent.images = rows;
  extent.height = shape.height;
  extent.width = shape.width;
  extent.channels = channels;
  extent.window = {shape.pool_height, shape.pool_width, shape.pool_height, shape.pool_width, 0, 0};
  extent.output_height = shape.pooled_height;
  extent.output_width = shape.pooled_width;
  return extent;
}

kernels::ImageExtent Block::average_extent(std::size_t rows) const {
  kernels::ImageExtent extent;
  extent.images = rows;
  extent.height = shape.pooled_height;
  extent.width = shape.pooled_width;
  extent.channels = channels;
  extent.window = {shape.pooled_height, shape.pooled_width, 1, 1, 0, 0};
  extent.output_height = 1;
  extent.output_width = 1;
  return extent;
}

std::vector<Block> blocks_of(const proto::Architecture& architecture, const ProblemShape& shape) {
  std::vector<Block> blocks;
  std::size_t width = shape.inputs;
  const auto add = [&](Block block) {
    block.number = static_cast<std::uint32_t>(blocks.size()) + 1;
    block.first_tensor = blocks.empty() ? 0 : blocks.back().behind();
    width = block.outputs;
    blocks.push_back(block);
  };
  const std::vector<ConvolutionShape> shapes = convolution_shapes(architecture, shape.image);
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    add(convolution_of(architecture.convolutions(static_cast<int>(i)), shapes[i],
                       architecture.global_average() && i + 1 == shapes.size()));
  }
  for (const proto::DenseBlock& block : architecture.blocks()) add(dense_of(block, width));
  Block output;
  output.inputs = width;
  output.channels = shape.outputs;
  output.outputs = shape.outputs;
  output.output = true;
  add(output);
  return blocks;
}

}  // namespace rondo::nn

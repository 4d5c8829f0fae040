// Convolutions and pooling over images, defined in NUMERICS.md. Nothing here knows of layers.
//
// Images are stored row by row with their channels innermost: element (image, row, column, channel) at
// ((image · height + row) · width + column) · channels + channel. A series is an image of height 1. Sizes are
// checked; inputs and outputs must not overlap. Every function gives the same bits on every target, for any
// alignment.
#pragma once

#include <cstddef>
#include <span>

namespace rondo::kernels {

// What slides over the images. Places outside of an image are padding; they are only ever at its edges.
struct Window {
  std::size_t height = 1;
  std::size_t width = 1;
  std::size_t stride_height = 1;
  std::size_t stride_width = 1;
  std::size_t padding_top = 0;   // < height
  std::size_t padding_left = 0;  // < width
};

// Output (row, column) looks at the input's rows from row · stride_height - padding_top on, and columns
// likewise. The output's extents say how often the window moves; where they reach beyond the image, there is
// padding too.
struct ImageExtent {
  std::size_t images = 0;
  std::size_t height = 0;
  std::size_t width = 0;
  std::size_t channels = 0;
  Window window;
  std::size_t output_height = 0;
  std::size_t output_width = 0;
};

// ---- Convolution. x: images × height × width × channels; weights: window height × window width × channels ×
// filters; y: images × output height × output width × filters. `scratch` has convolution_scratch(…) floats;
// what stands there before and after means nothing.
[[nodiscard]] std::size_t convolution_scratch(const ImageExtent& extent, std::size_t filters);
// y = convolution + bias: a chain of fma over (window row, window column, channel) ascending from +0, then
// the bias.
void convolution_forward(const ImageExtent& extent, std::size_t filters, std::span<const float> x,
                         std::span<const float> weights, std::span<const float> bias, std::span<float> y,
                         std::span<float> scratch);
// Chains over (image, output row, output column) ascending from +0; d_bias are the sums of dy's columns.
// Chains::more: from what stands there, so that some images come after others.
enum class Chains { begin, more };
void convolution_gradient_weights(const ImageExtent& extent, std::size_t filters, std::span<const float> x,
                                  std::span<const float> dy, std::span<float> d_weights,
                                  std::span<float> d_bias, std::span<float> scratch,
                                  Chains chains = Chains::begin);
// A chain over (output row, output column, filter) ascending, of the outputs that look at the input.
void convolution_gradient_inputs(const ImageExtent& extent, std::size_t filters, std::span<const float> dy,
                                 std::span<const float> weights, std::span<float> dx,
                                 std::span<float> scratch);

// ---- Depthwise convolution: every channel has its own window. weights: window height × window width ×
// channels; y: images × output height × output width × channels. Chains as above, without channels and
// filters.
void depthwise_forward(const ImageExtent& extent, std::span<const float> x, std::span<const float> weights,
                       std::span<const float> bias, std::span<float> y);
void depthwise_gradient_weights(const ImageExtent& extent, std::span<const float> x,
                                std::span<const float> dy, std::span<float> d_weights,
                                std::span<float> d_bias);
void depthwise_gradient_inputs(const ImageExtent& extent, std::span<const float> dy,
                               std::span<const float> weights, std::span<float> dx);

// ---- Pooling, channel by channel. Padding takes no part: a window has only the places that exist, at least
// one. The largest value of a window, the first among equals.
void max_pool_forward(const ImageExtent& extent, std::span<const float> x, std::span<float> y);
// A window's gradient goes to the place that max_pool_forward took; several windows' add up in their order.
void max_pool_backward(const ImageExtent& extent, std::span<const float> x, std::span<const float> dy,
                       std::span<float> dx);
// The mean of a window: a sum over (row, column) ascending from +0, divided by the number of its places.
// max_pool_forward of relu(x), in one pass. `places`, of y's size, keeps for relu_max_pool_backward where the
// gradient goes; or it is empty.
void relu_max_pool_forward(const ImageExtent& extent, std::span<const float> x, std::span<float> y,
                           std::span<float> places);
// max_pool_backward and then relu's.
void relu_max_pool_backward(const ImageExtent& extent, std::span<const float> places,
                            std::span<const float> dy, std::span<float> dx);
void average_pool_forward(const ImageExtent& extent, std::span<const float> x, std::span<float> y);
void average_pool_backward(const ImageExtent& extent, std::span<const float> dy, std::span<float> dx);

}  // namespace rondo::kernels

// Checks of sizes, then the table in use.
#include "worker/kernels/convolution.h"

#include <algorithm>

#include "common/base/check.h"
#include "worker/kernels/check_size.h"
#include "worker/kernels/table.h"

namespace rondo::kernels {

namespace {
std::size_t inputs_of(const ImageExtent& e) {
  return e.images * e.height * e.width * e.channels;
}

std::size_t positions_of(const ImageExtent& e) {
  return e.images * e.output_height * e.output_width;
}

std::size_t window_of(const ImageExtent& e) {
  return e.window.height * e.window.width;
}

void check_window(const ImageExtent& e) {
  const Window& w = e.window;
  RONDO_CHECK(w.stride_height > 0 && w.stride_width > 0, "strides {} and {}", w.stride_height,
              w.stride_width);
  RONDO_CHECK(w.padding_top < w.height && w.padding_left < w.width,
              "padding {} and {} of a window of {} by {}", w.padding_top, w.padding_left, w.height, w.width);
}

// Every window has a place in the image.
void check_pool(const ImageExtent& e) {
  const Window& w = e.window;
  check_window(e);
  RONDO_CHECK(e.output_height == 0 || (e.output_height - 1) * w.stride_height < e.height + w.padding_top,
              "window {} of an image of height {}", e.output_height, e.height);
  RONDO_CHECK(e.output_width == 0 || (e.output_width - 1) * w.stride_width < e.width + w.padding_left,
              "window {} of an image of width {}", e.output_width, e.width);
}

void check_convolution(const ImageExtent& e, std::size_t filters, std::size_t x, std::size_t weights,
                       std::size_t y, std::size_t scratch) {
  check_window(e);
  check_size(x, inputs_of(e));
  check_size(weights, window_of(e) * e.channels * filters);
  check_size(y, positions_of(e) * filters);
  check_size(scratch, convolution_scratch(e, filters));
}

void check_depthwise(const ImageExtent& e, std::size_t x, std::size_t weights, std::size_t y) {
  check_window(e);
  check_size(x, inputs_of(e));
  check_size(weights, window_of(e) * e.channels);
  check_size(y, positions_of(e) * e.channels);
}
}  // namespace

std::size_t convolution_scratch(const ImageExtent& e, std::size_t filters) {
  const Window& w = e.window;
  // An image with its padding, and one of dy with its.
  const std::size_t image = (e.height + e.output_height * w.stride_height + w.height) *
                            (e.width + e.output_width * w.stride_width + w.width) * e.channels;
  const std::size_t gradient =
      (e.output_height + e.height + w.height) * (e.output_width + e.width + w.width) * filters;
  return std::max(image, gradient) + 16;
}

void convolution_forward(const ImageExtent& e, std::size_t filters, std::span<const float> x,
                         std::span<const float> weights, std::span<const float> bias, std::span<float> y,
                         std::span<float> scratch) {
  check_convolution(e, filters, x.size(), weights.size(), y.size(), scratch.size());
  check_size(bias.size(), filters);
  kernels().convolution_forward(e, filters, x.data(), weights.data(), bias.data(), y.data(), scratch.data());
}

void convolution_gradient_weights(const ImageExtent& e, std::size_t filters, std::span<const float> x,
                                  std::span<const float> dy, std::span<float> d_weights,
                                  std::span<float> d_bias, std::span<float> scratch, Chains chains) {
  check_convolution(e, filters, x.size(), d_weights.size(), dy.size(), scratch.size());
  check_size(d_bias.size(), filters);
  kernels().convolution_gradient_weights_part(e, filters, 0, window_of(e) * e.channels,
                                              chains == Chains::more, x.data(), dy.data(), d_weights.data(),
                                              d_bias.data(), scratch.data());
}

void convolution_gradient_inputs(const ImageExtent& e, std::size_t filters, std::span<const float> dy,
                                 std::span<const float> weights, std::span<float> dx,
                                 std::span<float> scratch) {
  check_convolution(e, filters, dx.size(), weights.size(), dy.size(), scratch.size());
  kernels().convolution_gradient_inputs(e, filters, dy.data(), weights.data(), dx.data(), scratch.data());
}

void depthwise_forward(const ImageExtent& e, std::span<const float> x, std::span<const float> weights,
                       std::span<const float> bias, std::span<float> y) {
  check_depthwise(e, x.size(), weights.size(), y.size());
  check_size(bias.size(), e.channels);
  kernels().depthwise_forward(e, x.data(), weights.data(), bias.data(), y.data());
}

void depthwise_gradient_weights(const ImageExtent& e, std::span<const float> x, std::span<const float> dy,
                                std::span<float> d_weights, std::span<float> d_bias) {
  check_depthwise(e, x.size(), d_weights.size(), dy.size());
  check_size(d_bias.size(), e.channels);
  kernels().depthwise_gradient_weights(e, x.data(), dy.data(), d_weights.data(), d_bias.data());
}

void depthwise_gradient_inputs(const ImageExtent& e, std::span<const float> dy,
                               std::span<const float> weights, std::span<float> dx) {
  check_depthwise(e, dx.size(), weights.size(), dy.size());
  kernels().depthwise_gradient_inputs(e, dy.data(), weights.data(), dx.data());
}

void max_pool_forward(const ImageExtent& e, std::span<const float> x, std::span<float> y) {
  check_pool(e);
  check_size(x.size(), inputs_of(e));
  check_size(y.size(), positions_of(e) * e.channels);
  kernels().max_pool_forward(e, x.data(), y.data());
}

void max_pool_backward(const ImageExtent& e, std::span<const float> x, std::span<const float> dy,
                       std::span<float> dx) {
  check_pool(e);
  check_size(x.size(), inputs_of(e));
  check_size(dy.size(), positions_of(e) * e.channels);
  check_size(dx.size(), inputs_of(e));
  kernels().max_pool_backward(e, x.data(), dy.data(), dx.data());
}

void relu_max_pool_forward(const ImageExtent& e, std::span<const float> x, std::span<float> y,
                           std::span<float> places) {
  check_pool(e);
  check_size(x.size(), inputs_of(e));
  check_size(y.size(), positions_of(e) * e.channels);
  if (!places.empty()) check_size(places.size(), y.size());
  kernels().relu_max_pool_forward(e, x.data(), y.data(), places.empty() ? nullptr : places.data());
}

void relu_max_pool_backward(const ImageExtent& e, std::span<const float> places, std::span<const float> dy,
                            std::span<float> dx) {
  check_pool(e);
  check_size(places.size(), positions_of(e) * e.channels);
  check_size(dy.size(), places.size());
  check_size(dx.size(), inputs_of(e));
  kernels().relu_max_pool_backward(e, places.data(), dy.data(), dx.data());
}

void average_pool_forward(const ImageExtent& e, std::span<const float> x, std::span<float> y) {
  check_pool(e);
  check_size(x.size(), inputs_of(e));
  check_size(y.size(), positions_of(e) * e.channels);
  kernels().average_pool_forward(e, x.data(), y.data());
}

void average_pool_backward(const ImageExtent& e, std::span<const float> dy, std::span<float> dx) {
  check_pool(e);
  check_size(dy.size(), positions_of(e) * e.channels);
  check_size(dx.size(), inputs_of(e));
  kernels().average_pool_backward(e, dy.data(), dx.data());
}

}  // namespace rondo::kernels

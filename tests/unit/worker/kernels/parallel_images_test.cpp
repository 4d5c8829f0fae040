// Convolutions and pooling on 2 to 8 threads give the bits of one.
#include "worker/kernels/parallel_images.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/unit/worker/kernels/on_threads.h"

namespace rondo::kernels {
namespace {

using test::Call;
using test::expect_equal;
using test::Kind;

// images, height, width, channels, window, output extents: none, one, fewer than threads, primes; strides,
// padding.
constexpr ImageExtent extents[] = {
    {0, 3, 3, 2, {3, 3, 1, 1, 1, 1}, 3, 3},   {1, 1, 1, 1, {1, 1, 1, 1, 0, 0}, 1, 1},
    {3, 5, 4, 3, {3, 3, 1, 1, 1, 1}, 5, 4},   {11, 7, 7, 2, {2, 2, 2, 2, 0, 0}, 3, 3},
    {17, 1, 13, 5, {1, 3, 1, 2, 0, 1}, 1, 7}, {8, 6, 5, 1, {3, 2, 2, 1, 1, 0}, 3, 4},
    {2, 4, 3, 77, {3, 3, 1, 1, 1, 1}, 4, 3},
};

std::size_t size_in(const ImageExtent& e) {
  return e.images * e.height * e.width * e.channels;
}
std::size_t size_out(const ImageExtent& e, std::size_t channels) {
  return e.images * e.output_height * e.output_width * channels;
}
std::size_t size_window(const ImageExtent& e) {
  return e.window.height * e.window.width;
}
std::string name(const char* what, const ImageExtent& e) {
  return fmt::format("{} of {} images of {} x {} x {}", what, e.images, e.height, e.width, e.channels);
}

TEST(ParallelImages, ConvolutionsHaveTheBitsOfOneThread) {
  for (const ImageExtent& e : extents) {
    for (const Kind kind : test::all_kinds) {
      for (const std::size_t filters : {1U, 7U, 33U}) {
        const std::size_t weights = size_window(e) * e.channels * filters;
        const std::size_t wanted = convolution_scratch(e, filters);
        std::vector<float> own(wanted);
        // For five threads, so that six to eight find too little.
        std::vector<float> others(other_threads_scratch(4, wanted));
        const Scratch scratch{own, others};
        expect_equal(name("forward", e), kind, [&](Call& call) {
          const auto x = call.given(size_in(e)), w = call.given(weights), b = call.given(filters);
          convolution_forward(call.threads, e, filters, x, w, b, call.out(size_out(e, filters)), scratch);
        });
        expect_equal(name("gradient of weights", e), kind, [&](Call& call) {
          const auto x = call.given(size_in(e)), dy = call.given(size_out(e, filters));
          const auto d_weights = call.out(weights), d_bias = call.out(filters);
          convolution_gradient_weights(call.threads, e, filters, x, dy, d_weights, d_bias, scratch);
        });
        expect_equal(name("gradient of weights, image by image", e), kind, [&](Call& call) {
          const auto x = call.given(size_in(e)), dy = call.given(size_out(e, filters));
          const auto d_weights = call.out(weights), d_bias = call.out(filters);
          ImageExtent one = e;
          one.images = 1;
          for (std::size_t n = 0; n < e.images; ++n) {
            const std::size_t in = size_in(one), out = size_out(one, filters);
            convolution_gradient_weights(call.threads, one, filters, std::span(x).subspan(n * in, in),
                                         std::span(dy).subspan(n * out, out), d_weights, d_bias, scratch,
                                         n > 0 ? Chains::more : Chains::begin);
          }
        });
        expect_equal(name("gradient of inputs", e), kind, [&](Call& call) {
          const auto dy = call.given(size_out(e, filters)), w = call.given(weights);
          convolution_gradient_inputs(call.threads, e, filters, dy, w, call.out(size_in(e)), scratch);
        });
      }
    }
  }
}

TEST(ParallelImages, DepthwiseOnesAndPoolingHaveTheBitsOfOneThread) {
  for (const ImageExtent& e : extents) {
    const std::size_t in = size_in(e);
    const std::size_t out = size_out(e, e.channels);
    const std::size_t weights = size_window(e) * e.channels;
    for (const Kind kind : test::all_kinds) {
      expect_equal(name("depthwise", e), kind, [&](Call& call) {
        const auto x = call.given(in), w = call.given(weights), b = call.given(e.channels),
                   dy = call.given(out);
        depthwise_forward(call.threads, e, x, w, b, call.out(out));
        depthwise_gradient_inputs(call.threads, e, dy, w, call.out(in));
        const auto d_weights = call.out(weights), d_bias = call.out(e.channels);
        depthwise_gradient_weights(call.threads, e, x, dy, d_weights, d_bias);
      });
      expect_equal(name("pooling", e), kind, [&](Call& call) {
        const auto x = call.given(in), dy = call.given(out);
        max_pool_forward(call.threads, e, x, call.out(out));
        max_pool_backward(call.threads, e, x, dy, call.out(in));
        const auto places = call.out(out);
        relu_max_pool_forward(call.threads, e, x, call.out(out), places);
        relu_max_pool_backward(call.threads, e, places, dy, call.out(in));
        average_pool_forward(call.threads, e, x, call.out(out));
        average_pool_backward(call.threads, e, dy, call.out(in));
      });
    }
  }
}

}  // namespace
}  // namespace rondo::kernels

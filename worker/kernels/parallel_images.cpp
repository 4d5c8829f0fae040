#include "worker/kernels/parallel_images.h"

#include <algorithm>

#include "worker/kernels/check_size.h"
#include "worker/kernels/table.h"

namespace rondo::kernels {

namespace {

// For speed alone, as in parallel.cpp.
constexpr std::size_t least_image_work = 500'000;
constexpr std::size_t least_places = 32'768;

std::size_t least_of(std::size_t work_each, std::size_t least_work) {
  return least_work / std::max<std::size_t>(work_each, 1);
}

// The sizes of one image: what goes into a window's kernel and what comes out, with that many channels.
std::size_t input_size(const ImageExtent& e, std::size_t channels) {
  return e.height * e.width * channels;
}
std::size_t output_size(const ImageExtent& e, std::size_t channels) {
  return e.output_height * e.output_width * channels;
}
std::size_t window_size(const ImageExtent& e) {
  return e.window.height * e.window.width;
}

ImageExtent part_of(const ImageExtent& e, std::size_t first, std::size_t last) {
  ImageExtent part = e;
  part.images = last - first;
  return part;
}

template <class Float>
std::span<Float> images_of(std::span<Float> all, std::size_t size, std::size_t first, std::size_t last) {
  return all.subspan(first * size, (last - first) * size);
}

// Calls work(part of the extent, first, last, scratch) on each thread's images.
template <class Work>
void share_convolution(const Threads& threads, const ImageExtent& e, std::size_t filters,
                       std::span<float> scratch, const Work& work) {
  const std::size_t least = least_of(output_size(e, filters) * window_size(e) * e.channels, least_image_work);
  threads.reserve(scratch.size());
  threads.split(e.images, least, 1, [&](std::size_t first, std::size_t last, std::size_t number) {
    const ImageExtent part = part_of(e, first, last);
    const std::size_t wanted = convolution_scratch(part, filters);
    work(part, first, last, number == 0 ? scratch.first(wanted) : threads.scratch(number, wanted));
  });
}

template <class Work>
void share_images(const Threads& threads, const ImageExtent& e, const Work& work) {
  const std::size_t least = least_of(
      std::max(input_size(e, e.channels), output_size(e, e.channels) * window_size(e)), least_places);
  threads.split(e.images, least, 1,
                [&](std::size_t first, std::size_t last) { work(part_of(e, first, last), first, last); });
}

}  // namespace

void convolution_forward(const Threads& threads, const ImageExtent& e, std::size_t filters,
                         std::span<const float> x, std::span<const float> weights,
                         std::span<const float> bias, std::span<float> y, std::span<float> scratch) {
  const std::size_t in = input_size(e, e.channels);
  const std::size_t out = output_size(e, filters);
  check_size(x.size(), e.images * in);
  check_size(y.size(), e.images * out);
  share_convolution(threads, e, filters, scratch,
                    [&](const ImageExtent& part, std::size_t first, std::size_t last, std::span<float> own) {
                      convolution_forward(part, filters, images_of(x, in, first, last), weights, bias,
                                          images_of(y, out, first, last), own);
                    });
}

// By rows of d_weights: the places of a window and the channels.
void convolution_gradient_weights(const Threads& threads, const ImageExtent& e, std::size_t filters,
                                  std::span<const float> x, std::span<const float> dy,
                                  std::span<float> d_weights, std::span<float> d_bias,
                                  std::span<float> scratch) {
  const std::size_t taps = window_size(e) * e.channels;
  const std::size_t work_a_tap = e.images * output_size(e, filters);
  check_size(x.size(), e.images * input_size(e, e.channels));
  check_size(dy.size(), work_a_tap);
  check_size(d_weights.size(), taps * filters);
  check_size(d_bias.size(), filters);
  check_size(scratch.size(), convolution_scratch(e, filters));
  threads.reserve(scratch.size());
  threads.split(taps, least_of(work_a_tap, least_image_work), 1,
                [&](std::size_t first, std::size_t last, std::size_t number) {
                  if (last - first == taps) {
                    return convolution_gradient_weights(e, filters, x, dy, d_weights, d_bias, scratch);
                  }
                  const std::span<float> own =
                      number == 0 ? scratch : threads.scratch(number, scratch.size());
                  kernels().convolution_gradient_weights_part(
                      e, filters, first, last - first, x.data(), dy.data(),
                      d_weights.data() + first * filters, number == 0 ? d_bias.data() : nullptr, own.data());
                });
}

void convolution_gradient_inputs(const Threads& threads, const ImageExtent& e, std::size_t filters,
                                 std::span<const float> dy, std::span<const float> weights,
                                 std::span<float> dx, std::span<float> scratch) {
  const std::size_t in = input_size(e, e.channels);
  const std::size_t out = output_size(e, filters);
  check_size(dx.size(), e.images * in);
  check_size(dy.size(), e.images * out);
  share_convolution(threads, e, filters, scratch,
                    [&](const ImageExtent& part, std::size_t first, std::size_t last, std::span<float> own) {
                      convolution_gradient_inputs(part, filters, images_of(dy, out, first, last), weights,
                                                  images_of(dx, in, first, last), own);
                    });
}

void depthwise_forward(const Threads& threads, const ImageExtent& e, std::span<const float> x,
                       std::span<const float> weights, std::span<const float> bias, std::span<float> y) {
  const std::size_t in = input_size(e, e.channels);
  const std::size_t out = output_size(e, e.channels);
  check_size(x.size(), e.images * in);
  check_size(y.size(), e.images * out);
  share_images(threads, e, [&](const ImageExtent& part, std::size_t first, std::size_t last) {
    depthwise_forward(part, images_of(x, in, first, last), weights, bias, images_of(y, out, first, last));
  });
}

// By channels, a cache line of them at least.
void depthwise_gradient_weights(const Threads& threads, const ImageExtent& e, std::span<const float> x,
                                std::span<const float> dy, std::span<float> d_weights,
                                std::span<float> d_bias) {
  const std::size_t work_a_channel = e.images * e.output_height * e.output_width * window_size(e);
  check_size(x.size(), e.images * input_size(e, e.channels));
  check_size(dy.size(), e.images * output_size(e, e.channels));
  check_size(d_weights.size(), window_size(e) * e.channels);
  check_size(d_bias.size(), e.channels);
  threads.split(
      e.channels, least_of(work_a_channel, least_places), 16, [&](std::size_t first, std::size_t last) {
        kernels().depthwise_gradient_weights_part(e, last - first, x.data() + first, dy.data() + first,
                                                  d_weights.data() + first, d_bias.data() + first);
      });
}

void depthwise_gradient_inputs(const Threads& threads, const ImageExtent& e, std::span<const float> dy,
                               std::span<const float> weights, std::span<float> dx) {
  const std::size_t in = input_size(e, e.channels);
  const std::size_t out = output_size(e, e.channels);
  check_size(dx.size(), e.images * in);
  check_size(dy.size(), e.images * out);
  share_images(threads, e, [&](const ImageExtent& part, std::size_t first, std::size_t last) {
    depthwise_gradient_inputs(part, images_of(dy, out, first, last), weights, images_of(dx, in, first, last));
  });
}

void max_pool_forward(const Threads& threads, const ImageExtent& e, std::span<const float> x,
                      std::span<float> y) {
  const std::size_t in = input_size(e, e.channels);
  const std::size_t out = output_size(e, e.channels);
  check_size(x.size(), e.images * in);
  check_size(y.size(), e.images * out);
  share_images(threads, e, [&](const ImageExtent& part, std::size_t first, std::size_t last) {
    max_pool_forward(part, images_of(x, in, first, last), images_of(y, out, first, last));
  });
}

void max_pool_backward(const Threads& threads, const ImageExtent& e, std::span<const float> x,
                       std::span<const float> dy, std::span<float> dx) {
  const std::size_t in = input_size(e, e.channels);
  const std::size_t out = output_size(e, e.channels);
  check_size(x.size(), e.images * in);
  check_size(dx.size(), e.images * in);
  check_size(dy.size(), e.images * out);
  share_images(threads, e, [&](const ImageExtent& part, std::size_t first, std::size_t last) {
    max_pool_backward(part, images_of(x, in, first, last), images_of(dy, out, first, last),
                      images_of(dx, in, first, last));
  });
}

void average_pool_forward(const Threads& threads, const ImageExtent& e, std::span<const float> x,
                          std::span<float> y) {
  const std::size_t in = input_size(e, e.channels);
  const std::size_t out = output_size(e, e.channels);
  check_size(x.size(), e.images * in);
  check_size(y.size(), e.images * out);
  share_images(threads, e, [&](const ImageExtent& part, std::size_t first, std::size_t last) {
    average_pool_forward(part, images_of(x, in, first, last), images_of(y, out, first, last));
  });
}

void average_pool_backward(const Threads& threads, const ImageExtent& e, std::span<const float> dy,
                           std::span<float> dx) {
  const std::size_t in = input_size(e, e.channels);
  const std::size_t out = output_size(e, e.channels);
  check_size(dx.size(), e.images * in);
  check_size(dy.size(), e.images * out);
  share_images(threads, e, [&](const ImageExtent& part, std::size_t first, std::size_t last) {
    average_pool_backward(part, images_of(dy, out, first, last), images_of(dx, in, first, last));
  });
}

}  // namespace rondo::kernels

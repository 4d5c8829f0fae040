#include "worker/kernels/parallel_images.h"

#include <algorithm>

#include "common/base/check.h"

namespace rondo::kernels {

namespace {

// For speed alone, as in parallel.cpp.
constexpr std::size_t least_multiply_adds = 500'000;
constexpr std::size_t least_places = 32'768;

std::size_t least_images(std::size_t work_an_image, std::size_t least_work) {
  return least_work / std::max<std::size_t>(work_an_image, 1);
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

void check_size(std::size_t given, std::size_t wanted) {
  RONDO_CHECK(given == wanted, "{} values where {} belong", given, wanted);
}

// Calls work(part of the extent, first, last, scratch) on each thread's images.
template <class Work>
void share_convolution(const Threads& threads, const ImageExtent& e, std::size_t filters,
                       std::span<float> scratch, const Work& work) {
  const std::size_t least =
      least_images(output_size(e, filters) * window_size(e) * e.channels, least_multiply_adds);
  threads.reserve(scratch.size());
  threads.split(e.images, least, 1, [&](std::size_t first, std::size_t last, std::size_t number) {
    const ImageExtent part = part_of(e, first, last);
    const std::size_t wanted = convolution_scratch(part, filters);
    work(part, first, last, number == 0 ? scratch.first(wanted) : threads.scratch(number, wanted));
  });
}

template <class Work>
void share_images(const Threads& threads, const ImageExtent& e, const Work& work) {
  const std::size_t least = least_images(
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

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

// A buffer of images, and the floats of each.
template <class Float>
struct Images {
  std::span<Float> all;
  std::size_t each;

  [[nodiscard]] std::span<Float> of(std::size_t first, std::size_t last) const {
    return all.subspan(first * each, (last - first) * each);
  }
};
template <class Float>
Images(std::span<Float>, std::size_t) -> Images<Float>;

// Calls work(part of the extent, the part's images of each buffer…) on each thread's images.
template <class Work, class... Float>
void share_images(const Threads& threads, const ImageExtent& e, const Work& work, Images<Float>... buffers) {
  (check_size(buffers.all.size(), e.images * buffers.each), ...);
  const std::size_t least = least_of(
      std::max(input_size(e, e.channels), output_size(e, e.channels) * window_size(e)), least_places);
  threads.split(e.images, least, 1, [&](std::size_t first, std::size_t last) {
    work(part_of(e, first, last), buffers.of(first, last)...);
  });
}

// Whole lines: what one thread writes disturbs no other.
std::size_t pitch_of(std::size_t floats) {
  constexpr std::size_t line = 16;
  return (floats + line - 1) / line * line;
}

// How many threads have scratch.
std::size_t threads_in(Scratch scratch) {
  return 1 + scratch.others.size() / pitch_of(scratch.own.size());
}

std::span<float> of_thread(Scratch scratch, std::size_t number) {
  const std::size_t floats = scratch.own.size();
  return number == 0 ? scratch.own : scratch.others.subspan((number - 1) * pitch_of(floats), floats);
}

// The same with scratch of each thread's own behind the extent.
template <class Work, class... Float>
void share_convolution(const Threads& threads, const ImageExtent& e, std::size_t filters, Scratch scratch,
                       const Work& work, Images<Float>... buffers) {
  (check_size(buffers.all.size(), e.images * buffers.each), ...);
  const std::size_t least = least_of(output_size(e, filters) * window_size(e) * e.channels, least_image_work);
  check_size(scratch.own.size(), convolution_scratch(e, filters));
  threads.split(
      e.images, least, 1,
      [&](std::size_t first, std::size_t last, std::size_t number) {
        work(part_of(e, first, last), of_thread(scratch, number), buffers.of(first, last)...);
      },
      threads_in(scratch));
}

}  // namespace

std::size_t other_threads_scratch(std::size_t threads, std::size_t floats) {
  return threads * pitch_of(floats);
}

void convolution_forward(const Threads& threads, const ImageExtent& e, std::size_t filters,
                         std::span<const float> x, std::span<const float> weights,
                         std::span<const float> bias, std::span<float> y, Scratch scratch) {
  share_convolution(
      threads, e, filters, scratch,
      [&](const ImageExtent& part, std::span<float> own, auto from, auto to) {
        convolution_forward(part, filters, from, weights, bias, to, own);
      },
      Images{x, input_size(e, e.channels)}, Images{y, output_size(e, filters)});
}

// By rows of d_weights: the places of a window and the channels.
void convolution_gradient_weights(const Threads& threads, const ImageExtent& e, std::size_t filters,
                                  std::span<const float> x, std::span<const float> dy,
                                  std::span<float> d_weights, std::span<float> d_bias, Scratch scratch,
                                  Chains chains) {
  const std::size_t taps = window_size(e) * e.channels;
  const std::size_t work_a_tap = e.images * output_size(e, filters);
  check_size(x.size(), e.images * input_size(e, e.channels));
  check_size(dy.size(), work_a_tap);
  check_size(d_weights.size(), taps * filters);
  check_size(d_bias.size(), filters);
  check_size(scratch.own.size(), convolution_scratch(e, filters));
  threads.split(
      taps, least_of(work_a_tap, least_image_work), 1,
      [&](std::size_t first, std::size_t last, std::size_t number) {
        if (last - first == taps) {
          return convolution_gradient_weights(e, filters, x, dy, d_weights, d_bias, scratch.own, chains);
        }
        kernels().convolution_gradient_weights_part(e, filters, first, last - first, chains == Chains::more,
                                                    x.data(), dy.data(), d_weights.data() + first * filters,
                                                    number == 0 ? d_bias.data() : nullptr,
                                                    of_thread(scratch, number).data());
      },
      threads_in(scratch));
}

void convolution_gradient_inputs(const Threads& threads, const ImageExtent& e, std::size_t filters,
                                 std::span<const float> dy, std::span<const float> weights,
                                 std::span<float> dx, Scratch scratch) {
  share_convolution(
      threads, e, filters, scratch,
      [&](const ImageExtent& part, std::span<float> own, auto from, auto to) {
        convolution_gradient_inputs(part, filters, from, weights, to, own);
      },
      Images{dy, output_size(e, filters)}, Images{dx, input_size(e, e.channels)});
}

void depthwise_forward(const Threads& threads, const ImageExtent& e, std::span<const float> x,
                       std::span<const float> weights, std::span<const float> bias, std::span<float> y) {
  share_images(
      threads, e,
      [&](const ImageExtent& part, auto from, auto to) { depthwise_forward(part, from, weights, bias, to); },
      Images{x, input_size(e, e.channels)}, Images{y, output_size(e, e.channels)});
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
  share_images(
      threads, e,
      [&](const ImageExtent& part, auto from, auto to) {
        depthwise_gradient_inputs(part, from, weights, to);
      },
      Images{dy, output_size(e, e.channels)}, Images{dx, input_size(e, e.channels)});
}

void max_pool_forward(const Threads& threads, const ImageExtent& e, std::span<const float> x,
                      std::span<float> y) {
  share_images(
      threads, e, [](const ImageExtent& part, auto... buffers) { max_pool_forward(part, buffers...); },
      Images{x, input_size(e, e.channels)}, Images{y, output_size(e, e.channels)});
}

void max_pool_backward(const Threads& threads, const ImageExtent& e, std::span<const float> x,
                       std::span<const float> dy, std::span<float> dx) {
  share_images(
      threads, e, [](const ImageExtent& part, auto... buffers) { max_pool_backward(part, buffers...); },
      Images{x, input_size(e, e.channels)}, Images{dy, output_size(e, e.channels)},
      Images{dx, input_size(e, e.channels)});
}

void relu_max_pool_forward(const Threads& threads, const ImageExtent& e, std::span<const float> x,
                           std::span<float> y, std::span<float> places) {
  share_images(
      threads, e, [](const ImageExtent& part, auto... buffers) { relu_max_pool_forward(part, buffers...); },
      Images{x, input_size(e, e.channels)}, Images{y, output_size(e, e.channels)},
      Images{places, places.empty() ? 0 : output_size(e, e.channels)});
}

void relu_max_pool_backward(const Threads& threads, const ImageExtent& e, std::span<const float> places,
                            std::span<const float> dy, std::span<float> dx) {
  share_images(
      threads, e, [](const ImageExtent& part, auto... buffers) { relu_max_pool_backward(part, buffers...); },
      Images{places, output_size(e, e.channels)}, Images{dy, output_size(e, e.channels)},
      Images{dx, input_size(e, e.channels)});
}

void average_pool_forward(const Threads& threads, const ImageExtent& e, std::span<const float> x,
                          std::span<float> y) {
  share_images(
      threads, e, [](const ImageExtent& part, auto... buffers) { average_pool_forward(part, buffers...); },
      Images{x, input_size(e, e.channels)}, Images{y, output_size(e, e.channels)});
}

void average_pool_backward(const Threads& threads, const ImageExtent& e, std::span<const float> dy,
                           std::span<float> dx) {
  share_images(
      threads, e, [](const ImageExtent& part, auto... buffers) { average_pool_backward(part, buffers...); },
      Images{dy, output_size(e, e.channels)}, Images{dx, input_size(e, e.channels)});
}

}  // namespace rondo::kernels

// NUMERICS.md's convolutions and pooling once more, in plain loops with std::fma, and the shapes to try.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/unit/worker/kernels/fixtures.h"
#include "worker/kernels/convolution.h"

namespace rondo::kernels::test {

struct Convolution {
  ImageExtent extent;
  std::size_t filters = 1;

  [[nodiscard]] std::size_t inputs() const;     // floats in x
  [[nodiscard]] std::size_t positions() const;  // windows, over all images
  [[nodiscard]] std::size_t taps() const;       // places of a window
};
// images × height × width × channels, window by stride at padding, to output × filters.
[[nodiscard]] std::string name_of(const Convolution& c);

[[nodiscard]] Floats convolve(const Convolution& c, const Floats& x, const Floats& weights,
                              const Floats& bias);
[[nodiscard]] Floats convolution_weights(const Convolution& c, const Floats& x, const Floats& dy);
[[nodiscard]] Floats convolution_inputs(const Convolution& c, const Floats& dy, const Floats& weights);
// filters is not looked at.
[[nodiscard]] Floats convolve_depthwise(const Convolution& c, const Floats& x, const Floats& weights,
                                        const Floats& bias);
[[nodiscard]] Floats depthwise_weights(const Convolution& c, const Floats& x, const Floats& dy);
[[nodiscard]] Floats depthwise_inputs(const Convolution& c, const Floats& dy, const Floats& weights);
[[nodiscard]] Floats largest(const Convolution& c, const Floats& x);
[[nodiscard]] Floats largest_back(const Convolution& c, const Floats& x, const Floats& dy);
[[nodiscard]] Floats mean(const Convolution& c, const Floats& x);
[[nodiscard]] Floats mean_back(const Convolution& c, const Floats& dy);

// Extents that are different for each seed: 0 to 3 images, windows up to 5 by 5 and larger than the image,
// strides 1 to 3, padding on each side, series. `pools`: every window has a place in the image.
[[nodiscard]] Convolution random_convolution(std::uint32_t seed, bool pools);

}  // namespace rondo::kernels::test

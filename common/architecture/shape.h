// What a network is put between, and the extents of what goes through it.
#pragma once

#include <cstdint>
#include <vector>

#include "rondo/architecture.pb.h"

namespace rondo {

// Extents of a row that is an image (height 1: a series); all 0 where it is none.
struct ImageShape {
  std::uint64_t height = 0;
  std::uint64_t width = 0;
  std::uint64_t channels = 0;

  [[nodiscard]] bool exists() const { return height != 0; }
};

// What a network is put between.
struct ProblemShape {
  std::uint64_t inputs = 0;   // width of a row after preprocessing; height · width · channels of an image
  std::uint64_t outputs = 0;  // 1 for binary and regression, else the number of classes
  std::uint64_t training_rows = 0;
  ImageShape image{};
  // Networks that a trial trains side by side (folds x repeats). With more than one, `inputs` are those of
  // the widest, and `training_rows` the sum of all of theirs.
  std::uint32_t members = 1;
};

// Extents of one convolution block; README.md states the rules.
struct ConvolutionShape {
  std::uint64_t height = 0;  // of what comes in, and of what the convolution gives
  std::uint64_t width = 0;
  std::uint64_t channels = 0;
  std::uint64_t filters = 0;
  std::uint64_t window_height = 1;  // of the convolution; of the depthwise one where it is separable
  std::uint64_t window_width = 1;
  std::uint64_t pool_height = 1;  // of the max pooling; both 1: there is none
  std::uint64_t pool_width = 1;
  std::uint64_t pooled_height = 0;  // of what goes out
  std::uint64_t pooled_width = 0;

  [[nodiscard]] bool pools() const { return pool_height > 1 || pool_width > 1; }
};
// One for each of the architecture's convolutions. `image` must exist unless there are none.
[[nodiscard]] std::vector<ConvolutionShape> convolution_shapes(const proto::Architecture& architecture,
                                                               const ImageShape& image);

}  // namespace rondo

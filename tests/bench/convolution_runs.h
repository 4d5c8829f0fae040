// A 3 × 3 convolution of a batch, forward and both gradients, by Rondo and by oneDNN's direct kernels.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "product_runs.h"
#include "worker/kernels/convolution.h"

namespace rondo::bench {

// Square images; the window moves by one, and the edges are padded so that as many places come out.
struct ConvolutionShape {
  std::size_t images = 32;
  std::size_t size = 0;
  std::size_t channels = 0;
  std::size_t filters = 0;

  [[nodiscard]] kernels::ImageExtent extent() const;
  [[nodiscard]] double operations() const;
};
[[nodiscard]] std::string name_of(const ConvolutionShape& shape);

// How the peer's images lie: as Rondo's do, or as it likes best. Its weights always lie as it likes best.
// What turning them costs is not counted.
enum class Peer { same_images, own_images };
inline constexpr Peer peers[] = {Peer::same_images, Peer::own_images};
[[nodiscard]] const char* name_of(Peer peer);

class ConvolutionRuns {
 public:
  explicit ConvolutionRuns(const ConvolutionShape& shape);
  ~ConvolutionRuns();
  void rondo(Layout pass);  // with the bias, and its gradient
  void onednn(Layout pass, Peer peer);
  // Which of its kernels oneDNN takes.
  [[nodiscard]] std::string kernel(Layout pass, Peer peer) const;
  // Largest difference of the last results of both, over the largest value.
  [[nodiscard]] double difference(Layout pass, Peer peer);

 private:
  struct Primitives;
  [[nodiscard]] Buffer& output(Layout pass);

  ConvolutionShape shape_;
  kernels::ImageExtent extent_;
  Buffer x_, weights_, bias_, dy_;
  Buffer y_, d_weights_, d_bias_, dx_;
  Buffer scratch_;
  std::unique_ptr<Primitives> primitives_;
};

}  // namespace rondo::bench

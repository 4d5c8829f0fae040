// The three products of a dense layer's training on one shape, by Rondo and by its peers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace rondo::bench {

// y = x W + b; dW = xᵀ dy and db; dx = dy Wᵀ.
enum class Layout { forward, weights, inputs };
inline constexpr Layout layouts[] = {Layout::forward, Layout::weights, Layout::inputs};
[[nodiscard]] const char* name_of(Layout layout);

// A layer's extents: x is m × k, W is k × n, y is m × n.
struct Shape {
  std::size_t m = 0;
  std::size_t n = 0;
  std::size_t k = 0;

  [[nodiscard]] double operations() const {
    return 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  }
};
[[nodiscard]] std::string name_of(const Shape& shape);

// Floats on a cache line's boundary, as a network's arena has them.
class Buffer {
 public:
  explicit Buffer(std::size_t size);
  Buffer(std::uint32_t tensor, std::size_t size);  // uniform in [-1, 1)
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] float* data() { return data_.get(); }
  [[nodiscard]] const float* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(float* data) const;
  };
  std::size_t size_;
  std::unique_ptr<float[], Free> data_;
};

// Operands and results of one shape. A peer does the product alone; Rondo adds the bias, or sums the
// columns of dy, as a layer needs it. One thread each.
class ProductRuns {
 public:
  explicit ProductRuns(const Shape& shape);
  void rondo(Layout layout);
  void openblas(Layout layout);
  void onednn(Layout layout);
  // Largest difference of two results of the same product, over the largest value.
  [[nodiscard]] double difference(Layout layout, const std::vector<float>& other) const;
  [[nodiscard]] std::vector<float> result(Layout layout) const;

 private:
  [[nodiscard]] const Buffer& output(Layout layout) const;
  [[nodiscard]] float* output(Layout layout);

  Shape shape_;
  Buffer x_, weights_, bias_, dy_;
  Buffer y_, d_weights_, d_bias_, dx_;
};

enum class Library { rondo, openblas, onednn };
inline constexpr Library libraries[] = {Library::rondo, Library::openblas, Library::onednn};
[[nodiscard]] const char* name_of(Library library);
void run(ProductRuns& runs, Library library, Layout layout);

// The kernel that OpenBLAS picked for this CPU, and its version.
[[nodiscard]] std::string openblas_kernel();
[[nodiscard]] std::string onednn_version();

}  // namespace rondo::bench

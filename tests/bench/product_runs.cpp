#include "product_runs.h"

#include <cblas.h>
#include <fmt/format.h>
#include <oneapi/dnnl/dnnl.h>

#include <algorithm>
#include <cmath>
#include <new>

#include "common/random/draws.h"
#include "worker/kernels/table.h"

namespace rondo::bench {

namespace {
constexpr std::align_val_t alignment{64};
}

Buffer::Buffer(std::size_t size)
    : size_(size), data_(static_cast<float*>(::operator new(size * sizeof(float), alignment))) {
  std::fill_n(data(), size, 0.0F);
}

Buffer::Buffer(std::uint32_t tensor, std::size_t size) : Buffer(size) {
  const random::Draws draws(random::Key(0x62656e63), random::Stream::initialization, tensor, 0);
  for (std::size_t i = 0; i < size; ++i) data()[i] = 2.0F * draws.uniform_float(i) - 1.0F;
}

void Buffer::Free::operator()(float* data) const {
  ::operator delete(data, alignment);
}

const char* name_of(Layout layout) {
  constexpr const char* names[] = {"forward", "weights", "inputs"};
  return names[static_cast<int>(layout)];
}

const char* name_of(Library library) {
  constexpr const char* names[] = {"rondo", "openblas", "onednn"};
  return names[static_cast<int>(library)];
}

std::string name_of(const Shape& shape) {
  return fmt::format("{}x{}x{}", shape.m, shape.n, shape.k);
}

ProductRuns::ProductRuns(const Shape& shape)
    : shape_(shape),
      x_(1, shape.m * shape.k),
      weights_(2, shape.k * shape.n),
      bias_(3, shape.n),
      dy_(4, shape.m * shape.n),
      y_(shape.m * shape.n),
      d_weights_(shape.k * shape.n),
      d_bias_(shape.n),
      dx_(shape.m * shape.k) {}

const Buffer& ProductRuns::output(Layout layout) const {
  return layout == Layout::forward ? y_ : layout == Layout::weights ? d_weights_ : dx_;
}

float* ProductRuns::output(Layout layout) {
  return (layout == Layout::forward ? y_ : layout == Layout::weights ? d_weights_ : dx_).data();
}

std::vector<float> ProductRuns::result(Layout layout) const {
  const Buffer& from = output(layout);
  return {from.data(), from.data() + from.size()};
}

double ProductRuns::difference(Layout layout, const std::vector<float>& other) const {
  const std::vector<float> mine = result(layout);
  // y alone holds a bias, which the peers leave out.
  double largest = 0;
  double difference = 0;
  for (std::size_t i = 0; i < mine.size(); ++i) {
    const float bias = layout == Layout::forward ? bias_.data()[i % shape_.n] : 0.0F;
    difference = std::max(difference, std::fabs(static_cast<double>(other[i]) - bias - mine[i]));
    largest = std::max(largest, std::fabs(static_cast<double>(mine[i])));
  }
  return difference / largest;
}

void ProductRuns::rondo(Layout layout) {
  const kernels::KernelTable& table = kernels::kernels();
  const auto [m, n, k] = shape_;
  switch (layout) {
    case Layout::forward:
      return table.dense_forward(m, k, n, x_.data(), weights_.data(), bias_.data(), y_.data());
    case Layout::weights:
      return table.dense_gradient_weights(m, k, n, x_.data(), dy_.data(), d_weights_.data(), d_bias_.data());
    case Layout::inputs:
      return table.dense_gradient_inputs(m, k, n, dy_.data(), weights_.data(), dx_.data());
  }
}

void ProductRuns::openblas(Layout layout) {
  const auto m = static_cast<int>(shape_.m);
  const auto n = static_cast<int>(shape_.n);
  const auto k = static_cast<int>(shape_.k);
  float* out = output(layout);
  switch (layout) {
    case Layout::forward:
      return cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, x_.data(), k, weights_.data(),
                         n, 0, out, n);
    case Layout::weights:
      return cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, k, n, m, 1, x_.data(), k, dy_.data(), n, 0,
                         out, n);
    case Layout::inputs:
      return cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, k, n, 1, dy_.data(), n, weights_.data(),
                         n, 0, out, k);
  }
}

void ProductRuns::onednn(Layout layout) {
  const auto m = static_cast<dnnl_dim_t>(shape_.m);
  const auto n = static_cast<dnnl_dim_t>(shape_.n);
  const auto k = static_cast<dnnl_dim_t>(shape_.k);
  float* out = output(layout);
  switch (layout) {
    case Layout::forward:
      dnnl_sgemm('N', 'N', m, n, k, 1, x_.data(), k, weights_.data(), n, 0, out, n);
      return;
    case Layout::weights:
      dnnl_sgemm('T', 'N', k, n, m, 1, x_.data(), k, dy_.data(), n, 0, out, n);
      return;
    case Layout::inputs:
      dnnl_sgemm('N', 'T', m, k, n, 1, dy_.data(), n, weights_.data(), n, 0, out, k);
      return;
  }
}

void run(ProductRuns& runs, Library library, Layout layout) {
  switch (library) {
    case Library::rondo:
      return runs.rondo(layout);
    case Library::openblas:
      return runs.openblas(layout);
    case Library::onednn:
      return runs.onednn(layout);
  }
}

std::string openblas_kernel() {
  return fmt::format("{} ({})", openblas_get_corename(), openblas_get_config());
}

std::string onednn_version() {
  const dnnl_version_t* version = dnnl_version();
  return fmt::format("{}.{}.{}", version->major, version->minor, version->patch);
}

}  // namespace rondo::bench

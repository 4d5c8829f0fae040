#include "onednn_elements.h"

#include <oneapi/dnnl/dnnl.hpp>

#include <memory>
#include <unordered_map>
#include <utility>

namespace rondo::bench::onednn {

namespace {
using dnnl::memory;
constexpr float epsilon = 0.001F;

const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

memory::desc matrix(std::size_t rows, std::size_t units) {
  return {{static_cast<memory::dim>(rows), static_cast<memory::dim>(units)},
          memory::data_type::f32,
          memory::format_tag::ab};
}

// Channels last, as images of one pixel: for two dimensions oneDNN has no vectorised batch norm.
memory::desc pixels(std::size_t rows, std::size_t units) {
  return {{static_cast<memory::dim>(rows), static_cast<memory::dim>(units), 1, 1},
          memory::data_type::f32,
          memory::format_tag::nhwc};
}

memory::desc vector(std::size_t count) {
  return {{static_cast<memory::dim>(count)}, memory::data_type::f32, memory::format_tag::a};
}

memory of(const memory::desc& desc, const float* data) {
  return {desc, engine(), const_cast<float*>(data)};
}

Call call(dnnl::primitive primitive, std::unordered_map<int, memory> arguments) {
  auto stream = std::make_shared<dnnl::stream>(engine());
  return [primitive = std::move(primitive), arguments = std::move(arguments), stream] {
    primitive.execute(*stream, arguments);
    stream->wait();
  };
}

using Flags = dnnl::normalization_flags;
const Flags flags = Flags::use_scale | Flags::use_shift;

// Both norms take the same arguments under the same names.
std::unordered_map<int, memory> forward_arguments(const Norm& n, const memory::desc& data,
                                                  std::size_t statistics) {
  return {{DNNL_ARG_SRC, of(data, n.x)},
          {DNNL_ARG_DST, of(data, n.y)},
          {DNNL_ARG_SCALE, of(vector(n.units), n.gamma)},
          {DNNL_ARG_SHIFT, of(vector(n.units), n.beta)},
          {DNNL_ARG_MEAN, of(vector(statistics), n.mean)},
          {DNNL_ARG_VARIANCE, of(vector(statistics), n.variance)}};
}

std::unordered_map<int, memory> backward_arguments(const Norm& n, const memory::desc& data,
                                                   std::size_t statistics) {
  auto arguments = forward_arguments(n, data, statistics);
  arguments.erase(DNNL_ARG_DST);
  arguments.insert({{DNNL_ARG_DIFF_DST, of(data, n.gradient)},
                    {DNNL_ARG_DIFF_SRC, of(data, n.dx)},
                    {DNNL_ARG_DIFF_SCALE, of(vector(n.units), n.d_gamma)},
                    {DNNL_ARG_DIFF_SHIFT, of(vector(n.units), n.d_beta)}});
  return arguments;
}

auto layer_norm(const Norm& n) {
  return dnnl::layer_normalization_forward::primitive_desc(
      {dnnl::prop_kind::forward_training, matrix(n.rows, n.units), vector(n.rows), epsilon, flags}, engine());
}

auto batch_norm(const Norm& n) {
  return dnnl::batch_normalization_forward::primitive_desc(
      {dnnl::prop_kind::forward_training, pixels(n.rows, n.units), epsilon, flags}, engine());
}
}  // namespace

Call eltwise(std::string_view function, std::size_t count, const float* x, float* y) {
  using dnnl::algorithm;
  static const std::unordered_map<std::string_view, algorithm> algorithms = {
      {"exp", algorithm::eltwise_exp},           {"log", algorithm::eltwise_log},
      {"tanh", algorithm::eltwise_tanh},         {"sigmoid", algorithm::eltwise_logistic},
      {"gelu", algorithm::eltwise_gelu_erf},     {"gelu_tanh", algorithm::eltwise_gelu_tanh},
      {"softplus", algorithm::eltwise_soft_relu}};
  const auto found = algorithms.find(function);
  if (found == algorithms.end()) return {};
  const auto data = vector(count);
  const dnnl::eltwise_forward::primitive_desc desc(
      {dnnl::prop_kind::forward_inference, found->second, data, 0, 0}, engine());
  return call(dnnl::eltwise_forward(desc), {{DNNL_ARG_SRC, of(data, x)}, {DNNL_ARG_DST, of(data, y)}});
}

Call softmax(std::size_t rows, std::size_t units, const float* x, float* y, bool logarithm) {
  const auto data = matrix(rows, units);
  std::unordered_map<int, memory> arguments = {{DNNL_ARG_SRC, of(data, x)}, {DNNL_ARG_DST, of(data, y)}};
  if (logarithm) {
    return call(dnnl::logsoftmax_forward({{dnnl::prop_kind::forward_inference, data, 1}, engine()}),
                std::move(arguments));
  }
  return call(dnnl::softmax_forward({{dnnl::prop_kind::forward_inference, data, 1}, engine()}),
              std::move(arguments));
}

Call layer_norm_forward(const Norm& n) {
  return call(dnnl::layer_normalization_forward(layer_norm(n)),
              forward_arguments(n, matrix(n.rows, n.units), n.rows));
}

Call layer_norm_backward(const Norm& n) {
  const auto data = matrix(n.rows, n.units);
  return call(
      dnnl::layer_normalization_backward(
          {{dnnl::prop_kind::backward, data, data, vector(n.rows), epsilon, flags}, engine(), layer_norm(n)}),
      backward_arguments(n, data, n.rows));
}

Call batch_norm_forward(const Norm& n) {
  return call(dnnl::batch_normalization_forward(batch_norm(n)),
              forward_arguments(n, pixels(n.rows, n.units), n.units));
}

Call batch_norm_backward(const Norm& n) {
  const auto data = pixels(n.rows, n.units);
  return call(dnnl::batch_normalization_backward(
                  {{dnnl::prop_kind::backward, data, data, epsilon, flags}, engine(), batch_norm(n)}),
              backward_arguments(n, data, n.units));
}

}  // namespace rondo::bench::onednn

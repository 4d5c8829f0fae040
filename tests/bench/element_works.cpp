#include "element_works.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <utility>

#include "common/random/draws.h"
#include "onednn_elements.h"
#include "product_runs.h"
#include "worker/kernels/kernels.h"
#include "worker/kernels/table.h"

namespace rondo::bench {

namespace {
using kernels::KernelTable;

template <class Function>
std::function<void()> loop(std::size_t count, const float* x, float* y, Function function) {
  return [=] {
    for (std::size_t i = 0; i < count; ++i) y[i] = function(x[i]);
  };
}

std::function<void()> libm_loop(std::string_view name, std::size_t count, const float* x, float* y) {
  if (name == "exp") return loop(count, x, y, [](float v) { return std::exp(v); });
  if (name == "log") return loop(count, x, y, [](float v) { return std::log(v); });
  if (name == "tanh") return loop(count, x, y, [](float v) { return std::tanh(v); });
  if (name == "erf") return loop(count, x, y, [](float v) { return std::erf(v); });
  if (name == "sigmoid") return loop(count, x, y, [](float v) { return 1 / (1 + std::exp(-v)); });
  if (name == "gelu") {
    return loop(count, x, y,
                [](float v) { return v / 2 * (1 + std::erf(v / std::numbers::sqrt2_v<float>)); });
  }
  if (name == "gelu_tanh") {
    return loop(count, x, y,
                [](float v) { return v / 2 * (1 + std::tanh(0.7978846F * (v + 0.044715F * v * v * v))); });
  }
  return loop(count, x, y, [](float v) { return std::log1p(std::exp(v)); });
}

// What a norm or a softmax reads and writes.
struct Rows {
  Rows(std::size_t rows, std::size_t units)
      : x(1, rows * units),
        gradient(2, rows * units),
        gamma(3, units),
        beta(4, units),
        normalized(rows * units),
        y(rows * units),
        dx(rows * units),
        mean(rows + units),
        variance(rows + units),
        inverse(rows + units),
        d_gamma(units),
        d_beta(units) {}
  Buffer x, gradient, gamma, beta, normalized, y, dx, mean, variance, inverse, d_gamma, d_beta;
};

std::span<float> span_of(Buffer& buffer) {
  return {buffer.data(), buffer.size()};
}

onednn::Norm norm_of(Rows& b, std::size_t rows, std::size_t units) {
  return {rows,
          units,
          b.x.data(),
          b.y.data(),
          b.gamma.data(),
          b.beta.data(),
          b.mean.data(),
          b.variance.data(),
          b.gradient.data(),
          b.dx.data(),
          b.d_gamma.data(),
          b.d_beta.data()};
}

struct Update {
  explicit Update(std::size_t count)
      : gradient(1, count), weights(2, count), first(count), second(count), other(count) {}
  Buffer gradient, weights, first, second, other;
};
}  // namespace

std::vector<Work> functions(std::size_t count) {
  const KernelTable& t = kernels::kernels();
  const std::pair<const char*, void (*)(std::size_t, const float*, float*)> all[] = {
      {"exp", t.exp},          {"log", t.log},         {"log1p", t.log1p}, {"tanh", t.tanh},
      {"erf", t.erf},          {"sigmoid", t.sigmoid}, {"gelu", t.gelu},   {"gelu_tanh", t.gelu_tanh},
      {"softplus", t.softplus}};
  std::vector<Work> works;
  for (const auto& [name, kernel] : all) {
    struct Operands {
      Buffer x, y;
    };
    auto o = std::make_shared<Operands>(Operands{Buffer(1, count), Buffer(count)});
    // [-4, 4), and above 0 for the logarithm.
    for (std::size_t i = 0; i < count; ++i) o->x.data()[i] *= 4;
    if (kernel == t.log) {
      for (std::size_t i = 0; i < count; ++i) o->x.data()[i] = std::fabs(o->x.data()[i]) + 0x1p-20F;
    }
    const float* x = o->x.data();
    float* y = o->y.data();
    works.push_back({name, std::to_string(count), static_cast<double>(count), 0, false,
                     [=, run = kernel] { run(count, x, y); }, onednn::eltwise(name, count, x, y),
                     libm_loop(name, count, x, y), o});
  }
  return works;
}

std::vector<Work> rows(std::size_t rows, std::size_t units) {
  const KernelTable& t = kernels::kernels();
  auto o = std::make_shared<Rows>(rows, units);
  Rows* b = o.get();
  const std::string extent = fmt::format("{} x {}", rows, units);
  std::vector<Work> works;
  const auto add = [&](const char* name, std::function<void()> rondo, std::function<void()> onednn) {
    works.push_back({name,
                     extent,
                     static_cast<double>(rows * units),
                     0,
                     true,
                     std::move(rondo),
                     std::move(onednn),
                     {},
                     o});
  };
  const float* x = b->x.data();
  float* y = b->y.data();
  add(
      "softmax", [&t, rows, units, x, y] { t.softmax(rows, units, x, y); },
      onednn::softmax(rows, units, x, y, false));
  add(
      "log_softmax", [&t, rows, units, x, y] { t.log_softmax(rows, units, x, y); },
      onednn::softmax(rows, units, x, y, true));
  // Rondo's backward passes are in place, so that repeated calls may reach infinity, which is as quick as any
  // value; gamma of 1 keeps them from denormals, which are not.
  for (std::size_t u = 0; u < units; ++u) b->gamma.data()[u] = 1;
  const onednn::Norm norm = norm_of(*b, rows, units);
  add(
      "layer norm",
      [=, &t] {
        t.layer_norm_forward(rows, units, x, b->gamma.data(), b->beta.data(), b->normalized.data(),
                             b->inverse.data(), y);
      },
      onednn::layer_norm_forward(norm));
  add(
      "layer norm backward",
      [=, &t] {
        t.layer_norm_backward(rows, units, b->normalized.data(), b->inverse.data(), b->gamma.data(),
                              b->dx.data(), b->d_gamma.data(), b->d_beta.data());
      },
      onednn::layer_norm_backward(norm));
  add(
      "batch norm",
      [=] {
        kernels::batch_norm_training({rows, units}, span_of(b->x), span_of(b->gamma), span_of(b->beta),
                                     span_of(b->mean).first(units), span_of(b->variance).first(units),
                                     span_of(b->normalized), span_of(b->inverse).first(units), span_of(b->y));
      },
      onednn::batch_norm_forward(norm));
  add(
      "batch norm backward",
      [=] {
        kernels::batch_norm_backward({rows, units}, span_of(b->normalized), span_of(b->inverse).first(units),
                                     span_of(b->gamma), span_of(b->dx), span_of(b->d_gamma),
                                     span_of(b->d_beta));
      },
      onednn::batch_norm_backward(norm));
  return works;
}

std::vector<Work> updates(std::size_t count) {
  const KernelTable& t = kernels::kernels();
  auto o = std::make_shared<Update>(count);
  Update* b = o.get();
  std::vector<Work> works;
  const auto size = static_cast<double>(count) * sizeof(float);
  const auto add = [&](const char* name, double operands, std::function<void()> rondo) {
    works.push_back({name,
                     std::to_string(count),
                     static_cast<double>(count),
                     operands * size,
                     false,
                     std::move(rondo),
                     {},
                     {},
                     o});
  };
  add("copy", 2, [=] { std::copy_n(b->gradient.data(), count, b->other.data()); });
  add("triad", 3, [=] {
    const float* x = b->gradient.data();
    const float* y = b->weights.data();
    float* z = b->other.data();
    // By vectors of any CPU: this file is not compiled with them.
    using Lanes = float __attribute__((vector_size(64), aligned(64)));
    for (std::size_t i = 0; i < count; i += 16) {
      const auto at = [i](const float* p) { return reinterpret_cast<const Lanes*>(p + i); };
      *reinterpret_cast<Lanes*>(z + i) = *at(x) + 0.5F * *at(y);
    }
  });
  add("SGD", 5,
      [=, &t] { t.sgd(count, 1e-6F, 0.9F, b->gradient.data(), b->first.data(), b->weights.data()); });
  add("Adam", 7, [=, &t] {
    t.adam(count, 1e-6F, 0, 0.9F, 0.999F, b->gradient.data(), b->first.data(), b->second.data(),
           b->weights.data());
  });
  add("AdamW", 7, [=, &t] {
    t.adam(count, 1e-6F, 0.01F, 0.9F, 0.999F, b->gradient.data(), b->first.data(), b->second.data(),
           b->weights.data());
  });
  add("relu", 2, [=, &t] { t.relu(count, b->gradient.data(), b->other.data()); });
  // A rate this small leaves the values alone for as long as a measurement lasts.
  add("dropout", 2, [=] {
    const random::Draws draws(random::Key(1), random::Stream::dropout, 0, 0);
    kernels::dropout(draws, 1e-7F, {b->other.data(), count});
  });
  return works;
}

}  // namespace rondo::bench

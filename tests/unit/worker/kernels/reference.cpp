#include "tests/unit/worker/kernels/reference.h"

#include <array>
#include <cmath>

#include "tests/exhaustive/by_mpfr.h"

namespace rondo::kernels::test {

using exhaustive::by_mpfr;

float exp_rounded(float x) {
  return by_mpfr<mpfr_exp>(x);
}
float log_rounded(float x) {
  return by_mpfr<mpfr_log>(x);
}
float log1p_rounded(float x) {
  return by_mpfr<mpfr_log1p>(x);
}
float tanh_rounded(float x) {
  return by_mpfr<mpfr_tanh>(x);
}
float erf_rounded(float x) {
  return by_mpfr<mpfr_erf>(x);
}

Floats dense(const Shape& s, const Floats& x, const Floats& weights, const Floats& bias) {
  Floats y;
  for (std::size_t r = 0; r < s.rows; ++r) {
    for (std::size_t u = 0; u < s.units; ++u) {
      float a = 0.0F;
      for (std::size_t k = 0; k < s.inputs; ++k)
        a = std::fma(x[r * s.inputs + k], weights[k * s.units + u], a);
      y.push_back(a + bias[u]);
    }
  }
  return y;
}

Floats weights_gradient(const Shape& s, const Floats& x, const Floats& dy) {
  Floats d;
  for (std::size_t k = 0; k < s.inputs; ++k) {
    for (std::size_t u = 0; u < s.units; ++u) {
      float a = 0.0F;
      for (std::size_t r = 0; r < s.rows; ++r) a = std::fma(x[r * s.inputs + k], dy[r * s.units + u], a);
      d.push_back(a);
    }
  }
  return d;
}

Floats bias_gradient(const Shape& s, const Floats& dy) {
  Floats d;
  for (std::size_t u = 0; u < s.units; ++u) {
    float a = 0.0F;
    for (std::size_t r = 0; r < s.rows; ++r) a = a + dy[r * s.units + u];
    d.push_back(a);
  }
  return d;
}

Floats inputs_gradient(const Shape& s, const Floats& dy, const Floats& weights) {
  Floats d;
  for (std::size_t r = 0; r < s.rows; ++r) {
    for (std::size_t k = 0; k < s.inputs; ++k) {
      float a = 0.0F;
      for (std::size_t u = 0; u < s.units; ++u)
        a = std::fma(dy[r * s.units + u], weights[k * s.units + u], a);
      d.push_back(a);
    }
  }
  return d;
}

namespace {
double tree(const std::vector<double>& terms) {
  std::array<double, 16> lane{};
  for (std::size_t i = 0; i < terms.size(); ++i) lane[i % 16] += terms[i];
  for (const std::size_t h : {8U, 4U, 2U, 1U}) {
    for (std::size_t l = 0; l < h; ++l) lane[l] += lane[l + h];
  }
  return lane[0];
}

double wide(float x) {
  return static_cast<double>(x);
}

float narrow(double x) {
  return static_cast<float>(x);
}

Floats row_of(const Floats& z, std::size_t r, std::size_t units) {
  Floats row(units);
  for (std::size_t u = 0; u < units; ++u) row[u] = z[r * units + u];
  return row;
}
}  // namespace

double sum_of(const Floats& x) {
  return tree({x.begin(), x.end()});
}

double dot_of(const Floats& x, const Floats& y) {
  std::vector<double> terms;
  for (std::size_t i = 0; i < x.size(); ++i) terms.push_back(wide(x[i]) * wide(y[i]));
  return tree(terms);
}

float relu_of(float x) {
  return x > 0 ? x : 0.0F;
}

float relu_back(float x, float gradient) {
  return x > 0 ? gradient : 0.0F;
}

float tanh_back(float x, float gradient) {
  const float t = tanh_rounded(x);
  return gradient * std::fma(-t, t, 1.0F);
}

float sigmoid_of(float x) {
  if (x < 0) {
    const float e = exp_rounded(x);
    return e / (1.0F + e);
  }
  return 1.0F / (1.0F + exp_rounded(-x));
}

float sigmoid_back(float x, float gradient) {
  const float s = sigmoid_of(x);
  return gradient * (s * (1.0F - s));
}

float gelu_of(float x) {
  return (0.5F * x) * (1.0F + erf_rounded(x * 0x1.6a09e6p-1F));
}

float gelu_back(float x, float gradient) {
  const float b = 0.5F * (1.0F + erf_rounded(x * 0x1.6a09e6p-1F));
  const float d = exp_rounded(-0.5F * (x * x)) * 0x1.988454p-2F;
  return gradient * std::fma(x, d, b);
}

float gelu_tanh_of(float x) {
  const float w = 0x1.988454p-1F * (x * std::fma(0x1.6e4e26p-5F, x * x, 1.0F));
  return (0.5F * x) * (1.0F + tanh_rounded(w));
}

float gelu_tanh_back(float x, float gradient) {
  const float q = x * x;
  const float t = tanh_rounded(0x1.988454p-1F * (x * std::fma(0x1.6e4e26p-5F, q, 1.0F)));
  const float b = 0.5F * (1.0F + t);
  const float d = 0x1.988454p-1F * std::fma(0x1.12ba9ep-3F, q, 1.0F);
  return gradient * std::fma((0.5F * x) * std::fma(-t, t, 1.0F), d, b);
}

float softplus_of(float x) {
  return (x > 0 ? x : 0.0F) + log1p_rounded(exp_rounded(x < 0 ? x : -x));
}

float softplus_back(float x, float gradient) {
  return gradient * sigmoid_of(x);
}

void normalize_batch(std::size_t rows, std::size_t units, const Floats& x, const Floats& gamma,
                     const Floats& beta, Normalization& n) {
  const auto count = static_cast<double>(rows);
  n.normalized = n.y = Floats(rows * units);
  n.inverse = Floats(units);
  for (std::size_t u = 0; u < units; ++u) {
    double mean = 0;
    for (std::size_t r = 0; r < rows; ++r) mean += wide(x[r * units + u]);
    mean /= count;
    double variance = 0;
    for (std::size_t r = 0; r < rows; ++r) {
      const double d = wide(x[r * units + u]) - mean;
      variance += d * d;
    }
    variance /= count;
    const auto moved = [](float m, double batch) { return narrow(wide(m) + (batch - wide(m)) * 0.1); };
    n.running_mean[u] = moved(n.running_mean[u], mean);
    n.running_variance[u] = moved(n.running_variance[u], variance);
    const double i = 1.0 / std::sqrt(variance + 0.001);
    n.inverse[u] = narrow(i);
    for (std::size_t r = 0; r < rows; ++r) {
      const float h = narrow((wide(x[r * units + u]) - mean) * i);
      n.normalized[r * units + u] = h;
      n.y[r * units + u] = std::fma(gamma[u], h, beta[u]);
    }
  }
}

Floats normalize_running(std::size_t rows, std::size_t units, const Floats& x, const Floats& gamma,
                         const Floats& beta, const Normalization& n) {
  Floats y;
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t u = 0; u < units; ++u) {
      const double i = 1.0 / std::sqrt(wide(n.running_variance[u]) + 0.001);
      const float h = narrow((wide(x[r * units + u]) - wide(n.running_mean[u])) * i);
      y.push_back(std::fma(gamma[u], h, beta[u]));
    }
  }
  return y;
}

NormalizationGradient normalization_back(std::size_t rows, std::size_t units, const Normalization& n,
                                         const Floats& gamma, const Floats& gradient) {
  const auto count = static_cast<double>(rows);
  NormalizationGradient d = {Floats(rows * units), {}, {}};
  for (std::size_t u = 0; u < units; ++u) {
    double s = 0;
    double t = 0;
    for (std::size_t r = 0; r < rows; ++r) {
      const double g = wide(gradient[r * units + u]);
      s += g;
      t += g * wide(n.normalized[r * units + u]);
    }
    d.d_beta.push_back(narrow(s));
    d.d_gamma.push_back(narrow(t));
    for (std::size_t r = 0; r < rows; ++r) {
      const double g = wide(gradient[r * units + u]);
      const double h = wide(n.normalized[r * units + u]);
      d.dx[r * units + u] =
          narrow(((g - s / count) - h * (t / count)) * (wide(gamma[u]) * wide(n.inverse[u])));
    }
  }
  return d;
}

void normalize_rows(std::size_t rows, std::size_t units, const Floats& x, const Floats& gamma,
                    const Floats& beta, Normalization& n) {
  const auto count = static_cast<double>(units);
  n.normalized = n.y = Floats(rows * units);
  n.inverse = Floats(rows);
  for (std::size_t r = 0; r < rows; ++r) {
    const Floats row = row_of(x, r, units);
    const double mean = sum_of(row) / count;
    std::vector<double> squares;
    for (const float value : row) squares.push_back((wide(value) - mean) * (wide(value) - mean));
    const double i = 1.0 / std::sqrt(tree(squares) / count + 0.001);
    n.inverse[r] = narrow(i);
    for (std::size_t u = 0; u < units; ++u) {
      const float h = narrow((wide(row[u]) - mean) * i);
      n.normalized[r * units + u] = h;
      n.y[r * units + u] = std::fma(gamma[u], h, beta[u]);
    }
  }
}

NormalizationGradient row_normalization_back(std::size_t rows, std::size_t units, const Normalization& n,
                                             const Floats& gamma, const Floats& gradient) {
  const auto count = static_cast<double>(units);
  NormalizationGradient d = {Floats(rows * units), {}, {}};
  for (std::size_t u = 0; u < units; ++u) {
    double s = 0;
    double t = 0;
    for (std::size_t r = 0; r < rows; ++r) {
      s += wide(gradient[r * units + u]);
      t += wide(gradient[r * units + u]) * wide(n.normalized[r * units + u]);
    }
    d.d_beta.push_back(narrow(s));
    d.d_gamma.push_back(narrow(t));
  }
  for (std::size_t r = 0; r < rows; ++r) {
    const Floats g = row_of(gradient, r, units);
    const Floats h = row_of(n.normalized, r, units);
    std::vector<double> q;
    std::vector<double> along;
    for (std::size_t u = 0; u < units; ++u) {
      q.push_back(wide(g[u]) * wide(gamma[u]));
      along.push_back(q[u] * wide(h[u]));
    }
    const double a = tree(q) / count;
    const double b = tree(along) / count;
    for (std::size_t u = 0; u < units; ++u) {
      d.dx[r * units + u] = narrow(((q[u] - a) - wide(h[u]) * b) * wide(n.inverse[r]));
    }
  }
  return d;
}

namespace {
struct Shifted {
  Floats e;
  float m;
  float total;
};

Shifted shifted(const Floats& z) {
  Shifted s = {{}, z[0], 0};
  for (const float value : z) s.m = value > s.m ? value : s.m;
  for (const float value : z) s.e.push_back(exp_rounded(value - s.m));
  s.total = narrow(sum_of(s.e));
  return s;
}

float mean_of(const std::vector<double>& losses) {
  return narrow(tree(losses) / static_cast<double>(losses.size()));
}
}  // namespace

Floats softmax_of(std::size_t units, const Floats& logits) {
  Floats p;
  for (std::size_t r = 0; r * units < logits.size(); ++r) {
    const Shifted s = shifted(row_of(logits, r, units));
    for (const float e : s.e) p.push_back(e / s.total);
  }
  return p;
}

Floats log_softmax_of(std::size_t units, const Floats& logits) {
  Floats logarithms;
  for (std::size_t r = 0; r * units < logits.size(); ++r) {
    const Floats z = row_of(logits, r, units);
    const Shifted s = shifted(z);
    for (const float value : z) logarithms.push_back((value - s.m) - log_rounded(s.total));
  }
  return logarithms;
}

Loss cross_entropy(std::size_t units, const Floats& logits, const std::vector<std::uint32_t>& classes) {
  const auto n = static_cast<float>(classes.size());
  Loss loss = {0, {}};
  std::vector<double> losses;
  for (std::size_t r = 0; r < classes.size(); ++r) {
    const Shifted s = shifted(row_of(logits, r, units));
    losses.push_back(wide(log_rounded(s.total) - (logits[r * units + classes[r]] - s.m)));
    for (std::size_t u = 0; u < units; ++u) {
      loss.gradient.push_back((s.e[u] / s.total - (u == classes[r] ? 1.0F : 0.0F)) / n);
    }
  }
  loss.mean = mean_of(losses);
  return loss;
}

Loss binary_loss(const Floats& logits, const std::vector<std::uint32_t>& classes) {
  const auto n = static_cast<float>(classes.size());
  Loss loss = {0, {}};
  std::vector<double> losses;
  for (std::size_t r = 0; r < classes.size(); ++r) {
    const float z = logits[r];
    const float a = classes[r] == 1 ? -z : z;
    losses.push_back(wide((a > 0 ? a : 0.0F) + log1p_rounded(exp_rounded(z < 0 ? z : -z))));
    loss.gradient.push_back((sigmoid_of(z) - (classes[r] == 1 ? 1.0F : 0.0F)) / n);
  }
  loss.mean = mean_of(losses);
  return loss;
}

Loss square_loss(const Floats& given, const Floats& targets) {
  const auto n = static_cast<float>(given.size());
  Loss loss = {0, {}};
  std::vector<double> losses;
  for (std::size_t r = 0; r < given.size(); ++r) {
    const float d = given[r] - targets[r];
    losses.push_back(wide(d) * wide(d));
    loss.gradient.push_back((2.0F * d) / n);
  }
  loss.mean = mean_of(losses);
  return loss;
}

}  // namespace rondo::kernels::test

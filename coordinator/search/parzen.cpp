#include "coordinator/search/parzen.h"

#include <algorithm>
#include <utility>

#include "common/numerics/elementary.h"

namespace rondo::search {

namespace {

constexpr std::size_t newest = 25;
constexpr double joint_width = 0.2;

// A normal density around `centre` at the indices, scaled to sum 1.
std::vector<double> bell(double centre, double sigma, std::uint32_t count) {
  std::vector<double> values(count);
  double sum = 0;
  for (std::uint32_t j = 0; j < count; ++j) {
    const double z = (static_cast<double>(j) - centre) / sigma;
    values[j] = numerics::exp(-0.5 * (z * z));
    sum += values[j];
  }
  for (double& value : values) value /= sum;
  return values;
}

// The row of an unordered list: the observed index has more than the others.
std::vector<double> spike(std::uint32_t index, std::uint32_t count, std::size_t observations) {
  const double share = 1.0 / static_cast<double>(observations + 1);
  const double total = 1.0 + share * static_cast<double>(count);
  std::vector<double> values(count, share / total);
  values[index] = (share + 1.0) / total;
  return values;
}

std::vector<double> prior(const Choices& choices) {
  const double count = choices.count;
  if (choices.ordered) return bell(0.5 * (count - 1.0), count, choices.count);
  return std::vector<double>(choices.count, 1.0 / count);
}

// The magic clip: no kernel is narrower than a share of the list that shrinks with the kernels' number.
double clipped(double sigma, double count, std::size_t observations) {
  const double least = count / std::min(100.0, static_cast<double>(observations + 2));
  return std::min(std::max(sigma, least), count);
}

struct Kernel {
  double centre;
  double weight;
  bool prior;
};

void add_scaled(std::vector<double>& sum, double weight, const std::vector<double>& row) {
  for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += weight * row[j];
}

// A kernel reaches to the farther of its neighbours, the prior's centre being one of them.
std::vector<double> ordered_masses(const Choices& choices, std::span<const std::uint32_t> observed) {
  const std::vector<double> weights = age_weights(observed.size());
  std::vector<Kernel> kernels;
  for (std::size_t i = 0; i < observed.size(); ++i) {
    kernels.push_back({static_cast<double>(observed[i]), weights[i], false});
  }
  const double count = choices.count;
  kernels.push_back({0.5 * (count - 1.0), 1, true});
  std::stable_sort(kernels.begin(), kernels.end(),
                   [](const Kernel& a, const Kernel& b) { return a.centre < b.centre; });

  std::vector<double> result(choices.count);
  double centre = 0;
  double sigma = 0;  // 0: no run yet
  double weight = 0;
  const auto close_run = [&] {
    if (sigma > 0) add_scaled(result, weight, bell(centre, sigma, choices.count));
    sigma = 0;
  };
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    const Kernel& kernel = kernels[i];
    if (kernel.prior) {
      close_run();
      add_scaled(result, kernel.weight, prior(choices));
      continue;
    }
    const double left = i == 0 ? 0 : kernel.centre - kernels[i - 1].centre;
    const double right = i + 1 == kernels.size() ? 0 : kernels[i + 1].centre - kernel.centre;
    const double reach = clipped(std::max(left, right), count, observed.size());
    if (kernel.centre != centre || reach != sigma) {
      close_run();
      centre = kernel.centre;
      sigma = reach;
      weight = 0;
    }
    weight += kernel.weight;
  }
  close_run();
  return result;
}

std::vector<double> unordered_masses(const Choices& choices, std::span<const std::uint32_t> observed) {
  const std::vector<double> weights = age_weights(observed.size());
  std::vector<double> by_index(choices.count);
  for (std::size_t i = 0; i < observed.size(); ++i) by_index[observed[i]] += weights[i];
  std::vector<double> result = prior(choices);
  for (std::uint32_t index = 0; index < choices.count; ++index) {
    add_scaled(result, by_index[index], spike(index, choices.count, observed.size()));
  }
  return result;
}

}  // namespace

std::vector<double> age_weights(std::size_t count) {
  std::vector<double> weights(count, 1.0);
  if (count <= newest) return weights;
  const std::size_t ramp = count - newest;
  const double first = 1.0 / static_cast<double>(count);
  const double step = ramp > 1 ? (1.0 - first) / static_cast<double>(ramp - 1) : 0.0;
  for (std::size_t i = 0; i < ramp; ++i) weights[i] = first + static_cast<double>(i) * step;
  return weights;
}

std::vector<double> masses(const Choices& choices, std::span<const std::uint32_t> observed) {
  return choices.ordered ? ordered_masses(choices, observed) : unordered_masses(choices, observed);
}

std::uint32_t pick(std::span<const double> masses, double u) {
  double total = 0;
  for (const double mass : masses) total += mass;
  const double threshold = u * total;
  double sum = 0;
  for (std::uint32_t j = 0; j + 1 < masses.size(); ++j) {
    sum += masses[j];
    if (threshold < sum) return j;
  }
  return static_cast<std::uint32_t>(masses.size() - 1);
}

std::uint64_t value_element(std::uint32_t gene, std::uint32_t k) {
  return (std::uint64_t{gene} << 16U) + k;
}

JointParzen::JointParzen(std::span<const Choices> choices,
                         std::span<const std::vector<std::uint32_t>> observed)
    : choices_(choices.begin(), choices.end()), places_(observed.begin(), observed.end()) {
  const std::size_t observations = observed.empty() ? 0 : observed.front().size();
  weights_ = age_weights(observations);
  weights_.push_back(1);
  const double most = std::max(1.0, static_cast<double>(observations));
  const double sigma =
      joint_width * numerics::exp(-(numerics::log(most) / static_cast<double>(choices.size() + 4)));
  for (std::size_t d = 0; d < choices_.size(); ++d) {
    const Choices& list = choices_[d];
    places_[d].push_back(list.count);
    std::vector<double> rows;
    for (std::uint32_t index = 0; index < list.count; ++index) {
      const double count = list.count;
      const std::vector<double> row =
          list.ordered ? bell(index, clipped(sigma * count, count, observations), list.count)
                       : spike(index, list.count, observations);
      rows.insert(rows.end(), row.begin(), row.end());
    }
    const std::vector<double> last = prior(list);
    rows.insert(rows.end(), last.begin(), last.end());
    kernels_.push_back(std::move(rows));
  }
}

std::span<const double> JointParzen::kernel(std::size_t setting, std::size_t observation) const {
  const std::size_t count = choices_[setting].count;
  return std::span(kernels_[setting]).subspan(places_[setting][observation] * count, count);
}

std::vector<std::uint32_t> JointParzen::draw(std::uint32_t k, const random::Draws& kernels,
                                             const random::Draws& values) const {
  const std::uint32_t chosen = pick(weights_, kernels.uniform_double(k));
  std::vector<std::uint32_t> indices;
  for (std::size_t d = 0; d < choices_.size(); ++d) {
    indices.push_back(pick(kernel(d, chosen), values.uniform_double(value_element(choices_[d].gene, k))));
  }
  return indices;
}

// The prior alone keeps the sum above 0, so that a product which vanishes does no harm.
double JointParzen::mass(std::span<const std::uint32_t> indices) const {
  double sum = 0;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    double product = weights_[i];
    for (std::size_t d = 0; d < choices_.size(); ++d) product *= kernel(d, i)[indices[d]];
    sum += product;
  }
  return sum;
}

}  // namespace rondo::search

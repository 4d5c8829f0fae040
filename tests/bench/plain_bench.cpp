// A training step (Adam, 64-128-128-10 with relu, batches of 32) beside the same arithmetic in plain loops.
// First both take 200 steps from the same weights, and must end with the same bits; then both are timed in
// turns, in runs of about ten milliseconds. Prints a Markdown table of the median of the rounds' ratios.
//   plain_bench [ROUNDS]
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <limits>
#include <vector>

#include "common/numerics/floating_point_mode.h"
#include "common/random/draws.h"
#include "tests/bench/plain_step.h"
#include "worker/nn/network.h"
#include "worker/nn/optimizer.h"

namespace {

using namespace rondo;
using Clock = std::chrono::steady_clock;

constexpr std::size_t batch = 32;
constexpr float learning_rate = 0.001F;

nn::Network network_of(const proto::Architecture& architecture, const std::vector<std::size_t>& widths) {
  nn::Network network(architecture, {widths.front(), widths.back(), batch}, proto::TASK_MULTICLASS,
                      {.rows = batch, .training = true, .slots = 2});
  network.initialize(random::Key(3));
  return network;
}

bool same(std::span<const float> a, const std::vector<float>& b) {
  return std::ranges::equal(a, b, [](float x, float y) {
    return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y);
  });
}

// The fastest of runs of ten milliseconds in a fifth of a second.
double microseconds(const std::function<void()>& step) {
  double best = std::numeric_limits<double>::infinity();
  int steps = 1;
  const auto until = Clock::now() + std::chrono::milliseconds(200);
  while (Clock::now() < until) {
    const auto start = Clock::now();
    for (int i = 0; i < steps; ++i) step();
    const std::chrono::duration<double, std::micro> taken = Clock::now() - start;
    best = std::min(best, taken.count() / steps);
    steps = std::max(1, static_cast<int>(10'000 / best));
  }
  return best;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace

int main(int count, char** arguments) {
  const int rounds = count > 1 ? std::atoi(arguments[1]) : 11;
  numerics::set_floating_point_mode();
  const std::vector<std::size_t> widths = {64, 128, 128, 10};
  proto::Architecture architecture;
  for (std::size_t i = 1; i + 1 < widths.size(); ++i) {
    architecture.add_blocks()->set_units(static_cast<std::uint32_t>(widths[i]));
  }
  architecture.mutable_optimizer()->set_learning_rate(learning_rate);
  architecture.set_batch_size(batch);
  nn::Network network = network_of(architecture, widths);
  nn::Optimizer optimizer(architecture.optimizer());
  bench::PlainNetwork plain(batch, widths);
  for (std::size_t i = 0; i < plain.layers().size(); ++i) {
    std::ranges::copy(network.tensor(2 * i), plain.layers()[i].weights.begin());
  }
  const random::Draws draws(random::Key(7), random::Stream::initialization);
  std::vector<std::uint32_t> classes(batch);
  for (std::size_t r = 0; r < batch; ++r) classes[r] = static_cast<std::uint32_t>(r % widths.back());
  for (std::size_t i = 0; i < batch * widths[0]; ++i) {
    network.inputs(batch)[i] = plain.inputs()[i] = 2.0F * draws.uniform_float(i) - 1.0F;
  }
  std::uint32_t steps = 0;
  const auto ours = [&] { return optimizer.train(network, {classes, {}}, batch, random::Key(3), steps++); };
  for (int i = 0; i < 200; ++i) {
    const float loss = ours();
    bool equal = std::bit_cast<std::uint32_t>(loss) ==
                 std::bit_cast<std::uint32_t>(plain.step(classes, learning_rate));
    for (std::size_t l = 0; l < plain.layers().size(); ++l) {
      equal = equal && same(network.tensor(2 * l), plain.layers()[l].weights) &&
              same(network.tensor(2 * l + 1), plain.layers()[l].bias);
    }
    if (!equal) {
      fmt::print(stderr, "step {}: the plain loops give other bits\n", i);
      return 1;
    }
  }
  std::vector<double> our_times, plain_times, ratios;
  for (int i = 0; i < rounds; ++i) {
    our_times.push_back(microseconds([&] { static_cast<void>(ours()); }));
    plain_times.push_back(microseconds([&] { plain.step(classes, learning_rate); }));
    ratios.push_back(plain_times.back() / our_times.back());
  }
  fmt::print(
      "| step of 64-128-128-10, batch 32, Adam | Rondo µs | plain loops µs | ratio |\n|---|---|---|---|\n");
  fmt::print("| equal bits after 200 steps | {:.1f} | {:.1f} | {:.1f} |\n", median(our_times),
             median(plain_times), median(ratios));
}

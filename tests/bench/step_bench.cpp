// Microseconds of one training step of a dense network, as trials take it: gather, forward, loss, backward,
// Adam.
//   step_bench [--threads N] [--activation NAME] BATCH INPUTS HIDDEN... OUTPUTS
//   step_bench [--threads N] --cnn BATCH      cnn.py's convolutional network instead
// takes runs of about ten milliseconds for half a second and prints the mean of the fastest run; step.py and
// cnn.py put it beside their peers. One thread's time is the processor's, without what others do meanwhile;
// several threads' is the clock's.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <string>
#include <vector>

#include "common/architecture/architecture.h"
#include "common/numerics/floating_point_mode.h"
#include "common/random/draws.h"
#include "worker/nn/network.h"
#include "worker/nn/optimizer.h"
#include "worker/train/evaluation.h"

namespace {

using namespace rondo;
using Clock = std::chrono::steady_clock;

constexpr std::size_t rows = 4096;
constexpr double run_microseconds = 10'000;

data::Part random_part(std::size_t inputs, std::size_t outputs) {
  const random::Draws draws(random::Key(7), random::Stream::initialization, 0);
  data::Part part;
  part.rows = rows;
  part.inputs.resize(rows * inputs);
  for (std::size_t i = 0; i < part.inputs.size(); ++i) part.inputs[i] = 2.0F * draws.uniform_float(i) - 1.0F;
  part.classes.resize(rows);
  for (std::size_t r = 0; r < rows; ++r) part.classes[r] = static_cast<std::uint32_t>(r % outputs);
  return part;
}

struct Work {
  proto::Architecture architecture;
  ProblemShape shape;
};

Work dense(const std::vector<std::size_t>& widths, proto::Activation activation) {
  Work work;
  for (std::size_t i = 1; i + 1 < widths.size(); ++i) {
    proto::DenseBlock& block = *work.architecture.add_blocks();
    block.set_units(static_cast<std::uint32_t>(widths[i]));
    block.set_activation(activation);
  }
  work.shape = {widths.front(), widths.back(), rows};
  return work;
}

// 28 × 28 places of one channel, two convolutions of 3 × 3 with relu and pooling by 2, ten classes.
Work cnn() {
  Work work;
  for (const std::uint32_t filters : {32u, 64u}) {
    proto::ConvolutionBlock& block = *work.architecture.add_convolutions();
    block.set_filters(filters);
    block.set_kernel(3);
    block.set_pool(2);
  }
  work.shape = {28 * 28, 10, rows, {28, 28, 1}};
  return work;
}

double microseconds(bool of_processor) {
  timespec now{};
  clock_gettime(of_processor ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return 1e6 * static_cast<double>(now.tv_sec) + 1e-3 * static_cast<double>(now.tv_nsec);
}

double microseconds_a_step(std::size_t threads, std::size_t batch_rows, Work work) {
  proto::Architecture& architecture = work.architecture;
  const ProblemShape& shape = work.shape;
  architecture.mutable_optimizer()->set_learning_rate(0.001F);
  architecture.set_batch_size(static_cast<std::uint32_t>(batch_rows));
  const std::size_t slots = nn::Optimizer::slots(architecture.optimizer());
  nn::Network network(
      architecture, shape, proto::TASK_MULTICLASS,
      {.rows = batch_rows, .training = true, .slots = slots, .threads = kernels::Threads(threads)});
  nn::Optimizer optimizer(architecture.optimizer());
  network.initialize(random::Key(3));
  const data::Part part = random_part(shape.inputs, shape.outputs);
  train::Batch batch(part, shape.inputs, batch_rows);
  const std::vector<std::uint32_t> order =
      random::permutation(random::Draws(random::Key(5), random::Stream::shuffle, 0, 1), rows);
  double best = std::numeric_limits<double>::infinity();
  std::uint32_t step = 0;
  int steps_a_run = 1;
  const auto until = Clock::now() + std::chrono::milliseconds(500);
  while (Clock::now() < until) {
    const double start = microseconds(threads == 1);
    for (int i = 0; i < steps_a_run; ++i, ++step) {
      const std::size_t first = step * batch_rows % (rows - batch_rows + 1);
      batch.gather(std::span(order).subspan(first, batch_rows), network);
      static_cast<void>(optimizer.train(network, batch.targets(), batch_rows, random::Key(3), step));
    }
    best = std::min(best, (microseconds(threads == 1) - start) / steps_a_run);
    steps_a_run = std::max(1, static_cast<int>(run_microseconds / best));
  }
  return best;
}

}  // namespace

int main(int count, char** arguments) {
  std::vector<std::string> given(arguments + 1, arguments + count);
  std::size_t threads = 1;
  if (given.size() >= 2 && given[0] == "--threads") {
    threads = std::strtoull(given[1].c_str(), nullptr, 10);
    given.erase(given.begin(), given.begin() + 2);
  }
  proto::Activation activation = proto::ACTIVATION_RELU;
  if (given.size() >= 2 && given[0] == "--activation") {
    std::string name = "ACTIVATION_" + given[1];
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
    if (!proto::Activation_Parse(name, &activation)) {
      fmt::print(stderr, "step_bench: no activation '{}'\n", given[1]);
      return 2;
    }
    given.erase(given.begin(), given.begin() + 2);
  }
  const bool images = !given.empty() && given[0] == "--cnn";
  if (images) given.erase(given.begin());
  if (images ? given.size() != 1 : given.size() < 3) {
    fmt::print(stderr,
               "usage: step_bench [--threads N] [--activation NAME] (--cnn BATCH | BATCH INPUTS [HIDDEN...] "
               "OUTPUTS)\n");
    return 2;
  }
  numerics::set_floating_point_mode();
  std::vector<std::size_t> numbers;
  for (const std::string& text : given) numbers.push_back(std::strtoull(text.c_str(), nullptr, 10));
  const std::vector<std::size_t> widths(numbers.begin() + 1, numbers.end());
  fmt::print("{:.3f}\n",
             microseconds_a_step(threads, numbers[0], images ? cnn() : dense(widths, activation)));
}

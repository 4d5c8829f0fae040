// Images are worked on in parts, whose size the number of threads decides: no bit depends on it.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/random/draws.h"
#include "worker/nn/network.h"

namespace rondo::nn {
namespace {

constexpr std::size_t rows_in_parts = 23;
constexpr std::size_t inputs_of_parts = 12 * 11 * 2;
const random::Key key_of_parts(0x77);

struct Blocks {
  const char* name;
  bool batch_norm;
  bool separable;
  float dropout;
  std::uint32_t pool;
};

void PrintTo(const Blocks& blocks, std::ostream* out) {
  *out << blocks.name;
}

// The first convolution gives 26,400 floats an image, a fifth of what a part may have.
proto::Architecture architecture_of_parts(const Blocks& blocks) {
  proto::Architecture architecture;
  for (const std::uint32_t filters : {200U, 19U}) {
    proto::ConvolutionBlock& block = *architecture.add_convolutions();
    block.set_filters(filters);
    block.set_kernel(3);
    block.set_pool(blocks.pool);
    block.set_batch_norm(blocks.batch_norm);
    block.set_separable(blocks.separable);
    block.set_dropout(blocks.dropout);
  }
  architecture.mutable_optimizer()->set_learning_rate(0.01F);
  architecture.set_batch_size(rows_in_parts);
  return architecture;
}

// The loss, every gradient and running statistic, and what inference then gives.
std::vector<std::vector<float>> results_of_parts(const Blocks& blocks, const kernels::Threads& threads) {
  Network network(architecture_of_parts(blocks), {inputs_of_parts, 3, rows_in_parts, {12, 11, 2}},
                  proto::TASK_MULTICLASS,
                  {.rows = rows_in_parts, .training = true, .slots = 0, .threads = threads});
  network.initialize(key_of_parts);
  const random::Draws draws(key_of_parts, random::Stream::augmentation, 0, 0);
  const std::span<float> x = network.inputs(rows_in_parts);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 2 * draws.uniform_float(i) - 1;
  std::vector<std::uint32_t> classes(rows_in_parts);
  for (std::size_t r = 0; r < rows_in_parts; ++r) classes[r] = static_cast<std::uint32_t>(r % 3);
  std::vector<std::vector<float>> all = {{network.train({classes, {}}, rows_in_parts, key_of_parts, 5)}};
  for (std::size_t id = 0; id < network.tensors().size(); ++id) {
    const std::span<const float> values =
        trainable(network.tensors()[id].kind) ? network.gradient(id) : network.tensor(id);
    all.emplace_back(values.begin(), values.end());
  }
  const std::span<const float> given = network.infer(rows_in_parts);
  all.emplace_back(given.begin(), given.end());
  return all;
}

class Parts : public ::testing::TestWithParam<Blocks> {};

TEST_P(Parts, ChangeNoBit) {
  const std::vector<std::vector<float>> wanted = results_of_parts(GetParam(), {});
  // Of 8 and 12 images at most, and of all.
  for (const std::size_t count : {2U, 3U, 8U}) {
    SCOPED_TRACE(count);
    EXPECT_EQ(results_of_parts(GetParam(), kernels::Threads(count, kernels::Sharing::always)), wanted);
  }
}

constexpr Blocks kinds_of_blocks[] = {
    {"plain", false, false, 0, 2},           {"norm", true, false, 0, 2},
    {"separable", false, true, 0, 2},        {"dropout", false, false, 0.25F, 3},
    {"norm_separable", true, true, 0.5F, 2}, {"no_pool", false, false, 0, 1},
};
INSTANTIATE_TEST_SUITE_P(Blocks, Parts, ::testing::ValuesIn(kinds_of_blocks),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace rondo::nn

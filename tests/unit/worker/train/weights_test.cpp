#include "worker/train/weights.h"

#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <vector>

namespace rondo::train {
namespace {

proto::Architecture small() {
  proto::Architecture architecture;
  architecture.add_blocks()->set_units(2);
  architecture.mutable_blocks(0)->set_batch_norm(true);
  architecture.set_batch_size(1);
  return architecture;
}

// The digest of the layout that weights.h states, made with Python's struct and hashlib from the values
// below.
TEST(Weights, DigestIsThatOfTheStatedBytes) {
  const std::vector<float> packed = {1.0F, -2.0F, 0.5F, -0.0F, 1.0F,   1.0F, 0.25F, 0.0F,
                                     3.0F, 4.0F,  1.5F, 2.5F,  0.125F, 8.0F, -1.0F};
  const Digest digest = weights_digest(nn::canonical_tensors(small(), {1, 1, 1}), packed);
  EXPECT_EQ(to_hex(digest), "43f078ab5041a1b6762381075d3319d8294580fa01dd8a9860b8ff603b1f8eff");
}

TEST(Weights, PackAndUnpackAreInverse) {
  nn::Network network(small(), {1, 1, 1}, proto::TASK_BINARY, nn::Room{});
  std::vector<float> packed(packed_size(network.tensors()));
  ASSERT_EQ(packed.size(), 15u);
  for (std::size_t i = 0; i < packed.size(); ++i) packed[i] = static_cast<float>(i) + 0.5F;
  unpack(packed, network);
  std::vector<float> back(packed.size());
  pack(network, back);
  EXPECT_EQ(back, packed);
  EXPECT_EQ(network.tensor(0)[0], 0.5F);
  EXPECT_EQ(network.tensor(7)[0], 14.5F);
}

TEST(Weights, FiniteMeansNeitherInfinityNorNaNAnywhere) {
  std::vector<float> values(37, 1.0F);
  values[3] = std::numeric_limits<float>::max();
  values[4] = std::numeric_limits<float>::denorm_min();
  values[5] = -0.0F;
  EXPECT_TRUE(all_finite(values));
  EXPECT_TRUE(all_finite({}));
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (const std::uint32_t bad : {0x7f800000u, 0xff800000u, 0x7fc00000u, 0xffc00001u, 0x7f800001u}) {
      std::vector<float> damaged = values;
      damaged[i] = std::bit_cast<float>(bad);
      EXPECT_FALSE(all_finite(damaged)) << i;
    }
  }
}

}  // namespace
}  // namespace rondo::train

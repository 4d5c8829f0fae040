#include "worker/train/checkpoint.h"

#include <gtest/gtest.h>

#include <string>

#include "common/base/error.h"

namespace rondo::train {
namespace {

CheckpointData sample() {
  CheckpointData data;
  data.identity = std::string(32, '\x5a');
  data.epochs_done = 7;
  data.best_epoch = 5;
  data.best_loss = 0.125;
  data.best_score = 0.75;
  data.waited = 2;
  data.end = std::string("\x08\x01\x00", 3);
  data.members.push_back({91, {1.0F, -0.0F, 3.5e-42F}, {4.0F, 5.0F, 6.0F}, {0.5F}});
  data.members.push_back({88, {7.0F}, {}, {8.0F, 9.0F}});
  return data;
}

void expect_refused(const std::string& bytes, const std::string& what) {
  try {
    static_cast<void>(decode_checkpoint(bytes));
    ADD_FAILURE() << what << " was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupt) << what;
  }
}

TEST(Checkpoint, ReadsBackWhatWasWritten) {
  const CheckpointData data = sample();
  const std::string bytes = encode_checkpoint(data);
  const CheckpointData back = decode_checkpoint(bytes);
  EXPECT_EQ(back.identity, data.identity);
  EXPECT_EQ(back.epochs_done, data.epochs_done);
  ASSERT_EQ(back.members.size(), 2U);
  EXPECT_EQ(back.members[0].steps_done, 91U);
  EXPECT_EQ(back.members[1].steps_done, 88U);
  EXPECT_TRUE(back.members[1].best_network.empty());
  EXPECT_EQ(back.best_epoch, data.best_epoch);
  EXPECT_EQ(back.best_loss, data.best_loss);
  EXPECT_EQ(back.best_score, data.best_score);
  EXPECT_EQ(back.waited, data.waited);
  EXPECT_EQ(back.end, data.end);
  EXPECT_EQ(encode_checkpoint(back),
            bytes);  // the vectors bit for bit, the sign of zero and denormals included
}

TEST(Checkpoint, TruncatedAtEveryByteIsRefused) {
  const std::string bytes = encode_checkpoint(sample());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    expect_refused(bytes.substr(0, length), "the first " + std::to_string(length) + " bytes");
  }
}

TEST(Checkpoint, EveryFlippedBitIsRefused) {
  const std::string bytes = encode_checkpoint(sample());
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    std::string damaged = bytes;
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ (1 << (i % 8)));
    expect_refused(damaged, "bit " + std::to_string(i) + " flipped");
  }
}

TEST(Checkpoint, BytesBehindTheEndAreRefused) {
  expect_refused(encode_checkpoint(sample()) + '\0', "a byte more");
}

TEST(Checkpoint, ForeignBytesAreRefused) {
  expect_refused("", "nothing");
  expect_refused("RNDOCKPT", "the magic alone");
  expect_refused(std::string(1000, '\xff'), "ones");
  expect_refused(std::string(1000, '\0'), "zeroes");
}

}  // namespace
}  // namespace rondo::train

// Checkpoints of trials in flight (worker/train/checkpoint.h). Every input is read as it is, and with its
// length and checksum put right, so that the archive inside is read too.
#include "worker/train/checkpoint.h"

#include <algorithm>
#include <span>

#include "common/base/check.h"
#include "common/base/digest.h"
#include "common/base/error.h"
#include "tests/fuzz/fuzz.h"

namespace rondo::fuzz {

namespace {

constexpr std::size_t checked_prefix = 20;
constexpr std::size_t header_size = checked_prefix + sizeof(Fingerprint);

void check(std::string_view bytes) {
  train::CheckpointData data;
  try {
    data = train::decode_checkpoint(bytes);
  } catch (const Error& error) {
    RONDO_CHECK(error.code() == ErrorCode::corrupt, "{}", error.what());
    return;
  }
  // No tensor can be larger than the bytes that it came from.
  std::size_t floats = 0;
  for (const train::MemberCheckpoint& member : data.members) {
    floats += member.network.size() + member.best_network.size() + member.optimizer.size();
  }
  RONDO_CHECK(floats * sizeof(float) + data.identity.size() + data.end.size() <= bytes.size());
  RONDO_CHECK(train::encode_checkpoint(data) == bytes);
}

std::string repaired(std::string_view bytes) {
  const std::string_view payload = bytes.substr(std::min(bytes.size(), header_size));
  constexpr std::size_t magic_and_version = 12;
  std::string file = train::encode_checkpoint({}).substr(0, magic_and_version);
  for (unsigned i = 0; i < 8; ++i) {
    file += static_cast<char>(std::uint64_t{payload.size()} >> (8 * i) & 0xffU);
  }
  const Fingerprint checksum =
      Xxh3().update(std::as_bytes(std::span(file))).update(std::as_bytes(std::span(payload))).finish();
  file += to_bytes(checksum);
  return file += payload;
}

}  // namespace

void test_one(std::string_view bytes) {
  check(bytes);
  check(repaired(bytes));
}

std::vector<std::string> seeds() {
  train::CheckpointData data;
  const std::string empty = train::encode_checkpoint(data);
  data.identity = std::string(32, 'i');
  data.epochs_done = data.best_epoch = 7;
  data.best_loss = 0.5;
  data.end = "end";
  const std::vector<float> network = {1, -0.0F, 1e-40F};
  data.members.push_back({300, network, network, {0.25F, 2}});
  const std::string one = train::encode_checkpoint(data);
  data.members.push_back({299, {7}, {}, {}});
  return {empty, one, train::encode_checkpoint(data)};
}

}  // namespace rondo::fuzz

// The bytes of a trial in flight: all that training needs to go on with the same bits. A cache's content, not
// a format for exchange: a version that does not match is refused, and the trial is trained again from its
// start.
//
//   bytes 0-7    "RNDOCKPT"
//   bytes 8-11   version of this layout, little-endian
//   bytes 12-19  length of the payload, little-endian
//   bytes 20-35  XXH3-128 of bytes 0-19 and the payload
//   then         the payload: a Boost binary archive of CheckpointData
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rondo::train {

// What one network of the trial carries from epoch to epoch. Floats in canonical order, one tensor behind the
// other.
struct MemberCheckpoint {
  std::uint32_t steps_done = 0;  // training steps since the trial's first
  std::vector<float> network;
  std::vector<float> best_network;  // empty: no best epoch yet
  std::vector<float> optimizer;     // slots and running products
};

struct CheckpointData {
  std::string identity;  // SHA-256 of what the trial is (trial.cpp); 32 bytes
  std::uint32_t epochs_done = 0;
  // Early stopping; see early_stopping.h.
  std::uint32_t best_epoch = 0;
  double best_loss = 0;
  double best_score = 0;
  std::uint32_t waited = 0;
  std::string end;                        // a serialised proto::TrialEnd; empty while the trial goes on
  std::vector<MemberCheckpoint> members;  // in the trial's order
};

[[nodiscard]] std::string encode_checkpoint(const CheckpointData& data);
// Throws Error(corrupt) for anything that encode_checkpoint did not write. Nothing is deserialised before the
// checksum has been compared, and no length beyond the bytes that are left is ever believed.
[[nodiscard]] CheckpointData decode_checkpoint(std::string_view bytes);

}  // namespace rondo::train

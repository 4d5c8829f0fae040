// Bytes of the files in checkpoints/; FORMAT.md beside this file describes them. Reading never throws: what
// is wrong is a warning, and what stands before it counts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/digest.h"
#include "common/base/ids.h"
#include "coordinator/schedule/core.h"

namespace rondo::store {

inline constexpr std::string_view arrived_magic = "RONDOA1\n";
inline constexpr std::string_view checkpoint_magic = "RONDOC1\n";

struct ArrivedContents {
  bool ours = false;  // written by this run; otherwise nothing else is filled but the warning
  std::vector<schedule::KeptResult> results;
  std::uint64_t whole_bytes = 0;  // up to the end of the last whole entry
  std::string warning;            // empty when everything was read
};

[[nodiscard]] std::string arrived_header(const Digest& key);
[[nodiscard]] std::string arrived_entry(const schedule::KeptResult& result);
[[nodiscard]] ArrivedContents parse_arrived(std::string_view bytes, const Digest& key);

struct CheckpointContents {
  Epoch epoch;
  std::string bytes;
  std::string warning;  // not empty: it cannot be used
};

[[nodiscard]] std::string checkpoint_file(const Digest& key, TrialId trial, Epoch epoch,
                                          std::string_view bytes);
[[nodiscard]] CheckpointContents parse_checkpoint(std::string_view file, const Digest& key, TrialId trial);

}  // namespace rondo::store

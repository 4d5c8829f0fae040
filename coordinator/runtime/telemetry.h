// Lines of telemetry.jsonl: what happened when, and where. No part of the contract; nothing is ever derived
// from it.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/ids.h"
#include "coordinator/runtime/ranks.h"
#include "coordinator/schedule/core.h"
#include "coordinator/store/run_folder.h"

namespace rondo::runtime {

class Telemetry {
 public:
  explicit Telemetry(store::RunFolder& folder) : folder_(folder) {}

  void started(std::uint32_t ranks);
  void ended(int exit_code, const std::string& message);
  // event: rank_joined, rank_lost, rank_refused, rank_left, table_sent
  void rank(const char* event, RankId rank, const WorkerRank& worker, const std::string& why);
  // event: assigned, segment_done, attempt_failed
  void assignment(const char* event, RankId rank, const WorkerRank& worker, double seconds,
                  const std::string& why);
  void warning(const std::string& text);

 private:
  store::RunFolder& folder_;
};

}  // namespace rondo::runtime

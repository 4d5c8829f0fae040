// The rule of the virtual schedule, written a second time: slow, straight from its statement, knowing every
// result beforehand. It shares no code with coordinator/schedule but the structs of records and the history,
// and has no ranks, messages or buffers at all. The core's journal must equal its journal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coordinator/schedule/record.h"
#include "tests/simulation/workload.h"

namespace rondo::simulation {

// The finished journal of a search with a budget of `trials`, record by record.
[[nodiscard]] std::vector<schedule::Record> reference_records(const Workload& workload, std::uint64_t trials);

// The same in the journal's bytes, and what checkers look up.
struct Reference {
  std::vector<schedule::Record> records;
  std::vector<std::string> bytes;          // of each record
  std::vector<std::string> architectures;  // by trial id
};
[[nodiscard]] Reference reference(const Workload& workload, std::uint64_t trials);

}  // namespace rondo::simulation

// Every order in which messages can arrive: not drawn but enumerated, for searches small enough.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tests/simulation/reference.h"
#include "tests/simulation/workload.h"

namespace rondo::simulation {

struct OrderOptions {
  std::uint32_t ranks = 3;
  bool any_start = false;          // ranks join in any order, between any messages; else all at the start
  bool whole_segments = false;     // a segment is one message; else each epoch is
  bool abandoned_arrives = false;  // what an abandoned rank had not sent yet arrives all the same
  bool repeated = false;           // every message arrives a second time, at any later moment
  bool one_dies = false;           // one rank, any, dies at any moment
};

// Runs the core once for every order and throws Violation where a journal differs from the reference's, a
// rank waits, or the search does not end. Returns the number of orders.
[[nodiscard]] std::uint64_t check_every_order(const WorkloadOptions& workload, const OrderOptions& options);

}  // namespace rondo::simulation

// A worker's life: says what it is, loads the table, trains what it is told to, and leaves when it is told to
// or when nobody speaks to it any more.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "common/transport/transport.h"
#include "rondo/experiment.pb.h"
#include "worker/runtime/table_cache.h"

namespace rondo::runtime {

struct WorkerOptions {
  // The table's bytes, from the experiment that the coordinator sent (which has data.path). Empty: reads the
  // file. Called on a thread of its own.
  std::function<std::string(const proto::Experiment&)> read_table;
  // For a table that cannot be read there, or is another one: the coordinator sends it, once a node.
  CacheSettings cache;
  // How long to wait for the coordinator's first word. Later silence is measured by the experiment's rank
  // timeout.
  std::chrono::milliseconds first_word{60'000};
  // What execution.threads_per_rank = 0 stands for.
  std::uint32_t cores = 1;
  // For tests of the schedule: sleeps up to this long after every epoch, drawn from the seed and the rank.
  std::chrono::microseconds longest_test_delay{0};
  std::uint64_t test_delay_seed = 0;
};

// The options that the environment asks for: RONDO_CACHE, RONDO_CACHE_BYTES (table_cache.h), and
// RONDO_TEST_DELAY="<milliseconds>:<seed>". Throws Error(bad_input).
[[nodiscard]] WorkerOptions worker_options_from_environment();

enum class ServeEnd {
  shut_down,         // the coordinator said so: exit code `exit_code`
  coordinator_lost,  // it did not speak for the rank timeout, or its process has ended: exit code 1
  failed,            // this worker cannot go on; `message` says why: exit code 1
};

struct ServeResult {
  ServeEnd end = ServeEnd::failed;
  std::string message;
  bool everybody_leaves = false;  // for leave_mpi: all ranks are known to leave normally
  int exit_code = 1;              // of this process
};

// Rank 0 of `transport` is the coordinator. Closes the transport. Throws nothing: what goes wrong with one
// attempt is told to the coordinator, and the worker is ready for the next.
[[nodiscard]] ServeResult serve(transport::Transport& transport, const WorkerOptions& options);

}  // namespace rondo::runtime

// Ranks that are processes started by mpirun (or srun). Point-to-point and non-blocking only; README.md says
// why.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/transport/transport.h"

namespace rondo::transport {

// This process's place, read from the environment that mpirun and srun give to what they start. MPI is not
// touched, so that a command that runs alone never starts it.
struct Place {
  std::uint32_t rank = 0;
  std::uint32_t size = 1;
};
[[nodiscard]] Place place_from_environment();

// Starts MPI; blocks until all ranks have done so. At most once a process, on the thread that uses the
// result. Throws Error(environment) when MPI cannot be started or this build has none. The destructor waits
// for nobody and does not finalise: end the process with leave_mpi().
[[nodiscard]] std::unique_ptr<Transport> make_mpi(int& argc, char**& argv);

// Cores that this rank may train with: its part of those it may run on, where other ranks of its host but the
// coordinator (rank 0) may run on them too. Every rank calls it once, right after make_mpi: it blocks until
// all have.
[[nodiscard]] std::uint32_t mpi_share_of_cores();

// Ranks of this rank's host, itself included, as MPI sees them. Every rank calls it, after make_mpi: it
// blocks until all have.
[[nodiscard]] std::uint32_t ranks_on_this_host();

// Every rank's text, by rank, on rank 0; nothing on the others. At most 255 bytes of it; the rest is cut.
// Every rank calls it, right after make_mpi: it blocks until all have.
[[nodiscard]] std::vector<std::string> mpi_gather(std::string_view text);

// The MPI library in use, as it calls itself; may be asked before make_mpi. "none" in a build without MPI.
[[nodiscard]] std::string mpi_library();

// Ends a process that called make_mpi, after close(). MPI_Finalize waits for every rank, so it is called only
// when all of them are known to leave normally (`everybody_leaves`), and under a watchdog: a rank that dies
// in the last moment delays the exit by seconds and changes no exit code. Otherwise the process leaves
// without it; buffered output is flushed first, static destructors don't run.
[[noreturn]] void leave_mpi(int exit_code, bool everybody_leaves);

}  // namespace rondo::transport

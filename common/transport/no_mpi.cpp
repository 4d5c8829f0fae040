// Stands in for mpi_transport.cpp in a build without MPI.
#include <cstdlib>

#include "common/base/error.h"
#include "common/transport/cores.h"
#include "common/transport/mpi_transport.h"

namespace rondo::transport {

std::unique_ptr<Transport> make_mpi(int& /*argc*/, char**& /*argv*/) {
  throw_environment(
      "this build of rondo has no MPI, so it cannot run as one of several ranks: start it without mpirun, or "
      "build it with -DRONDO_WITH_MPI=ON");
}

std::uint32_t mpi_share_of_cores() {
  return share_of_cores(own_cores(), {});
}

std::uint32_t ranks_on_this_host() {
  return 1;
}

std::vector<std::string> mpi_gather(std::string_view text) {
  return {std::string(text)};
}

std::string mpi_library() {
  return "none";
}

void leave_mpi(int exit_code, bool /*everybody_leaves*/) {
  std::exit(exit_code);
}

}  // namespace rondo::transport

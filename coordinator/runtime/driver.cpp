#include "coordinator/runtime/driver.h"

#include <exception>
#include <new>

#include "common/base/check.h"
#include "coordinator/runtime/coordinator.h"

namespace rondo::runtime {

namespace {

// The first error is the one to tell; what goes wrong while leaving (the disk is still full) adds nothing.
void leave(Coordinator& coordinator, const Error& error) {
  coordinator.failed(error);
  try {
    coordinator.farewell();
  } catch (const std::exception&) {
  }
}

}  // namespace

DriverResult drive(transport::Transport& transport, store::FileSystem& files, store::RunFolder& folder,
                   const search::Proposer& proposer, const search::Stopper& stopper,
                   const DriverOptions& options, const DriverCallbacks& callbacks,
                   const std::atomic<bool>& pause) {
  RONDO_CHECK(transport.rank() == RankId(0) && transport.size() > 1, "rank {} of {}",
              transport.rank().value(), transport.size());
  Coordinator coordinator(transport, files, folder, proposer, stopper, options, callbacks, pause);
  try {
    coordinator.run();
    coordinator.farewell();
  } catch (const Error& error) {
    leave(coordinator, error);
    throw;
  } catch (const std::bad_alloc&) {
    leave(coordinator, Error(ErrorCode::environment, "out of memory in the coordinator"));
    throw;
  } catch (const std::exception& error) {
    leave(coordinator, Error(ErrorCode::environment, error.what()));
    throw;
  }
  return coordinator.result();
}

}  // namespace rondo::runtime

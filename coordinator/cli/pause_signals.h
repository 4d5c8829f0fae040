// Signals that a user or a batch system sends: the coordinator pauses, its workers leave it the time to do
// so.
#pragma once

#include <atomic>

namespace rondo::cli {

// SIGINT, SIGTERM, SIGUSR1 and SIGHUP ask for a pause; the second SIGINT or SIGTERM ends the process at once,
// as usual. One that is ignored from outside (nohup, a background job) stays ignored. Once a process.
[[nodiscard]] const std::atomic<bool>& pause_on_signals();

// For a rank that trains: the same signals reach every rank of a job, but what they mean is for the
// coordinator to say. Ignores all but SIGTERM, which ends this process when the coordinator has not done so
// in a while.
void leave_signals_to_coordinator();

}  // namespace rondo::cli

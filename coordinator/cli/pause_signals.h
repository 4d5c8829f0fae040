// Signals that a user or a batch system sends: the coordinator pauses, its workers leave it the time to do
// so.
#pragma once

#include <atomic>

namespace rondo::cli {

// SIGINT, SIGTERM, SIGUSR1 and SIGHUP ask for a pause, and only the first one counts: under Slurm and mpirun
// the same one may come three times, and SIGTERM while the pause for SIGUSR1 is under way. The second SIGINT
// ends the process at once, as usual; one that has had SIGTERM and hangs ends by itself after 30 s. A signal
// that is ignored from outside (nohup, a background job) stays ignored. Once a process, before MPI starts.
[[nodiscard]] const std::atomic<bool>& pause_on_signals();

// For a rank that trains: the same signals reach every rank of a job, but what they mean is for the
// coordinator to say. Ignores all but SIGTERM, which ends this process 15 s after the first one when the
// coordinator has not done so.
void leave_signals_to_coordinator();

}  // namespace rondo::cli

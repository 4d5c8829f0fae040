// mpirun's daemon on a host other than its own, which started this rank there.
#pragma once

#include <chrono>

namespace rondo::transport {

// Ends it when nobody needs it any more: for ranks that leave because they hear nothing of the coordinator.
// What it has to say cannot be delivered over a cut line either, and it would try for a quarter of an hour.
// Does nothing when this process was not started by such a daemon ("orted"; mpirun itself and srun are none),
// or when another process of that daemon goes on for `longest`. Every rank of the host may call it: the last
// one does it. Ends this process too, perhaps: have the last word said.
void end_daemon(std::chrono::milliseconds longest);

}  // namespace rondo::transport

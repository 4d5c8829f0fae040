// Workers that are there before the search is: while the coordinator still reads its input, and when that
// turns out to be wrong.
#pragma once

#include <string>

#include "common/base/error.h"
#include "common/transport/transport.h"

namespace rondo::runtime {

// Tells every worker that the coordinator lives. Call it every few seconds until drive() takes over.
void keep_waiting(transport::Transport& transport);

// There will be no search: sends every worker home with this exit code, and closes the transport. All ranks
// then leave normally (leave_mpi with everybody_leaves).
void dismiss(transport::Transport& transport, const std::string& why, ExitCode exit_code);

}  // namespace rondo::runtime

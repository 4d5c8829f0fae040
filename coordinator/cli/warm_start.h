// Networks to try first: as the user names them, or the best of an earlier run.
#pragma once

#include "coordinator/store/file_system.h"
#include "rondo/experiment.pb.h"

namespace rondo::cli {

// Gives every line of search.first its one form. If search.warm_start names a run, and no digest says that
// this has been done, or `anew`, appends the run's best networks that the space holds and that are not there
// yet, and sets the digest. `experiment` has its defaults. Throws Error(bad_input) for a line that is no
// network, and for a run that cannot be read or has no network of the space.
void resolve_first_networks(proto::Experiment& experiment, bool anew, store::FileSystem& files);

}  // namespace rondo::cli

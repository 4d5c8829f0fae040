// Ranks that are threads of one process: queues under a mutex.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "common/transport/transport.h"

namespace rondo::transport {

// `size` connected endpoints; element i is rank i. Each may be used by one thread, and may be destroyed in
// any order: what is sent to an endpoint that is gone vanishes, as with a dead process.
[[nodiscard]] std::vector<std::unique_ptr<Transport>> make_in_process(std::uint32_t size);

}  // namespace rondo::transport

// The floating-point mode that every result is defined in: round to nearest (even), denormals kept in
// arguments and results, no traps. It belongs to the thread, and a library that was built with -ffast-math
// changes it merely by being loaded.
#pragma once

namespace rondo::numerics {

// Sets the mode of this thread, and with it that of the threads that it starts.
void set_floating_point_mode();

// Whether this thread is in that mode.
[[nodiscard]] bool in_floating_point_mode();

// Throws Error(environment) when this thread has left the mode since it was set: nothing computed meanwhile
// may count.
void require_floating_point_mode();

}  // namespace rondo::numerics

#include "common/numerics/floating_point_mode.h"

#include <cfenv>
#include <cstdint>

#include "common/base/error.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#elif !defined(__aarch64__)
#error "the control register of this CPU is not known here"
#endif

namespace rondo::numerics {

namespace {

#if defined(__x86_64__)
// MXCSR: all exceptions masked, rounding 00 (nearest), neither flush-to-zero nor denormals-are-zero. Its low
// six bits only tell what has happened.
constexpr std::uint32_t canonical_mode = 0x1f80;
constexpr std::uint32_t happened = 0x3f;

std::uint32_t mode() {
  return _mm_getcsr() & ~happened;
}
void set_mode() {
  std::fesetround(FE_TONEAREST);  // the x87 unit's too, which nothing here uses but fegetround() asks
  _mm_setcsr(canonical_mode);
}
#else
// FPCR: no traps, rounding 00 (nearest), no flush-to-zero, NaN payloads as they come.
constexpr std::uint64_t canonical_mode = 0;

std::uint64_t mode() {
  std::uint64_t value = 0;
  asm volatile("mrs %0, fpcr" : "=r"(value));
  return value;
}
void set_mode() {
  asm volatile("msr fpcr, %0" : : "r"(canonical_mode));
}
#endif

}  // namespace

void set_floating_point_mode() {
  set_mode();
}

bool in_floating_point_mode() {
  return mode() == canonical_mode;
}

void require_floating_point_mode() {
  if (in_floating_point_mode()) return;
  throw_environment(
      "the floating-point mode of this thread was changed while it trained (control register {:#x}, expected "
      "{:#x}): a library in this process does so; start rondo without LD_PRELOAD and with another MPI "
      "library",
      mode(), canonical_mode);
}

}  // namespace rondo::numerics

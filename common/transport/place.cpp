#include <cstdlib>
#include <optional>

#include "common/base/text.h"
#include "common/transport/mpi_transport.h"

namespace rondo::transport {

namespace {

std::optional<std::uint32_t> number(const char* name) {
  const char* const text = std::getenv(name);
  if (text == nullptr) return std::nullopt;
  const auto value = parse_u64(text);
  if (!value || *value > 0xffffffffU) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

}  // namespace

Place place_from_environment() {
  if (const auto rank = number("OMPI_COMM_WORLD_RANK"), size = number("OMPI_COMM_WORLD_SIZE"); rank && size) {
    return {*rank, *size};
  }
  // srun --mpi=pmix. SLURM_NTASKS alone means nothing: a batch script sees it too, outside of any step.
  if (const auto rank = number("PMIX_RANK"), size = number("SLURM_STEP_NUM_TASKS"); rank && size) {
    return {*rank, *size};
  }
  return {};
}

}  // namespace rondo::transport

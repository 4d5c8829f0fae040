#include <gtest/gtest.h>

#include <cstdlib>
#include <initializer_list>
#include <utility>

#include "common/transport/mpi_transport.h"

namespace rondo::transport {
namespace {

Place place(std::initializer_list<std::pair<const char*, const char*>> variables) {
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "PMIX_RANK",
                           "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS"}) {
    unsetenv(name);
  }
  for (const auto& [name, value] : variables) setenv(name, value, 1);
  return place_from_environment();
}

TEST(Place, IsAloneUnlessStartedAsOneOfSeveral) {
  EXPECT_EQ(place({}).size, 1U);
  // A plain command within a batch script.
  EXPECT_EQ(place({{"SLURM_NTASKS", "64"}}).size, 1U);
  EXPECT_EQ(place({{"OMPI_COMM_WORLD_RANK", "zero"}, {"OMPI_COMM_WORLD_SIZE", "3"}}).size, 1U);
}

TEST(Place, IsReadFromMpirunAndSrun) {
  const Place mpirun = place({{"OMPI_COMM_WORLD_RANK", "2"}, {"OMPI_COMM_WORLD_SIZE", "9"}});
  EXPECT_EQ(mpirun.rank, 2U);
  EXPECT_EQ(mpirun.size, 9U);
  const Place srun = place({{"PMIX_RANK", "5"}, {"SLURM_STEP_NUM_TASKS", "8"}, {"SLURM_NTASKS", "64"}});
  EXPECT_EQ(srun.rank, 5U);
  EXPECT_EQ(srun.size, 8U);
  place({});
}

}  // namespace
}  // namespace rondo::transport

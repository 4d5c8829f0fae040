// The script that Slurm (or a shell, with a host file) runs for a search, as text. What it does is in
// deploy/slurm/body.sh; here are its head and its settings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rondo::cli {

// What differs from site to site: lines "name: value", # for comments.
struct SiteProfile {
  std::string account{};
  std::string partition{};
  std::string qos{};
  std::string launcher = "mpirun";            // or srun (--mpi=pmix)
  std::string launcher_options{};             // as a shell reads them
  std::string container{};                    // what stands before rondo, as a shell reads it
  std::string program{};                      // rondo on the nodes; empty: this very program
  std::vector<std::string> sbatch_options{};  // "sbatch: --constraint=avx2", again for each one
  std::vector<std::string> setup{};           // "setup: module load openmpi", a line of shell, again for each
};

// Throws Error(bad_input) as "FILE:3: …" for a name that is unknown, given twice where it may stand once, or
// without a value.
[[nodiscard]] SiteProfile read_profile(std::string_view text, const std::string& file);

struct BatchJob {
  std::string nodes = "1";  // "4", or "2-4": what is free counts
  std::uint32_t tasks_per_node = 1;
  std::string time{};                 // as Slurm writes it; empty: the partition's own
  std::string hosts{};                // a host file of mpirun instead of Slurm
  std::string name{};                 // of the job
  std::string log{};                  // the file that all of the job's launches append to
  std::string folder{};               // in which the script runs
  std::string program{};              // rondo
  std::string run{};                  // the run's folder
  std::vector<std::string> search{};  // arguments of `rondo search` but --out
};

// Throws Error(bad_input) for a number of nodes or a time that Slurm would refuse, and for a line break in
// what must stand on one line.
[[nodiscard]] std::string batch_script(const BatchJob& job, const SiteProfile& profile);

// A word that a shell reads as this very text.
[[nodiscard]] std::string shell_word(std::string_view text);

}  // namespace rondo::cli

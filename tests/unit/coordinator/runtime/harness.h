// A whole search in one process: driver, scripted workers in threads, a run folder in the temporary
// directory.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/runtime/driver.h"
#include "tests/unit/coordinator/runtime/scripted_worker.h"

namespace rondo::runtime::testing {

// A temporary folder, gone with this object.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

struct SearchSetup {
  std::string folder;
  std::uint64_t trials = 24;
  std::uint32_t lanes = 5;
  double rank_timeout_seconds = 30;
  std::uint32_t max_infrastructure_failures = 10;
  bool greedy = false;  // the ensemble's rule; of 6 candidates
  std::vector<Script> workers{Script{}};
  // Called often, on the driver's thread; true: pause.
  std::function<bool(const SearchProgress&)> pause_when;
  std::function<void(const std::string&)> message;
  std::optional<PauseTime> pause_at{};
};

struct SearchRun {
  DriverResult result;
  std::vector<std::string> messages;
  std::uint64_t epochs = 0;  // trained by all workers
  std::uint64_t from_checkpoint = 0;
  std::uint64_t bad_checkpoints = 0;
  std::uint64_t retrainings = 0;
  std::uint64_t candidates = 0;
};

// Starts or continues the search in the folder. Throws what drive() throws.
[[nodiscard]] SearchRun search(const SearchSetup& setup);

// The bytes that must be equal whatever happened: journal.rondo, final.rondo, models/best/model.rondo. A file
// that is missing is "(missing)".
[[nodiscard]] std::map<std::string, std::string> contract(const std::string& folder);

// As the disk would have it if the process died now: every file but the lock.
void snapshot(const std::string& from, const std::string& to);

}  // namespace rondo::runtime::testing

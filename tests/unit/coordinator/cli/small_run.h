// A small finished search, made once a process, and what a command says.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "common/base/error.h"
#include "coordinator/cli/commands.h"

namespace rondo::cli::testing {

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

[[nodiscard]] std::string read(const std::string& path);
void write(const std::string& path, const std::string& bytes);

// What a command returned or threw, and what it wrote.
struct Said {
  ExitCode code = ExitCode::done;
  std::string error;  // the Error's message, if it threw one; `code` is then what the process would return
  std::string out;
  std::string err;
  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(out); }
};
[[nodiscard]] Said say(const std::function<ExitCode()>& command);

// 90 rows of mixed columns with missing cells: numbers x and z, a colour, and two targets: `y` (no, yes) and
// `height`, a number.
[[nodiscard]] std::string small_table();

// A search alone in this process, 6 trials of at most 5 epochs.
[[nodiscard]] SearchOptions small_search(const Folder& folder, const std::string& out,
                                         const std::string& target = "y");
[[nodiscard]] Said run_search(const SearchOptions& options);

// Tests of commands on a finished run in `folder / "run"`, which they may change.
class FinishedRun : public ::testing::Test {
 protected:
  void SetUp() override;
  [[nodiscard]] std::string run() const { return folder_ / "run"; }

  Folder folder_;
  Said searched_;
};

}  // namespace rondo::cli::testing

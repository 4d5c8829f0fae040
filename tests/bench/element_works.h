// The kernels that are not products, each as a call that is ready to run, with what it is measured against.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace rondo::bench {

struct Work {
  std::string name;     // of the kernel
  std::string extent;   // of its operands
  double elements = 0;  // of the largest operand
  double bytes = 0;     // read and written, each operand once: given where memory is the bound
  bool goal = false;    // at least oneDNN's speed is wanted
  std::function<void()> rondo;
  std::function<void()> onednn;  // empty: no counterpart
  std::function<void()> plain;   // a loop over libm's function, or a copy that moves as much; may be empty
  std::shared_ptr<void> operands;
};

[[nodiscard]] std::vector<Work> functions(std::size_t count);
[[nodiscard]] std::vector<Work> rows(std::size_t rows, std::size_t units);
[[nodiscard]] std::vector<Work> updates(std::size_t count);

}  // namespace rondo::bench

// The entry of libFuzzer, which finds its own way into a parser (clang only; README.md).
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  rondo::fuzz::test_one({reinterpret_cast<const char*>(data), size});
  return 0;
}

// What a parser's file in this folder defines; driver.cpp and libfuzzer.cpp call it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rondo::fuzz {

// Gives the bytes to the parser. Refusing them with rondo::Error is right, and what is accepted must have the
// properties that the parser promises: anything else ends the process (RONDO_CHECK, an exception that nobody
// catches, a sanitizer).
void test_one(std::string_view bytes);

// Sound inputs, made by the library itself, so that they follow every change of a format.
[[nodiscard]] std::vector<std::string> seeds();

}  // namespace rondo::fuzz

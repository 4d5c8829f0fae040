#include "common/base/versions.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace rondo {
namespace {

TEST(Versions, TheReleaseIsTheProjectsVersionInCMake) {
  std::ifstream file(RONDO_SOURCE_DIR "/CMakeLists.txt");
  ASSERT_TRUE(file);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_NE(text.find("project(rondo VERSION " + std::string(release_version) + " "), std::string::npos);
}

}  // namespace
}  // namespace rondo

// The file system's part of reading a table.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include "common/base/error.h"
#include "common/data/csv.h"
#include "common/data/large_pages.h"

namespace rondo::data {

namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

[[noreturn]] void unreadable(const std::string& path, int error) {
  throw_bad_input("{}: cannot be read ({}); check the path and its permissions", path,
                  std::generic_category().message(error));
}

}  // namespace

std::string read_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    throw_bad_input("{}: is a folder; name the CSV file in it", path);
  }
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
  if (!file) {
    if (errno == ENOENT) throw_bad_input("{}: no such file; check the path", path);
    unreadable(path, errno);
  }
  // In pieces, because a pipe does not say how long it is; the last is as long as what a file holds, so that
  // the bytes of a large one are never moved for the sake of its end.
  std::string bytes;
  const auto size = std::filesystem::file_size(path, ignored);
  if (!ignored) reserve_large(bytes, static_cast<std::size_t>(size) + 1);
  constexpr std::size_t piece = std::size_t{1} << 16U;
  for (;;) {
    const std::size_t before = bytes.size();
    const std::size_t room = bytes.capacity() - before;
    bytes.resize(before + (room > 0 ? std::min(room, piece) : piece));
    const std::size_t wanted = bytes.size() - before;
    const std::size_t count = std::fread(bytes.data() + before, 1, wanted, file.get());
    bytes.resize(before + count);
    if (count < wanted) break;
  }
  if (std::ferror(file.get()) != 0) unreadable(path, errno);
  return bytes;
}

}  // namespace rondo::data

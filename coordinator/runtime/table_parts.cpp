#include "coordinator/runtime/table_parts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "common/experiment/utf8.h"

namespace rondo::runtime {

namespace {

// One is read and sent between two turns of the coordinator's loop.
constexpr std::uint64_t part_bytes = std::uint64_t{1} << 20U;

}  // namespace

TableParts::~TableParts() {
  if (file_ >= 0) close(file_);
}

proto::TablePart TableParts::part(std::uint64_t offset) {
  proto::TablePart part;
  part.set_offset(offset);
  const auto failed = [&](int error) {
    part.set_failure(readable(fmt::format("{}: {}", path_, std::generic_category().message(error))));
    return part;
  };
  if (file_ < 0) file_ = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (file_ < 0 || fstat(file_, &status) != 0) return failed(errno);
  // A pipe was read once, by this process itself.
  if (!S_ISREG(status.st_mode)) return failed(ESPIPE);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  part.set_size(size);
  std::string& bytes = *part.mutable_bytes();
  bytes.resize(std::min(part_bytes, size - std::min(offset, size)));
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t count =
        pread(file_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed(errno);
    if (count == 0) return failed(EIO);  // it became shorter meanwhile
    done += static_cast<std::size_t>(count);
  }
  return part;
}

}  // namespace rondo::runtime

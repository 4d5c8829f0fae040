#include "coordinator/store/file_system.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "common/base/check.h"
#include "common/base/error.h"

namespace rondo::store {

namespace {

// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  Descriptor& operator=(Descriptor&&) = delete;
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool valid() const { return number_ >= 0; }

 private:
  int number_;
};

template <class Call>
auto retry_interrupted(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

Descriptor open_path(const std::string& path, int flags) {
  return Descriptor(retry_interrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0666); }));
}

class PosixFile final : public File {
 public:
  PosixFile(Descriptor descriptor, std::string path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  std::size_t write_some(std::string_view bytes) override {
    const ssize_t written =
        retry_interrupted([&] { return ::write(descriptor_.number(), bytes.data(), bytes.size()); });
    if (written < 0) throw_os_error("write to", path_, errno);
    if (written == 0 && !bytes.empty()) throw_os_error("write to", path_, ENOSPC);
    return static_cast<std::size_t>(written);
  }

  void sync() override {
    if (retry_interrupted([&] { return ::fsync(descriptor_.number()); }) != 0) {
      throw_os_error("flush", path_, errno);
    }
  }

  void truncate(std::uint64_t size) override {
    if (retry_interrupted([&] { return ::ftruncate(descriptor_.number(), static_cast<off_t>(size)); }) != 0) {
      throw_os_error("cut", path_, errno);
    }
  }

 private:
  Descriptor descriptor_;  // opened with O_APPEND: after truncate() writes go to the new end
  std::string path_;
};

class PosixLock final : public Lock {
 public:
  explicit PosixLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  Descriptor descriptor_;  // closing it releases the lock
};

std::string advice(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return "free space there and run `rondo resume` on the run folder; nothing that was saved is lost";
    case EROFS:
    case EACCES:
    case EPERM:
      return "make the folder writable and run the command again, or choose another --out";
    case EIO:
      return "the disk reports an error: check it, then run `rondo resume` on the run folder";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (ulimit -n) and run the command again";
    case ENOENT:
    case ENOTDIR:
      return "check the path";
    default:
      return "remove the cause and run `rondo resume` on the run folder";
  }
}

}  // namespace

void throw_os_error(std::string_view action, const std::string& path, int error_number) {
  throw_environment("cannot {} '{}': {}; {}", action, path, std::generic_category().message(error_number),
                    advice(error_number));
}

void File::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t written = write_some(bytes);
    RONDO_CHECK(written > 0 && written <= bytes.size(), "wrote {} of {} bytes", written, bytes.size());
    bytes.remove_prefix(written);
  }
}

PathKind PosixFileSystem::kind(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return PathKind::missing;
    throw_os_error("look at", path, errno);
  }
  return S_ISDIR(status.st_mode) ? PathKind::folder : PathKind::file;
}

std::string PosixFileSystem::read(const std::string& path) {
  const Descriptor descriptor = open_path(path, O_RDONLY);
  if (!descriptor.valid()) throw_os_error("open", path, errno);
  std::string bytes;
  struct stat status {};
  if (::fstat(descriptor.number(), &status) == 0 && status.st_size > 0) {
    bytes.reserve(static_cast<std::size_t>(status.st_size));
  }
  std::string block(std::size_t{1} << 16U, '\0');
  while (true) {
    const ssize_t got =
        retry_interrupted([&] { return ::read(descriptor.number(), block.data(), block.size()); });
    if (got < 0) throw_os_error("read", path, errno);
    if (got == 0) return bytes;
    bytes.append(block, 0, static_cast<std::size_t>(got));
  }
}

std::vector<std::string> PosixFileSystem::list(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  while (!error && entry != std::filesystem::directory_iterator()) {
    names.push_back(entry->path().filename().string());
    entry.increment(error);
  }
  if (error) throw_os_error("list", folder, error.value());
  std::sort(names.begin(), names.end());
  return names;
}

std::unique_ptr<File> PosixFileSystem::create(const std::string& path) {
  Descriptor descriptor = open_path(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
  if (!descriptor.valid()) throw_os_error("create", path, errno);
  return std::make_unique<PosixFile>(std::move(descriptor), path);
}

std::unique_ptr<File> PosixFileSystem::open_append(const std::string& path) {
  Descriptor descriptor = open_path(path, O_WRONLY | O_APPEND);
  if (!descriptor.valid()) throw_os_error("open for writing", path, errno);
  return std::make_unique<PosixFile>(std::move(descriptor), path);
}

void PosixFileSystem::make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0777) == 0) return;
  const int reason = errno;
  if (reason == EEXIST && kind(path) == PathKind::folder) return;
  throw_os_error("make the folder", path, reason);
}

void PosixFileSystem::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) throw_os_error("rename to", to, errno);
}

void PosixFileSystem::remove(const std::string& path) {
  if (std::remove(path.c_str()) != 0 && errno != ENOENT) throw_os_error("remove", path, errno);
}

void PosixFileSystem::sync_folder(const std::string& folder) {
  const Descriptor descriptor = open_path(folder, O_RDONLY | O_DIRECTORY);
  if (!descriptor.valid()) throw_os_error("open", folder, errno);
  // Some network and user-space file systems cannot fsync a folder and say EINVAL; their renames are as
  // durable as they get.
  if (retry_interrupted([&] { return ::fsync(descriptor.number()); }) != 0 && errno != EINVAL) {
    throw_os_error("flush the folder", folder, errno);
  }
}

std::unique_ptr<Lock> PosixFileSystem::try_lock(const std::string& path) {
  Descriptor descriptor = open_path(path, O_RDWR | O_CREAT);
  if (!descriptor.valid()) throw_os_error("open the lock", path, errno);
  if (retry_interrupted([&] { return ::flock(descriptor.number(), LOCK_EX | LOCK_NB); }) != 0) {
    if (errno == EWOULDBLOCK) return nullptr;
    throw_os_error("lock", path, errno);
  }
  return std::make_unique<PosixLock>(std::move(descriptor));
}

std::string join_path(std::string_view folder, std::string_view name) {
  if (folder.empty()) return std::string(name);
  std::string path(folder);
  if (path.back() != '/') path += '/';
  return path.append(name);
}

std::string parent_path(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string_view::npos) return ".";
  if (slash == 0) return "/";
  return std::string(path.substr(0, slash));
}

void make_folders(FileSystem& files, const std::string& path) {
  if (files.kind(path) == PathKind::folder) return;
  const std::string parent = parent_path(path);
  if (parent != path && parent != "." && parent != "/") make_folders(files, parent);
  files.make_folder(path);
  files.sync_folder(parent);
}

void write_atomically(FileSystem& files, const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".tmp";
  {
    const std::unique_ptr<File> file = files.create(temporary);
    file->write(bytes);
    file->sync();
  }
  files.rename(temporary, path);
  files.sync_folder(parent_path(path));
}

}  // namespace rondo::store

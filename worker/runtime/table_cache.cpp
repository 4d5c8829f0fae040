#include "worker/runtime/table_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/text.h"
#include "common/transport/process.h"

namespace rondo::runtime {

namespace {

constexpr std::uint64_t default_cache_bytes = std::uint64_t{10} << 30U;
constexpr std::string_view table_ending = ".table";
constexpr std::string_view part_ending = ".part";
constexpr std::size_t hex_digits = 64;
// The byte of the locks' file that whoever makes room and stores holds; a digest's bytes lie below it.
constexpr std::int64_t store_byte = std::int64_t{1} << 61U;

[[noreturn]] void throw_cache(std::string_view action, const std::string& path, int error) {
  throw_environment("cannot {} '{}': {}; set RONDO_CACHE to a folder of this node that can be written to",
                    action, path, std::generic_category().message(error));
}

// Locks of open file descriptions: between threads as well as processes, gone with the descriptor.
bool lock_byte(const Descriptor& file, std::int64_t byte, short kind, bool wait) {
  struct flock lock {};
  lock.l_type = kind;
  lock.l_whence = SEEK_SET;
  lock.l_start = byte;
  lock.l_len = 1;
  for (;;) {
    if (fcntl(file.get(), wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock) == 0) return true;
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EACCES) return false;
    throw_environment("the cache folder's file system has no locks ({}); set RONDO_CACHE to another folder",
                      std::generic_category().message(errno));
  }
}

// Where a digest's lock lies, from the first hexadecimal digits of its name.
std::int64_t byte_of(std::string_view name) {
  std::uint64_t value = 0;
  constexpr std::size_t digits = 15;  // 60 bits
  std::from_chars(name.data(), name.data() + std::min(digits, name.size()), value, 16);
  return static_cast<std::int64_t>(value);
}

std::string cached_bytes(const Descriptor& file, std::uint64_t size) {
  std::string bytes(size, '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::read(file.get(), bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    done += static_cast<std::size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

// 0, or the error's number.
int write_bytes(const Descriptor& file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return fsync(file.get()) == 0 ? 0 : errno;
}

struct CachedFile {
  std::string name;
  std::uint64_t bytes = 0;
  timespec used{};
};

// What the folder holds, by when it was used last, oldest first.
std::vector<CachedFile> cached_files(const std::string& folder, std::string_view ending) {
  std::vector<CachedFile> files;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(opendir(folder.c_str()), closedir);
  if (open == nullptr) return files;
  while (const dirent* const entry = readdir(open.get())) {
    CachedFile file{entry->d_name};
    struct stat status {};
    if (file.name.size() <= hex_digits || !file.name.ends_with(ending)) continue;
    if (fstatat(dirfd(open.get()), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    file.bytes = static_cast<std::uint64_t>(status.st_size);
    file.used = status.st_mtim;
    files.push_back(std::move(file));
  }
  std::ranges::sort(files, {}, [](const CachedFile& file) {
    return std::tuple(file.used.tv_sec, file.used.tv_nsec, file.name);
  });
  return files;
}

}  // namespace

CacheSettings cache_settings_from_environment() {
  CacheSettings settings;
  settings.most_bytes = default_cache_bytes;
  if (const char* const text = std::getenv("RONDO_CACHE_BYTES")) {
    const auto bytes = parse_u64(text);
    if (!bytes) throw_bad_input("RONDO_CACHE_BYTES is '{}': it must be a number of bytes", text);
    settings.most_bytes = *bytes;
  }
  const auto set = [](const char* name) {
    const char* const text = std::getenv(name);
    return std::string(text == nullptr ? "" : text);
  };
  if (std::getenv("RONDO_CACHE") != nullptr) {
    settings.folder = set("RONDO_CACHE");
  } else if (const std::string cache = set("XDG_CACHE_HOME"); !cache.empty()) {
    settings.folder = cache + "/rondo";
  } else if (const std::string home = set("HOME"); !home.empty()) {
    settings.folder = home + "/.cache/rondo";
  } else {
    const std::string temporary = set("TMPDIR");
    settings.folder = fmt::format("{}/rondo-cache-{}", temporary.empty() ? "/tmp" : temporary, geteuid());
  }
  return settings;
}

Descriptor::~Descriptor() {
  if (open()) ::close(number_);
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

TableCache::TableCache(CacheSettings settings, const Digest& digest)
    : settings_(std::move(settings)), name_(to_hex(digest)) {}

std::string TableCache::path(std::string_view name) const {
  return fmt::format("{}/{}", settings_.folder, name);
}

std::optional<std::string> TableCache::read() {
  if (settings_.folder.empty()) return std::nullopt;
  const std::string file_path = path(name_) + std::string(table_ending);
  Descriptor file(::open(file_path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.open()) return std::nullopt;
  // Held: nobody removes it. Not to be had: somebody removes it right now.
  try {
    if (!lock_byte(file, 0, F_RDLCK, false)) return std::nullopt;
  } catch (const Error&) {
    // Without locks nobody stores or removes here; what lies there may be read.
  }
  struct stat status {};
  if (fstat(file.get(), &status) != 0 || status.st_nlink == 0 || !S_ISREG(status.st_mode))
    return std::nullopt;
  const std::tuple identity(static_cast<std::uint64_t>(status.st_ino),
                            static_cast<std::uint64_t>(status.st_size),
                            static_cast<std::int64_t>(status.st_mtim.tv_sec));
  if (broken_.contains(identity)) return std::nullopt;
  std::string bytes = cached_bytes(file, static_cast<std::uint64_t>(status.st_size));
  if (to_hex(sha256(bytes)) != name_) {
    broken_.insert(identity);
    return std::nullopt;
  }
  // Its time of change says when it was used last; where that cannot be set, nothing is removed either.
  static_cast<void>(futimens(file.get(), nullptr));
  in_use_ = std::move(file);
  return bytes;
}

bool TableCache::try_to_bring() {
  if (settings_.folder.empty()) throw_environment("RONDO_CACHE is empty, so there is no cache folder");
  if (!locks_.open()) {
    std::error_code error;
    std::filesystem::create_directories(settings_.folder, error);
    if (error) throw_cache("create the cache folder", settings_.folder, error.value());
    const std::string lock_path = path("lock");
    constexpr mode_t private_file = 0600;
    locks_ = Descriptor(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, private_file));
    if (!locks_.open()) throw_cache("open", lock_path, errno);
  }
  return lock_byte(locks_, byte_of(name_), F_WRLCK, false);
}

void TableCache::release() {
  locks_ = Descriptor();
}

// A part whose digest nobody brings was left by a process that was killed.
void TableCache::remove_left_parts() {
  for (const CachedFile& part : cached_files(settings_.folder, part_ending)) {
    const bool ours = part.name.starts_with(name_);
    if (!ours && !lock_byte(locks_, byte_of(part.name), F_WRLCK, false)) continue;
    ::unlink(path(part.name).c_str());
    if (!ours) static_cast<void>(lock_byte(locks_, byte_of(part.name), F_UNLCK, false));
  }
}

void TableCache::make_room(std::uint64_t wanted) {
  std::vector<CachedFile> tables = cached_files(settings_.folder, table_ending);
  std::uint64_t held = 0;
  for (const CachedFile& table : tables) held += table.bytes;
  const std::uint64_t most = settings_.most_bytes;
  for (const CachedFile& table : tables) {
    if (wanted <= most && held <= most - wanted) return;
    if (wanted > most) break;
    const std::string table_path = path(table.name);
    const Descriptor file(::open(table_path.c_str(), O_RDWR | O_CLOEXEC));
    // Whoever uses it holds a lock on it.
    if (file.open() && !lock_byte(file, 0, F_WRLCK, false)) continue;
    if (::unlink(table_path.c_str()) == 0) held -= table.bytes;
  }
  if (wanted <= most && held <= most - wanted) return;
  throw_environment(
      "the cache folder '{}' may hold {} bytes (RONDO_CACHE_BYTES), {} of them are in use, and the table has "
      "{}",
      settings_.folder, most, held, wanted);
}

void TableCache::store(std::string_view bytes) {
  RONDO_CHECK(locks_.open(), "store() without try_to_bring()");
  static_cast<void>(lock_byte(locks_, store_byte, F_WRLCK, true));
  remove_left_parts();
  make_room(bytes.size());
  const std::string part =
      path(fmt::format("{}.{}-{}{}", name_, transport::host_name(), transport::own_process(), part_ending));
  constexpr mode_t private_file = 0600;
  Descriptor file(::open(part.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, private_file));
  if (!file.open()) throw_cache("create", part, errno);
  if (const int error = write_bytes(file, bytes); error != 0) {
    ::unlink(part.c_str());
    throw_cache("write", part, error);
  }
  // In use from its first moment on.
  static_cast<void>(lock_byte(file, 0, F_RDLCK, false));
  if (::rename(part.c_str(), (path(name_) + std::string(table_ending)).c_str()) != 0) {
    const int error = errno;
    ::unlink(part.c_str());
    throw_cache("rename", part, error);
  }
  const Descriptor folder(::open(settings_.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.open()) static_cast<void>(fsync(folder.get()));
  static_cast<void>(lock_byte(locks_, store_byte, F_UNLCK, false));
  in_use_ = std::move(file);
}

}  // namespace rondo::runtime

// The seam to the operating system: every byte that the store writes goes through here, so that tests can
// forget what was not fsynced, fail any call and crash between any two. A failure is an Error(environment)
// that names the path, the reason and what to do.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rondo::store {

// An open file that only grows at its end.
class File {
 public:
  File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  virtual ~File() = default;

  // Appends a non-empty prefix of `bytes` and returns its length, as write(2) does.
  [[nodiscard]] virtual std::size_t write_some(std::string_view bytes) = 0;
  // What was written before is durable when this returns.
  virtual void sync() = 0;
  // Cuts the file to its first `size` bytes; later writes go there.
  virtual void truncate(std::uint64_t size) = 0;

  // Appends all of `bytes`. After an Error an unknown prefix of them is in the file.
  void write(std::string_view bytes);
};

// Held from creation to destruction; the kernel releases it when the process dies.
class Lock {
 public:
  Lock() = default;
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  virtual ~Lock() = default;
};

enum class PathKind { missing, file, folder };

class FileSystem {
 public:
  FileSystem() = default;
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;
  virtual ~FileSystem() = default;

  [[nodiscard]] virtual PathKind kind(const std::string& path) = 0;
  [[nodiscard]] virtual std::string read(const std::string& path) = 0;
  // Names in a folder, ascending by bytes, without "." and "..".
  [[nodiscard]] virtual std::vector<std::string> list(const std::string& folder) = 0;

  // A new empty file, in the place of one that exists.
  [[nodiscard]] virtual std::unique_ptr<File> create(const std::string& path) = 0;
  // An existing file, positioned at its end.
  [[nodiscard]] virtual std::unique_ptr<File> open_append(const std::string& path) = 0;
  // One folder whose parent exists; one that is there already is left as it is.
  virtual void make_folder(const std::string& path) = 0;
  // Replaces `to` in one step. Durable only after sync_folder of the folder.
  virtual void rename(const std::string& from, const std::string& to) = 0;
  // A file or an empty folder; one that is missing already is fine.
  virtual void remove(const std::string& path) = 0;
  // Creations, renames and removals in the folder are durable when this returns.
  virtual void sync_folder(const std::string& folder) = 0;
  // Creates the lock's file when there is none. Nothing when another process, or another Lock, holds it.
  [[nodiscard]] virtual std::unique_ptr<Lock> try_lock(const std::string& path) = 0;
};

// The real one. Without state; any number of them may exist.
class PosixFileSystem final : public FileSystem {
 public:
  [[nodiscard]] PathKind kind(const std::string& path) override;
  [[nodiscard]] std::string read(const std::string& path) override;
  [[nodiscard]] std::vector<std::string> list(const std::string& folder) override;
  [[nodiscard]] std::unique_ptr<File> create(const std::string& path) override;
  [[nodiscard]] std::unique_ptr<File> open_append(const std::string& path) override;
  void make_folder(const std::string& path) override;
  void rename(const std::string& from, const std::string& to) override;
  void remove(const std::string& path) override;
  void sync_folder(const std::string& folder) override;
  [[nodiscard]] std::unique_ptr<Lock> try_lock(const std::string& path) override;
};

// Throws Error(environment): "cannot <action> '<path>': <reason>; <what to do>". Also for shims.
[[noreturn]] void throw_os_error(std::string_view action, const std::string& path, int error_number);

// "a/b" + "c" = "a/b/c".
[[nodiscard]] std::string join_path(std::string_view folder, std::string_view name);
// The folder that holds the path; "." when it names none.
[[nodiscard]] std::string parent_path(std::string_view path);
// The folder and those above it that are missing, each made durable in its parent.
void make_folders(FileSystem& files, const std::string& path);
// The file's new bytes are there whole, or its old ones are: temporary file, fsync, rename, fsync of the
// folder.
void write_atomically(FileSystem& files, const std::string& path, std::string_view bytes);

}  // namespace rondo::store

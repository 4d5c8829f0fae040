// A file system in memory that can be cut off: it forgets what was not synced, fails any call, fills up,
// writes less than asked, and crashes between any two calls.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/store/file_system.h"

namespace rondo::store {

// The process died inside a call. No Error: nothing in the store may catch it.
struct Crashed {};

// What a power cut leaves of bytes that were written and not synced.
enum class Unsynced { dropped, zeroed, kept };

class SimulatedFileSystem final : public FileSystem {
 public:
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

  // --- disturbances. Calls that change something are counted from 0.
  std::uint64_t crash_at = never;  // dies before that call takes effect (a write: after half of it)
  std::uint64_t fail_at = never;   // that call fails with error_number
  int error_number = 5;            // EIO
  std::uint64_t capacity = never;  // bytes that all files together may hold
  std::size_t largest_write = std::numeric_limits<std::size_t>::max();
  bool read_only = false;

  [[nodiscard]] std::uint64_t calls() const { return calls_; }
  void reset_disturbances();
  // The process was killed: its locks are gone, everything else stays.
  void kill();
  // Power was cut: kill(), and only what was synced remains.
  void drop_unsynced(Unsynced rule = Unsynced::dropped);

  // --- a test's own hands: no counting, everything durable
  void put(const std::string& path, std::string bytes);
  [[nodiscard]] std::string get(const std::string& path) const;
  [[nodiscard]] bool has(const std::string& path) const { return current_.contains(path); }
  // Every file's path and bytes.
  [[nodiscard]] std::map<std::string, std::string> snapshot() const;

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

 private:
  friend class SimulatedFile;
  friend class SimulatedLock;
  struct Node {
    bool folder = false;
    std::string bytes;
    std::string durable;
  };
  using Tree = std::map<std::string, std::shared_ptr<Node>>;

  // Counts a call that changes something, and fails or crashes in its place.
  void disturb(std::string_view action, const std::string& path);
  [[nodiscard]] std::uint64_t used() const;
  [[nodiscard]] std::shared_ptr<Node> node(std::string_view action, const std::string& path) const;
  void require_parent(std::string_view action, const std::string& path) const;

  Tree current_;
  Tree durable_;
  std::set<std::string> locks_;
  std::uint64_t calls_ = 0;
  std::uint64_t lives_ = 0;  // a lock or file of an earlier life does nothing
};

}  // namespace rondo::store

// A node's tables, by the digest of their bytes: what the coordinator had to send once is there for the
// node's other ranks, and for the next launch. Losing it costs time only; README.md says what the folder
// holds.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

#include "common/base/digest.h"

namespace rondo::runtime {

struct CacheSettings {
  std::string folder;            // empty: there is none, and what was sent stays in the rank's memory
  std::uint64_t most_bytes = 0;  // of all its tables
};

// RONDO_CACHE, else rondo in XDG_CACHE_HOME or in HOME/.cache, else a folder of this user's in TMPDIR or
// /tmp. RONDO_CACHE_BYTES, else 10 GiB. Throws Error(bad_input).
[[nodiscard]] CacheSettings cache_settings_from_environment();

// Closes a file's descriptor, and releases the locks that were taken through it, at its end. The kernel does
// so for a process that is killed.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  Descriptor& operator=(Descriptor&& other) noexcept;
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool open() const { return number_ >= 0; }

 private:
  int number_;
};

// One table in the cache. Used by one thread at a time. A table that was read or stored through this object
// is in use until it is destroyed, and no other process removes it meanwhile.
class TableCache {
 public:
  TableCache(CacheSettings settings, const Digest& digest);

  // The table, when it is there and its bytes have its digest; a broken file is as good as none.
  [[nodiscard]] std::optional<std::string> read();
  // Makes this process the one that brings the table, until release() or its end. False: another one is at
  // it. Throws Error(environment) when the folder takes no files or no locks.
  [[nodiscard]] bool try_to_bring();
  void release();
  // Puts the table there, removing those that were not used for longest to make room. Only between
  // try_to_bring() and release(). Throws Error(environment), and leaves no file, when there is no room for
  // it.
  void store(std::string_view bytes);

 private:
  [[nodiscard]] std::string path(std::string_view name) const;
  void make_room(std::uint64_t wanted);
  void remove_left_parts();

  CacheSettings settings_;
  std::string name_;  // hexadecimal digest
  Descriptor locks_;  // a byte of its file is a digest's lock
  Descriptor in_use_;
  // File number, size and time of change of those that were read and are broken.
  std::set<std::tuple<std::uint64_t, std::uint64_t, std::int64_t>> broken_;
};

}  // namespace rondo::runtime

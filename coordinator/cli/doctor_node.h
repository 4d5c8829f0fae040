// What rondo doctor looks at on each rank's node before a long job, and what the ranks say together.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/cli/doctor.h"
#include "coordinator/store/file_system.h"

namespace rondo::cli {

// The folder takes a file, keeps it through fsync and rename, and its locks lock. Leaves nothing behind.
[[nodiscard]] Check check_folder(store::FileSystem& files, const std::string& folder);
// Bytes and files that the folder's file system still takes. At least 1 GiB and 1000 files.
[[nodiscard]] Check check_disk(std::uint64_t free_bytes, std::uint64_t free_files);
// Bytes that this process may still take. At least 512 MiB for each rank of the host.
[[nodiscard]] Check check_memory(std::uint64_t free_bytes, std::uint32_t ranks_here);
// Open files that a process may have. At least 256, and 4 for each rank.
[[nodiscard]] Check check_descriptors(std::uint64_t limit, std::uint32_t ranks);
// What the table cache's folder would say to a table. Empty: it takes it. Leaves nothing behind.
[[nodiscard]] std::string cache_trouble(store::FileSystem& files, const std::string& folder);
// Seconds since 1970: not before this release could exist.
[[nodiscard]] Check check_clock(std::int64_t seconds);

// What one rank found. Travels to rank 0 as JSON.
struct RankAnswer {
  std::uint32_t rank = 0;
  std::string host{};
  std::vector<Check> checks{};
  std::string versions{};  // release and protocol, which must be equal on all ranks
  std::string numerics{};  // digest
  std::string dataset{};   // digest; empty: no --data, or a rank other than 0 that does not see it
  std::string unseen{};    // why a rank does not see the table: it would be sent there
  std::string cache{};     // why that rank's cache folder would not take it; empty: it would
  std::int64_t seconds = 0;
  std::vector<std::uint32_t> cores{};  // numbers of those that it may run on
};
[[nodiscard]] std::string to_json(const RankAnswer& answer);
[[nodiscard]] RankAnswer answer_from_json(const std::string& text);

// Everything that this process can look at alone. A `folder` that is missing stands for the nearest one above
// it that is there; `data` may be empty.
[[nodiscard]] RankAnswer examine_rank(std::uint32_t rank, std::uint32_t ranks, std::uint32_t ranks_here,
                                      const std::string& folder, const std::string& data);

// One line for each check of all ranks (in the order of the first one's), then what only all of them can
// tell: that they agree, and that each host has a core for each of its ranks but the coordinator, unless
// `oversubscribed`. `answers` is not empty.
[[nodiscard]] std::vector<Check> merge_answers(const std::vector<RankAnswer>& answers, std::uint32_t ranks,
                                               bool oversubscribed);

}  // namespace rondo::cli

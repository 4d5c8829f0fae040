// The table's file, in parts for the ranks that do not see it.
#pragma once

#include <cstdint>
#include <string>

#include "rondo/message.pb.h"

namespace rondo::runtime {

class TableParts {
 public:
  explicit TableParts(std::string path) : path_(std::move(path)) {}
  ~TableParts();
  TableParts(const TableParts&) = delete;
  TableParts& operator=(const TableParts&) = delete;

  // The part at `offset`, or why it cannot be had. Whether the bytes are still those that the search began
  // with is for the reader to check, by their digest.
  [[nodiscard]] proto::TablePart part(std::uint64_t offset);

 private:
  std::string path_;
  int file_ = -1;  // opened with the first part
};

}  // namespace rondo::runtime

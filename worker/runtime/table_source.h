// Where a worker's table comes from: its path, else the node's cache, else the coordinator, which sends it
// once a node as long as the cache folder can be written to.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/base/digest.h"
#include "rondo/experiment.pb.h"
#include "worker/runtime/table_cache.h"
#include "worker/runtime/table_fetch.h"

namespace rondo::runtime {

using ReadTable = std::function<std::string(const proto::Experiment&)>;

class TableSource {
 public:
  // `fetch` must outlive this object.
  TableSource(ReadTable read, CacheSettings cache, TableFetch& fetch);

  // The bytes that have this digest, every time it is called. On one thread at a time. Throws Error when they
  // are nowhere to be had.
  [[nodiscard]] std::string bytes(const proto::Experiment& experiment, const Digest& digest);

  // After bytes(): "path", "cache", "coordinator" or "memory"; and what people should know.
  [[nodiscard]] const std::string& from() const { return from_; }
  [[nodiscard]] const std::string& note() const { return note_; }

 private:
  [[nodiscard]] std::optional<std::string> from_path(const proto::Experiment& experiment,
                                                     const Digest& digest);
  // What the node's cache holds, now or after another rank has brought it. Nothing: this rank is the one to
  // bring it.
  [[nodiscard]] std::optional<std::string> from_node();
  [[nodiscard]] std::string from_node_or_coordinator(const Digest& digest);
  [[nodiscard]] std::string from_coordinator(const Digest& digest);

  ReadTable read_;
  CacheSettings settings_;
  TableFetch& fetch_;
  std::unique_ptr<TableCache> cache_;
  std::optional<std::string> kept_;  // what the cache folder did not take
  std::string why_not_;              // the path does not do
  std::string from_;
  std::string note_;
};

}  // namespace rondo::runtime

#include "worker/runtime/table_source.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "common/base/error.h"

namespace rondo::runtime {

namespace {

// Between two looks at whether another rank of the node has brought the table.
constexpr std::chrono::milliseconds look_for_table{20};

struct ReleaseAtEnd {
  TableCache& cache;
  ~ReleaseAtEnd() { cache.release(); }
};

}  // namespace

TableSource::TableSource(ReadTable read, CacheSettings cache, TableFetch& fetch)
    : read_(std::move(read)), settings_(std::move(cache)), fetch_(fetch) {}

std::string TableSource::bytes(const proto::Experiment& experiment, const Digest& digest) {
  if (kept_) {
    from_ = "memory";
    return *kept_;
  }
  if (auto bytes = from_path(experiment, digest)) {
    from_ = "path";
    return std::move(*bytes);
  }
  if (!cache_) cache_ = std::make_unique<TableCache>(settings_, digest);
  return from_node_or_coordinator(digest);
}

std::optional<std::string> TableSource::from_path(const proto::Experiment& experiment, const Digest& digest) {
  try {
    std::string bytes = read_(experiment);
    const Digest found = sha256(bytes);
    if (found == digest) return bytes;
    why_not_ = fmt::format("{} is another table here (its SHA-256 is {}, the coordinator's {})",
                           experiment.data().path(), to_hex(found), to_hex(digest));
  } catch (const Error& error) {
    why_not_ = error.what();
  }
  return std::nullopt;
}

std::optional<std::string> TableSource::from_node() {
  for (;;) {
    if (auto bytes = cache_->read()) return bytes;
    if (cache_->try_to_bring()) {
      // Another rank may have brought it between the two.
      auto bytes = cache_->read();
      if (bytes) cache_->release();
      return bytes;
    }
    if (fetch_.stopped_within(look_for_table)) throw_environment("this rank leaves");
  }
}

std::string TableSource::from_node_or_coordinator(const Digest& digest) {
  const auto keep_in_memory = [this](const Error& error) {
    note_ = fmt::format("{}; the table is kept in memory", error.what());
  };
  note_.clear();
  try {
    if (auto bytes = from_node()) {
      from_ = "cache";
      return std::move(*bytes);
    }
  } catch (const Error& error) {
    keep_in_memory(error);
  }
  // Until this returns, the node's other ranks wait for what it brings.
  const ReleaseAtEnd release{*cache_};
  std::string bytes = from_coordinator(digest);
  try {
    if (note_.empty()) cache_->store(bytes);
  } catch (const Error& error) {
    keep_in_memory(error);
  }
  if (!note_.empty()) kept_ = bytes;
  return bytes;
}

std::string TableSource::from_coordinator(const Digest& digest) {
  from_ = "coordinator";
  std::string bytes;
  try {
    bytes = fetch_.get();
  } catch (const Error& error) {
    throw_environment("{}; and the coordinator cannot send it: {}", why_not_, error.what());
  }
  if (sha256(bytes) != digest) {
    throw_environment("{}; and the coordinator's file has changed since the search began: start it again",
                      why_not_);
  }
  return bytes;
}

}  // namespace rondo::runtime

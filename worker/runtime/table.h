// The worker's copy of the table, read and prepared on a thread of its own, so that the line to the
// coordinator stays alive however large the table is.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/data/prepared.h"
#include "rondo/experiment.pb.h"
#include "rondo/message.pb.h"
#include "worker/runtime/table_source.h"

namespace rondo::runtime {

class TableLoader {
 public:
  // `source` must outlive this object, and is its own until then. The destructor waits for the thread, which
  // a source whose bytes do not come can make long: stop what brings them first.
  TableLoader(proto::Setup setup, data::FitOn fit_on, TableSource& source);
  ~TableLoader();
  TableLoader(const TableLoader&) = delete;
  TableLoader& operator=(const TableLoader&) = delete;

  [[nodiscard]] bool done() const { return done_.load(std::memory_order_acquire); }
  // The rest only when done(). Empty: it could not be loaded, and failure() says why.
  [[nodiscard]] std::vector<data::PreparedData> take() { return std::move(prepared_); }
  [[nodiscard]] const std::string& failure() const { return failure_; }

 private:
  void load();

  proto::Setup setup_;
  data::FitOn fit_on_;
  TableSource& source_;
  std::vector<data::PreparedData> prepared_;
  std::string failure_;
  std::atomic<bool> done_{false};
  std::thread thread_;
};

}  // namespace rondo::runtime

// The worker's copy of the table, read and prepared on a thread of its own, so that the line to the
// coordinator stays alive however large the table is.
#pragma once

#include <atomic>
#include <memory>
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
  TableLoader(proto::Setup setup, data::FitOn fit_on, std::shared_ptr<TableSource> source);
  // Waits for the thread. When bytes don't come any more, stop the source's fetch first.
  ~TableLoader();
  TableLoader(const TableLoader&) = delete;
  TableLoader& operator=(const TableLoader&) = delete;

  // Nobody waits for the thread: it goes on until the process ends, which must be soon and without static
  // destructors.
  void forsake() { thread_.detach(); }

  [[nodiscard]] bool done() const { return work_->done.load(std::memory_order_acquire); }
  // The rest only when done(). Empty: it could not be loaded, and failure() says why.
  [[nodiscard]] std::vector<data::PreparedData> take() { return std::move(work_->prepared); }
  [[nodiscard]] const std::string& failure() const { return work_->failure; }

 private:
  // What the thread needs; lives as long as it does.
  struct Work {
    proto::Setup setup;
    data::FitOn fit_on;
    std::shared_ptr<TableSource> source;
    std::vector<data::PreparedData> prepared{};
    std::string failure{};
    std::atomic<bool> done{false};
  };
  static void load(Work& work);

  std::shared_ptr<Work> work_;
  std::thread thread_;
};

}  // namespace rondo::runtime

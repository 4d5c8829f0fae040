// The worker's copy of the table, read and prepared on a thread of its own, so that the line to the
// coordinator stays alive however large the table is.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/data/prepared.h"
#include "rondo/experiment.pb.h"
#include "rondo/message.pb.h"

namespace rondo::runtime {

using ReadTable = std::function<std::string(const proto::Experiment&)>;

class TableLoader {
 public:
  TableLoader(proto::Setup setup, data::FitOn fit_on, ReadTable read);
  ~TableLoader();  // waits for the thread
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
  ReadTable read_;
  std::vector<data::PreparedData> prepared_;
  std::string failure_;
  std::atomic<bool> done_{false};
  std::thread thread_;
};

}  // namespace rondo::runtime

// The object behind drive(): one search on its way.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/runtime/candidates.h"
#include "coordinator/runtime/driver.h"
#include "coordinator/runtime/ranks.h"
#include "coordinator/runtime/retraining.h"
#include "coordinator/runtime/table_parts.h"
#include "coordinator/runtime/telemetry.h"
#include "coordinator/search/ensemble.h"

namespace rondo::runtime {

class Coordinator {
 public:
  Coordinator(transport::Transport& transport, store::FileSystem& files, store::RunFolder& folder,
              const search::Proposer& proposer, const search::Stopper& stopper, const DriverOptions& options,
              const DriverCallbacks& callbacks, const std::atomic<bool>& pause);

  // From the folder's state to the end, a pause or a failure; the workers still listen when it returns.
  void run();
  // Tells the workers to leave, takes what they hand back, closes the transport.
  void farewell();
  // After farewell().
  [[nodiscard]] DriverResult result() const;
  // run() threw: records that, as far as the disk takes it. farewell() comes next.
  void failed(const Error& error) noexcept;

 private:
  using Clock = std::chrono::steady_clock;

  void restore();
  // after_search.cpp. True: nothing is left to do.
  [[nodiscard]] bool final_step();
  void begin_final();
  void begin_candidates();
  void finish_candidates();
  void begin_retraining(const search::Shipped& shipped, std::map<TrialId, std::uint32_t> weights);
  void finish_retraining();
  [[nodiscard]] bool gave_up(const Errands& errands, const char* what);
  template <typename Work>
  [[nodiscard]] auto beside_the_line(const Work& work);
  void assign_errands();
  void errand_report(RankId rank, const proto::TrialReport& report);
  void errand_failed(std::uint64_t assignment, const std::string& why);

  void turn();
  void chores();

  void handle(const Arrival& arrival);
  void greet(RankId rank, const proto::Hello& hello);
  void send_table(RankId rank, std::uint64_t offset);
  void loaded(RankId rank, const proto::Loaded& loaded);
  void report(RankId rank, const proto::TrialReport& report);
  void failure(RankId rank, const proto::Failure& failure);
  void refuse(RankId rank, const std::string& why);
  void lose(RankId rank, const std::string& why);

  void step(schedule::Event event);
  void carry_out(schedule::Ready ready, const schedule::Event* cause);
  void carry_out(const schedule::AssignCommand& command);
  void carry_out(const schedule::AbandonCommand& command);
  void set_assignment(RankId rank, schedule::AssignmentId assignment, TrialId trial);

  void sync();
  void stop(ExitCode exit, std::string message);
  void say(const std::string& text);
  void tell_progress(bool always);
  void find_best();

  transport::Transport& transport_;
  store::FileSystem& files_;
  store::RunFolder& folder_;
  const DriverOptions& options_;
  const DriverCallbacks& callbacks_;
  const std::atomic<bool>& pause_;

  Ranks ranks_;
  TableParts table_;
  Telemetry telemetry_;
  schedule::Core core_;
  std::deque<schedule::Event> events_;
  bool stepping_ = false;
  bool restoring_ = false;
  bool leaving_ = false;
  std::vector<TrialId> ranking_;  // once the search is over
  search::ValidationTruth truth_;
  std::optional<Candidates> candidates_;  // until the selection is made
  std::optional<proto::Selection> selection_;
  std::optional<Retraining> retraining_;
  std::optional<Clock::time_point> unsynced_since_;
  std::string last_refusal_;

  bool stopped_ = false;
  bool failed_ = false;
  ExitCode exit_ = ExitCode::done;
  std::string message_;
  std::optional<proto::FinalResult> final_result_;

  SearchProgress progress_;
  std::size_t judged_seen_ = 0;
  std::uint32_t accepted_ = 0;
  std::uint32_t refused_ = 0;
  bool everybody_left_ = false;
  Clock::time_point told_{};
};

}  // namespace rondo::runtime

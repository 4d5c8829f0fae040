#include "worker/runtime/serve.h"

#include <fmt/format.h>

#include <cstdlib>
#include <deque>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/text.h"
#include "common/base/versions.h"
#include "common/data/csv.h"
#include "common/experiment/utf8.h"
#include "common/numerics/floating_point_mode.h"
#include "common/transport/process.h"
#include "worker/kernels/self_test.h"
#include "worker/kernels/threads.h"
#include "worker/runtime/attempt.h"
#include "worker/runtime/link.h"
#include "worker/runtime/table.h"
#include "worker/runtime/table_fetch.h"
#include "worker/runtime/table_source.h"

namespace rondo::runtime {

namespace {

using Clock = std::chrono::steady_clock;

// A message ends a wait; the end of loading does not.
constexpr std::chrono::milliseconds idle_wait{50};
constexpr std::chrono::milliseconds loading_wait{2};

proto::ToCoordinator hello() {
  proto::ToCoordinator message;
  proto::Hello& hello = *message.mutable_hello();
  hello.set_protocol(protocol_version);
  hello.mutable_versions()->set_journal(journal_version);
  hello.mutable_versions()->set_numerics(numerics_version);
  hello.mutable_versions()->set_search(search_version);
  hello.mutable_versions()->set_seed_scheme(seed_scheme_version);
  hello.set_numerics_digest(to_bytes(kernels::numerics_digest()));
  hello.set_host(readable(transport::host_name()));
  hello.set_process(transport::own_process());
  hello.set_release(std::string(release_version));
  return message;
}

std::string read_path(const proto::Experiment& experiment) {
  return data::read_file(experiment.data().path());
}

class Worker {
 public:
  Worker(transport::Transport& transport, const WorkerOptions& options)
      : options_(options),
        link_(transport, options.first_word),
        rank_(transport.rank()),
        source_(std::make_shared<TableSource>(options.read_table ? options.read_table : read_path,
                                              options.cache)) {
    delay_state_ = options.test_delay_seed * 0x9e3779b97f4a7c15U + rank_.value();
  }
  // The loader's thread may wait for bytes that will not come any more.
  ~Worker() {
    source_->fetch().stop();
    if (loader_ && options_.process_ends) loader_->forsake();
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  ServeResult run() {
    link_.send(hello());
    while (!leaving_) {
      if (!take_message()) link_.wait(loader_ ? loading_wait : idle_wait);
      ask_for_table();
      finish_loading();
      if (next_ && !loader_) train();
      if (link_.coordinator_lost())
        return left(ServeEnd::coordinator_lost, "the coordinator is gone or silent");
    }
    return left(ServeEnd::shut_down, leaving_->reason());
  }

 private:
  ServeResult left(ServeEnd end, std::string message) {
    const bool everybody_leaves = end == ServeEnd::shut_down && leaving_->everybody_leaves();
    link_.leave(everybody_leaves);
    const int exit_code = end == ServeEnd::shut_down ? static_cast<int>(leaving_->exit_code()) : 1;
    return {end, std::move(message), everybody_leaves, exit_code};
  }

  // Reads one message, if there is any. False: there is none.
  bool take_message() { return handle(link_.poll()); }

  bool handle(std::optional<proto::ToWorker> message) {
    if (!message) return false;
    switch (message->body_case()) {
      case proto::ToWorker::kSetup:
        set_up(std::move(*message->mutable_setup()));
        break;
      case proto::ToWorker::kAssign:
        // The newest one counts: the coordinator gives a rank one assignment at a time.
        next_ = std::move(*message->mutable_assign());
        break;
      case proto::ToWorker::kAbandon:
        if (next_ && next_->assignment() == message->abandon().assignment()) next_.reset();
        if (current_ == message->abandon().assignment()) abandoned_ = true;
        break;
      case proto::ToWorker::kTablePart:
        source_->fetch().deliver(message->table_part());
        break;
      case proto::ToWorker::kShutdown:
        leaving_ = message->shutdown();
        leave_by_ = Clock::now() + options_.last_epoch_allowance;
        break;
      default:
        break;
    }
    return true;
  }

  void set_up(proto::Setup setup) {
    setup_ = std::move(setup);
    const double seconds = setup_.experiment().execution().rank_timeout_seconds();
    link_.set_rank_timeout(std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000)));
    const std::uint32_t threads = setup_.experiment().execution().threads_per_rank();
    threads_ = kernels::Threads(threads > 0 ? threads : options_.cores);
    link_.watch(setup_.coordinator_host(), setup_.coordinator_process());
    load(data::FitOn::training);
  }

  void load(data::FitOn fit_on) {
    loading_ = fit_on;
    loader_ = std::make_unique<TableLoader>(setup_, fit_on, source_);
  }

  void ask_for_table() {
    for (const std::uint64_t offset : source_->fetch().take_requests()) {
      proto::ToCoordinator message;
      message.mutable_table_request()->set_offset(offset);
      link_.send(message);
    }
  }

  void finish_loading() {
    if (!loader_ || !loader_->done()) return;
    const std::unique_ptr<TableLoader> loader = std::move(loader_);
    data_for(loading_) = loader->take();
    const bool loaded = !data_for(loading_).empty();
    if (loading_ == data::FitOn::training) {
      proto::ToCoordinator message;
      message.mutable_loaded()->set_dataset_digest(setup_.dataset_digest());
      message.mutable_loaded()->set_threads(static_cast<std::uint32_t>(threads_.count()));
      message.mutable_loaded()->set_table_from(source_->from());
      message.mutable_loaded()->set_note(readable(source_->note()));
      if (!loaded) message.mutable_loaded()->set_failure(readable(loader->failure()));
      link_.send(message);
    } else if (!loaded && next_) {
      fail(next_->assignment(), loader->failure());
      next_.reset();
    }
  }

  std::vector<data::PreparedData>& data_for(data::FitOn fit_on) {
    return fit_on == data::FitOn::training ? training_ : retraining_;
  }

  void fail(std::uint64_t assignment, const std::string& why) {
    proto::ToCoordinator message;
    message.mutable_failure()->set_assignment(assignment);
    message.mutable_failure()->set_message(readable(why));
    link_.send(message);
  }

  void train() {
    const data::FitOn fit_on = next_->final() ? data::FitOn::training_and_validation : data::FitOn::training;
    if (data_for(fit_on).empty()) {
      load(fit_on);
      return;
    }
    const proto::Assign assign = std::move(*next_);
    next_.reset();
    current_ = assign.assignment();
    abandoned_ = false;
    // What goes wrong here is the attempt's misfortune, not the worker's end.
    try {
      Attempt attempt(data_for(fit_on), setup_.experiment(), assign, threads_);
      attempt.run({[this] { return keep_going(); }, [this] { return after_epoch(); },
                   [this](const proto::ToCoordinator& message) { link_.send(message); },
                   options_.long_epoch});
    } catch (const std::bad_alloc&) {
      fail(assign.assignment(), fmt::format("out of memory in trial {}", assign.trial()));
    } catch (const std::exception& error) {
      fail(assign.assignment(), error.what());
    }
    current_.reset();
  }

  bool keep_going() {
    // Every message is taken, so that an order to stop is not behind others.
    for (auto message = link_.poll_sometimes(); message; message = link_.poll()) handle(std::move(message));
    if (abandoned_ || link_.coordinator_lost()) return false;
    return !leaving_ || Clock::now() < leave_by_;
  }

  bool after_epoch() {
    if (options_.longest_test_delay.count() > 0) sleep_for_test();
    return leaving_.has_value();
  }

  // splitmix64: any fixed mixing does, for it changes no result.
  void sleep_for_test() {
    std::uint64_t z = delay_state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    z ^= z >> 31U;
    const auto length =
        std::chrono::microseconds(z % (static_cast<std::uint64_t>(options_.longest_test_delay.count()) + 1));
    const auto end = Clock::now() + length;
    while (Clock::now() < end && keep_going()) std::this_thread::sleep_for(std::chrono::microseconds(200));
  }

  const WorkerOptions& options_;
  Link link_;
  RankId rank_;
  proto::Setup setup_;
  kernels::Threads threads_;
  std::shared_ptr<TableSource> source_;
  std::unique_ptr<TableLoader> loader_;
  data::FitOn loading_ = data::FitOn::training;
  std::vector<data::PreparedData> training_;
  std::vector<data::PreparedData> retraining_;
  std::optional<proto::Assign> next_;
  std::optional<std::uint64_t> current_;
  bool abandoned_ = false;
  std::optional<proto::Shutdown> leaving_;
  Clock::time_point leave_by_;
  std::uint64_t delay_state_ = 0;
};

}  // namespace

WorkerOptions worker_options_from_environment() {
  WorkerOptions options;
  options.cache = cache_settings_from_environment();
  const char* const text = std::getenv("RONDO_TEST_DELAY");
  if (text == nullptr) return options;
  const std::string_view delay(text);
  const std::size_t colon = delay.find(':');
  const auto milliseconds = parse_u64(delay.substr(0, colon));
  const auto seed =
      colon == std::string_view::npos ? std::optional<std::uint64_t>(0) : parse_u64(delay.substr(colon + 1));
  constexpr std::uint64_t longest = 60'000;
  if (!milliseconds || *milliseconds > longest || !seed) {
    throw_bad_input("RONDO_TEST_DELAY is '{}': it must be <milliseconds, at most {}>:<seed>", delay, longest);
  }
  options.longest_test_delay = std::chrono::milliseconds(*milliseconds);
  options.test_delay_seed = *seed;
  return options;
}

ServeResult serve(transport::Transport& transport, const WorkerOptions& options) {
  numerics::set_floating_point_mode();
  std::string why;
  try {
    return Worker(transport, options).run();
  } catch (const std::bad_alloc&) {
    why = "out of memory";
  } catch (const std::exception& error) {
    why = error.what();
  }
  transport.close(std::chrono::milliseconds(0));
  return {ServeEnd::failed, why, false, 1};
}

}  // namespace rondo::runtime

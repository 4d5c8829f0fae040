// Trials to be trained outside of the search, each once: given to any free rank, given again when the rank
// was lost. Who does which, in what order and how often, doesn't matter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rondo::runtime {

class Errands {
 public:
  // The first `wanted` of `count` are done; for one that is dropped the next takes part, as long as there is
  // one. `first` is the number of the first assignment: above all that the core gives, and different for the
  // errands of one run.
  Errands(std::size_t count, std::size_t wanted, std::uint64_t first, std::uint32_t most_failures);

  // Numbers that the core never gives.
  static constexpr std::uint64_t first_of_retrainings = std::uint64_t{1} << 63U;
  static constexpr std::uint64_t first_of_candidates = first_of_retrainings + (std::uint64_t{1} << 62U);
  [[nodiscard]] static bool is_one(std::uint64_t assignment) { return assignment >= first_of_retrainings; }

  // All are done, or one failed too often.
  [[nodiscard]] bool over() const { return failed_ || done() == needed(); }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] const std::string& last_failure() const { return last_failure_; }
  // So far, and how many there will be as far as is known now.
  [[nodiscard]] std::size_t done() const { return count(State::done); }
  [[nodiscard]] std::size_t needed() const;
  [[nodiscard]] bool is_done(std::size_t index) const { return states_[index] == State::done; }

  // An assignment for a free rank, and the errand that it is; nothing when all that is needed is under way.
  [[nodiscard]] std::optional<std::pair<std::uint64_t, std::size_t>> give();
  // The errand of an assignment that is under way; nothing for any other.
  [[nodiscard]] std::optional<std::size_t> find(std::uint64_t assignment) const;
  void finish(std::uint64_t assignment) { settle(assignment, State::done); }
  void drop(std::uint64_t assignment) { settle(assignment, State::dropped); }
  // It came to nothing: its rank was lost, or it failed. It is to be given to another.
  void attempt_failed(std::uint64_t assignment, const std::string& why);

 private:
  enum class State : std::uint8_t { waiting, under_way, done, dropped };
  [[nodiscard]] std::size_t count(State state) const;
  void settle(std::uint64_t assignment, State state);

  std::vector<State> states_;
  std::vector<std::uint32_t> failures_;
  std::size_t wanted_;
  std::uint64_t next_;
  std::uint32_t most_failures_;
  std::map<std::uint64_t, std::size_t> under_way_;  // assignment → errand
  bool failed_ = false;
  std::string last_failure_;
};

}  // namespace rondo::runtime

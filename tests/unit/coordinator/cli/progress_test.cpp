#include "coordinator/cli/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace rondo::cli {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

runtime::SearchProgress progress() {
  runtime::SearchProgress progress;
  progress.counts.ended = 12;
  progress.counts.epochs_committed = 340;
  progress.trials = 20;
  progress.workers = 2;
  progress.best = TrialId(7);
  progress.best_score = 0.98181818;
  progress.best_architecture = "64 relu | adam 0.001 | batch 32";
  return progress;
}

class Progress : public ::testing::Test {
 protected:
  void SetUp() override { unsetenv(terminal_variable); }
  void TearDown() override { unsetenv(terminal_variable); }
};

TEST_F(Progress, SaysHowFarTheSearchIs) {
  EXPECT_EQ(
      progress_text(progress(), "accuracy", std::chrono::seconds(3)),
      "12/20 trials, 340 epochs, 3 s | 2 workers | best accuracy 0.981818: trial 7, 64 relu | adam 0.001 | "
      "batch 32");
  runtime::SearchProgress halving = progress();
  halving.counts.paused = 5;
  EXPECT_THAT(progress_text(halving, "accuracy", std::chrono::seconds(3)),
              StartsWith("17/20 trials (5 paused), 340 epochs, 3 s | "));
  runtime::SearchProgress later;
  later.workers = 1;
  later.workers_lost = 2;
  later.retraining = true;
  later.retrained = 3;
  later.to_retrain = 10;
  EXPECT_EQ(progress_text(later, "rmse", std::chrono::seconds(0)),
            "0/0 trials, 0 epochs, 0 s | 1 worker (2 lost) | training the best again: 3 of 10");
  later.retraining = false;
  later.selecting = true;
  EXPECT_EQ(progress_text(later, "rmse", std::chrono::seconds(0)),
            "0/0 trials, 0 epochs, 0 s | 1 worker (2 lost) | training the ensemble's candidates once more: 3 "
            "of 10");
}

TEST_F(Progress, RedrawsOneLineThatFitsTheTerminal) {
  setenv(terminal_variable, "30", 1);
  ::testing::internal::CaptureStderr();
  {
    ProgressDisplay display("accuracy");
    display.show(progress());
    display.message("rank 3 is given up");
    display.show(progress());
  }
  const std::string text = ::testing::internal::GetCapturedStderr();
  const std::string line = "\r\033[K12/20 trials, 340 epochs, 0 s";
  EXPECT_EQ(text, line + "\r\033[Krondo: rank 3 is given up\n" + line + "\r\033[K");
}

TEST_F(Progress, KeepsALogShort) {
  ::testing::internal::CaptureStderr();
  {
    ProgressDisplay display("accuracy");
    for (int count = 0; count < 100; ++count) display.show(progress());
    runtime::SearchProgress last = progress();
    last.selecting = true;
    for (int count = 0; count < 100; ++count) display.show(last);
    last.selecting = false;
    last.retraining = true;
    for (int count = 0; count < 100; ++count) display.show(last);
  }
  const std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(text, HasSubstr("candidates once more"));
  EXPECT_THAT(text, HasSubstr("training the best again"));
  EXPECT_THAT(text, Not(HasSubstr("\r")));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

}  // namespace
}  // namespace rondo::cli

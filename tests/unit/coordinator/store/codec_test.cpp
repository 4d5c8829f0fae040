#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "common/experiment/canonical.h"
#include "coordinator/store/record_codec.h"
#include "coordinator/store/result_codec.h"
#include "tests/unit/coordinator/store/expect_error.h"
#include "tests/unit/coordinator/store/samples.h"

namespace rondo::store {
namespace {

TEST(RecordCodec, KeepsEveryKindOfEvent) {
  for (const schedule::Record& record : samples::search()) {
    const std::string bytes = encode(record);
    const schedule::Record back = decode(bytes);
    EXPECT_EQ(back.tick, record.tick);
    EXPECT_EQ(back.event.index(), record.event.index());
    EXPECT_EQ(encode(back), bytes);
    EXPECT_EQ(describe(back), describe(record));
  }
}

TEST(RecordCodec, KeepsTheFieldsOfAProposal) {
  const schedule::Record record = samples::proposed(7, 3, 11);
  const auto& there = std::get<schedule::Proposed>(record.event);
  const schedule::Record decoded = decode(encode(record));
  const auto& back = std::get<schedule::Proposed>(decoded.event);
  EXPECT_EQ(back.lane, there.lane);
  EXPECT_EQ(back.trial, there.trial);
  EXPECT_EQ(back.proposal.architecture, there.proposal.architecture);
  EXPECT_EQ(back.proposal.digest, there.proposal.digest);
  EXPECT_EQ(back.proposal.ticks_per_epoch, there.proposal.ticks_per_epoch);
  EXPECT_EQ(back.proposal.parameters, there.proposal.parameters);
  EXPECT_EQ(back.redraws, there.redraws);
  EXPECT_EQ(back.last_epoch, there.last_epoch);
}

TEST(RecordCodec, KeepsDoublesBitByBit) {
  const std::uint64_t odd_nan = 0xFFF8'0000'0000'1234U;
  double nan = 0;
  std::memcpy(&nan, &odd_nan, sizeof nan);
  for (const double value : {0.0, -0.0, 1e-310, -std::numeric_limits<double>::infinity(), 0.1, nan}) {
    schedule::EpochResult result = samples::result(3, 0.5);
    result.train_loss = result.score = value;
    EXPECT_EQ(from_proto(to_proto(result)), result) << value;
    const schedule::Record record{Tick(1), schedule::Reported{TrialId(0), result}};
    const schedule::Record decoded = decode(encode(record));
    EXPECT_EQ(std::get<schedule::Reported>(decoded.event).result, result) << value;
  }
}

TEST(RecordCodec, HasKnownBytes) {
  // Written down by hand from the schema: tick 6 (field 1), rung (field 6) of trial 1, epoch 2.
  const schedule::Record record{Tick(6), schedule::Paused{TrialId(1), Epoch(2)}};
  EXPECT_EQ(encode(record), std::string("\x08\x06\x32\x04\x08\x01\x10\x02", 8));
}

TEST(RecordCodec, RefusesWhatNoSearchWrites) {
  const auto refused = [](const std::function<void(proto::Record&)>& fill, const std::string& text) {
    proto::Record record;
    fill(record);
    return throws(ErrorCode::corrupt, text, [&] { static_cast<void>(decode(canonical_serialize(record))); });
  };
  EXPECT_TRUE(refused([](proto::Record&) {}, "without an event"));
  EXPECT_TRUE(refused([](proto::Record& r) { r.mutable_proposal(); }, "without an architecture"));
  EXPECT_TRUE(refused([](proto::Record& r) { r.mutable_report(); }, "without a result"));
  EXPECT_TRUE(refused([](proto::Record& r) { r.mutable_end(); }, "without an outcome"));
  EXPECT_TRUE(refused([](proto::Record& r) { r.mutable_idle(); }, "idle reason 0"));
  EXPECT_TRUE(refused([](proto::Record& r) { r.mutable_report()->mutable_result(); }, "epoch 0"));
  EXPECT_TRUE(refused([](proto::Record& r) { r.mutable_end()->mutable_end(); }, "outcome 0"));
}

TEST(ResultCodec, LeavesOutDigestsThatAreNotThere) {
  schedule::EpochResult diverged = samples::result(1, 2);
  diverged.fingerprint = {};
  EXPECT_TRUE(to_proto(diverged).fingerprint().empty());
  EXPECT_EQ(from_proto(to_proto(diverged)), diverged);
  schedule::TrialEnd end = samples::end(4);
  EXPECT_EQ(from_proto(to_proto(end)), end);
  end.has_weights = false;
  end.weights_digest = {};
  EXPECT_TRUE(to_proto(end).weights_digest().empty());
  EXPECT_EQ(from_proto(to_proto(end)), end);
}

TEST(ResultCodec, RefusesWhatNoWorkerSends) {
  proto::EpochResult result = to_proto(samples::result(1, 0.5));
  result.set_fingerprint("short");
  EXPECT_TRUE(throws(ErrorCode::corrupt, "", [&] { static_cast<void>(from_proto(result)); }));
  result.set_fingerprint(std::string(16, '\0'));
  EXPECT_TRUE(throws(ErrorCode::corrupt, "zeros", [&] { static_cast<void>(from_proto(result)); }));
  proto::TrialEnd end = to_proto(samples::end(4));
  end.set_best_epoch(5);
  EXPECT_TRUE(throws(ErrorCode::corrupt, "best epoch", [&] { static_cast<void>(from_proto(end)); }));
  end = to_proto(samples::end(4));
  end.set_weights_digest(std::string(31, 'x'));
  EXPECT_TRUE(throws(ErrorCode::corrupt, "", [&] { static_cast<void>(from_proto(end)); }));
  proto::TrialReport report;
  *report.add_epochs() = to_proto(samples::result(2, 0.5));
  *report.add_epochs() = to_proto(samples::result(4, 0.5));
  EXPECT_TRUE(throws(ErrorCode::corrupt, "behind", [&] { static_cast<void>(epochs_from_proto(report)); }));
}

}  // namespace
}  // namespace rondo::store

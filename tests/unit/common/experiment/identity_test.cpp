#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "common/experiment/canonical.h"
#include "common/experiment/schema.h"
#include "common/experiment/values.h"
#include "tests/unit/common/experiment/settings.h"

namespace rondo {
namespace {

using google::protobuf::FieldDescriptor;
using testing::change_value;
using testing::full_experiment;

// Lets a field have an absent_value, as one that is added later will, until the end of the scope.
class WithAbsentValue {
 public:
  WithAbsentValue(const FieldDescriptor& field, const std::string& text) : setting_(setting_of(field)) {
    // The descriptors of generated code are not const objects; this process has only this thread.
    const_cast<proto::Setting&>(setting_).set_absent_value(text);
  }
  WithAbsentValue(const WithAbsentValue&) = delete;
  WithAbsentValue& operator=(const WithAbsentValue&) = delete;
  ~WithAbsentValue() { const_cast<proto::Setting&>(setting_).clear_absent_value(); }

 private:
  const proto::Setting& setting_;
};

const FieldDescriptor& setting_named(const std::string& path) {
  for (const SettingField& setting : setting_fields()) {
    if (setting.path() == path) return setting.field();
  }
  ADD_FAILURE() << path;
  return *proto::Experiment::descriptor()->field(0);
}

TEST(Identity, ChangesWithEveryIdentitySettingAndWithNoOtherOne) {
  const proto::Experiment base = full_experiment();
  std::set<Digest> seen = {identity(base)};
  std::size_t identities = 0;
  std::size_t operationals = 0;
  for (const SettingField& setting : setting_fields()) {
    proto::Experiment changed = base;
    change_value(holder_of(changed, setting), setting.field());
    ASSERT_NE(changed.SerializeAsString(), base.SerializeAsString()) << setting.path();
    if (setting.setting().kind() == proto::SETTING_KIND_IDENTITY) {
      EXPECT_TRUE(seen.insert(identity(changed)).second) << setting.path();
      ++identities;
    } else {
      EXPECT_EQ(identity(changed), identity(base)) << setting.path();
      ++operationals;
    }
  }
  EXPECT_GE(identities, 30u);
  EXPECT_GE(operationals, 7u);
}

TEST(Identity, TheNumberOfTrialsAndThePathAreOperational) {
  proto::Experiment experiment = full_experiment();
  const Digest digest = identity(experiment);
  experiment.mutable_budget()->set_trials(7);
  experiment.mutable_budget()->set_ticks(7);
  experiment.mutable_data()->set_path("/elsewhere/table.csv");
  experiment.clear_execution();
  EXPECT_EQ(identity(experiment), digest);
}

TEST(Identity, ChangesWithEveryFieldOfAColumnAndWithTheirOrder) {
  const proto::Experiment base = full_experiment();
  std::set<Digest> seen = {identity(base)};
  const google::protobuf::Descriptor& column = *proto::Column::descriptor();
  for (int i = 0; i < column.field_count(); ++i) {
    proto::Experiment changed = base;
    change_value(*changed.mutable_data()->mutable_columns(1), *column.field(i));
    EXPECT_TRUE(seen.insert(identity(changed)).second) << column.field(i)->name();
  }
  proto::Experiment swapped = base;
  swapped.mutable_data()->mutable_columns()->SwapElements(0, 1);
  EXPECT_TRUE(seen.insert(identity(swapped)).second);
}

TEST(Identity, IsTheSha256OfBytesThatParseBack) {
  const proto::Experiment base = full_experiment();
  const std::string bytes = identity_bytes(base);
  EXPECT_EQ(identity(base), sha256(bytes));
  proto::Experiment read;
  parse_canonical(bytes, read);
  EXPECT_FALSE(read.data().has_path());
  EXPECT_EQ(read.data().target(), "survived");
  EXPECT_FALSE(read.has_budget());
  EXPECT_FALSE(read.has_execution());
  EXPECT_EQ(identity_bytes(read), bytes);
}

// search (field 3, 4 bytes): seed (field 1) 7, lanes (field 3) 16. The group of the budget is gone.
TEST(Identity, HasTheBytesWorkedOutByHand) {
  proto::Experiment experiment;
  experiment.mutable_search()->set_seed(7);
  experiment.mutable_search()->set_lanes(16);
  experiment.mutable_search()->mutable_evolution();
  experiment.mutable_budget()->set_trials(9);
  EXPECT_EQ(identity_bytes(experiment), "\x1a\x04\x08\x07\x18\x10");
  EXPECT_EQ(identity_bytes({}), "");
}

TEST(Identity, ASettingAddedLaterIsNotThereAtItsOldMeaning) {
  const proto::Experiment base = full_experiment();
  proto::Experiment before = base;
  before.mutable_search()->clear_lanes();
  before.mutable_space()->clear_optimizer();
  before.mutable_training()->clear_min_delta();
  const WithAbsentValue lanes(setting_named("search.lanes"), "16");
  const WithAbsentValue optimizer(setting_named("space.optimizer"), "[adam, adamw, sgd]");
  const WithAbsentValue delta(setting_named("training.min_delta"), "1e-04");
  EXPECT_EQ(identity_bytes(base), identity_bytes(before));

  proto::Experiment other = base;
  other.mutable_search()->set_lanes(17);
  EXPECT_NE(identity(other), identity(before));
  other = base;
  other.mutable_training()->set_min_delta(2e-4);
  EXPECT_NE(identity(other), identity(before));
  other = base;
  other.mutable_space()->mutable_optimizer()->RemoveLast();
  EXPECT_NE(identity(other), identity(before));
  other = base;
  other.mutable_space()->mutable_optimizer()->SwapElements(0, 1);
  EXPECT_NE(identity(other), identity(before));
}

TEST(Identity, WhatIsAbsentComesBackAtItsOldMeaning) {
  const WithAbsentValue lanes(setting_named("search.lanes"), "16");
  proto::Experiment experiment = full_experiment();
  experiment.mutable_space()->add_layer_norm(true);
  const std::string bytes = identity_bytes(experiment);
  proto::Experiment read;
  parse_canonical(bytes, read);
  EXPECT_FALSE(read.search().has_lanes());
  EXPECT_TRUE(read.space().convolution_layers().empty());
  fill_absent_values(read);
  EXPECT_EQ(read.search().lanes(), 16u);
  EXPECT_EQ(read.space().DebugString(), experiment.space().DebugString());
  EXPECT_EQ(read.data().image().height(), 1u);
  EXPECT_FALSE(read.data().image().has_width());
  EXPECT_EQ(identity_bytes(read), bytes);
}

// Its default may be another value than its old meaning: then it is part of what new experiments are.
TEST(Identity, ADefaultThatIsNotTheOldMeaningCounts) {
  const proto::Experiment base = full_experiment();
  proto::Experiment before = base;
  before.mutable_search()->clear_lanes();
  const WithAbsentValue lanes(setting_named("search.lanes"), "1");
  EXPECT_NE(identity_bytes(base), identity_bytes(before));
  proto::Experiment old = base;
  old.mutable_search()->set_lanes(1);
  EXPECT_EQ(identity_bytes(old), identity_bytes(before));
}

TEST(Identity, AGroupThatHoldsOnlyOldMeaningsIsGone) {
  proto::Experiment experiment;
  experiment.mutable_search()->mutable_evolution()->set_sample(5);
  const WithAbsentValue sample(setting_named("search.evolution.sample"), "5");
  EXPECT_EQ(identity_bytes(experiment), "");
}

}  // namespace
}  // namespace rondo

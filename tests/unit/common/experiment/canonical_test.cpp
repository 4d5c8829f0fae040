#include "common/experiment/canonical.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <vector>

#include "common/base/error.h"
#include "rondo/architecture.pb.h"
#include "rondo/experiment.pb.h"
#include "rondo/journal.pb.h"
#include "rondo/message.pb.h"
#include "rondo/model.pb.h"
#include "tests/unit/common/experiment/settings.h"

namespace rondo {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using testing::full_experiment;
using ::testing::HasSubstr;

bool accepted(std::string_view bytes, Message& message) {
  try {
    parse_canonical(bytes, message);
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupt);
    EXPECT_EQ(message.ByteSizeLong(), 0u);  // nothing of what was refused is left
    return false;
  }
}

proto::Architecture network() {
  proto::Architecture network;
  network.add_blocks()->set_units(300);
  network.mutable_blocks(0)->set_dropout(0.25F);
  network.mutable_optimizer()->set_kind(proto::OPTIMIZER_KIND_SGD);
  network.mutable_optimizer()->set_learning_rate(-0.0F);  // a float's bits, whatever they mean
  network.set_batch_size(32);
  return network;
}

TEST(CanonicalSerialize, GivesTheBytesWorkedOutByHand) {
  EXPECT_EQ(canonical_serialize(network()),
            std::string(
                "\x0a\x08\x08\xac\x02\x25\x00\x00\x80\x3e\x12\x07\x08\x02\x15\x00\x00\x00\x80\x18\x20", 21));
  EXPECT_EQ(canonical_serialize(proto::Experiment()), "");
  // Repeated numbers are packed; a present default stands there, because its field knows presence.
  proto::SearchSpace space;
  space.add_units(1);
  space.add_units(300);
  space.add_batch_norm(false);
  EXPECT_EQ(canonical_serialize(space), std::string("\x12\x03\x01\xac\x02\x22\x01\x00", 8));
  proto::SearchSettings search;
  search.set_seed(0);
  EXPECT_EQ(canonical_serialize(search), std::string("\x08\x00", 2));
}

TEST(ParseCanonical, GivesBackTheMessageAndForgetsTheOldOne) {
  const proto::Experiment experiment = full_experiment();
  proto::Experiment read;
  read.mutable_split()->set_column("old");
  parse_canonical(canonical_serialize(experiment), read);
  EXPECT_EQ(read.DebugString(), experiment.DebugString());
  parse_canonical("", read);
  EXPECT_EQ(read.DebugString(), "");
}

TEST(ParseCanonical, RefusesWhatWouldBeWrittenDifferently) {
  const auto take = [](std::string_view bytes) {
    proto::SearchSpace space;
    return accepted(bytes, space);
  };
  using namespace std::string_view_literals;
  EXPECT_TRUE(take("\x12\x03\x01\xac\x02"sv));
  EXPECT_FALSE(take("\x10\x01\x10\x02"sv)) << "not packed";
  EXPECT_FALSE(take("\x12\x01\x01\x12\x01\x02"sv)) << "packed in two parts";
  EXPECT_FALSE(take("\x12\x00"sv)) << "an empty list";
  EXPECT_FALSE(take("\x12\x02\x81\x00"sv)) << "a varint of two bytes for 1";
  EXPECT_FALSE(take("\x12\x05\xff\xff\xff\xff\x1f"sv)) << "a number above 32 bits";
  EXPECT_FALSE(take("\x12\x02\x01"sv)) << "cut";
  EXPECT_FALSE(take("\x22\x01\x02"sv)) << "a truth that is neither 0 nor 1";
  EXPECT_FALSE(take("\x12\x01\x01\x0a\x01\x01"sv)) << "descending fields";
  EXPECT_FALSE(take("\xa2\x06\x01\x61"sv)) << "an unknown field";
  EXPECT_FALSE(take("\x13\x14"sv)) << "a group";
  EXPECT_FALSE(take("\x00"sv)) << "field 0";
}

TEST(CanonicalForm, StringsAreUtf8) {
  proto::Experiment experiment;
  experiment.mutable_data()->set_target("a\xff");
  try {
    (void)canonical_serialize(experiment);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    EXPECT_THAT(error.what(), HasSubstr("target is not UTF-8"));
  }
  experiment.mutable_data()->set_target("a");
  experiment.mutable_data()->add_drop("\xc0\x80");
  EXPECT_THROW((void)canonical_serialize(experiment), Error);
  proto::DataSettings data;
  EXPECT_FALSE(accepted("\x12\x02\x61\xff", data));
  EXPECT_TRUE(accepted("\x12\x02\xc3\xa4", data));
}

TEST(CanonicalFormDeathTest, UnknownFieldsAreABug) {
  proto::Architecture network;
  ASSERT_TRUE(network.ParseFromString("\x78\x01"));
  EXPECT_DEATH((void)canonical_serialize(network), "unknown fields");
  proto::Architecture deep;
  ASSERT_TRUE(deep.ParseFromString("\x0a\x02\x78\x01"));
  EXPECT_DEATH((void)canonical_serialize(deep), "unknown fields");
}

// The form has no place for them, so the schema may not have them.
TEST(CanonicalForm, TheSchemaHoldsNoMapsAndNoGroups) {
  std::set<const google::protobuf::FileDescriptor*> files = {
      proto::Experiment::descriptor()->file(), proto::Architecture::descriptor()->file(),
      proto::Record::descriptor()->file(), proto::Assign::descriptor()->file(),
      proto::Model::descriptor()->file()};
  for (const auto* const file : files) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      for (int k = 0; k < file->message_type(i)->field_count(); ++k) {
        const FieldDescriptor& field = *file->message_type(i)->field(k);
        EXPECT_FALSE(field.is_map()) << field.full_name();
        EXPECT_NE(field.type(), FieldDescriptor::TYPE_GROUP) << field.full_name();
        EXPECT_FALSE(field.is_extension()) << field.full_name();
      }
    }
  }
}

// Bytes that are accepted are the canonical bytes of what was read: so no two rows of bytes are one message.
class Damage : public ::testing::Test {
 protected:
  void check(const std::string& bytes) {
    const std::unique_ptr<Message> message(prototype_->New());
    if (bytes == original_ || !accepted(bytes, *message)) return;
    ++accepted_;
    EXPECT_EQ(canonical_serialize(*message), bytes);
    EXPECT_NE(message->SerializeAsString(), original_);
  }
  void check_all(const Message& message) {
    prototype_ = &message;
    original_ = canonical_serialize(message);
    accepted_ = 0;
    for (std::size_t place = 0; place < original_.size(); ++place) {
      for (int change = 1; change < 256; ++change) {
        std::string bytes = original_;
        bytes[place] = static_cast<char>(bytes[place] ^ change);
        check(bytes);
      }
      check(original_.substr(0, place));
      check(std::string(original_).erase(place, 1));
      check(std::string(original_).insert(place, 1, original_[place]));
      check(std::string(original_).insert(place, 1, '\x80'));
      check(std::string(original_).insert(place, 1, '\0'));
    }
    EXPECT_GT(accepted_, 0u);  // a changed number is another message
  }

  const Message* prototype_ = nullptr;
  std::string original_;
  std::uint64_t accepted_ = 0;
};

TEST_F(Damage, ToAnArchitecture) {
  check_all(network());
}

TEST_F(Damage, ToAnExperiment) {
  check_all(full_experiment());
}

}  // namespace
}  // namespace rondo

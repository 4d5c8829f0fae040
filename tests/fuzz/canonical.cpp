// Canonical protobuf (common/experiment/canonical.h): what is accepted is written again as the same bytes,
// for every message that is hashed. The first byte of an input chooses the message.
#include "common/experiment/canonical.h"

#include <memory>

#include "common/base/check.h"
#include "common/base/error.h"
#include "coordinator/store/record_codec.h"
#include "rondo/experiment.pb.h"
#include "rondo/journal.pb.h"
#include "rondo/message.pb.h"
#include "rondo/model.pb.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/coordinator/store/samples.h"

namespace rondo::fuzz {

namespace {

using google::protobuf::Message;

constexpr std::size_t kinds = 7;

std::unique_ptr<Message> message_of(std::size_t kind) {
  switch (kind) {
    case 0:
      return std::make_unique<proto::Record>();
    case 1:
      return std::make_unique<proto::JournalHeader>();
    case 2:
      return std::make_unique<proto::Experiment>();
    case 3:
      return std::make_unique<proto::Architecture>();
    case 4:
      return std::make_unique<proto::Model>();
    case 5:
      return std::make_unique<proto::FinalResult>();
    default:
      return std::make_unique<proto::TrialReport>();
  }
}

}  // namespace

void test_one(std::string_view bytes) {
  if (bytes.empty()) return;
  const std::size_t kind = static_cast<unsigned char>(bytes.front()) % kinds;
  bytes.remove_prefix(1);
  const std::unique_ptr<Message> message = message_of(kind);
  try {
    parse_canonical(bytes, *message);
  } catch (const Error& error) {
    RONDO_CHECK(error.code() == ErrorCode::corrupt, "{}", error.what());
    RONDO_CHECK(message->ByteSizeLong() == 0, "a refused message is not empty");
    return;
  }
  RONDO_CHECK(canonical_serialize(*message) == bytes, "{}", message->ShortDebugString());
}

std::vector<std::string> seeds() {
  std::vector<std::string> all;
  for (const schedule::Record& record : store::samples::search()) all.push_back('\0' + store::encode(record));
  all.push_back('\1' + canonical_serialize(store::samples::header()));
  proto::Experiment experiment = store::samples::experiment();
  experiment.mutable_space()->add_dropout(0.25F);
  experiment.mutable_space()->add_units(16);
  experiment.mutable_space()->add_units(1024);
  experiment.mutable_data()->add_columns()->set_name("höhe");
  all.push_back('\2' + canonical_serialize(experiment));
  all.push_back('\3' + store::samples::architecture(16));
  proto::Model model;
  model.mutable_preprocessing()->add_columns()->add_frequencies(0.5);
  model.mutable_preprocessing()->mutable_columns(0)->add_categories("");
  model.add_networks()->add_tensors()->add_shape(3);
  all.push_back('\4' + canonical_serialize(model));
  proto::FinalResult result;
  result.add_test_metrics()->set_value(-0.0);
  result.set_journal_records(300);
  all.push_back('\5' + canonical_serialize(result));
  proto::TrialReport report;
  report.set_segment_done(true);
  report.add_epochs()->set_epoch(1);
  all.push_back('\6' + canonical_serialize(report));
  return all;
}

}  // namespace rondo::fuzz

// What ranks say to each other (proto/rondo/message.proto): bytes of another rank are read without ending the
// process, and what they hold is checked before it is used.
#include <google/protobuf/stubs/logging.h>

#include "common/architecture/architecture.h"
#include "common/base/check.h"
#include "common/base/error.h"
#include "common/experiment/canonical.h"
#include "common/experiment/schema.h"
#include "coordinator/runtime/handshake.h"
#include "coordinator/store/result_codec.h"
#include "rondo/message.pb.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/coordinator/store/samples.h"
#include "worker/runtime/table_fetch.h"

namespace rondo::fuzz {

namespace {

// As coordinator/runtime takes a report.
void check_report(const proto::TrialReport& report) {
  try {
    const std::vector<schedule::EpochResult> epochs = store::epochs_from_proto(report);
    for (std::size_t i = 0; i < epochs.size(); ++i) {
      RONDO_CHECK(store::from_proto(store::to_proto(epochs[i])) == epochs[i]);
      RONDO_CHECK(epochs[i].epoch.value() == epochs[0].epoch.value() + i);
    }
    if (!report.has_end()) return;
    const schedule::TrialEnd end = store::from_proto(report.end());
    RONDO_CHECK(store::from_proto(store::to_proto(end)) == end);
  } catch (const Error& error) {
    RONDO_CHECK(error.code() == ErrorCode::corrupt, "{}", error.what());
  }
}

void check_architecture(const proto::Architecture& architecture) {
  try {
    const std::string bytes = canonical_bytes(architecture);
    RONDO_CHECK(canonical_bytes(parse_architecture(bytes)) == bytes);
    RONDO_CHECK(!describe(architecture).empty());
  } catch (const Error& error) {
    RONDO_CHECK(error.code() == ErrorCode::corrupt, "{}", error.what());
  }
}

void check_experiment(proto::Experiment experiment) {
  try {
    fill_defaults(experiment);
    check_bounds(experiment);
    const std::string bytes = identity_bytes(experiment);
    proto::Experiment again;
    parse_canonical(bytes, again);
    RONDO_CHECK(canonical_serialize(again) == bytes);
  } catch (const Error& error) {
    RONDO_CHECK(error.code() == ErrorCode::bad_input, "{}", error.what());
  }
}

// As a worker that waits for its table takes a part, first or later.
void check_part(const proto::TablePart& part) {
  for (const bool later : {false, true}) {
    runtime::TableAssembly table;
    RONDO_CHECK(table.take_requests().size() == 1);
    proto::TablePart first;
    first.set_size(part.size());
    first.set_bytes("a");
    if (later) table.deliver(first);
    table.deliver(part);
    RONDO_CHECK(table.take_requests().size() <= 4);
    const bool complete = table.complete();
    const std::string bytes = table.take();
    RONDO_CHECK(bytes.size() <= part.bytes().size() + 1);
    RONDO_CHECK(!complete || bytes.size() == part.size(), "{} of {}", bytes.size(), part.size());
  }
}

void check_to_coordinator(std::string_view bytes) {
  proto::ToCoordinator message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  message.DiscardUnknownFields();
  if (message.has_hello()) static_cast<void>(runtime::mismatch(message.hello(), sha256("numerics")));
  if (message.has_report()) check_report(message.report());
}

void check_to_worker(std::string_view bytes) {
  proto::ToWorker message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  message.DiscardUnknownFields();
  if (message.has_assign()) check_architecture(message.assign().architecture());
  if (message.has_setup()) check_experiment(message.setup().experiment());
  if (message.has_table_part()) check_part(message.table_part());
}

}  // namespace

void test_one(std::string_view bytes) {
  const google::protobuf::LogSilencer silent;
  check_to_coordinator(bytes);
  check_to_worker(bytes);
}

std::vector<std::string> seeds() {
  std::vector<std::string> all;
  proto::ToCoordinator up;
  up.mutable_hello()->set_protocol(1);
  *up.mutable_hello()->mutable_versions() = store::samples::header().versions();
  up.mutable_hello()->set_numerics_digest(to_bytes(sha256("numerics")));
  up.mutable_hello()->set_host("node-1");
  all.push_back(up.SerializeAsString());
  proto::TrialReport& report = *up.mutable_report();
  report.set_assignment(9);
  report.set_trial(3);
  for (std::uint32_t epoch = 1; epoch <= 3; ++epoch) {
    *report.add_epochs() = store::to_proto(store::samples::result(epoch, 0.5));
  }
  *report.mutable_end() = store::to_proto(store::samples::end(3));
  report.set_segment_done(true);
  report.set_checkpoint_epoch(3);
  report.set_checkpoint("state");
  all.push_back(up.SerializeAsString());
  up.mutable_failure()->set_message("out of memory");
  all.push_back(up.SerializeAsString());
  proto::ToWorker down;
  *down.mutable_setup()->mutable_experiment() = store::samples::experiment();
  all.push_back(down.SerializeAsString());
  proto::Assign& assign = *down.mutable_assign();
  *assign.mutable_architecture() = parse_architecture(store::samples::architecture(32));
  assign.set_first_epoch(1);
  assign.set_last_epoch(4);
  all.push_back(down.SerializeAsString());
  proto::TablePart& part = *down.mutable_table_part();
  part.set_size(7);
  part.set_bytes("a,b\n1,2");
  all.push_back(down.SerializeAsString());
  part.set_offset(1);
  part.set_failure("gone");
  all.push_back(down.SerializeAsString());
  up.mutable_table_request()->set_offset(3);
  all.push_back(up.SerializeAsString());
  return all;
}

}  // namespace rondo::fuzz

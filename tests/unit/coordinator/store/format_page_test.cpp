// The dumps in coordinator/store/FORMAT.md are what the library writes.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "common/architecture/architecture.h"
#include "common/experiment/canonical.h"
#include "common/experiment/schema.h"
#include "coordinator/store/final.h"
#include "coordinator/store/journal.h"
#include "tests/unit/coordinator/store/simulated_file_system.h"

namespace rondo::store {
namespace {

const std::string path = "run/journal.rondo";

// A dump's line: four digits of offset, two blanks, the bytes, and behind two blanks what they mean.
constexpr std::size_t bytes_column = 6;
constexpr std::size_t bytes_width = 16 * 3 - 1;

std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

// The block that ```NAME opens, without its comments.
std::string dump_in_page(const std::string& name) {
  std::ifstream page(RONDO_SOURCE_DIR "/coordinator/store/FORMAT.md");
  std::ostringstream dump;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line == "```") inside = false;
    if (inside) dump << trimmed(line.substr(0, bytes_column + bytes_width)) << '\n';
    if (line == "```" + name) inside = true;
  }
  return dump.str();
}

// The same layout of other bytes: every line of the page holds as many as it says, so the lines' lengths are
// taken from it.
std::string dump_of(const std::string& bytes, const std::string& layout) {
  std::ostringstream dump;
  std::istringstream lines(layout);
  std::size_t offset = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t count = line.size() < bytes_column ? 0 : (line.size() - bytes_column + 1) / 3;
    dump << fmt::format("{:04x} ", offset);
    for (std::size_t i = 0; i < count && offset < bytes.size(); ++i, ++offset) {
      dump << fmt::format(" {:02x}", static_cast<unsigned char>(bytes[offset]));
    }
    dump << '\n';
  }
  EXPECT_EQ(offset, bytes.size()) << "bytes behind the page's last line";
  return dump.str();
}

proto::JournalHeader header() {
  proto::Experiment experiment;
  experiment.mutable_data()->set_path("table.csv");
  experiment.mutable_data()->set_target("y");
  experiment.mutable_search()->set_seed(42);
  experiment.mutable_search()->set_lanes(1);
  proto::JournalHeader header;
  // The example's own versions: it does not change with the numerics.
  header.mutable_versions()->set_journal(1);
  header.mutable_versions()->set_search(1);
  header.mutable_versions()->set_seed_scheme(1);
  header.set_experiment(identity_bytes(experiment));
  header.set_identity(to_bytes(sha256(header.experiment())));
  header.set_dataset_digest(to_bytes(sha256("x,y\n1,2\n")));
  header.set_master_seed(42);
  return header;
}

schedule::Record proposal() {
  proto::Architecture network;
  network.add_blocks()->set_units(16);
  network.mutable_optimizer()->set_learning_rate(0.001F);
  network.set_batch_size(32);
  schedule::Proposed event;
  event.proposal.architecture = canonical_bytes(network);
  event.proposal.ticks_per_epoch = Tick(3);
  event.proposal.parameters = 300;
  event.last_epoch = Epoch(4);
  return {Tick(0), event};
}

Digest write_journal(SimulatedFileSystem& files) {
  files.make_folder("run");
  Journal journal = Journal::create(files, path, header());
  const std::vector<schedule::Record> records = {proposal()};
  journal.append(records);
  journal.sync();
  return journal.head();
}

TEST(FormatPage, ShowsTheJournalThatTheLibraryWrites) {
  SimulatedFileSystem files;
  write_journal(files);
  const std::string page = dump_in_page("journal");
  ASSERT_FALSE(page.empty());
  EXPECT_EQ(dump_of(files.get(path), page), page);
}

TEST(FormatPage, ShowsTheFinalRecordThatTheLibraryWrites) {
  SimulatedFileSystem files;
  const Digest head = write_journal(files);
  proto::FinalResult result;
  proto::Retrained& network = *result.add_networks();
  network.set_epochs(4);
  network.set_validation_score(0.75);
  network.set_train_loss(0.5);
  network.set_weights_digest(to_bytes(sha256("weights")));
  result.set_model_digest(to_bytes(sha256("model")));
  result.set_journal_records(1);
  write_final(files, {"run"}, head, result, "model");
  const std::string page = dump_in_page("final");
  ASSERT_FALSE(page.empty());
  EXPECT_EQ(dump_of(files.get("run/final.rondo"), page), page);
}

}  // namespace
}  // namespace rondo::store

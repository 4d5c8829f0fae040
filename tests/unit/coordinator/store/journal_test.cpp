#include "coordinator/store/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "coordinator/store/format.h"
#include "coordinator/store/record_codec.h"
#include "tests/unit/coordinator/store/expect_error.h"
#include "tests/unit/coordinator/store/journal_verbs.h"
#include "tests/unit/coordinator/store/samples.h"
#include "tests/unit/coordinator/store/simulated_file_system.h"

namespace rondo::store {
namespace {

using schedule::Record;
using testing::HasSubstr;

const std::string path = "journal.rondo";

std::string finished_journal() {
  SimulatedFileSystem files;
  Journal journal = Journal::create(files, path, samples::header());
  journal.append(samples::search());
  journal.sync();
  return files.get(path);
}

std::vector<std::string> encoded(std::span<const Record> records) {
  std::vector<std::string> all;
  for (const Record& record : records) all.push_back(encode(record));
  return all;
}

// Runs the search again from its start on whatever is on the disk.
std::string resume(SimulatedFileSystem& files, std::size_t group = 100) {
  const std::vector<Record> records = samples::search();
  Journal journal = Journal::open(files, path);
  for (std::size_t i = 0; i < records.size(); i += group) {
    journal.append(std::span(records).subspan(i, std::min(group, records.size() - i)));
    journal.sync();
  }
  return files.get(path);
}

TEST(Journal, ReadsBackWhatWasAppended) {
  SimulatedFileSystem files;
  Journal journal = Journal::create(files, path, samples::header());
  journal.append(samples::search());
  EXPECT_EQ(journal.count(), samples::search().size());
  journal.sync();
  const JournalContents contents = read_journal(files, path);
  EXPECT_EQ(contents.end, JournalEnd::clean);
  EXPECT_EQ(encoded(contents.records), encoded(samples::search()));
  EXPECT_EQ(contents.head, journal.head());
  EXPECT_EQ(contents.header.SerializeAsString(), samples::header().SerializeAsString());
  EXPECT_EQ(contents.whole_bytes, files.get(path).size());
  EXPECT_EQ(read_journal_header(files, path).master_seed(), 42U);
}

TEST(Journal, BytesDoNotDependOnHowRecordsAreGrouped) {
  const std::string whole = finished_journal();
  for (std::size_t group = 1; group < 6; ++group) {
    SimulatedFileSystem files;
    { static_cast<void>(Journal::create(files, path, samples::header())); }
    EXPECT_EQ(resume(files, group), whole) << "groups of " << group;
  }
}

TEST(Journal, NeverOverwrites) {
  SimulatedFileSystem files;
  files.put(path, "precious");
  EXPECT_TRUE(throws(ErrorCode::environment, "is not overwritten",
                     [&] { static_cast<void>(Journal::create(files, path, samples::header())); }));
  EXPECT_EQ(files.get(path), "precious");
}

TEST(Journal, WritesNothingBeforeSync) {
  SimulatedFileSystem files;
  Journal journal = Journal::create(files, path, samples::header());
  const std::string before = files.get(path);
  journal.append(samples::search());
  EXPECT_EQ(files.get(path), before);
}

// --- torn tails: the file is cut at every byte

TEST(Journal, IsTornOrWholeWhereverItIsCut) {
  const std::string whole = finished_journal();
  const std::vector<std::size_t> offsets = record_offsets(whole);
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const JournalContents contents = read_journal_bytes(TruncateAt(whole, size), path);
    const auto boundary = std::find(offsets.begin(), offsets.end(), size);
    const std::size_t records_before =
        static_cast<std::size_t>(std::upper_bound(offsets.begin(), offsets.end(), size) - offsets.begin()) -
        1;
    if (size < offsets[1]) {
      ASSERT_EQ(contents.end, JournalEnd::corrupt) << size;  // a header is written in one step
      continue;
    }
    ASSERT_EQ(contents.end, boundary != offsets.end() ? JournalEnd::clean : JournalEnd::torn) << size;
    ASSERT_EQ(contents.records.size() + 1, records_before) << size;
    ASSERT_EQ(contents.whole_bytes, offsets[records_before]) << size;
    if (contents.end == JournalEnd::torn) {
      ASSERT_EQ(contents.broken_record, records_before) << size;
    }
  }
}

TEST(Journal, ContinuesToTheSameBytesWhereverItIsCut) {
  const std::string whole = finished_journal();
  for (std::size_t size = record_offsets(whole)[1]; size <= whole.size(); ++size) {
    SimulatedFileSystem files;
    files.put(path, TruncateAt(whole, size));
    ASSERT_EQ(resume(files, 3), whole) << size;
  }
}

TEST(Journal, CutsZeroFilledTails) {
  const std::string whole = finished_journal();
  for (std::size_t offset = record_offsets(whole)[1]; offset < whole.size(); ++offset) {
    SimulatedFileSystem files;
    files.put(path, ZeroFrom(whole, offset, whole.size() + 4096));
    ASSERT_EQ(verify_journal(files, path).end, JournalEnd::torn) << offset;
    ASSERT_EQ(resume(files), whole) << offset;
  }
}

TEST(Journal, CutsATailOfUnwrittenSectorsHoweverShort) {
  const std::string whole = finished_journal();
  for (std::size_t sector = sector_size; sector < whole.size(); sector += sector_size) {
    if (sector < record_offsets(whole)[1]) continue;
    for (std::size_t size = sector + 1; size < sector + 20; ++size) {
      const JournalContents contents = read_journal_bytes(ZeroFrom(whole, sector, size), path);
      ASSERT_EQ(contents.end, JournalEnd::torn) << sector << " " << size;
    }
  }
}

// --- damage

TEST(Journal, FindsEveryFlippedBit) {
  const std::string whole = finished_journal();
  const std::vector<std::size_t> offsets = record_offsets(whole);
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    const JournalContents contents = read_journal_bytes(FlipBit(whole, bit), path);
    ASSERT_EQ(contents.end, JournalEnd::corrupt) << "bit " << bit;
    const std::size_t byte = bit / 8;
    const std::size_t record =
        byte < magic_size ? 0
                          : static_cast<std::size_t>(std::upper_bound(offsets.begin(), offsets.end(), byte) -
                                                     offsets.begin()) -
                                1;
    ASSERT_EQ(contents.broken_record, record) << "bit " << bit << ": " << contents.what;
  }
}

TEST(Journal, FindsRepeatedMissingAndSwappedRecords) {
  const std::string whole = finished_journal();
  const std::size_t records = payloads(whole).size();
  for (std::size_t record = 0; record < records; ++record) {
    const JournalContents repeated = read_journal_bytes(DuplicateRecord(whole, record), path);
    EXPECT_EQ(repeated.end, JournalEnd::corrupt) << record;
    EXPECT_EQ(repeated.broken_record, record + 1);
    if (record + 1 == records) continue;  // without its last record a journal is a prefix, and sound
    const JournalContents removed = read_journal_bytes(RemoveRecord(whole, record), path);
    EXPECT_EQ(removed.end, JournalEnd::corrupt) << record;
    EXPECT_EQ(removed.broken_record, record);
    for (std::size_t other = record + 1; other < records; ++other) {
      const JournalContents swapped = read_journal_bytes(SwapRecords(whole, record, other), path);
      EXPECT_EQ(swapped.end, JournalEnd::corrupt);
      EXPECT_EQ(swapped.broken_record, record);
    }
  }
}

TEST(Journal, NamesThePlaceOfDamage) {
  const std::string whole = finished_journal();
  const std::size_t offset = record_offsets(whole)[5];
  SimulatedFileSystem files;
  files.put(path, FlipBit(whole, 8 * (offset + frame_header_size)));
  const std::string place =
      "'journal.rondo': record 5 at byte " + std::to_string(offset) + ": its payload is damaged";
  EXPECT_TRUE(throws(ErrorCode::corrupt, place, [&] { static_cast<void>(Journal::open(files, path)); }));
  EXPECT_TRUE(throws(ErrorCode::corrupt, place, [&] { static_cast<void>(read_journal(files, path)); }));
  EXPECT_THAT(verify_journal(files, path).what, HasSubstr(place));
}

TEST(Journal, FindsAPayloadReplacedWithItsChecksum) {
  const std::string whole = finished_journal();
  const std::vector<std::size_t> offsets = record_offsets(whole);
  const std::string other = Forge(whole, 3, [](proto::Record& record) { record.set_tick(99); });
  std::string spliced = TruncateAt(whole, offsets[3]) + other.substr(offsets[3], offsets[4] - offsets[3]);
  spliced += whole.substr(offsets[4]);
  const JournalContents contents = read_journal_bytes(spliced, path);
  EXPECT_EQ(contents.end, JournalEnd::corrupt);
  EXPECT_EQ(contents.broken_record, 4U);  // record 3 is consistent in itself; 4 does not follow from it
  EXPECT_THAT(contents.what, HasSubstr("does not follow"));
}

TEST(Journal, RefusesPayloadsThatAreNotCanonical) {
  std::vector<std::string> all = payloads(finished_journal());
  const std::vector<std::string> bad = {
      std::string("\x08\x83\x00", 3) + all[3].substr(2),  // tick 3 in a longer varint
      all[3] + std::string("\x98\x06\x01", 3),            // an unknown field
      all[3] + all[3].substr(2),                          // a field twice
      all[3].substr(2) + all[3].substr(0, 2),             // fields out of order
      "",
      "\xff"};
  for (const std::string& payload : bad) {
    std::vector<std::string> changed = all;
    changed[3] = payload;
    const JournalContents contents = read_journal_bytes(journal_of(changed), path);
    EXPECT_EQ(contents.end, JournalEnd::corrupt) << payload.size();
    EXPECT_EQ(contents.broken_record, 3U);
    EXPECT_EQ(contents.records.size(), 2U);
  }
}

TEST(Journal, RefusesHeadersThatContradictThemselves) {
  const auto end_with = [](const std::function<void(proto::JournalHeader&)>& alter) {
    proto::JournalHeader header = samples::header();
    alter(header);
    return read_journal_bytes(journal_of({header.SerializeAsString()}), path).end;
  };
  EXPECT_EQ(end_with([](proto::JournalHeader&) {}), JournalEnd::clean);
  EXPECT_EQ(end_with([](proto::JournalHeader& h) { h.set_master_seed(7); }), JournalEnd::corrupt);
  EXPECT_EQ(end_with([](proto::JournalHeader& h) { h.set_identity(std::string(32, 'x')); }),
            JournalEnd::corrupt);
  EXPECT_EQ(end_with([](proto::JournalHeader& h) { h.set_dataset_digest("short"); }), JournalEnd::corrupt);
  EXPECT_EQ(end_with([](proto::JournalHeader& h) { h.mutable_versions()->set_journal(99); }),
            JournalEnd::corrupt);
}

// --- a search that continues

TEST(Journal, ComparesWhatIsThereBeforeItAppends) {
  SimulatedFileSystem files;
  files.put(path, TruncateAt(finished_journal(), record_offsets(finished_journal())[6]));
  Journal journal = Journal::open(files, path);
  EXPECT_EQ(journal.expected(), 5U);
  EXPECT_EQ(journal.stored().size(), 5U);
  const std::vector<Record> records = samples::search();
  journal.append(std::span(records).first(3));
  EXPECT_EQ(journal.expected(), 2U);
  EXPECT_EQ(journal.count(), 3U);
  journal.append(std::span(records).subspan(3));
  EXPECT_EQ(journal.expected(), 0U);
  journal.sync();
  EXPECT_EQ(files.get(path), finished_journal());
}

TEST(Journal, NamesTheRecordInWhichAContinuedSearchDiffers) {
  SimulatedFileSystem files;
  files.put(path, finished_journal());
  std::vector<Record> records = samples::search();
  std::get<schedule::Reported>(records[6].event).result.train_loss += 1;
  Journal journal = Journal::open(files, path);
  EXPECT_TRUE(throws(ErrorCode::differs, "record 7: there: tick 6, trial 0, epoch 2",
                     [&] { journal.append(records); }));
  // Nothing may follow a difference.
  EXPECT_TRUE(throws(ErrorCode::environment, "", [&] { journal.sync(); }));
  EXPECT_EQ(files.get(path), finished_journal());
}

TEST(Journal, RefusesAnotherBudgetAsTheUsersMistake) {
  SimulatedFileSystem files;
  files.put(path, finished_journal());
  std::vector<Record> records = samples::search();
  records.back() = samples::proposed(12, 0, 2);
  Journal journal = Journal::open(files, path);
  EXPECT_TRUE(throws(ErrorCode::bad_input, "another budget", [&] { journal.append(records); }));
}

TEST(Journal, IsOneBitAwayFromAForgery) {
  const std::string whole = finished_journal();
  const std::string forged = Forge(whole, 3, [](proto::Record& record) {
    std::string& fingerprint = *record.mutable_report()->mutable_result()->mutable_fingerprint();
    fingerprint[0] = static_cast<char>(fingerprint[0] ^ 1);
  });
  const JournalContents contents = read_journal_bytes(forged, path);
  EXPECT_EQ(contents.end, JournalEnd::clean);  // by itself it is sound: a replay must find it
  EXPECT_NE(contents.head, read_journal_bytes(whole, path).head);
  EXPECT_EQ(Forge(whole, 3, [](proto::Record&) {}), whole);
}

}  // namespace
}  // namespace rondo::store

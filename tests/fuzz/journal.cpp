// journal.rondo (coordinator/store/journal.h): reading throws nothing, and what counts as whole is what the
// library writes. Every input is read as it is, and once more with its lengths, checksums and chain put
// right, because hardly any mutation would get past them.
#include "coordinator/store/journal.h"

#include <algorithm>
#include <optional>

#include "common/base/check.h"
#include "common/experiment/canonical.h"
#include "coordinator/store/format.h"
#include "coordinator/store/record_codec.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/coordinator/store/samples.h"

namespace rondo::fuzz {

namespace {

using namespace store;

// Appends record after record and follows the chain.
class Writer {
 public:
  void append(std::string_view payload) {
    head_ = count_ == 0 ? chain_start(payload) : chain_next(head_, payload);
    append_frame(bytes_, count_++, payload, head_);
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] const Digest& head() const { return head_; }

 private:
  std::string bytes_{journal_magic};
  Digest head_{};
  std::uint64_t count_ = 0;
};

std::string repaired(std::string_view bytes) {
  Writer writer;
  bytes.remove_prefix(std::min(bytes.size(), magic_size));
  while (bytes.size() > frame_overhead) {
    const std::size_t length = std::min<std::size_t>(get_u32(bytes.substr(8)), bytes.size() - frame_overhead);
    writer.append(bytes.substr(frame_header_size, length));
    bytes.remove_prefix(frame_overhead + length);
  }
  return writer.bytes();
}

void check(std::string_view bytes) {
  const JournalContents contents = read_journal_bytes(bytes, "journal.rondo");
  RONDO_CHECK(contents.whole_bytes <= bytes.size() && contents.file_bytes == bytes.size());
  RONDO_CHECK((contents.end == JournalEnd::clean) == contents.what.empty(), "{}", contents.what);
  RONDO_CHECK(contents.end != JournalEnd::clean || contents.whole_bytes == bytes.size());
  if (contents.whole_bytes <= magic_size) {
    RONDO_CHECK(contents.records.empty() && contents.end == JournalEnd::corrupt);
    return;
  }
  Writer writer;
  writer.append(canonical_serialize(contents.header));
  for (const schedule::Record& record : contents.records) {
    writer.append(encode(record));
    RONDO_CHECK(!describe(record).empty());
  }
  RONDO_CHECK(writer.bytes() == bytes.substr(0, writer.bytes().size()));
  RONDO_CHECK(writer.bytes().size() == contents.whole_bytes && writer.head() == contents.head);
}

}  // namespace

void test_one(std::string_view bytes) {
  check(bytes);
  check(repaired(bytes));
}

std::vector<std::string> seeds() {
  Writer writer;
  writer.append(canonical_serialize(samples::header()));
  std::vector<std::string> all = {writer.bytes()};
  for (const schedule::Record& record : samples::search()) {
    Writer single = writer;
    single.append(encode(record));
    all.push_back(single.bytes());
  }
  for (const schedule::Record& record : samples::search()) writer.append(encode(record));
  all.push_back(writer.bytes());
  all.push_back(writer.bytes() + std::string(600, '\0'));
  return all;
}

}  // namespace rondo::fuzz

// The files in checkpoints/ (coordinator/store/cache_format.h): reading throws nothing, and what is taken is
// what the library writes. Every input is read as both kinds of file, as it is and with its key and checksums
// put right.
#include "coordinator/store/cache_format.h"

#include <algorithm>

#include "common/base/check.h"
#include "coordinator/store/format.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/coordinator/store/samples.h"

namespace rondo::fuzz {

namespace {

using namespace store;

constexpr std::size_t header_size = magic_size + sizeof(Digest);
constexpr std::size_t entry_overhead = 12;

Digest key() {
  return sha256("key");
}

void check_arrived(std::string_view bytes) {
  const ArrivedContents contents = parse_arrived(bytes, key());
  RONDO_CHECK(contents.whole_bytes <= bytes.size());
  if (!contents.ours) {
    RONDO_CHECK(contents.results.empty() && !contents.warning.empty());
    return;
  }
  RONDO_CHECK(contents.warning.empty() == (contents.whole_bytes == bytes.size()), "{}", contents.warning);
  std::string again = arrived_header(key());
  for (const schedule::KeptResult& result : contents.results) again += arrived_entry(result);
  RONDO_CHECK(again == bytes.substr(0, static_cast<std::size_t>(contents.whole_bytes)), "{} results",
              contents.results.size());
}

std::string repaired_arrived(std::string_view bytes) {
  std::string file = arrived_header(key());
  bytes.remove_prefix(std::min(bytes.size(), header_size));
  while (bytes.size() > entry_overhead) {
    const std::size_t length = std::min<std::size_t>(get_u32(bytes), bytes.size() - entry_overhead);
    const std::string_view payload = bytes.substr(entry_overhead, length);
    put_u32(file, static_cast<std::uint32_t>(length));
    put_u64(file, xxh3_64(payload));
    file += payload;
    bytes.remove_prefix(entry_overhead + length);
  }
  return file;
}

void check_checkpoint(std::string_view bytes) {
  const TrialId trial(7);
  const CheckpointContents contents = parse_checkpoint(bytes, key(), trial);
  if (!contents.warning.empty()) return;
  RONDO_CHECK(checkpoint_file(key(), trial, contents.epoch, contents.bytes) == bytes);
}

std::string repaired_checkpoint(std::string_view bytes) {
  std::string file = std::string(checkpoint_magic) + to_bytes(key());
  if (bytes.size() > header_size + 8) file += bytes.substr(header_size, bytes.size() - header_size - 8);
  put_u64(file, xxh3_64(file));
  return file;
}

}  // namespace

void test_one(std::string_view bytes) {
  check_arrived(bytes);
  check_arrived(repaired_arrived(bytes));
  check_checkpoint(bytes);
  check_checkpoint(repaired_checkpoint(bytes));
}

std::vector<std::string> seeds() {
  const schedule::KeptResult running{
      TrialId(3), {samples::result(1, 0.5), samples::result(2, 0.25)}, std::nullopt};
  const schedule::KeptResult ended{TrialId(300), {samples::result(4, 0.125)}, samples::end(4)};
  const schedule::KeptResult empty{TrialId(0), {}, std::nullopt};
  return {arrived_header(key()), arrived_header(key()) + arrived_entry(running),
          arrived_header(key()) + arrived_entry(ended) + arrived_entry(empty) + arrived_entry(running),
          checkpoint_file(key(), TrialId(7), Epoch(1), ""),
          checkpoint_file(key(), TrialId(7), Epoch(300), "the state of a trial")};
}

}  // namespace rondo::fuzz

#include "tests/unit/coordinator/store/journal_verbs.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/check.h"
#include "common/experiment/canonical.h"
#include "coordinator/store/format.h"

namespace rondo::store {

namespace {

std::string_view record_bytes(std::string_view journal, std::size_t record) {
  const std::vector<std::size_t> offsets = record_offsets(journal);
  return journal.substr(offsets.at(record), offsets.at(record + 1) - offsets.at(record));
}

}  // namespace

std::vector<std::size_t> record_offsets(std::string_view journal) {
  std::vector<std::size_t> offsets = {magic_size};
  std::optional<Digest> head;
  while (offsets.back() < journal.size()) {
    const Frame frame = read_frame(journal, offsets.back(), offsets.size() - 1, head);
    RONDO_CHECK(frame.status == FrameStatus::whole, "{}", frame.what);
    head = frame.chain;
    offsets.push_back(offsets.back() + frame.size);
  }
  return offsets;
}

std::vector<std::string> payloads(std::string_view journal) {
  std::vector<std::string> all;
  for (std::size_t record = 0; record + 1 < record_offsets(journal).size(); ++record) {
    const std::string_view bytes = record_bytes(journal, record);
    all.emplace_back(bytes.substr(frame_header_size, bytes.size() - frame_overhead));
  }
  return all;
}

std::string journal_of(const std::vector<std::string>& payloads) {
  std::string journal(journal_magic);
  Digest head{};
  for (std::size_t record = 0; record < payloads.size(); ++record) {
    head = record == 0 ? chain_start(payloads[0]) : chain_next(head, payloads[record]);
    append_frame(journal, record, payloads[record], head);
  }
  return journal;
}

std::string TruncateAt(std::string_view journal, std::size_t size) {
  return std::string(journal.substr(0, size));
}

std::string ZeroFrom(std::string_view journal, std::size_t offset, std::size_t size) {
  std::string damaged(journal.substr(0, offset));
  damaged.resize(size, '\0');
  return damaged;
}

std::string FlipBit(std::string_view journal, std::size_t bit) {
  std::string damaged(journal);
  damaged.at(bit / 8) = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
  return damaged;
}

std::string DuplicateRecord(std::string_view journal, std::size_t record) {
  std::string damaged(journal);
  return damaged.insert(record_offsets(journal).at(record), record_bytes(journal, record));
}

std::string RemoveRecord(std::string_view journal, std::size_t record) {
  std::string damaged(journal);
  return damaged.erase(record_offsets(journal).at(record), record_bytes(journal, record).size());
}

std::string SwapRecords(std::string_view journal, std::size_t record, std::size_t other) {
  const auto [first, second] = std::minmax(record, other);
  const std::vector<std::size_t> offsets = record_offsets(journal);
  std::string damaged(journal.substr(0, offsets[first]));
  damaged += record_bytes(journal, second);
  damaged += journal.substr(offsets[first + 1], offsets[second] - offsets[first + 1]);
  damaged += record_bytes(journal, first);
  return damaged += journal.substr(offsets[second + 1]);
}

std::string Forge(std::string_view journal, std::size_t number,
                  const std::function<void(proto::Record&)>& alter) {
  std::vector<std::string> all = payloads(journal);
  proto::Record record;
  parse_canonical(all.at(number), record);
  alter(record);
  all[number] = canonical_serialize(record);
  return journal_of(all);
}

}  // namespace rondo::store

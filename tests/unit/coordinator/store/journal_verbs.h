// What can happen to a journal's bytes, as verbs, and a forger that alters a record and recomputes the chain
// behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/store/file_system.h"
#include "rondo/journal.pb.h"

namespace rondo::store {

// Where record n starts; the last entry is the end of the file. The journal must be sound.
[[nodiscard]] std::vector<std::size_t> record_offsets(std::string_view journal);
[[nodiscard]] std::vector<std::string> payloads(std::string_view journal);
// A journal with these payloads, and a chain that fits them.
[[nodiscard]] std::string journal_of(const std::vector<std::string>& payloads);

[[nodiscard]] std::string TruncateAt(std::string_view journal, std::size_t size);
[[nodiscard]] std::string ZeroFrom(std::string_view journal, std::size_t offset, std::size_t size);
[[nodiscard]] std::string FlipBit(std::string_view journal, std::size_t bit);
[[nodiscard]] std::string DuplicateRecord(std::string_view journal, std::size_t record);
[[nodiscard]] std::string RemoveRecord(std::string_view journal, std::size_t record);
[[nodiscard]] std::string SwapRecords(std::string_view journal, std::size_t record, std::size_t other);

// Alters record `number` (1 or more) and recomputes every checksum and hash behind it: a journal that only a
// replay can tell from the true one.
[[nodiscard]] std::string Forge(std::string_view journal, std::size_t number,
                                const std::function<void(proto::Record&)>& alter);

}  // namespace rondo::store

#include "coordinator/runtime/handshake.h"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

#include "common/base/versions.h"

namespace rondo::runtime {

namespace {

struct VersionPair {
  std::string_view what;
  std::uint32_t theirs;
  std::uint32_t ours;
};

}  // namespace

std::optional<std::string> mismatch(const proto::Hello& hello, const Digest& numerics) {
  const VersionPair pairs[] = {
      {"protocol", hello.protocol(), protocol_version},
      {"journal", hello.versions().journal(), journal_version},
      {"numerics", hello.versions().numerics(), numerics_version},
      {"search", hello.versions().search(), search_version},
      {"seed scheme", hello.versions().seed_scheme(), seed_scheme_version},
  };
  for (const auto& [what, theirs, ours] : pairs) {
    if (theirs != ours) {
      return fmt::format(
          "its {} version is {}, the coordinator's {} (rondo {} there, {} here): install the same release "
          "on every host",
          what, theirs, ours, hello.release(), release_version);
    }
  }
  if (hello.numerics_digest() != to_bytes(numerics)) {
    return "its kernels' self-test gives other bits than the coordinator's: rebuild it from the same "
           "sources, and check "
           "its compiler's flags";
  }
  return std::nullopt;
}

}  // namespace rondo::runtime

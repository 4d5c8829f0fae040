// The four version numbers of the contract, the wire protocol's, and the release.
#pragma once

#include <cstdint>
#include <string_view>

namespace rondo {

inline constexpr std::string_view release_version = "0.1.0";

// A change of any byte that a finished search leaves behind is a change of one of these.
inline constexpr std::uint32_t journal_version = 1;      // how records are laid out
inline constexpr std::uint32_t numerics_version = 1;     // worker/kernels/NUMERICS.md
inline constexpr std::uint32_t search_version = 1;       // samplers, stoppers, scheduling rule
inline constexpr std::uint32_t seed_scheme_version = 1;  // the only one that enters the keys

// Messages between ranks of one run; they need not be readable by any other version.
inline constexpr std::uint32_t protocol_version = 3;

}  // namespace rondo

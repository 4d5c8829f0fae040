// Text and numbers, independent of the locale: std::from_chars and std::to_chars only.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rondo {

// The whole of `text` as a finite or non-finite double (correctly rounded); no surrounding blanks, no leading
// '+'.
[[nodiscard]] std::optional<double> parse_double(std::string_view text);
// The same into `value`, for millions of texts: an optional that is returned travels through memory, and is
// waited for there. Says whether it is one; `value` means nothing otherwise.
[[nodiscard]] bool parse_double(std::string_view text, double& value);
[[nodiscard]] std::optional<std::uint64_t> parse_u64(std::string_view text);
[[nodiscard]] std::optional<std::int64_t> parse_i64(std::string_view text);

// The shortest text that reads back as the same value.
[[nodiscard]] std::string shortest(double value);
[[nodiscard]] std::string shortest(float value);

// The candidate with the smallest edit distance to `word`, if it is near enough to be a likely slip.
[[nodiscard]] std::optional<std::string> nearest_name(std::string_view word,
                                                      std::span<const std::string> candidates);

}  // namespace rondo

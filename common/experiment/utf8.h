// Whether bytes are UTF-8, as protobuf's string fields demand it.
#pragma once

#include <string>
#include <string_view>

namespace rondo {

// By the Unicode standard's table 3-7: no overlong form, no surrogate, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view bytes);

// `text` itself when it is UTF-8, else with every byte beyond ASCII replaced by '?': for messages that must
// arrive whatever a path or a host's name holds.
[[nodiscard]] std::string readable(std::string text);

}  // namespace rondo

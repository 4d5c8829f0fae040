// Whether bytes are UTF-8, as protobuf's string fields demand it.
#pragma once

#include <string_view>

namespace rondo {

// By the Unicode standard's table 3-7: no overlong form, no surrogate, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view bytes);

}  // namespace rondo

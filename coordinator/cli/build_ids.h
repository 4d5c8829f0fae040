// Which builds of the shared libraries this process runs with.
#pragma once

#include <map>
#include <string>

namespace rondo::cli {

// File name ("libmpi.so.40") to GNU build id in hexadecimal, for every library that is loaded and carries
// one, and "program" for this program. Not for plug-ins (mca_btl_tcp.so): there are dozens, and they come
// with their library. The ids are the linker's: equal ids are equal builds, whatever their version says.
[[nodiscard]] std::map<std::string, std::string> build_ids();

}  // namespace rondo::cli

// environment.json: what a run was made on. Facts for people who look for a difference; no part of the
// contract.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rondo::cli {

// What a rank tells of where it runs, in a form that travels: host, CPU, kernel target, usable cores, a line
// each.
[[nodiscard]] std::string describe_rank();

// The file's text once this launch is added to what it held: {"launches": […]}, one object a launch, the
// oldest first. `ranks` are their descriptions, by rank; `before` is the file so far, empty when there is
// none. A file that cannot be read begins anew, and what an earlier release wrote (one launch without the
// list) is kept as the first.
[[nodiscard]] std::string environment_json(const std::vector<std::string>& ranks, std::string_view before);

// "g++ 12.2.0"; "AMD EPYC".
[[nodiscard]] std::string compiler_name();
[[nodiscard]] std::string cpu_name();

}  // namespace rondo::cli

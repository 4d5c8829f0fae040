// Completion of commands and options for shells, written from the commands themselves.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace rondo::cli {

// Scripts that define the completion of `rondo`: to be sourced by bash, or to lie in zsh's $fpath as _rondo.
[[nodiscard]] std::string bash_completion(const CLI::App& app);
[[nodiscard]] std::string zsh_completion(const CLI::App& app);

}  // namespace rondo::cli

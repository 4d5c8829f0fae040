#include "coordinator/cli/completion.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

namespace rondo::cli {

namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<const CLI::Option*> options_of(const CLI::App& app) {
  return app.get_options([](const CLI::Option*) { return true; });
}

// "-n", "--ranks"
std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

std::string joined_options(const CLI::App& app) {
  std::string text;
  for (const CLI::Option* const option : options_of(app)) {
    for (const std::string& name : names_of(*option)) text += (text.empty() ? "" : " ") + name;
  }
  return text;
}

// A text within single quotes; `special` are the letters that zsh reads there as something else.
std::string quoted(std::string_view text, std::string_view special) {
  std::string result;
  for (const char letter : text) {
    if (letter == '\'') {
      result += "'\\''";
      continue;
    }
    if (special.find(letter) != std::string_view::npos) result += '\\';
    result += letter;
  }
  return result;
}

std::string zsh_options(const CLI::App& command) {
  std::string text;
  for (const CLI::Option* const option : options_of(command)) {
    const bool takes_value = option->get_items_expected_max() > 0;
    for (const std::string& name : names_of(*option)) {
      text += fmt::format(" \\\n        '*{}[{}]{}'", name, quoted(option->get_description(), "[]:\\"),
                          takes_value ? ":value:_files" : "");
    }
  }
  return text;
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
  std::string names;
  std::string cases;
  for (const CLI::App* const command : commands_of(app)) {
    names += (names.empty() ? "" : " ") + command->get_name();
    cases += fmt::format("    {}) words='{}' ;;\n", command->get_name(), joined_options(*command));
  }
  return fmt::format(
      R"(# Completion of rondo for bash; written by: rondo completion bash
_rondo() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} command= words= index
  for ((index = 1; index < COMP_CWORD; ++index)); do
    # Behind `rondo launch … --` stands another command.
    case ${{COMP_WORDS[index]}} in
      --) command= ;;
      -*) ;;
      *) [ -n "$command" ] || command=${{COMP_WORDS[index]}} ;;
    esac
  done
  case $command in
    '') words='{} {}' ;;
{}  esac
  COMPREPLY=()
  if [ -z "$command" ] || [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  fi
}}
complete -o default -F _rondo rondo
)",
      names, joined_options(app), cases);
}

std::string zsh_completion(const CLI::App& app) {
  std::string names;
  std::string cases;
  for (const CLI::App* const command : commands_of(app)) {
    names += fmt::format("    '{}:{}'\n", command->get_name(), quoted(command->get_description(), ":\\"));
    cases += fmt::format("    {})\n      _arguments{} \\\n        '*:file:_files'\n      ;;\n",
                         command->get_name(), zsh_options(*command));
  }
  return fmt::format(
      R"(#compdef rondo
# Completion of rondo for zsh; written by: rondo completion zsh
_rondo() {{
  local -a commands
  commands=(
{}  )
  # Behind `rondo launch … --` stands another command.
  local dashes=${{words[(I)--]}}
  if (( dashes > 1 && dashes < CURRENT )); then
    words=(rondo "${{(@)words[dashes+1,-1]}}")
    (( CURRENT -= dashes - 1 ))
  fi
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=${{words[2]}}
  shift words
  (( CURRENT -= 1 ))
  case $command in
{}  esac
}}
_rondo "$@"
)",
      names, cases);
}

}  // namespace rondo::cli

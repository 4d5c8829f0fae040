#include "coordinator/cli/flags.h"

#include <fmt/format.h>

#include "common/base/error.h"
#include "common/experiment/schema.h"
#include "common/experiment/values.h"

namespace rondo::cli {

namespace {

// Names of columns may hold commas; names of choices hold none.
bool is_comma_list(const SettingField& setting) {
  return setting.field().is_repeated() &&
         setting.field().cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING;
}

std::vector<std::string> elements_of(const SettingField& setting, const std::string& text) {
  if (is_comma_list(setting)) return list_elements("[" + text + "]");
  return {text};
}

std::string help_of(const SettingField& setting) {
  const proto::Setting& mark = setting.setting();
  if (is_comma_list(setting))
    return fmt::format("{}; with commas between ({})", mark.help(), mark.default_value());
  if (setting.field().is_repeated()) return fmt::format("{}; once for each", mark.help());
  return mark.default_value().empty() ? mark.help()
                                      : fmt::format("{} ({})", mark.help(), mark.default_value());
}

}  // namespace

void add_experiment_flags(CLI::App& command, FlagValues& values) {
  for (const SettingField& setting : setting_fields()) {
    const std::string& flag = setting.setting().flag();
    if (flag.empty()) continue;
    // One value at a time, so that a list never takes the file's name; read only when all flags are known.
    command.add_option("--" + flag, values.texts[flag], help_of(setting))
        ->expected(1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->group("Experiment");
  }
}

void apply_flags(const FlagValues& values, proto::Experiment& experiment) {
  for (const SettingField& setting : setting_fields()) {
    const std::string& flag = setting.setting().flag();
    const auto given = values.texts.find(flag);
    if (flag.empty() || given == values.texts.end() || given->second.empty()) continue;
    google::protobuf::Message& holder = holder_of(experiment, setting);
    if (!setting.field().is_repeated() && given->second.size() > 1)
      throw_bad_input("--{}: given twice", flag);
    holder.GetReflection()->ClearField(&holder, &setting.field());
    for (const std::string& text : given->second) {
      try {
        for (const std::string& element : elements_of(setting, text)) {
          set_value(holder, setting.field(), element);
        }
      } catch (const Error& error) {
        throw_bad_input("--{}: {}", flag, error.what());
      }
    }
  }
  check_bounds(experiment);
}

}  // namespace rondo::cli

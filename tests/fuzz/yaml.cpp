// experiment.yaml (coordinator/cli/yaml.h): what is accepted, written with its defaults and read again, is
// the same experiment.
#include "coordinator/cli/yaml.h"

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/experiment/canonical.h"
#include "common/experiment/schema.h"
#include "tests/fuzz/fuzz.h"

namespace rondo::fuzz {

void test_one(std::string_view bytes) {
  proto::Experiment experiment;
  try {
    experiment = cli::read_yaml(std::string(bytes), "experiment.yaml");
  } catch (const Error& error) {
    RONDO_CHECK(error.code() == ErrorCode::bad_input, "{}", error.what());
    RONDO_CHECK(std::string_view(error.what()).starts_with("experiment.yaml:"), "{}", error.what());
    return;
  }
  fill_defaults(experiment);
  const std::string text = cli::write_yaml(experiment);
  const proto::Experiment again = cli::read_yaml(text, "again.yaml");
  RONDO_CHECK(canonical_serialize(again) == canonical_serialize(experiment), "{}", text);
  RONDO_CHECK(cli::write_yaml(again) == text, "{}", text);
  RONDO_CHECK(identity(again) == identity(experiment));
}

std::vector<std::string> seeds() {
  proto::Experiment experiment;
  experiment.mutable_data()->set_path("table.csv");
  experiment.mutable_data()->set_target("it's \"y\": \\ \n");
  experiment.mutable_data()->add_drop("null");
  experiment.mutable_data()->add_drop("- x");
  proto::Column& column = *experiment.mutable_data()->add_columns();
  column.set_name("1e3");
  column.set_type(proto::COLUMN_TYPE_NUMERIC);
  return {cli::write_yaml({}), cli::write_yaml(experiment),
          "search: {seed: 1, sampler: grid}\nspace:\n  units: [16, 32]\n  dropout:\n    - 0\n    - .5\n",
          "data:\n  columns:\n    - {name: a, encoding: one_hot}\n    - name: \"b\\x41\"\n      type: "
          "categorical\n",
          "budget:\n  trials: 50 # as many\nexecution:\n"};
}

}  // namespace rondo::fuzz

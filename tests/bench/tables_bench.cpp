// Reads, resolves and prepares one table and prints a JSON object: seconds of processor time of each
// stage, the peak of
// resident memory, and a fingerprint of all that came out. tables.py runs it beside its peer.
#include <fmt/format.h>

#include <ctime>
#include <exception>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "common/base/digest.h"
#include "common/data/csv.h"
#include "common/data/prepared.h"
#include "common/data/resolve.h"
#include "rondo/experiment.pb.h"

namespace rondo {
namespace {

// Of this process's one thread: other processes on the machine take nothing from it.
class Stopwatch {
 public:
  // Seconds of the processor since the last call, or since the start.
  double lap() {
    const std::clock_t now = std::clock();
    const double seconds = static_cast<double>(now - before_) / CLOCKS_PER_SEC;
    before_ = now;
    return seconds;
  }

 private:
  std::clock_t before_ = std::clock();
};

// Of this process alone; getrusage would count what its parent held when it was started.
long peak_kib() {
  std::ifstream status("/proc/self/status");
  std::string word;
  long kib = 0;
  while (status >> word) {
    if (word == "VmHWM:" && status >> kib) break;
  }
  return kib;
}

template <class Value>
void add(Xxh3& hash, const std::vector<Value>& values) {
  hash.update(std::as_bytes(std::span(values)));
}

std::string fingerprint(const proto::Experiment& resolved, const data::PreparedData& data) {
  Xxh3 hash;
  for (const std::string& text : {resolved.DebugString(), data.preprocessing.SerializeAsString()}) {
    hash.update(std::as_bytes(std::span(text)));
  }
  for (const data::Part* part : {&data.train, &data.validation, &data.test}) {
    add(hash, part->inputs);
    add(hash, part->classes);
    add(hash, part->targets);
    add(hash, part->raw_targets);
  }
  return to_hex(hash.finish());
}

void run(const std::string& path, const std::string& target) {
  Stopwatch watch;
  std::string bytes = data::read_file(path);
  const double load = watch.lap();
  const Digest digest = sha256(bytes);
  const double hash = watch.lap();
  const data::CsvTable table = data::parse_csv(std::move(bytes), path);
  const double parse = watch.lap();
  proto::Experiment experiment;
  experiment.mutable_data()->set_target(target);
  experiment.mutable_data()->set_missing_indicator(false);  // the peer has none
  experiment.mutable_split()->set_test(0.2);
  const proto::Experiment resolved = data::resolve(experiment, table);
  const double resolve = watch.lap();
  const data::PreparedData prepared = data::prepare(resolved, table, data::FitOn::training);
  const double prepare = watch.lap();
  fmt::print(R"({{"load": {:.4f}, "digest": {:.4f}, "parse": {:.4f}, "resolve": {:.4f}, "prepare": {:.4f}, )"
             R"("peak_mib": {:.1f}, "rows": {}, "inputs": {}, "sha256": "{}", "fingerprint": "{}"}})"
             "\n",
             load, hash, parse, resolve, prepare, static_cast<double>(peak_kib()) / 1024, table.rows(),
             prepared.shape.inputs, to_hex(digest), fingerprint(resolved, prepared));
}

}  // namespace
}  // namespace rondo

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: tables_bench TABLE.csv TARGET\n");
    return 2;
  }
  try {
    rondo::run(argv[1], argv[2]);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  return 0;
}

#include "worker/runtime/table.h"

#include <fmt/format.h>

#include <exception>
#include <utility>

#include "common/base/digest.h"
#include "common/base/error.h"
#include "common/data/csv.h"

namespace rondo::runtime {

TableLoader::TableLoader(proto::Setup setup, data::FitOn fit_on, ReadTable read)
    : setup_(std::move(setup)), fit_on_(fit_on), read_(std::move(read)), thread_([this] {
        // Nothing is thrown across the thread's end.
        try {
          load();
        } catch (const std::bad_alloc&) {
          failure_ = fmt::format("out of memory while loading {}", setup_.experiment().data().path());
        } catch (const std::exception& error) {
          failure_ = error.what();
        }
        done_.store(true, std::memory_order_release);
      }) {}

TableLoader::~TableLoader() {
  thread_.join();
}

void TableLoader::load() {
  const proto::Experiment& experiment = setup_.experiment();
  std::string bytes = read_(experiment);
  const std::string digest = to_bytes(sha256(bytes));
  if (digest != setup_.dataset_digest()) {
    throw_bad_input(
        "{} is not the coordinator's table here: its SHA-256 is {}, the coordinator's {}; make the same file "
        "visible "
        "to every host",
        experiment.data().path(), to_hex(digest_from_bytes(digest)),
        to_hex(digest_from_bytes(setup_.dataset_digest())));
  }
  const data::CsvTable table = data::parse_csv(std::move(bytes), experiment.data().path());
  prepared_ = data::prepare_folds(experiment, table, fit_on_);
}

}  // namespace rondo::runtime

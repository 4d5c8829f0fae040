#include "worker/runtime/table.h"

#include <fmt/format.h>

#include <exception>
#include <utility>

#include "common/base/digest.h"
#include "common/data/csv.h"

namespace rondo::runtime {

TableLoader::TableLoader(proto::Setup setup, data::FitOn fit_on, TableSource& source)
    : setup_(std::move(setup)), fit_on_(fit_on), source_(source), thread_([this] {
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
  std::string bytes = source_.bytes(experiment, digest_from_bytes(setup_.dataset_digest()));
  const data::CsvTable table = data::parse_csv(std::move(bytes), experiment.data().path());
  prepared_ = data::prepare_folds(experiment, table, fit_on_);
}

}  // namespace rondo::runtime

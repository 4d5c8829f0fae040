#include "worker/runtime/table.h"

#include <fmt/format.h>

#include <exception>
#include <utility>

#include "common/base/digest.h"
#include "common/data/csv.h"

namespace rondo::runtime {

TableLoader::TableLoader(proto::Setup setup, data::FitOn fit_on, std::shared_ptr<TableSource> source)
    : work_(new Work{std::move(setup), fit_on, std::move(source)}), thread_([work = work_] {
        // Nothing is thrown across the thread's end.
        try {
          load(*work);
        } catch (const std::bad_alloc&) {
          work->failure =
              fmt::format("out of memory while loading {}", work->setup.experiment().data().path());
        } catch (const std::exception& error) {
          work->failure = error.what();
        }
        work->done.store(true, std::memory_order_release);
      }) {}

TableLoader::~TableLoader() {
  if (thread_.joinable()) thread_.join();
}

void TableLoader::load(Work& work) {
  const proto::Experiment& experiment = work.setup.experiment();
  std::string bytes = work.source->bytes(experiment, digest_from_bytes(work.setup.dataset_digest()));
  const data::CsvTable table = data::parse_csv(std::move(bytes), experiment.data().path());
  work.prepared = data::prepare_folds(experiment, table, work.fit_on);
}

}  // namespace rondo::runtime

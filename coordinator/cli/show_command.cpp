// rondo show and rondo verify: a run looked at, nothing computed.
#include <fmt/format.h>

#include "coordinator/cli/commands.h"
#include "coordinator/cli/front_view.h"
#include "coordinator/cli/output.h"
#include "coordinator/cli/run_view.h"
#include "coordinator/store/file_system.h"
#include "coordinator/store/final.h"
#include "coordinator/store/journal.h"
#include "coordinator/store/run_folder.h"
#include "coordinator/store/summary.h"

namespace rondo::cli {

ExitCode show_command(const ShowOptions& options) {
  const Output output(options.json);
  store::PosixFileSystem files;
  const store::RunSummary run = store::summarize(files, options.run);
  const FrontQuestion question = front_question(run, options.pareto, files);
  if (options.json) {
    nlohmann::ordered_json json = run_json(run);
    add_front(run, question, json);
    output.object(json);
    return ExitCode::done;
  }
  output.line(fmt::format("run        {}", run.folder));
  output.text(experiment_text(run));
  output.line("");
  output.text(leaderboard_text(run, options.most));
  output.line("");
  if (question.several()) output.text(front_text(run, question) + "\n");
  if (run.final_result) {
    output.text(winner_text(run));
  } else {
    output.line(fmt::format("unfinished; go on with: rondo resume {}", run.folder));
  }
  if (run.torn_tail) output.line(fmt::format("note       {}", *run.torn_tail));
  output.line(fmt::format("digest     {}", run.digest));
  return ExitCode::done;
}

ExitCode verify_command(const VerifyOptions& options) {
  const Output output(options.json);
  store::PosixFileSystem files;
  const store::RunPaths paths{options.run};
  if (files.kind(paths.journal()) != store::PathKind::file) {
    throw_bad_input("{}: no run here (there is no journal.rondo); give the folder that a search wrote",
                    options.run);
  }
  const store::JournalContents journal = store::verify_journal(files, paths.journal());
  const bool corrupt = journal.end == store::JournalEnd::corrupt;
  std::optional<proto::FinalResult> final_result;
  std::string final_fault;
  if (!corrupt) {
    try {
      final_result = store::read_final(files, paths, journal.head, journal.records.size());
    } catch (const Error& error) {
      final_fault = error.what();
    }
  }
  const std::string digest = to_hex(journal.head);
  nlohmann::ordered_json json;
  json["digest"] = digest;
  json["records"] = journal.records.size();
  json["end"] = corrupt ? "corrupt" : journal.end == store::JournalEnd::torn ? "torn" : "clean";
  json["final"] = final_result.has_value();
  json["fault"] = corrupt               ? nlohmann::ordered_json(journal.what)
                  : final_fault.empty() ? nlohmann::ordered_json(nullptr)
                                        : nlohmann::ordered_json(final_fault);
  output.object(json);
  if (corrupt) throw_corrupt("{}: {}", paths.journal(), journal.what);
  output.line(fmt::format("{}: {} records, every checksum and the whole chain are right", paths.journal(),
                          journal.records.size()));
  if (journal.end == store::JournalEnd::torn) {
    output.line(fmt::format("the last append was interrupted ({}); `rondo resume {}` cuts it and goes on",
                            journal.what, options.run));
  }
  if (!final_fault.empty()) throw_corrupt("{}", final_fault);
  output.line(final_result ? "final.rondo and the model follow this journal"
                           : "there is no final.rondo yet: the search is unfinished");
  output.line(fmt::format("digest {}", digest));
  return ExitCode::done;
}

}  // namespace rondo::cli

#!/usr/bin/python3
"""Runs of `rondo search --stopper …`, whose pauses and promotions are decided again from coordinator/search/README.md.

  stoppers.py RONDO

Exit 0: all equal, 1: not, 77: xxhash is missing.
"""
import copy
import math
import pathlib
import subprocess
import sys
import tempfile

try:
    import wire
    from journal import Journal, _records
except ImportError as missing:
    print(missing)
    sys.exit(77)

TABLE = pathlib.Path(__file__).resolve().parents[2] / "tests/data/tables/penguins.csv"
MEDIAN, ASHA, HYPERBAND = 1, 2, 3
COMPLETED, CUT = 1, 4
HIGHER_IS_BETTER = {1: True, 2: False, 3: True, 4: False, 5: False, 6: True}
EXPERIMENT = """
data: {{path: {table}, target: species, metric: {metric}}}
search: {{sampler: {sampler}, seed: {seed}, lanes: {lanes}, stopper: {stopper}, {settings}}}
space: {{dense_layers: [0, 1], units: [8, 32], learning_rate: [1000, 0.1, 0.01, 0.001, 1e-5], batch_size: [32, 64]}}
training: {{epochs: {epochs}, patience: {patience}, min_delta: 0.01}}
limits: {{parameters: 400}}
budget: {{trials: {trials}, ticks: {ticks}}}
final: {{ensemble: 2}}
"""
RUNS = [  # stopper, settings, metric, sampler, seed, lanes, epochs, patience, trials, ticks
    ("asha", "", "log_loss", "random", 1, 4, 30, 6, 60, 0),
    ("asha", "asha: {min_epochs: 2, reduction: 2}", "accuracy", "tpe", 2, 7, 20, 0, 50, 0),
    ("asha", "asha: {reduction: 4}", "accuracy", "sobol", 5, 3, 16, 0, 50, 20),
    ("asha", "asha: {min_epochs: 8, reduction: 4}", "log_loss", "random", 9, 3, 100, 0, 12, 0),  # none completes
    ("hyperband", "hyperband: {brackets: 3}", "log_loss", "random", 3, 5, 20, 0, 70, 0),
    ("hyperband", "hyperband: {reduction: 2, brackets: 4}", "accuracy", "tpe", 4, 9, 16, 5, 60, 0),
    ("hyperband", "", "log_loss", "evolution", 8, 2, 27, 4, 49, 0),
    ("median", "median: {startup_trials: 3, warmup_epochs: 1, interval: 2}", "log_loss", "random", 6, 4, 15, 6, 40, 0),
    ("median", "", "accuracy", "tpe", 7, 6, 22, 0, 40, 0)]


class Trial:
    def __init__(self, proposal):
        self.id, self.parameters, self.running, self.outcome = proposal.trial, proposal.parameters, True, 0
        self.epochs, self.best_loss, self.best_epoch, self.score = 0, math.inf, 0, 0.0
        self.worth, self.final = {}, None  # (score, best epoch) by rung, and at the end if it completed


def key_of(trial, score, higher):
    """The leaderboard's order."""
    return (math.isnan(score), 0.0 if math.isnan(score) else -score if higher else score, trial.parameters, trial.id)


def best_at(trials, rung, higher):
    """Those of them that have paused at the rung, best first."""
    return sorted((t for t in trials if rung in t.worth), key=lambda t: key_of(t, t.worth[rung][0], higher))


class Asha:
    def __init__(self, settings, epochs, higher):
        self.reduction, self.higher = settings.reduction, higher
        self.rungs = [settings.min_epochs * self.reduction**k for k in range(64)]
        self.rungs = [rung for rung in self.rungs if rung < epochs]

    def rungs_of(self, _trial):
        return self.rungs

    def paused(self, _trial, _rung, _trials):
        pass

    def promote(self, trials):
        for rung in reversed(self.rungs):
            here = best_at(trials, rung, self.higher)
            for trial in here[:len(here) // self.reduction]:
                if waits(trial, rung):
                    return trial.id
        return None


class Hyperband:
    def __init__(self, settings, epochs, higher):
        eta, self.higher = settings.reduction, higher
        largest = max(s for s in range(settings.brackets) if eta**s <= epochs)
        self.round = []
        for s in range(largest, -1, -1):
            n = -(-(largest + 1) * eta**s // (s + 1))
            self.round.append([(n // eta**i, epochs // eta**(s - i)) for i in range(s + 1)])
        self.all = sum(bracket[0][0] for bracket in self.round)

    def place(self, trial):
        first = trial // self.all * self.all
        for bracket in self.round:
            if trial < first + bracket[0][0]:
                return bracket, first
            first += bracket[0][0]
        raise AssertionError(trial)

    def rungs_of(self, trial):
        return [epochs for _, epochs in self.place(trial)[0][:-1]]

    def paused(self, _trial, _rung, _trials):
        pass

    def promote(self, trials):
        first = 0
        while first < len(trials):
            bracket, _ = self.place(first)
            found = self.of_bracket(bracket, trials[first:first + bracket[0][0]])
            if found is not None:
                return found
            first += bracket[0][0]
        return None

    def of_bracket(self, bracket, members):
        if len(members) < bracket[0][0]:
            return None
        for (_, rung), (places, _) in zip(bracket, bracket[1:]):
            if not all(rung in t.worth or t.outcome for t in members):
                return None
            members = best_at(members, rung, self.higher)[:places]
            for trial in members:
                if waits(trial, rung):
                    return trial.id
        return None


class Median:
    def __init__(self, settings, epochs, higher):
        self.startup, self.higher = settings.startup_trials, higher
        self.rungs = list(range(settings.warmup_epochs, epochs, settings.interval))
        self.goes_on = set()

    def rungs_of(self, _trial):
        return self.rungs

    def paused(self, trial, rung, trials):
        def better(a, b):
            return not math.isnan(a) and (math.isnan(b) or (a > b if self.higher else a < b))
        others = [t.worth[rung][0] for t in trials if t.outcome == COMPLETED and rung in t.worth]
        mine = trial.worth[rung][0]
        if len(others) < self.startup or 2 * sum(better(other, mine) for other in others) <= len(others):
            self.goes_on.add((trial.id, rung))

    def promote(self, trials):
        return next((t for t, rung in sorted(self.goes_on) if waits(trials[t], rung)), None)


def waits(trial, rung):
    return not trial.running and not trial.outcome and max(trial.worth) == rung


def with_defaults(settings, schema, defaults):
    """Settings that have their old meaning are left out of the journal's header."""
    result = wire.Message(schema)
    for name, value in defaults.items():
        setattr(result, name, getattr(settings, name) if settings and name in settings.given else value)
    return result


def stopper_of(experiment):
    search, epochs = experiment.search, experiment.training.epochs
    higher = HIGHER_IS_BETTER[experiment.data.metric]
    if search.stopper == ASHA:
        return Asha(with_defaults(search.asha, wire.ASHA, {"min_epochs": 1, "reduction": 3}), epochs, higher)
    if search.stopper == HYPERBAND:
        return Hyperband(with_defaults(search.hyperband, wire.HYPERBAND, {"brackets": 4, "reduction": 3}), epochs, higher)
    assert search.stopper == MEDIAN
    return Median(with_defaults(search.median, wire.MEDIAN, {"startup_trials": 5, "warmup_epochs": 5, "interval": 5}),
                  epochs, higher)


class Search:
    """A journal's records, in order; every decision is taken again before it is read."""

    def __init__(self, journal):
        self.training, self.stopper = journal.experiment.training, stopper_of(journal.experiment)
        self.trials, self.idle, self.wrong = [], set(), []
        self.promotions = self.pauses = 0

    def expect(self, what, here, there):
        if here != there:
            self.wrong.append(f"{what}: {there} in the journal, {here} here")

    def segment_end(self, trial, after):
        return next((rung for rung in self.stopper.rungs_of(trial) if rung > after), self.training.epochs)

    def take(self, number, record):
        what = f"record {number}"
        if record.proposal:
            self.expect(f"{what}, promote", self.stopper.promote(self.trials), None)
            self.idle.discard(record.proposal.lane)
            self.trials.append(Trial(record.proposal))
            if record.proposal.last_epoch:
                self.expect(f"{what}, last epoch", self.segment_end(record.proposal.trial, 0), record.proposal.last_epoch)
        elif record.promotion:
            promotion = record.promotion
            self.expect(f"{what}, promote", self.stopper.promote(self.trials), promotion.trial)
            trial = self.trials[promotion.trial]
            self.expect(f"{what}, first epoch", trial.epochs + 1, promotion.first_epoch)
            self.expect(f"{what}, last epoch", self.segment_end(trial.id, trial.epochs), promotion.last_epoch)
            self.idle.discard(promotion.lane)
            trial.running = True
            self.promotions += 1
        elif record.idle:
            self.expect(f"{what}, promote", self.stopper.promote(self.trials), None)
            self.idle.add(record.idle.lane)
        elif record.report:
            self.undecided(what)
            trial, result = self.trials[record.report.trial], record.report.result
            trial.epochs += 1
            if result.validation_loss < trial.best_loss - self.training.min_delta:
                trial.best_loss, trial.best_epoch, trial.score = result.validation_loss, trial.epochs, result.score
        elif record.rung:
            trial = self.trials[record.rung.trial]
            self.expect(f"{what}, rung", self.segment_end(trial.id, trial.epochs - 1), record.rung.epoch)
            trial.running = False
            trial.worth[record.rung.epoch] = trial.score, trial.best_epoch
            self.stopper.paused(trial, record.rung.epoch, self.trials)
            self.pauses += 1
        elif record.end:
            trial = self.trials[record.end.trial]
            trial.outcome, trial.running = record.end.end.outcome, False
            if trial.outcome == COMPLETED:
                self.expect(f"{what}, best epoch", trial.best_epoch, record.end.end.best_epoch)
                trial.final = trial.score, trial.best_epoch

    def check_final(self, final, higher):
        """The leaderboard's first are trained again for their best number of epochs."""
        ranked = {t.id: t.final or t.worth[max(t.worth)] for t in self.trials
                  if t.final or t.worth and t.outcome in (0, CUT)}
        board = sorted((self.trials[t] for t in ranked), key=lambda t: key_of(t, ranked[t.id][0], higher))
        best = [(t.id, ranked[t.id][1]) for t in board[:len(final.networks)]]
        self.expect("final.rondo", best, [(network.trial, network.epochs) for network in final.networks])
        return board[0].outcome

    def undecided(self, what):
        """An idle lane would have been given what could be promoted."""
        if self.idle:
            self.expect(f"{what}, promote to an idle lane", self.stopper.promote(self.trials), None)


def records_of(folder):
    payloads = _records((folder / "journal.rondo").read_bytes(), b"RONDOJ1\n", b"")
    return [wire.decode(wire.RECORD, payload) for payload, _ in list(payloads)[1:]]


def check(folder):
    journal = Journal(folder / "journal.rondo")
    search = Search(journal)
    for number, record in enumerate(records_of(folder), 1):
        search.take(number, record)
    higher = HIGHER_IS_BETTER[journal.experiment.data.metric]
    return search, search.check_final(journal.final(folder / "final.rondo"), higher)


def can_fail(folder):
    """A promotion of another trial, or one rung's score in its last digit, must be seen."""
    records, journal = records_of(folder), Journal(folder / "journal.rondo")
    place = next(i for i, record in enumerate(records) if record.promotion)
    altered = copy.deepcopy(records)
    altered[place].promotion.trial = (altered[place].promotion.trial + 1) % len(journal.trials)
    search = Search(journal)
    for number, record in enumerate(altered[:place + 1], 1):
        search.take(number, record)
    return bool(search.wrong)


def main():
    rondo, failed = pathlib.Path(sys.argv[1]).resolve(), False
    winners = set()
    with tempfile.TemporaryDirectory(prefix="rondo-stoppers-") as name:
        for number, (stopper, settings, metric, sampler, seed, lanes, epochs, patience, trials, ticks) in enumerate(RUNS):
            path, out = pathlib.Path(name) / "experiment.yaml", pathlib.Path(name) / str(number)
            path.write_text(EXPERIMENT.format(table=TABLE, **{key: value for key, value in locals().items() if key in (
                "stopper", "settings", "metric", "sampler", "seed", "lanes", "epochs", "patience", "trials", "ticks")}),
                            encoding="utf-8")
            done = subprocess.run([rondo, "search", path, "--out", out], check=False, capture_output=True, text=True)
            if done.returncode != 0:
                print(done.stdout, done.stderr)
                return 1
            search, winner = check(out)
            winners.add(winner)
            outcomes = {trial.outcome for trial in search.trials}
            print(f"{stopper} {settings or 'by default'}, {sampler}: {search.pauses} pauses and {search.promotions} "
                  f"promotions, {len(search.wrong)} decided otherwise; outcomes {sorted(outcomes)}", flush=True)
            for line in search.wrong[:5]:
                print("  ", line)
            failed |= bool(search.wrong) or search.promotions == 0 or search.promotions == search.pauses
            if ticks and CUT not in outcomes:
                print("FAILED: the budget in ticks cut nothing")
                failed = True
            if not can_fail(out):
                print("FAILED: an altered promotion was not seen")
                failed = True
    if not {0, COMPLETED} <= winners:
        print("FAILED: winners that completed and paused ones are wanted, these have outcomes", sorted(winners))
        failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

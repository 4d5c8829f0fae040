#!/usr/bin/python3
"""How busy a real search keeps its ranks, read from the run's telemetry.

  utilisation.py RUN [RUN…]

For each run: workers, seconds from the first assignment to the last result of the search (the winner's retraining is
left out), the mean length of an assignment, and the share of the workers' time that they spent on assignments. The
share of a search that commits on arrival is at most 1, so the figure is also a bound from below of the ratio to it.
"""
import json
import pathlib
import sys

FIRST_RETRAINING = 1 << 63


def intervals(path):
    """(start, end) of every finished assignment of the last launch, by rank."""
    open_since, spans = {}, {}
    for line in path.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        if event["event"] == "started":
            open_since, spans = {}, {}
        number = event.get("assignment")
        if number is None or number >= FIRST_RETRAINING:
            continue
        if event["event"] == "assigned":
            open_since[number] = event["time"]
        elif number in open_since:
            spans.setdefault(event["rank"], []).append((open_since.pop(number), event["time"]))
    return spans


def main(runs):
    if not runs:
        print(__doc__, file=sys.stderr)
        return 2
    print("| run | workers | seconds | assignments | mean seconds | busy |")
    print("|---|---|---|---|---|---|")
    for run in runs:
        spans = intervals(pathlib.Path(run) / "telemetry.jsonl")
        flat = [span for of_rank in spans.values() for span in of_rank]
        if not flat:
            print(f"{run}: its telemetry holds no assignment", file=sys.stderr)
            return 1
        length = max(end for _, end in flat) - min(start for start, _ in flat)
        busy = sum(end - start for start, end in flat)
        print(f"| {run} | {len(spans)} | {length:.2f} | {len(flat)} | {busy / len(flat):.3f} | "
              f"{busy / (length * len(spans)):.3f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

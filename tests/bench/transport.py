#!/usr/bin/python3
"""What the ranks' line costs: latency, small results a second, idle ranks, start-up and memory, over Open MPI on one host.

  transport.py --bench BUILD/tests/bench/transport_bench [--ranks 2,8,32,64] [--only ping,results,idle] [--seconds 10]

More ranks than cores are meant (--oversubscribe). Prints a table; every figure is of one run. `transport_bench.cpp` says
what each is.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

TABLE = pathlib.Path(__file__).resolve().parents[1] / "data/tables/penguins.csv"


def run(bench, ranks, *arguments):
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                       RONDO_BENCH_STARTED=str(time.time_ns()))
    done = subprocess.run(["mpirun", "--oversubscribe", "-x", "RONDO_BENCH_STARTED", "-n", str(ranks), bench, *arguments],
                          env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=600)
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--ranks", default="2,8,32,64")
    parser.add_argument("--only", default="ping,results,idle")
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()
    only = options.only.split(",")
    print("| ranks | ping, µs: median (p99) | after idling | results/s: one at a time | 16 at a time | idle worker, % of a core: "
          "mean (most) | coordinator | all ready, s | memory a rank, MiB: resident | its share |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for ranks in (int(text) for text in options.ranks.split(",")):
        cells = [str(ranks)] + ["–"] * 9
        if "ping" in only:
            ping = run(options.bench, ranks, "ping")
            cells[1:3] = [f"{part['median']:.0f} ({part['p99']:.0f})" for part in (ping["busy_us"], ping["lazy_us"])]
        if "results" in only:
            results = run(options.bench, ranks, "results")
            cells[3:5] = [f"{results[key]:,.0f}" for key in ("one_at_a_time", "many_at_a_time")]
        if "idle" in only:
            idle = run(options.bench, ranks, "idle", str(TABLE), str(options.seconds))
            worker = idle["worker_percent"]
            cells[5:] = [f"{worker['mean']:.2f} ({worker['most']:.2f})", f"{idle['coordinator_percent']:.2f}",
                         f"{idle['ready_s']:.1f}", f"{idle['resident_mib']['mean']:.0f}",
                         f"{idle['proportional_mib']['mean']:.0f}"]
        print("| " + " | ".join(cells) + " |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

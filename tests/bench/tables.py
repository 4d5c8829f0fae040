#!/usr/bin/python3
"""Reading and preparing a large table: Rondo beside pandas and scikit-learn, each run a process of its own.

  tables.py --bench BUILD/tests/bench/tables_bench --table california_housing.csv --work FOLDER
            [--target median_house_value] [--rows 1000000] [--repeats 5]

The table is repeated up to --rows rows, with one more column that differs in every row, and kept in --work. Both sides
read it, split it 64:16:20, impute medians, standardise numbers and the target, and encode words one-hot; the two take
turns, and medians of processor time are printed as one Markdown table: one thread each, so that a busy machine counts
for little. Rondo's reading includes the types of its columns and the
SHA-256 of the file; its preparing includes resolving the experiment.
"""
import argparse
import csv
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def make_table(source, path, rows):
    with open(source, newline="", encoding="utf-8") as file:
        header, *lines = list(csv.reader(file))
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header + ["row"])
        for row in range(rows):
            writer.writerow(lines[row % len(lines)] + [row])


def peak_mib():
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024


def peer(path, target):
    """The same work in pandas and scikit-learn; prints a JSON object as tables_bench does."""
    import pandas
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    imports = peak_mib()
    start = time.process_time()
    table = pandas.read_csv(path)
    read = time.process_time()
    inputs, targets = table.drop(columns=target), table[[target]]
    del table
    inputs, test_inputs, targets, test_targets = train_test_split(inputs, targets, test_size=0.2, random_state=1)
    inputs, validation_inputs, targets, validation_targets = train_test_split(inputs, targets, test_size=0.2,
                                                                              random_state=1)
    words = [name for name in inputs.columns if inputs[name].dtype == object]
    numbers = [name for name in inputs.columns if name not in words]
    columns = ColumnTransformer(
        [("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
         ("words", OneHotEncoder(handle_unknown="ignore", sparse_output=False), words)])
    scaler = StandardScaler()
    parts = [(columns.fit_transform(inputs), scaler.fit_transform(targets)),
             (columns.transform(validation_inputs), scaler.transform(validation_targets)),
             (columns.transform(test_inputs), scaler.transform(test_targets))]
    end = time.process_time()
    print(json.dumps({"read": read - start, "prepare": end - read, "peak_mib": peak_mib(), "imports_mib": imports,
                      "rows": sum(len(part) for part, _ in parts), "inputs": parts[0][0].shape[1]}))


def measured(command):
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=os.environ | ONE_THREAD, text=True).stdout
    return json.loads(output)


def report(ours, theirs):
    def median(runs, *stages):
        return statistics.median(sum(run[stage] for stage in stages) for run in runs)

    print("| stage | Rondo | pandas + scikit-learn | ratio |\n|---|---:|---:|---:|")
    for name, mine, peers in (("reading", ("load", "digest", "parse"), ("read",)),
                              ("preparing", ("resolve", "prepare"), ("prepare",)),
                              ("both", ("load", "digest", "parse", "resolve", "prepare"), ("read", "prepare"))):
        a, b = median(ours, *mine), median(theirs, *peers)
        print(f"| {name} | {a:.3f} s | {b:.3f} s | {b / a:.2f} × |")
    a, b = median(ours, "peak_mib"), median(theirs, "peak_mib")
    print(f"| peak memory | {a:.0f} MiB | {b:.0f} MiB | {b / a:.2f} × |\n")
    print("Rondo's stages: " + ", ".join(f"{stage} {median(ours, stage):.3f} s"
                                         for stage in ("load", "digest", "parse", "resolve", "prepare")) +
          f"; the peer's memory after its imports: {median(theirs, 'imports_mib'):.0f} MiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=pathlib.Path, required=True)
    parser.add_argument("--table", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--target", default="median_house_value")
    parser.add_argument("--rows", type=int, default=1000000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    path = options.work / f"{options.table.stem}.{options.rows}.csv"
    if not path.exists():
        make_table(options.table, path, options.rows)
    ours, theirs = [], []
    for _ in range(options.repeats):
        ours.append(measured([options.bench, path, options.target]))
        theirs.append(measured([sys.executable, __file__, "--peer", path, options.target]))
    assert ours[0]["rows"] == theirs[0]["rows"] and ours[0]["inputs"] == theirs[0]["inputs"], (ours[0], theirs[0])
    assert len({run["fingerprint"] for run in ours}) == 1
    report(ours, theirs)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        peer(*sys.argv[2:])
    else:
        main()

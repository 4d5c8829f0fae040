#!/usr/bin/python3
"""One training step of dense networks with Adam, beside PyTorch (eager) and scikit-learn's MLP, one thread each.

  step.py --bench build/release/tests/bench/step_bench [--rounds 7]

Each round times all three, one after the other, each in runs of about ten milliseconds for half a second; the fastest
run of each counts, so that what else the machine does matters little. PyTorch: nn.Sequential, cross entropy,
torch.optim.Adam, batches taken from one tensor by index. scikit-learn: partial_fit
of as many rows as a run takes, in batches of that size. Prints a Markdown table.
"""
import argparse
import os
import subprocess
import sys
import time
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
warnings.filterwarnings("ignore")
import numpy as np  # noqa: E402  after the number of threads

ROWS = 4096
RUN = 0.01  # seconds
SHAPES = [(32, [64, 128, 128, 10]), (32, [30, 16, 2]), (32, [64, 1024, 1024, 10]), (256, [64, 512, 512, 10])]


def ours(bench, batch, widths):
    command = [bench, str(batch), *map(str, widths)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def table(widths):
    random = np.random.default_rng(1)
    return (random.uniform(-1, 1, (ROWS, widths[0])).astype(np.float32),
            np.arange(ROWS, dtype=np.int64) % widths[-1])


def fastest(run):
    """Microseconds of a step: `run(steps)` takes that many of them."""
    best = float("inf")
    until = time.perf_counter() + 0.5
    while time.perf_counter() < until:
        steps = max(1, min(16, int(RUN / best)))
        start = time.process_time()
        run(steps)
        best = min(best, (time.process_time() - start) / steps)
    return best * 1e6


class Torch:
    def __init__(self, batch, widths):
        import torch
        torch.set_num_threads(1)
        self.torch, self.batch = torch, batch
        layers = []
        for index, (inputs, units) in enumerate(zip(widths, widths[1:])):
            layers.append(torch.nn.Linear(inputs, units))
            if index < len(widths) - 2:
                layers.append(torch.nn.ReLU())
        self.net = torch.nn.Sequential(*layers)
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=0.001)
        x, y = table(widths)
        self.x, self.y = torch.from_numpy(x), torch.from_numpy(y)
        self.order, self.step = torch.randperm(ROWS), 0

    def run(self, steps):
        torch = self.torch
        loss_of = torch.nn.CrossEntropyLoss()
        for _ in range(steps):
            first = self.step * self.batch % (ROWS - self.batch + 1)
            self.step += 1
            rows = self.order[first:first + self.batch]
            self.optimizer.zero_grad()
            loss = loss_of(self.net(self.x[rows]), self.y[rows])
            loss.backward()
            self.optimizer.step()


class ScikitLearn:
    def __init__(self, batch, widths):
        from sklearn.neural_network import MLPClassifier
        self.batch = batch
        self.x, self.y = table(widths)
        self.net = MLPClassifier(tuple(widths[1:-1]), batch_size=batch, random_state=0)
        self.classes = np.unique(self.y)
        self.net.partial_fit(self.x[:batch], self.y[:batch], self.classes)

    def run(self, steps):
        rows = steps * self.batch
        self.net.partial_fit(self.x[:rows], self.y[:rows])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    print("| batch and widths | Rondo µs | PyTorch µs | ratio | scikit-learn µs | ratio |\n|---|---|---|---|---|---|")
    for batch, widths in SHAPES:
        torch, scikit = Torch(batch, widths), ScikitLearn(batch, widths)
        best = [float("inf")] * 3
        for _ in range(arguments.rounds):
            now = (ours(arguments.bench, batch, widths), fastest(torch.run), fastest(scikit.run))
            best = [min(pair) for pair in zip(best, now)]
        print(f"| {batch}: {'-'.join(map(str, widths))} | {best[0]:.1f} | {best[1]:.1f} | {best[1] / best[0]:.1f} | "
              f"{best[2]:.1f} | {best[2] / best[0]:.1f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

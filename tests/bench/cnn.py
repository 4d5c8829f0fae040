#!/usr/bin/python3
"""One training step of a small CNN with Adam beside PyTorch (eager) in its best layout, one thread each.

  cnn.py --bench build/release/tests/bench/step_bench [--rounds 5]

28 × 28 images of one channel, batch 64: [3 × 3 convolution, relu, 2 × 2 max pooling] with 32 and 64 filters, then a
dense layer of 10 units, cross entropy. PyTorch: contiguous and channels-last, each with and without oneDNN (mkldnn).
Processor time counts, so that what others do meanwhile does not. Each round times all of them, each for a second and a half, the fastest run counting; the ratio is against PyTorch's
fastest way, the median over the rounds. Prints a Markdown table. Pin it to one core with taskset.
"""
import argparse
import os
import statistics
import subprocess
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)
import torch  # noqa: E402  after the number of threads

ROWS, BATCH = 1024, 64


def network():
    nn = torch.nn
    return nn.Sequential(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3, padding=1),
                         nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64 * 7 * 7, 10))


class Torch:
    def __init__(self, layout, onednn):
        self.layout, self.onednn = layout, onednn
        torch.manual_seed(1)
        self.net = network().to(memory_format=layout)
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=0.001)
        self.x = (2 * torch.rand(ROWS, 1, 28, 28) - 1).contiguous(memory_format=layout)
        self.y = torch.arange(ROWS) % 10
        self.order, self.step = torch.randperm(ROWS), 0
        self.loss_of = torch.nn.CrossEntropyLoss()

    def run(self):
        first = self.step * BATCH % (ROWS - BATCH + 1)
        self.step += 1
        rows = self.order[first:first + BATCH]
        with torch.backends.mkldnn.flags(enabled=self.onednn):
            self.optimizer.zero_grad()
            loss = self.loss_of(self.net(self.x[rows].contiguous(memory_format=self.layout)), self.y[rows])
            loss.backward()
            self.optimizer.step()


def fastest(run, seconds):
    """Milliseconds of the fastest call."""
    best, until = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < until:
        start = time.process_time()
        run()
        best = min(best, time.process_time() - start)
    return best * 1e3


def ours(bench):
    return float(subprocess.run([bench, "--cnn", str(BATCH)], check=True, capture_output=True, text=True).stdout) / 1e3


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    layouts = {"contiguous": torch.contiguous_format, "channels last": torch.channels_last}
    ways = {f"{name}{', oneDNN' if onednn else ''}": Torch(layout, onednn) for name, layout in layouts.items()
            for onednn in ((True, False) if torch.backends.mkldnn.is_available() else (False,))}
    rondo, peers = [], {name: [] for name in ways}
    for _ in range(arguments.rounds):
        rondo.append(ours(arguments.bench))
        for name, way in ways.items():
            peers[name].append(fastest(way.run, 1.5))
    print(f"| step of the CNN, batch {BATCH} | ms | times Rondo's |\n|---|---|---|")
    print(f"| Rondo | {statistics.median(rondo):.2f} | 1 |")
    for name, times in peers.items():
        ratio = statistics.median(peer / own for peer, own in zip(times, rondo))
        print(f"| PyTorch, {name} | {statistics.median(times):.2f} | {ratio:.2f} |")
    best = statistics.median(min(times[i] for times in peers.values()) / rondo[i] for i in range(arguments.rounds))
    print(f"| PyTorch, the fastest | | {best:.2f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Prints what the order of a run costs per endpoint: `python -m tests.bench.permutation`."""

import sys
import time

from scanner.targets.permutation import Permutation

_SIZES = {"/24 x 150 ports": 38_400, "/8 x 150 ports": (1 << 24) * 150, "2**33 + 1 (worst)": (1 << 33) + 1}
_BATCHES = (1_024, 4_096, 16_384)
_POSITIONS = 1 << 20


def cost_us(permutation: Permutation, batch: int) -> float:
    """Return microseconds per index as a list of integers, the best of three passes."""
    count = max(1, min(_POSITIONS, permutation.size) // batch)
    best_s = float("inf")
    for _ in range(3):
        start_s = time.perf_counter()
        for number in range(count):
            permutation.batch(number * batch, batch)
        best_s = min(best_s, time.perf_counter() - start_s)
    return best_s / (count * batch) * 1e6


def main() -> None:
    sys.stdout.write(f"{'size':<20}" + "".join(f"{f'batch {batch}':>15}" for batch in _BATCHES) + "\n")
    for name, size in _SIZES.items():
        permutation = Permutation(size, 1)
        row = "".join(f"{cost_us(permutation, batch):>12.3f} us" for batch in _BATCHES)
        sys.stdout.write(f"{name:<20}{row}\n")


if __name__ == "__main__":
    main()

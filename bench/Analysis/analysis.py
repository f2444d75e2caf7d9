"""The computations of AnalysisComparison in NumPy. Each line of standard input names one (a JSON string); each line of output is its wall and processor time in milliseconds."""
import json
import sys
import time

import numpy as np

N, D, P, KAPPA, NOISE = 120, 100, 80, 40.0, 0.04
SIGMA = np.array([0.5, 0.5 / KAPPA])
DIM = np.array([P, D - P])


def totals(count):
    return 1 / 10 ** (6.0 * np.arange(count) / (count - 1))


def published(total):
    alpha = N / DIM
    a, b, r = [], [], []
    for i in range(2):
        scaled = D / (DIM[i] * SIGMA[i] ** 2) * total
        h = 1 - alpha[i] - scaled
        root = np.sqrt(h * h + 4 * scaled)
        u = (root - h) / 2 if alpha[i] > 1 else 2 * scaled / (root + h)
        a.append(1 + u)
        b.append(alpha[i] / (1 - alpha[i] + u * (2 + u)))
        r.append(N / D / a[i])
    c0 = 1 + NOISE - 2 * r[1] - N / D * (2 - a[0]) / a[0]
    c1 = 1 + NOISE - 2 * r[0] - N / D * (2 - a[1]) / a[1]
    both = b[0] * b[1]
    q = (both * (c0 + c1) + b[0] * c0 + b[1] * c1) / (1 - both)
    return (1 + q - 2 * (r[0] + r[1])) / 2


def joint(total):
    ratio, share, square = N / D, DIM / D, SIGMA ** 2
    s = square.max()
    h = (ratio - 1) * s - total
    rho = (h + np.sqrt(h * h + 4 * s * ratio * total)) / (2 * s)
    while True:
        value, slope = rho - ratio, 1.0
        for k in range(2):
            weight = share[k] * square[k] / (total + rho * square[k])
            value = value + weight * rho
            slope = slope + weight * total / (total + rho * square[k])
        step = -value / slope
        if not np.any(step > 4e-16 * rho):
            break
        rho = rho + np.maximum(step, 0)
    bias, unexplained = NOISE, rho
    for k in range(2):
        missing = total / (total + rho * square[k])
        bias = bias + share[k] * missing ** 2
        unexplained = unexplained + share[k] * (1 - missing) * missing
    return (bias * ratio / unexplained - NOISE) / 2


def repeated(function):
    few = totals(100)

    def run():
        for _ in range(100):
            function(few)

    return run


def eigen(size):
    inputs = np.random.default_rng(1).standard_normal((2 * size, size))
    gram = inputs.T @ inputs
    return lambda: np.linalg.eigh(gram)


def exact(n, d, count):
    rng = np.random.default_rng(1)
    p = 7 * d // 10
    f = np.concatenate([np.ones(p), np.full(d - p, 1 / 50)])
    z = rng.standard_normal((n, d)) / np.sqrt(d)
    w = rng.standard_normal(d)
    y = z @ w + 0.2 * rng.standard_normal(n)
    times = 10 ** (6.0 * np.arange(count) / (count - 1))

    def run():
        x = z * f
        values, vectors = np.linalg.eigh(x.T @ x)
        target = vectors.T @ (x.T @ y)
        progress = 1 - np.maximum(0, 1 - values / values[-1])[:, None] ** times
        modulated = f[:, None] * (vectors @ (progress * (target / values)[:, None]))
        return w @ modulated / d, (modulated ** 2).sum(0) / d

    return run


WORK = {
    "published 10000": lambda: published(MANY),
    "published 100 x 100": repeated(published),
    "joint 10000": lambda: joint(MANY),
    "joint 100 x 100": repeated(joint),
    "eigh 400": eigen(400),
    "eigh 1000": eigen(1000),
    "exact 1000 x 1000": exact(1200, 1000, 1000),
}
MANY = totals(10_000)


def measure(run):
    repeats = 1
    while True:
        wall, processor = time.perf_counter(), time.process_time()
        for _ in range(repeats):
            run()
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        if wall > 0.02:
            return f"{1000 * wall / repeats:.4f} {1000 * processor / repeats:.4f}"
        repeats *= 4


for line in sys.stdin:
    question = json.loads(line)
    print(np.__version__ if question == "version" else measure(WORK[question]), flush=True)

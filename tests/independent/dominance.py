"""Fronts and crowding distances of coordinator/search/NSGA2.md, from that page alone. A trial is (loss, costs, id)."""
import math


def dominates(a, b):
    if math.isnan(a[0]) != math.isnan(b[0]):
        return math.isnan(b[0])
    pairs = list(zip(a[1], b[1])) + ([] if math.isnan(a[0]) else [(a[0], b[0])])
    return all(x <= y for x, y in pairs) and any(x < y for x, y in pairs)


def fronts(trials):
    left, found = list(trials), []
    while left:
        found.append([a for a in left if not any(dominates(b, a) for b in left)])
        left = [a for a in left if a not in found[-1]]
    return found


def crowding(front):
    """By id."""
    distances = {trial[2]: 0.0 for trial in front}
    views = [] if math.isnan(front[0][0]) else [lambda trial: trial[0]]
    for view in views + [lambda trial, k=k: trial[1][k] for k in range(3)]:
        order = sorted(front, key=lambda trial: (view(trial), trial[2]))
        values = [view(trial) for trial in order]
        if values[0] == values[-1]:
            continue
        distances[order[0][2]] += math.inf
        distances[order[-1][2]] += math.inf
        width = float(values[-1] - values[0])
        for i in range(1, len(order) - 1):
            if width != math.inf:
                distances[order[i][2]] += float(values[i + 1] - values[i - 1]) / width
    return distances


def ranked(trials, most):
    """Ids of the first `most`, the best first."""
    result = []
    for front in fronts(trials):
        room = crowding(front)
        result += sorted(room, key=lambda trial: (-room[trial], trial))
    return result[:most]

"""The linear assignment problem, as SciPy solves it, which Blender doesn't have."""

from __future__ import annotations

import numpy as np

from ..data.arrays import Floats


def assign(cost: Floats) -> list[tuple[int, int]]:
    """Pairs (row, column) that minimise the summed ``cost`` (r, c); min(r, c) of them.

    Shortest augmenting paths with dual variables (Jonker and Volgenant, 1987), O(n^3).
    """
    if cost.size == 0:
        return []
    if cost.shape[0] > cost.shape[1]:
        return sorted((row, column) for column, row in assign(cost.T))
    rows, columns = cost.shape
    # Row and column 0 are sentinels: column_row[0] holds the row that is being placed.
    u, v = np.zeros(rows + 1), np.zeros(columns + 1)
    column_row = np.zeros(columns + 1, dtype=int)
    for row in range(1, rows + 1):
        column_row[0] = row
        slack = np.full(columns + 1, np.inf)
        came_from = np.zeros(columns + 1, dtype=int)
        done = np.zeros(columns + 1, dtype=bool)
        at = 0
        while column_row[at]:
            done[at] = True
            here = column_row[at]
            reduced = cost[here - 1] - u[here] - v[1:]
            better = ~done[1:] & (reduced < slack[1:])
            slack[1:][better] = reduced[better]
            came_from[1:][better] = at
            free = np.where(done, np.inf, slack)
            free[0] = np.inf
            following = int(np.argmin(free))
            delta = free[following]
            u[column_row[done]] += delta
            v[done] -= delta
            slack[~done] -= delta
            at = following
        while at:
            column_row[at] = column_row[came_from[at]]
            at = int(came_from[at])
    return sorted((int(column_row[c]) - 1, c - 1) for c in range(1, columns + 1) if column_row[c])


def assign_below(cost: Floats, limit: float) -> list[tuple[int, int]]:
    """Pairs (row, column) that minimise the summed min(``cost`` (r, c), ``limit``), without those
    that cost ``limit`` or more.

    Rows and columns that share no pair below the limit can't sway each other: each group of such
    is assigned by itself, which many small groups need to be done in linear time.
    """
    rows, columns = np.nonzero(cost < limit)
    # Of each row: the least row that it is linked with by a chain of shared columns.
    group = np.arange(cost.shape[0], dtype=np.int64)
    for column in set(columns.tolist()):
        linked = group[rows[columns == column]]
        group[np.isin(group, linked)] = linked.min()
    pairs: list[tuple[int, int]] = []
    for one in set(group[rows].tolist()):
        mine = np.flatnonzero(group == one)
        theirs = np.unique(columns[np.isin(rows, mine)])
        block = np.minimum(cost[np.ix_(mine, theirs)], limit)
        found = ((int(mine[a]), int(theirs[b])) for a, b in assign(block))
        pairs += [pair for pair in found if cost[pair] < limit]
    return sorted(pairs)

"""Logistic regression over several classes, in numpy, the same on every machine and run.

Minimises the weighted cross-entropy plus an L2 penalty on the weights (not the biases).
Boehning's bound gives one matrix that is at least as curved as the loss everywhere, so each
step solves with the same factor and never overshoots; Nesterov's momentum makes it quick.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def fit(
    inputs: Array,
    classes: npt.NDArray[np.intp],
    weights: Array,
    *,
    penalty: float,
    steps: int = 400,
) -> tuple[Array, Array]:
    """Weights (features, classes) and biases (classes).

    ``inputs`` (n, features), ``classes`` (n,) from 0, ``weights`` (n,) that sum to 1.
    """
    count, width = inputs.shape
    kinds = int(classes.max()) + 1
    x = np.column_stack((inputs, np.ones(count)))
    ridge = np.full(width + 1, penalty)
    ridge[-1] = 1e-6
    bound = 0.5 * (x.T * weights) @ x + np.diag(ridge)
    solve = np.linalg.inv(bound)
    wanted = np.zeros((count, kinds))
    wanted[np.arange(count), classes] = 1.0
    theta = np.zeros((width + 1, kinds))
    ahead = theta
    momentum = 1.0
    for _ in range(steps):
        slope = x.T @ ((probabilities(x @ ahead) - wanted) * weights[:, None])
        step = solve @ (slope + ridge[:, None] * ahead)
        following = ahead - step
        if float((step * (following - theta)).sum()) > 0:  # momentum leads uphill: start anew
            momentum = 1.0
        after = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = following + (momentum - 1) / after * (following - theta)
        moved = float(np.abs(following - theta).max())
        theta, momentum = following, after
        if moved < 1e-5:
            break
    return theta[:-1], theta[-1]


def probabilities(logits: Array) -> Array:
    """Softmax over the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))

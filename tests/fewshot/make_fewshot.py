#!/usr/bin/env python3
"""make_fewshot.py: writes ridge_table.hpp, what numpy says of ridge regression on features that fewshot_problem.hpp makes too.

Run it in this folder with Debian's python3 and numpy (1.24.2): /usr/bin/python3 make_fewshot.py

The definition is taken literally, with the column of 100 and targets of -1 and 1. It is solved as the least squares problem [X; sqrt(l2) I] W = [Y; 0] by a
singular value decomposition, so no product X'X is formed, and neither the primal nor the dual system of the library is solved."""
import numpy as np

MASK = (1 << 64) - 1
# name, seed, training images, test images, features, classes (the last one has no training image), l2
CASES = [("primal", 1, 22, 16, 6, 4, 1024.0), ("primal", 2, 22, 16, 6, 4, 1.0), ("primal", 3, 22, 16, 6, 4, 1e-3),
         ("dual", 4, 7, 16, 11, 4, 1024.0), ("dual", 5, 7, 16, 11, 4, 1.0), ("dual", 6, 7, 16, 11, 4, 1e-3)]


def uniform(i):
    """The first output of splitmix64 (Steele, Lea, Flood 2014) with state i, as a number in [0, 1)."""
    z = (i + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return ((z ^ (z >> 31)) >> 11) * 2.0**-53


def label(n, classes):
    """The last class but one has two images where others have one; the last class has none."""
    return min(n % classes, classes - 2)


def features(seed, first, count, size, classes):
    return np.array([[(1 + f % 5) * (uniform(seed * 1000003 + n * size + f) + 0.5 * (f % (classes - 1) == label(n, classes))) + f for f in range(size)]
                     for n in range(first, first + count)])


def text(values):
    return ", ".join(repr(float(value)) for value in values)


lines = ["#pragma once", "/// Written by make_fewshot.py: weights and predictions of ridge regression by numpy.", "#include <vector>", "",
         "namespace adatape::testing {", "", "struct RidgeCase {", "  int seed, train, test, features, classes;", "  double l2;",
         "  bool dual;  ///< which side is the smaller one", "  std::vector<double> weights;  ///< [features + 1, classes]",
         "  std::vector<int> predictions;  ///< [test]", "};", "", "inline const std::vector<RidgeCase> ridge_cases{"]
for name, seed, train, test, size, classes, l2 in CASES:
    x, x_test = features(seed, 0, train, size, classes), features(seed, train, test, size, classes)
    y = np.array([label(n, classes) for n in range(train)])
    mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-5
    columns = [np.hstack([(m - mean) / deviation, np.full((len(m), 1), 100.0)]) for m in (x, x_test)]
    targets = 2 * np.eye(classes)[y] - 1
    longer = np.vstack([columns[0], np.sqrt(l2) * np.eye(size + 1)])
    weights = np.linalg.lstsq(longer, np.vstack([targets, np.zeros((size + 1, classes))]), rcond=None)[0]
    predictions = np.argmax(columns[1] @ weights, axis=1)
    lines.append(f"    {{{seed}, {train}, {test}, {size}, {classes}, {float(l2)!r}, {'true' if name == 'dual' else 'false'}, "
                 f"{{{text(weights.ravel())}}}, {{{', '.join(map(str, predictions))}}}}},")
lines += ["};", "", "}  // namespace adatape::testing", ""]
with open("ridge_table.hpp", "w") as file:
    file.write("\n".join(lines))

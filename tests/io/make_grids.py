#!/usr/bin/python3
"""make_grids.py: writes expected_grids.hpp, what PyTorch and SciPy make of grids of position embeddings. Equal runs give equal bytes.

Made with PyTorch 1.13.0 and SciPy 1.10.1 in double. Needs python3-torch, python3-scipy and python3-numpy."""
import pathlib

import numpy as np
import torch
from scipy import ndimage

D = 2
sizes = [(4, 4, 7, 7), (7, 7, 4, 4), (3, 5, 5, 2), (5, 2, 2, 9), (1, 6, 1, 4), (1, 6, 1, 11), (1, 6, 3, 6), (6, 1, 2, 1), (2, 3, 1, 1), (1, 1, 2, 3),
         (14, 14, 3, 3), (4, 4, 4, 4)]


def pattern(height, width):
    """Halves from -128 to 127 of a linear congruential generator."""
    state, values = 1, []
    for _ in range(height * width * D):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        values.append((state >> 23) / 2 - 128)
    return np.array(values).reshape(height, width, D)


def torch_bicubic(grid, height, width, antialias):
    planes = torch.from_numpy(grid).permute(2, 0, 1)[None]
    result = torch.nn.functional.interpolate(planes, size=(height, width), mode="bicubic", align_corners=False, antialias=antialias)
    return result[0].permute(1, 2, 0).numpy()


def zoom(grid, height, width):
    return ndimage.zoom(grid, (height / grid.shape[0], width / grid.shape[1], 1), order=1)


rules = {
    "antialiased_bicubic": lambda *grid: torch_bicubic(*grid, True),
    "bicubic": lambda *grid: torch_bicubic(*grid, False),
    "corner_aligned": zoom,
}
lines = []
for rule, resample in rules.items():
    for h, w, h2, w2 in sizes:
        values = resample(pattern(h, w), h2, w2)
        assert values.shape == (h2, w2, D)
        lines.append(f"    {{GridResampling::{rule}, {{{h}, {w}}}, {{{h2}, {w2}}}, {{{', '.join(repr(float(v)) for v in values.ravel())}}}}},\n")

pathlib.Path(__file__).with_name("expected_grids.hpp").write_text(
    """#pragma once
/// Written by make_grids.py: what PyTorch and SciPy make of grids of position embeddings of width 2.
#include <vector>

#include "adatape/io/position_grid.hpp"

namespace adatape::test {

struct ExpectedGrid {
  io::GridResampling rule;
  io::GridSize from, to;
  std::vector<double> values;
};

// clang-format off
inline const std::vector<ExpectedGrid>& expected_grids() {
  using io::GridResampling;
  static const std::vector<ExpectedGrid> grids{
""" + "".join(lines) + """  };
  return grids;
}
// clang-format on

}  // namespace adatape::test
""")

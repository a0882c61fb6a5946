#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the HDF5 file that test_experiment_plan.c reads: make_h5.py FILE"""
import sys

import h5py
import numpy as np

with h5py.File(sys.argv[1], "w") as f:
    g = 1e-4 * np.arange(1, 13).reshape(2, 2, 3)
    f["conductance"] = g  # [sample][row][col]
    f["plane"] = g[0].astype("f4")
    f["negative"] = -g
    f["wide"] = np.ones((2, 2, 4))
    f["line"] = np.ones(6)
    f["v"] = np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])  # [input][row]
    f["v_samples"] = 0.1 * np.arange(8).reshape(2, 2, 2)  # [sample][input][row]
    f["v_three"] = np.ones((3, 2, 2))
    f["v_nan"] = np.array([[0.1, np.nan]])
    f["text"] = "abc"

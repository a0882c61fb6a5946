# SPDX-License-Identifier: GPL-3.0-or-later
"""The uniform array in closed form: a double sine series that solves it exactly.

M x N cells g; word segments g_w, one of them in front of the first cell, right end open;
bit segments g_b, top open, one more to ground at the bottom. With 1-based i, j, p, q

    lambda_q = 2 - 2 cos((2q-1) pi/(2N+1)),  Q_jq = 2/sqrt(2N+1) sin(j (2q-1) pi/(2N+1))
    mu_p     = 2 - 2 cos((2p-1) pi/(2M+1)),  P_ip = 2/sqrt(2M+1) sin((M+1-i)(2p-1) pi/(2M+1))

    a = g_w lambda_q + g,  c = g_b mu_p + g,  F_i1 = g_w V_i, else 0,  F^ = P' F Q
    W^ = c F^/(a c - g^2),  B^ = g F^/(a c - g^2),  I_j = g_b B_Mj
"""
import numpy as np


def solve(g, row_ohm, col_ohm, v_in, cols):
    """@return i_out A [cols], v_row V [rows][cols], v_col V [rows][cols]"""
    P, Q, w, b = transformed(g, row_ohm, col_ohm, v_in, cols)
    v_col = P @ b @ Q.T
    return v_col[-1] / col_ohm, P @ w @ Q.T, v_col


def currents(g, row_ohm, col_ohm, v_in, cols):
    """@return i_out A [cols]; cheap at any size"""
    P, Q, _, b = transformed(g, row_ohm, col_ohm, v_in, cols)
    return P[-1] @ b @ Q.T / col_ohm


def transformed(g, row_ohm, col_ohm, v_in, cols):
    """P, Q, W^, B^"""
    v_in = np.asarray(v_in, float)
    m, n = v_in.size, cols
    g_w, g_b = 1 / row_ohm, 1 / col_ohm
    p, q = np.arange(1, m + 1), np.arange(1, n + 1)
    i, j = p[:, None], q[:, None]
    lam = 2 - 2 * np.cos((2 * q - 1) * np.pi / (2 * n + 1))
    mu = 2 - 2 * np.cos((2 * p - 1) * np.pi / (2 * m + 1))
    Q = 2 / np.sqrt(2 * n + 1) * np.sin(j * (2 * q - 1) * np.pi / (2 * n + 1))
    P = 2 / np.sqrt(2 * m + 1) * np.sin((m + 1 - i) * (2 * p - 1) * np.pi / (2 * m + 1))
    a = g_w * lam + g
    c = (g_b * mu + g)[:, None]
    f = np.outer(P.T @ (g_w * v_in), Q[0])
    return P, Q, c * f / (a * c - g * g), g * f / (a * c - g * g)

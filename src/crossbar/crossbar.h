/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The array: geometry, wires, terminals, cuts, and what drives it.
 *
 *           col 0     col 1
 *           (top 0)   (top 1)
 *              |         |
 *   left 0 -- w0_0 ---- w0_1 -- right 0       wj: word node, row wire of row_ohm
 *              :cell     :cell
 *              b0_0      b0_1                 bj: bit node, column wire of col_ohm
 *              |         |                        towards b1_j
 *             ...       ...
 *            bottom 0  bottom 1
 *
 *  Rows are word lines, i = 0 (top) ... n_rows-1; columns are bit lines, j = 0 (left)
 *  ... n_cols-1. A terminal is an ideal source, then its own `ohm`, then the outermost
 *  node of its line. All arrays are row-major, [i][j].
 */
#ifndef XBAR_CROSSBAR_CROSSBAR_H
#define XBAR_CROSSBAR_CROSSBAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"
#include "device/device.h"

typedef enum xbar_side {
    XBAR_LEFT,
    XBAR_RIGHT,
    XBAR_TOP,
    XBAR_BOTTOM,
    XBAR_N_SIDES
} xbar_side;

/** "left", "right", "top", "bottom". */
extern const char *const xbar_side_name[XBAR_N_SIDES];

/** Limits of what a file may ask for; beyond them is a mistake, not an array. */
#define XBAR_MAX_LINES 65536u            /* rows, columns */
#define XBAR_MAX_CELLS ((size_t)1 << 28) /* rows x columns */
#define XBAR_MIN_OHM 1e-6                /* a resistance is 0 or at least this */
#define XBAR_MAX_OHM 1e12
#define XBAR_MIN_SIEMENS 1e-15 /* a conductance is 0 or at least this */
#define XBAR_MAX_SIEMENS 1e6
#define XBAR_MAX_VOLT 1e6

/** Fields may be read by all; they are set through the functions below, or by the
 *  experiment layer before anyone else sees the array. */
typedef struct xbar_crossbar {
    size_t n_rows, n_cols;
    double row_ohm, col_ohm;     /* per segment; 0 is an ideal wire */
    double row_farad, col_farad; /* per segment, node to ground */
    double
        *terminal_ohm[XBAR_N_SIDES]; /* [lines of that side]; NaN: no terminal there */
    double
        *terminal_farad[XBAR_N_SIDES]; /* [lines of that side], F, between the outermost
                                             node and ground; NULL: none */
    uint8_t
        *row_source;  /* [n_rows]: the side that is "the row's source" where a row has
                            both: XBAR_LEFT (default) or XBAR_RIGHT */
    uint8_t *row_cut; /* [n_rows][n_cols]: 1 = the segment behind cell (i,j) towards
                             (i,j+1) is cut; NULL: none is */
    uint8_t *col_cut; /* [n_rows][n_cols]: towards (i+1,j); NULL: none is */
    xbar_cell cell;
} xbar_crossbar;

/** An array without terminals, with ideal wires, whole, of `linear` cells.
 *  @param[out] out     yours, to be freed; NULL on failure
 *  @return XBAR_OK, XBAR_ERR_INPUT (sizes 0 or beyond the limits above),
 *          XBAR_ERR_MEMORY */
xbar_status xbar_crossbar_new(xbar_crossbar **out, size_t n_rows, size_t n_cols,
                              xbar_error *err);
void xbar_crossbar_free(xbar_crossbar *c);

/** Lines that end on a side: n_rows for left and right, n_cols for top and bottom. */
size_t xbar_side_lines(const xbar_crossbar *c, xbar_side side);

/** The least resistance of wires and terminals that is not 0, ohm; infinite where all are:
 *  the rounding of a voltage drives through it what no current can be told better than. */
double xbar_crossbar_least_ohm(const xbar_crossbar *c);

/** Cuts the segment behind cell `after` of a line (row: towards the next column; column:
 *  towards the next row).
 *  @param line_is_row  true: word line `index`; false: bit line `index`
 *  @return XBAR_OK, XBAR_ERR_INPUT (no such segment), XBAR_ERR_MEMORY */
xbar_status xbar_crossbar_cut(xbar_crossbar *c, bool line_is_row, size_t index,
                              size_t after, xbar_error *err);

/** The voltages of all terminals for one input. */
typedef struct xbar_stimulus {
    double *volt[XBAR_N_SIDES]; /* V, [lines of that side]; NaN where that line has no
                                   terminal on that side, or its terminal is open */
    double *gate; /* V, [n_rows]: the gates of a row's access transistors, which are one
                     ideal line; looked at only where cells have such */
} xbar_stimulus;

/** All lines open (NaN), all gates at 0 V.
 *  @param[out] s  its arrays are yours: xbar_stimulus_clear */
xbar_status xbar_stimulus_init(xbar_stimulus *s, const xbar_crossbar *c,
                               xbar_error *err);
void xbar_stimulus_clear(xbar_stimulus *s);

/** to = from, both made for this array. */
void xbar_stimulus_copy(xbar_stimulus *to, const xbar_stimulus *from,
                        const xbar_crossbar *c);

/** Have both the same terminals open? */
bool xbar_stimulus_same_terminals(const xbar_stimulus *a, const xbar_stimulus *b,
                                  const xbar_crossbar *c);

/** Which side's terminal is "the row's source": c->row_source[i] if row i is driven there,
 *  else the other side, else XBAR_N_SIDES for a row that nothing drives. Likewise for
 *  the column: bottom, else top. */
xbar_side xbar_row_source(const xbar_crossbar *c, const xbar_stimulus *s, size_t i);
xbar_side xbar_col_source(const xbar_crossbar *c, const xbar_stimulus *s, size_t j);

/** What /v_in and /v_col hold: the source voltages of a line, NaN where open. */
double xbar_row_volt(const xbar_crossbar *c, const xbar_stimulus *s, size_t i);
double xbar_col_volt(const xbar_crossbar *c, const xbar_stimulus *s, size_t j);

#endif

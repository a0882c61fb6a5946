/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Factors of K for networks whose conductances lie so far apart that Cholesky's pivots
 *  are nothing but rounding. Private to the layer.
 */
#ifndef XBAR_NODAL_MESH_H
#define XBAR_NODAL_MESH_H

#include "nodal/matrix.h"

/** K = L D L' by star-mesh elimination.
 *  @param         m       filled
 *  @param[in,out] factor  NULL, or what this function made for the same pattern; for
 *                         cholmod_l_solve; to be freed by cholmod_l_free_factor
 *  @return XBAR_OK, XBAR_ERR_MEMORY */
xbar_status xbar_mesh_factor(xbar_matrix *m, cholmod_factor **factor, xbar_error *err);

#endif

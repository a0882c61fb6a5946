/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/model.h"

#include <string.h>

#include "analytical/closed_model.h"
#include "analytical/network_model.h"

/* The default first. */
static const xbar_model *const models[] = {
    &xbar_model_modes, &xbar_model_lean,  &xbar_model_alpha_beta,
    &xbar_model_dmr,   &xbar_model_jeong,
};

const xbar_model *xbar_model_at(size_t k)
{
    return k < sizeof models / sizeof *models ? models[k] : NULL;
}

const xbar_model *xbar_model_find(const char *name)
{
    const xbar_model *model = NULL;
    for (size_t k = 0; (model = xbar_model_at(k)) != NULL; k++)
        if (strcmp(model->name, name) == 0)
            return model;
    return NULL;
}

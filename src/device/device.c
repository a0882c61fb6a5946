/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "device/device.h"

#include <string.h>

#include "device/models.h"

static const xbar_device *const library[] = {
    &xbar_device_linear,
    &xbar_device_sinh,
};

const xbar_device *xbar_device_at(size_t k)
{
    return k < sizeof library / sizeof *library ? library[k] : NULL;
}

const xbar_device *xbar_device_find(const char *name)
{
    const xbar_device *device = NULL;
    for (size_t k = 0; (device = xbar_device_at(k)) != NULL; k++)
        if (strcmp(device->name, name) == 0)
            return device;
    return NULL;
}

xbar_cell xbar_cell_default(const xbar_device *device)
{
    xbar_cell cell = {.device = device};
    for (size_t k = 0; k < device->n_parameters; k++)
        cell.parameters[k] = device->parameters[k].value;
    return cell;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The machine on which something is measured: what it is, how busy others keep it, and
 *  how much of its memory is ours. Linux; elsewhere unknown numbers are NaN.
 */
#ifndef XBAR_BENCH_NODAL_MACHINE_H
#define XBAR_BENCH_NODAL_MACHINE_H

#include <stdbool.h>

/** The processor's name and the number of its cores here. */
void bench_machine_name(char text[128]);

/** The files of the BLAS library that is loaded, "libblas.so.3.11.0". */
void bench_blas_name(char text[256]);

/** Since a moment: what share of all cores did other processes take? */
typedef struct bench_others {
    double start_s, busy_s, own_s;
} bench_others;
bench_others bench_others_start(void);
double bench_others_share(const bench_others *o);

/** Load average of the last minute. */
double bench_load(void);

/** Lets even large arrays lie in the heap, or no longer: an array with pages of its own is
 *  counted with what was set aside to align it, that nobody ever touches. From then on only
 *  arrays of 128 KiB and more have such pages: glibc no longer moves that bound. */
void bench_bytes_from_heap(bool only);

/** Bytes that are allocated now. */
double bench_bytes_allocated(void);

/** Bytes in memory at most since the last call of reset. */
double bench_bytes_peak(void);
double bench_bytes_reset(void); /* returns what is in memory now */

#endif

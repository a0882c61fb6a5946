/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The second thread spins for its next half, since halves follow each other within
 * microseconds; after a while without work it sleeps. */
#include "nodal/pair.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/memory.h"

enum { SPINS = 20000 };

struct xbar_pair {
    bool has_thread;
    int next; /* on one thread: the half that comes first */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    void (*task)(void *with, int half);
    void *with;
    atomic_uint asked, done; /* count of halves given out, and of those finished */
    atomic_bool sleeping, stop;
};

static inline void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static void wait_for_work(xbar_pair *p, unsigned seen)
{
    for (int k = 0; k < SPINS; k++) {
        if (atomic_load_explicit(&p->asked, memory_order_acquire) != seen)
            return;
        relax();
    }
    pthread_mutex_lock(&p->lock);
    atomic_store(&p->sleeping, true);
    while (atomic_load(&p->asked) == seen)
        pthread_cond_wait(&p->wake, &p->lock);
    atomic_store(&p->sleeping, false);
    pthread_mutex_unlock(&p->lock);
}

static void *work(void *arg)
{
    xbar_pair *p = arg;
    for (unsigned seen = 0;; seen++) {
        wait_for_work(p, seen);
        if (atomic_load(&p->stop))
            return NULL;
        p->task(p->with, 1);
        atomic_store_explicit(&p->done, seen + 1, memory_order_release);
    }
}

static void hand_out(xbar_pair *p)
{
    atomic_fetch_add(&p->asked, 1);
    if (atomic_load(&p->sleeping)) {
        pthread_mutex_lock(&p->lock);
        pthread_cond_signal(&p->wake);
        pthread_mutex_unlock(&p->lock);
    }
}

xbar_status xbar_pair_new(xbar_pair **out, int threads, xbar_error *err)
{
    *out = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_pair), "threads", err));
    xbar_pair *p = memory;
    if (threads > 1) {
        sigset_t every, before;
        pthread_mutex_init(&p->lock, NULL);
        pthread_cond_init(&p->wake, NULL);
        /* signals are the first thread's */
        sigfillset(&every);
        pthread_sigmask(SIG_SETMASK, &every, &before);
        p->has_thread = pthread_create(&p->thread, NULL, work, p) == 0;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (!p->has_thread) {
            xbar_pair_free(p);
            return xbar_fail(err, XBAR_ERR_MACHINE, "cannot start a second thread");
        }
    }
    *out = p;
    return XBAR_OK;
}

void xbar_pair_free(xbar_pair *p)
{
    if (!p)
        return;
    if (p->has_thread) {
        atomic_store(&p->stop, true);
        hand_out(p);
        pthread_join(p->thread, NULL);
        pthread_cond_destroy(&p->wake);
        pthread_mutex_destroy(&p->lock);
    }
    free(p);
}

void xbar_pair_run(xbar_pair *p, void (*task)(void *with, int half), void *with)
{
    if (!p->has_thread) {
        /* tasks that go through an array one after the other, as sweeps do inwards and
         * outwards, find in the cache what the one before has used last */
        task(with, p->next);
        p->next ^= 1;
        task(with, p->next);
        return;
    }
    p->task = task;
    p->with = with;
    hand_out(p);
    task(with, 0);
    unsigned want = atomic_load(&p->asked);
    for (int k = 0; atomic_load_explicit(&p->done, memory_order_acquire) != want; k++) {
        if (k < SPINS)
            relax();
        else
            sched_yield(); /* the other core may be someone else's now */
    }
}

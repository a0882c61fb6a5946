/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why a chief between supervisor and workers: opening an engine parses and solves a
 * circuit, which may end the process it happens in, and the supervisor must survive that
 * to record it. Why forks of the chief: a worker gets the parsed circuit for the price
 * of a fork, starts always from the same state, and takes its memory with it. */
#include "campaign/crew.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "campaign/heap.h"
#include "campaign/message.h"
#include "campaign/worker.h"
#include "core/memory.h"
#include "netlist/netlist.h"

enum { EXIT_FATAL = 3, EXIT_GAVE_UP = 4, MAX_ATTEMPTS = 3 };

/* A crew never outlives its supervisor, even one that is killed. */
static void die_with_parent(pid_t parent)
{
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    if (getppid() != parent)
        _exit(EXIT_FATAL);
}

static void send_fatal(int fd, xbar_status status, const char *text)
{
    xbar_message m = {.kind = XBAR_MESSAGE_FATAL, .status = status};
    snprintf(m.text, sizeof m.text, "%s", text);
    xbar_message_send(fd, &m);
}

/* ---- the worker ---------------------------------------------------------------------- */

/* One line for each sample and engine that has failed: how often, where first, and why. A
 * prediction outside its model's region is told as well, but has not failed. */
static size_t complain(int fd, const xbar_plan *plan, const xbar_part *part)
{
    size_t n_failed = 0;
    const size_t n = part->block.n_inputs;
    for (size_t k = 0; k < part->block.n_samples; k++)
        for (size_t e = 0; e < plan->n_engines; e++) {
            const xbar_result *first = NULL;
            size_t failed = 0;
            for (size_t l = n; l-- > 0;)
                if (part->results[e][k * n + l].outcome != XBAR_DONE) {
                    first = &part->results[e][k * n + l];
                    failed++;
                    n_failed += first->outcome != XBAR_OUTSIDE;
                }
            if (!first)
                continue;
            size_t input =
                part->block.input + (size_t)(first - (part->results[e] + k * n));
            xbar_message m = {.kind = XBAR_MESSAGE_COMPLAINT};
            xbar_error line = {0};
            if (failed == 1)
                xbar_fail(&line, XBAR_OK, "sample %zu, input %zu: %s: %s",
                          part->block.sample + k, input, plan->engines[e]->name,
                          first->error.text);
            else
                xbar_fail(&line, XBAR_OK, "sample %zu, %zu inputs, first %zu: %s: %s",
                          part->block.sample + k, failed, input, plan->engines[e]->name,
                          first->error.text);
            snprintf(m.text, sizeof m.text, "%s", line.text);
            xbar_message_send(fd, &m);
        }
    return n_failed;
}

/* Ends this process (SIGALRM) when what follows takes longer; 0: no more. */
static void limit_time(double seconds)
{
    double whole = floor(fmin(seconds, 1e8));
    const struct itimerval timer = {
        .it_value = {.tv_sec = (time_t)whole,
                     .tv_usec = (suseconds_t)((fmin(seconds, 1e8) - whole) * 1e6)}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

/* What a worker is at, in memory that it shares with its chief, who reads it when the
 * worker is no more. */
typedef struct post {
    bool at_work;
    size_t engine, sample, input;
    size_t written; /* blocks of the team, from its first on */
    char why[256];  /* of an engine that gave up */
    double time_limit_s;
} post;

static void begin_solve(void *with, size_t engine, size_t sample, size_t input)
{
    post *p = with;
    p->engine = engine;
    p->sample = sample;
    p->input = input;
    p->at_work = true;
    limit_time(p->time_limit_s);
}

static void end_solve(void *with)
{
    limit_time(0.0);
    ((post *)with)->at_work = false;
}

static _Noreturn void give_up(void *with, const char *why)
{
    post *p = with;
    snprintf(p->why, sizeof p->why, "%s", why);
    _exit(EXIT_GAVE_UP);
}

enum { MAX_LOST = 64, MAX_DEATHS = 5 };

/* One place at work. */
typedef struct slot {
    pid_t pid;      /* 0: free */
    size_t first;   /* block of the team */
    size_t end;     /* behind its last one */
    size_t written; /* blocks of the team, by workers who died behind them */
    post *post;
    int deaths; /* that no solve is to blame for */
    size_t n_lost;
    xbar_casualty lost[MAX_LOST];
} slot;

/* One block; written and told of unless that has been done: then it is solved all the same,
 * since the next one's last digits may depend on it. */
static void do_block(const xbar_crew_job *job, xbar_bench *bench, int fd, const slot *s,
                     size_t block)
{
    xbar_error err = {0};
    xbar_part *part = NULL;
    const bool is_new = !job->finished[block] && block >= s->first + s->written;
    const xbar_watch watch = {begin_solve, end_solve, give_up, s->post};
    xbar_status status =
        xbar_bench_solve(&part, bench, job->header, &job->cut->blocks[block], s->lost,
                         s->n_lost, &watch, &err);
    if (status == XBAR_OK && is_new)
        status = xbar_store_write(job->store, part, &err);
    if (status != XBAR_OK) {
        send_fatal(fd, status, err.text);
        _exit(EXIT_FATAL);
    }
    if (is_new) {
        xbar_message m = {.kind = XBAR_MESSAGE_BLOCK, .block = block};
        m.n_failed = complain(fd, job->plan, part);
        xbar_message_send(fd, &m);
        s->post->written = block + 1 - s->first;
    }
    xbar_part_free(part);
}

/* From so many on it pays to have a heap of one's own (64 x 64: of sinh cells 2 solves take
 * 0.54 s with one and 0.50 without, 8 as long). */
enum { MANY_SOLVES = 8 };

static size_t count_solves(const xbar_blocks *cut, const slot *s)
{
    size_t n = 0;
    for (size_t block = s->first; block < s->end; block++)
        n += cut->blocks[block].n_samples * cut->blocks[block].n_inputs;
    return n;
}

static _Noreturn void work(const xbar_crew_job *job, xbar_bench *bench, int fd,
                           const slot *s)
{
    if (count_solves(job->cut, s) >= MANY_SOLVES)
        xbar_heap_take(bench->warm_heap);
    for (size_t block = s->first; block < s->end; block++)
        do_block(job, bench, fd, s, block);
    _exit(0);
}

/* ---- the chief ----------------------------------------------------------------------- */

/* A worker for the slot's team; false: there is no process to be had. */
static bool hire(const xbar_crew_job *job, xbar_bench *bench, int fd, slot *s)
{
    pid_t chief = getpid();
    *s->post =
        (post){.time_limit_s = job->options->time_limit_s, .written = s->written};
    pid_t pid = fork();
    if (pid < 0) {
        xbar_error err = {0};
        xbar_fail(&err, XBAR_ERR_MACHINE, "no process for a worker: %s",
                  strerror(errno));
        send_fatal(fd, err.status, err.text);
        return false;
    }
    if (pid == 0) {
        die_with_parent(chief);
        work(job, bench, fd, s);
    }
    s->pid = pid;
    return true;
}

static void describe_death(char *text, size_t size, const post *p, int wait_status)
{
    if (WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGALRM)
        snprintf(text, size, "it ran past the time limit of %g s", p->time_limit_s);
    else if (WIFSIGNALED(wait_status))
        snprintf(text, size, "its process was ended by signal %d (%s)",
                 WTERMSIG(wait_status), strsignal(WTERMSIG(wait_status)));
    else if (WEXITSTATUS(wait_status) == EXIT_GAVE_UP)
        snprintf(text, size, "%s", p->why);
    else
        snprintf(text, size, "its process ended itself with status %d",
                 WEXITSTATUS(wait_status));
}

/* A worker has died over its team, which another takes up. If it was solving something,
 * that is left out from now on. A first SIGKILL blames nobody: it comes from outside.
 * @return false: this leads nowhere */
static bool mourn(slot *s, int wait_status)
{
    bool shot = WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGKILL;
    s->written = s->post->written;
    if (!s->post->at_work || (shot && s->deaths == 0))
        return ++s->deaths <= MAX_DEATHS;
    if (s->n_lost == MAX_LOST)
        return false;
    xbar_casualty *lost = &s->lost[s->n_lost++];
    lost->engine = s->post->engine;
    lost->sample = s->post->sample;
    lost->input = s->post->input;
    describe_death(lost->why, sizeof lost->why, s->post, wait_status);
    return true;
}

/* Waits for one worker. false: the crew cannot go on. */
static bool attend(const xbar_crew_job *job, xbar_bench *bench, int fd, slot *slots,
                   size_t *running)
{
    int wait_status = 0;
    pid_t pid = waitpid(-1, &wait_status, 0);
    if (pid < 0)
        return errno == EINTR;
    slot *s = slots;
    while (s->pid != pid)
        s++;
    s->pid = 0;
    (*running)--;
    if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0)
        return true;
    if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == EXIT_FATAL)
        return false;
    if (!mourn(s, wait_status)) {
        char why[256];
        describe_death(why, sizeof why, s->post, wait_status);
        send_fatal(fd, XBAR_ERR_MACHINE, why);
        return false;
    }
    if (!hire(job, bench, fd, s))
        return false;
    (*running)++;
    return true;
}

/* The slots and their posts; the posts are shared with the workers. */
static xbar_status slots_new(slot **slots, size_t n, xbar_error *err)
{
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, n, sizeof(slot), "workers", err));
    post *posts = mmap(NULL, n * sizeof *posts, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (posts == MAP_FAILED) {
        free(memory);
        return xbar_fail(err, XBAR_ERR_MEMORY, "no shared memory for %zu workers", n);
    }
    *slots = memory;
    for (size_t k = 0; k < n; k++)
        (*slots)[k].post = &posts[k];
    return XBAR_OK;
}

static bool lead(const xbar_crew_job *job, xbar_bench *bench, int fd, slot *slots)
{
    const size_t n_jobs = job->options->n_jobs;
    size_t running = 0;
    bool well = true;
    for (size_t team = 0; well && team < job->cut->n_teams; team++) {
        const size_t first = job->cut->teams[team];
        const size_t end = job->cut->teams[team + 1];
        if (job->finished[end - 1])
            continue;
        while (well && running == n_jobs)
            well = attend(job, bench, fd, slots, &running);
        slot *s = slots;
        while (well && s->pid != 0)
            s++;
        if (well) {
            s->first = first;
            s->end = end;
            s->written = 0;
            s->deaths = 0;
            s->n_lost = 0;
            well = hire(job, bench, fd, s);
        }
        running += well;
    }
    while (running > 0 && well)
        well = attend(job, bench, fd, slots, &running);
    while (running > 0 && waitpid(-1, NULL, 0) > 0)
        running--; /* what they have in hand is not thrown away */
    return well;
}

static _Noreturn void chief(const xbar_crew_job *job, int fd, bool warm)
{
    xbar_error err = {0};
    xbar_bench bench;
    slot *slots = NULL;
    xbar_status status = slots_new(&slots, job->options->n_jobs, &err);
    if (status == XBAR_OK)
        status = xbar_bench_open(&bench, job->plan, &err);
    if (status != XBAR_OK || !slots) {
        /* an engine that cannot even be opened is the machine's fault, not a sample's */
        send_fatal(fd, status == XBAR_ERR_ENGINE ? XBAR_ERR_MACHINE : status, err.text);
        _exit(EXIT_FATAL);
    }
    if (warm) {
        limit_time(job->options->time_limit_s);
        xbar_bench_warm(&bench, job->header);
        limit_time(0.0);
    }
    xbar_message m = {.kind = XBAR_MESSAGE_READY};
    xbar_bench_methods(&bench, m.text, sizeof m.text);
    xbar_message_send(fd, &m);
    if (!lead(job, &bench, fd, slots))
        _exit(EXIT_FATAL);
    m.kind = XBAR_MESSAGE_FINISHED;
    xbar_message_send(fd, &m);
    _exit(0);
}

/* ---- the supervisor ------------------------------------------------------------------ */

typedef struct watch {
    bool ready, finished;
    xbar_error fatal;
} watch;

static void take_message(const xbar_crew_job *job, const xbar_message *m, watch *w,
                         xbar_campaign_report *report, size_t *solved)
{
    const xbar_campaign_options *o = job->options;
    switch (m->kind) {
    case XBAR_MESSAGE_READY:
        w->ready = true;
        snprintf(report->methods, sizeof report->methods, "%.255s", m->text);
        break;
    case XBAR_MESSAGE_COMPLAINT:
        if (o->complain)
            o->complain(m->text, o->with);
        break;
    case XBAR_MESSAGE_BLOCK:
        if (job->finished[m->block])
            break; /* a worker died between telling and noting that it had told */
        job->finished[m->block] = 1;
        report->n_failed += m->n_failed;
        *solved +=
            job->cut->blocks[m->block].n_samples * job->cut->blocks[m->block].n_inputs;
        if (o->progress)
            o->progress(*solved, job->plan->n_samples * job->plan->n_inputs, o->with);
        break;
    case XBAR_MESSAGE_FATAL:
        if (w->fatal.status == XBAR_OK)
            xbar_fail(&w->fatal, m->status, "%s", m->text);
        break;
    case XBAR_MESSAGE_FINISHED:
        w->finished = true;
        break;
    }
}

static bool stop_wanted(const xbar_crew_job *job)
{
    return job->options->stop && *job->options->stop;
}

/* The signals that may set `stop` are let in only while we wait for a message, so that
 * none comes unseen between the look at the flag and the wait. */
static void hold_signals(sigset_t *before)
{
    sigset_t held;
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, SIGHUP);
    sigprocmask(SIG_BLOCK, &held, before);
}

static void wait_for_message(int fd, const sigset_t *let_in)
{
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(fd, &readable);
    (void)pselect(fd + 1, &readable, NULL, NULL, NULL, let_in);
}

/* Reads messages until all who could write some are gone. */
static void listen_to_crew(const xbar_crew_job *job, int fd, pid_t chief, watch *w,
                           xbar_campaign_report *report, size_t *solved)
{
    sigset_t before;
    xbar_message m;
    hold_signals(&before);
    for (;;) {
        if (!report->stopped && stop_wanted(job)) {
            report->stopped = true;
            kill(-chief, SIGKILL);
        }
        if (!report->stopped)
            wait_for_message(fd, &before);
        if (!report->stopped && stop_wanted(job))
            continue;
        if (!xbar_message_receive(fd, &m))
            break;
        take_message(job, &m, w, report, solved);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
}

/* One crew, from its start to its end. */
static xbar_status one_crew(const xbar_crew_job *job, bool first, bool warm, watch *w,
                            xbar_campaign_report *report, size_t *solved,
                            xbar_error *err)
{
    int ends[2];
    if (pipe(ends) != 0)
        return xbar_fail(err, XBAR_ERR_MACHINE, "no pipe: %s", strerror(errno));
    fflush(NULL);
    pid_t supervisor = getpid();
    pid_t pid = fork();
    if (pid < 0) {
        close(ends[0]);
        close(ends[1]);
        return xbar_fail(err, XBAR_ERR_MACHINE, "no process for the crew: %s",
                         strerror(errno));
    }
    if (pid == 0) {
        setpgid(0, 0); /* a terminal's ^C is for the supervisor to judge */
        signal(SIGINT, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
        signal(SIGHUP, SIG_DFL);
        signal(SIGALRM, SIG_DFL);
        die_with_parent(supervisor);
        close(ends[0]);
        chief(job, ends[1], warm);
    }
    setpgid(pid, pid);
    close(ends[1]);

    if (first && job->meanwhile)
        job->meanwhile(job->with);
    listen_to_crew(job, ends[0], pid, w, report, solved);
    close(ends[0]);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return XBAR_OK;
}

/* Do a sample's last digits depend on what was solved before it? */
static bool remembers(const xbar_plan *plan)
{
    bool any_slow = false;
    for (size_t e = 0; e < plan->n_engines; e++)
        any_slow = any_slow || plan->engines[e]->is_slow;
    return any_slow && !xbar_netlist_is_ohmic(&plan->crossbar->cell);
}

xbar_status xbar_crew_run(const xbar_crew_job *job, xbar_campaign_report *report,
                          xbar_error *err)
{
    size_t solved = 0, n_finished = 0;
    for (size_t b = 0; b < job->cut->n; b++)
        if (job->finished[b]) {
            solved += job->cut->blocks[b].n_samples * job->cut->blocks[b].n_inputs;
            n_finished++;
        }

    /* Warmth pays from the second block on. Whether it is sought depends on the plan alone,
     * so that numbers do not depend on what is already finished; and where an iteration's
     * end depends on its beginning not on the number of samples either. */
    bool warm = (job->cut->n > 1 || remembers(job->plan)) && n_finished < job->cut->n;
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        watch w = {0};
        XBAR_TRY(one_crew(job, attempt == 0, warm, &w, report, &solved, err));
        if (w.finished || report->stopped)
            return XBAR_OK;
        if (w.fatal.status != XBAR_OK)
            return xbar_fail(err, w.fatal.status, "%s", w.fatal.text);
        if (!w.ready)
            warm = false; /* it died of the first circuit */
    }
    return xbar_fail(err, XBAR_ERR_MACHINE,
                     "the workers' process died %d times; finished samples are kept",
                     MAX_ATTEMPTS);
}

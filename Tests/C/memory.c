/* Memory: after warming up, rounds through everything do not make the heap grow. Run under valgrind too, where each
 * round is slow and one is enough ("memory 1"). */
#define _GNU_SOURCE
#include <malloc.h>
#include <unistd.h>

#include "everything.h"

static int rounds = 12;

static size_t in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static void grows(void (*round)(int32_t), int32_t threads)
{
    round(threads);
    if (rounds == 1) return;
    round(threads);
    size_t before = in_use();
    for (int i = 0; i < rounds; i++) round(threads);
    size_t after = in_use();
    /* a leak of one block per round is larger than what a thread's cache may keep */
    if (after > before + 64 * (size_t)rounds)
        complain(__FILE__, __LINE__, "%zu bytes more after %d rounds on %d threads", after - before, rounds,
                 (int)threads);
}

static void models(int32_t threads)
{
    (void)threads;
    round_of_models();
}

static void models_leak_nothing(void)
{
    grows(models, 1);
}

static void evaluations_leak_nothing(void)
{
    grows(round_of_evaluations, 1);
    grows(round_of_evaluations, 2);
}

static void relaxations_leak_nothing(void)
{
    grows(round_of_relaxations, 1);
    grows(round_of_relaxations, 2);
}

static void searches_leak_nothing(void)
{
    grows(round_of_searches, 1);
    grows(round_of_searches, 2);
}

static void trainings_leak_nothing(void)
{
    grows(round_of_trainings, 1);
    grows(round_of_trainings, 2);
}

int main(int argc, char **argv)
{
    /* What a thread's cache of freed blocks keeps would look like a leak; it can be turned off at the start only. */
    if (argc == 1 && !getenv("GLIBC_TUNABLES")) {
        setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0", 1);
        execv("/proc/self/exe", argv);
    }
    if (argc > 1) rounds = atoi(argv[1]);
    RUN(models_leak_nothing);
    RUN(evaluations_leak_nothing);
    RUN(relaxations_leak_nothing);
    RUN(searches_leak_nothing);
    RUN(trainings_leak_nothing);
    return finish();
}

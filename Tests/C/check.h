/*
 * check.h - the tests' own small harness: functions that check and go on, counted per test.
 *
 * A test is a function without arguments. main() runs each with RUN(test) and ends with `return finish();`, which
 * prints the counts as the last line. Tests are started from the top of the repository.
 */
#ifndef CHECK_H
#define CHECK_H

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rm.h"

static int passed, failed, skipped; /* tests */
static int complaints;              /* failed checks of the test that runs */
static const char *skip_reason;

static inline void complain(const char *file, int line, const char *format, ...)
{
    if (++complaints > 8) return; /* enough to see what is wrong */
    va_list arguments;
    va_start(arguments, format);
    printf("     %s:%d: ", file, line);
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
}

static inline void run(const char *name, void (*test)(void))
{
    complaints = 0;
    skip_reason = NULL;
    test();
    if (complaints) failed++;
    else if (skip_reason) skipped++;
    else passed++;
    printf("%s %s", complaints ? "FAIL" : skip_reason ? "skip" : "ok  ", name);
    printf(skip_reason && !complaints ? ": %s\n" : "\n", skip_reason);
    fflush(stdout);
}

static inline int finish(void)
{
    printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* |got - want| <= tolerance * the largest |want| (1 at least); NaN never is. */
static inline void check_close(const char *file, int line, const char *what, const double *got, const double *want,
                               size_t count, double tolerance)
{
    double scale = 1;
    for (size_t i = 0; i < count; i++) scale = fmax(scale, fabs(want[i]));
    for (size_t i = 0; i < count; i++) {
        if (fabs(got[i] - want[i]) <= tolerance * scale) continue;
        complain(file, line, "%s[%zu] is %.17g, not %.17g", what, i, got[i], want[i]);
        return;
    }
}

static inline void check_status(const char *file, int line, const char *call, rm_status got, rm_status want)
{
    if (got != want) complain(file, line, "%s gives status %d, not %d: %s", call, (int)got, (int)want, rm_last_error());
}

#define RUN(test) run(#test, test)
#define SKIP(reason) \
    do { \
        skip_reason = (reason); \
        return; \
    } while (0)
#define CHECK(condition) \
    do { \
        if (!(condition)) complain(__FILE__, __LINE__, "not so: %s", #condition); \
    } while (0)
#define CHECK_STATUS(call, status) check_status(__FILE__, __LINE__, #call, (call), (status))
#define CHECK_OK(call) CHECK_STATUS(call, RM_OK)
#define CHECK_CLOSE(got, want, count, tolerance) \
    check_close(__FILE__, __LINE__, #got, (got), (want), (size_t)(count), (tolerance))
#define CHECK_CLOSE_NUMBER(got, want, tolerance) \
    do { \
        double got_ = (got), want_ = (want); \
        check_close(__FILE__, __LINE__, #got, &got_, &want_, 1, tolerance); \
    } while (0)

/* The call fails with this status, and the message says this word. */
#define CHECK_FAILS(call, status, word) \
    do { \
        CHECK_STATUS(call, status); \
        if (!strstr(rm_last_error(), (word))) \
            complain(__FILE__, __LINE__, "the message of %s lacks '%s': %s", #call, (word), rm_last_error()); \
    } while (0)

/* For what a test cannot do without. */
#define REQUIRE_OK(call) \
    do { \
        rm_status status_ = (call); \
        if (status_ != RM_OK) { \
            check_status(__FILE__, __LINE__, #call, status_, RM_OK); \
            return; \
        } \
    } while (0)

/* Numbers for tests, the same on every machine (splitmix64). */
static inline uint64_t random_bits(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static inline double random_uniform(uint64_t *state, double low, double high)
{
    return low + (high - low) * (double)(random_bits(state) >> 11) * 0x1p-53;
}

/* Memory that the tests cannot do without. */
static inline void *need(size_t size)
{
    void *memory = calloc(size ? size : 1, 1);
    if (!memory) {
        fprintf(stderr, "no memory for the test\n");
        exit(EXIT_FAILURE);
    }
    return memory;
}

static inline double *numbers_of(size_t count)
{
    return (double *)need(count * sizeof(double));
}

#endif /* CHECK_H */

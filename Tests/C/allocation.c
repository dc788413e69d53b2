/* No allocation per step: this program counts what anything in it asks of the heap, and after some steps a hundred
 * more must not ask for more. */
#define _GNU_SOURCE
#include <errno.h>

#include "golden.h"

#ifdef __GLIBC__
#define CAN_COUNT 1

static volatile long asked; /* the tests have one thread */

/* The heap's own functions under their names in glibc; the library's calls come here first. */
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

void *malloc(size_t size)
{
    asked++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    asked++;
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    asked++;
    return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    asked++;
    return __libc_memalign(alignment, size);
}

void *memalign(size_t alignment, size_t size)
{
    asked++;
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    asked++;
    *memory = __libc_memalign(alignment, size);
    return *memory ? 0 : ENOMEM;
}

#else
#define CAN_COUNT 0
static volatile long asked;
#endif

/* A carbon crystal of 8 atoms, out of place. */
static double positions[24], cell[9] = {3.6, 0.1, 0, 0, 3.7, 0.2, 0.1, 0, 3.5};
static int32_t numbers[8] = {6, 6, 6, 6, 6, 6, 6, 6};

static rm_structure crystal(void)
{
    static const double places[8][3] = {{0, 0, 0},       {0, .5, .5},     {.5, 0, .5},     {.5, .5, 0},
                                        {.25, .25, .25}, {.25, .75, .75}, {.75, .25, .75}, {.75, .75, .25}};
    for (int i = 0; i < 8; i++)
        for (int k = 0; k < 3; k++) positions[3 * i + k] = 3.6 * places[i][k] + 0.1 * sin(7 * i + 3 * k);
    return (rm_structure){.atom_count = 8, .numbers = numbers, .positions = positions, .cell = cell,
                          .periodic = {1, 1, 1}};
}

static long evaluations(int count, double skin)
{
    rm_model *model = golden_model("random-carbon-l3-nu3");
    rm_workspace *workspace = NULL;
    rm_workspace_options options;
    rm_workspace_options_init(&options, sizeof options);
    options.skin = skin;
    CHECK_OK(rm_workspace_create(model, &options, &workspace));
    rm_structure structure = crystal();
    double energy, forces[24], strain_gradient[9];
    const rm_results results = {.energy = &energy, .forces = forces, .strain_gradient = strain_gradient};
    for (int i = 0; i < 5; i++) CHECK_OK(rm_evaluate(workspace, &structure, &results));
    long before = asked;
    for (int i = 0; i < count; i++) {
        positions[i % 24] += 0.02; /* lists are made anew now and then */
        CHECK_OK(rm_evaluate(workspace, &structure, &results));
    }
    long after = asked;
    rm_workspace_free(&workspace);
    rm_model_free(&model);
    return after - before;
}

static long relaxation(rm_optimizer optimizer, int32_t steps, int32_t *taken)
{
    rm_model *model = golden_model("random-carbon-l3-nu3");
    rm_workspace *workspace = NULL;
    CHECK_OK(rm_workspace_create(model, NULL, &workspace));
    rm_relax_options options;
    rm_relax_options_init(&options, sizeof options);
    options.optimizer = optimizer;
    options.cell = RM_CELL_CONSTANT_VOLUME;
    options.fmax = 1e-300;
    options.max_steps = steps;
    rm_structure structure = crystal();
    rm_relax_result result = {0};
    CHECK_OK(rm_relax(workspace, &structure, NULL, &options, &result));
    long before = asked;
    CHECK_OK(rm_relax(workspace, &structure, NULL, &options, &result));
    long after = asked;
    *taken = result.steps;
    rm_workspace_free(&workspace);
    rm_model_free(&model);
    return after - before;
}

/* Scratch may still grow a little as atoms move. */
static void no_more(const char *what, long few, long many)
{
    if (many > few + 8) complain(__FILE__, __LINE__, "%s: %ld allocations at first, %ld with more", what, few, many);
}

static void evaluations_allocate_nothing(void)
{
    if (!CAN_COUNT) {
        skip_reason = "the C library's heap cannot be counted";
        return;
    }
    long start = asked;
    void *volatile memory = malloc(1); /* or the compiler takes both away */
    free(memory);
    CHECK(asked == start + 1);
    no_more("evaluations", evaluations(100, 0), evaluations(300, 0));
}

static void evaluations_with_kept_lists_allocate_nothing(void)
{
    if (!CAN_COUNT) {
        skip_reason = "the C library's heap cannot be counted";
        return;
    }
    no_more("evaluations with a skin", evaluations(100, 0.5), evaluations(300, 0.5));
}

static void steps_allocate_nothing(void)
{
    if (!CAN_COUNT) {
        skip_reason = "the C library's heap cannot be counted";
        return;
    }
    const rm_optimizer optimizers[] = {RM_OPTIMIZER_FIRE, RM_OPTIMIZER_LBFGS};
    for (int k = 0; k < 2; k++) {
        int32_t few, many;
        long some = relaxation(optimizers[k], 40, &few); /* the memory of L-BFGS is full by then */
        long more = relaxation(optimizers[k], 140, &many);
        CHECK(few == 40);
        CHECK(many == 140);
        no_more(k == 0 ? "steps of FIRE" : "steps of L-BFGS", some, more);
    }
}

int main(void)
{
    RUN(evaluations_allocate_nothing);
    RUN(evaluations_with_kept_lists_allocate_nothing);
    RUN(steps_allocate_nothing);
    return finish();
}

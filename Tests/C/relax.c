/* Relaxation. A model whose parameters are all zero leaves the extra potential alone, so that minima are known. */
#include "golden.h"

/* A model without forces of its own. */
static rm_model *zero_model(void)
{
    rm_model *carbon = golden_model("random-carbon-l3-nu3"), *zero = NULL;
    double *parameters = numbers_of((size_t)rm_model_parameter_count(carbon));
    if (rm_model_copy(carbon, parameters, NULL, &zero) != RM_OK) exit(EXIT_FAILURE);
    free(parameters);
    rm_model_free(&carbon);
    return zero;
}

static rm_workspace *workspace_of(const rm_model *model)
{
    rm_workspace *workspace = NULL;
    CHECK_OK(rm_workspace_create(model, NULL, &workspace));
    return workspace;
}

static rm_relax_options defaults(void)
{
    rm_relax_options options;
    rm_relax_options_init(&options, sizeof options);
    return options;
}

/* Springs between all pairs, of rest length 1.5: four atoms make a tetrahedron of energy 0. */
static int springs(void *user, const rm_structure *structure, double *energy, double *forces, double *strain_gradient)
{
    int *calls = user;
    if (calls) ++*calls;
    for (int32_t i = 0; i < structure->atom_count; i++)
        for (int32_t j = 0; j < i; j++) {
            double d[3], length = 0;
            for (int k = 0; k < 3; k++) {
                d[k] = structure->positions[3 * i + k] - structure->positions[3 * j + k];
                length += d[k] * d[k];
            }
            length = sqrt(length);
            *energy += 0.5 * (length - 1.5) * (length - 1.5);
            for (int k = 0; k < 3; k++) {
                double force = -(length - 1.5) * d[k] / length;
                forces[3 * i + k] += force;
                forces[3 * j + k] -= force;
                for (int l = 0; l < 3; l++) strain_gradient[3 * k + l] -= force * d[l];
            }
        }
    return 0;
}

static const int32_t four_carbons[4] = {6, 6, 6, 6};
static const double four_positions[12] = {0, 0, 0, 1.1, 0.2, -0.1, 0.4, 1.3, 0.1, 0.3, 0.5, 1.9};

static rm_structure four_atoms(const double *positions)
{
    return (rm_structure){.atom_count = 4, .numbers = four_carbons, .positions = positions};
}

static void springs_relax_to_a_tetrahedron(void)
{
    rm_model *model = zero_model();
    rm_workspace *workspace = workspace_of(model);
    for (rm_optimizer optimizer = RM_OPTIMIZER_FIRE; optimizer <= RM_OPTIMIZER_LBFGS; optimizer++) {
        double positions[12], forces[12];
        int calls = 0;
        rm_relax_options options = defaults();
        options.optimizer = optimizer;
        options.fmax = 1e-6;
        options.extra = springs;
        options.extra_user = &calls;
        rm_structure structure = four_atoms(four_positions);
        rm_relax_result result = {.positions = positions, .forces = forces};
        CHECK_OK(rm_relax(workspace, &structure, NULL, &options, &result));
        CHECK(result.reason == RM_STOP_CONVERGED);
        CHECK(result.fmax < 1e-6 && result.volume == 0);
        CHECK(result.steps > 0 && result.evaluations == calls && result.evaluations >= result.steps);
        CHECK(fabs(result.energy) < 1e-10);
        for (int i = 0; i < 4; i++)
            for (int j = 0; j < i; j++) {
                double square = 0;
                for (int k = 0; k < 3; k++) square += pow(positions[3 * i + k] - positions[3 * j + k], 2);
                CHECK_CLOSE_NUMBER(sqrt(square), 1.5, 1e-5);
            }
        for (int i = 0; i < 12; i++) CHECK(fabs(forces[i]) < 1e-6);
    }
    rm_workspace_free(&workspace);
    rm_model_free(&model);
}

static void defaults_are_as_the_header_says(void)
{
    rm_relax_options options = defaults();
    CHECK(options.size == sizeof options && options.optimizer == RM_OPTIMIZER_FIRE && options.cell == RM_CELL_FIXED);
    CHECK(options.pressure == 0 && options.fmax == 1e-3 && options.max_steps == 1000 && options.max_step == 0.2);
    CHECK(options.cell_per_atom == 1 && options.time_step == 0.1 && options.max_time_step == 1.0);
    CHECK(options.acceleration_start == 0.1 && options.acceleration_factor == 0.99 && options.step_increase == 1.1);
    CHECK(options.step_decrease == 0.5 && options.downhill_steps == 5 && options.memory == 20 &&
          options.curvature == 1);
    CHECK(!options.observer && !options.extra && !options.observer_user && !options.extra_user);
}

/* Relaxing on a model alone: the result is what evaluating at its end gives, and the energy has fallen. */
static void the_result_is_of_its_positions(void)
{
    rm_model *model = golden_model("random-organic-l3-nu3");
    golden_file *all = golden_read("random-organic-l3-nu3");
    const char *names[] = {"cluster-9", "diamond-16-rattled", "slab-TTF-5"};
    rm_workspace *workspace = workspace_of(model);
    for (int i = 0; i < 3; i++) {
        const golden *start = golden_find(all, names[i]);
        size_t n = (size_t)start->structure.atom_count;
        double *positions = numbers_of(3 * n), *forces = numbers_of(3 * n), *again = numbers_of(3 * n), energy = 0;
        rm_relax_options options = defaults();
        options.max_steps = 60;
        rm_relax_result result = {.positions = positions, .forces = forces};
        CHECK_OK(rm_relax(workspace, &start->structure, NULL, &options, &result));
        CHECK(result.energy < *golden_values(start, "energy"));
        CHECK(result.reason == RM_STOP_CONVERGED || (result.reason == RM_STOP_STEPS && result.steps == 60));
        rm_structure end = start->structure;
        end.positions = positions;
        const rm_results results = {.energy = &energy, .forces = again};
        CHECK_OK(rm_evaluate(workspace, &end, &results));
        CHECK_CLOSE_NUMBER(result.energy, energy, 1e-12);
        CHECK_CLOSE(forces, again, 3 * n, 1e-12);
        double largest = 0;
        for (size_t a = 0; a < n; a++) {
            const double *f = &forces[3 * a];
            largest = fmax(largest, sqrt(f[0] * f[0] + f[1] * f[1] + f[2] * f[2]));
        }
        CHECK_CLOSE_NUMBER(result.fmax, largest, 1e-12);
        free(positions);
        free(forces);
        free(again);
    }
    rm_workspace_free(&workspace);
    rm_model_free(&model);
    golden_free(all);
}

static void fixed_atoms_stay(void)
{
    rm_model *model = zero_model();
    rm_workspace *workspace = workspace_of(model);
    const int32_t fixed[4] = {1, 0, 1, 0};
    for (rm_optimizer optimizer = RM_OPTIMIZER_FIRE; optimizer <= RM_OPTIMIZER_LBFGS; optimizer++) {
        double positions[12];
        rm_relax_options options = defaults();
        options.optimizer = optimizer;
        options.extra = springs;
        rm_structure structure = four_atoms(four_positions);
        rm_relax_result result = {.positions = positions};
        CHECK_OK(rm_relax(workspace, &structure, fixed, &options, &result));
        CHECK(result.reason == RM_STOP_CONVERGED && result.steps > 0);
        CHECK(memcmp(positions, four_positions, 3 * sizeof(double)) == 0);
        CHECK(memcmp(positions + 6, four_positions + 6, 3 * sizeof(double)) == 0);
        CHECK(memcmp(positions + 3, four_positions + 3, 3 * sizeof(double)) != 0);
    }
    /* all of them: nothing to do */
    const int32_t all_fixed[4] = {1, 1, 1, 1};
    rm_relax_options options = defaults();
    options.extra = springs;
    rm_structure structure = four_atoms(four_positions);
    rm_relax_result result = {0};
    CHECK_OK(rm_relax(workspace, &structure, all_fixed, &options, &result));
    CHECK(result.reason == RM_STOP_CONVERGED && result.steps == 0 && result.fmax == 0);
    rm_workspace_free(&workspace);
    rm_model_free(&model);
}

/* ---- cells ---- */

static double volume_of(const double *h)
{
    return fabs(h[0] * (h[4] * h[8] - h[5] * h[7]) - h[1] * (h[3] * h[8] - h[5] * h[6]) +
                h[2] * (h[3] * h[7] - h[4] * h[6]));
}

/* E = (V - 120)^2 / 2 + the squared off-diagonal of the metric: the cell becomes orthogonal, with V = 120 - P. */
static int elastic(void *user, const rm_structure *structure, double *energy, double *forces, double *strain_gradient)
{
    (void)user;
    (void)forces;
    const double *h = structure->cell;
    double volume = volume_of(h), metric[9];
    *energy += 0.5 * (volume - 120) * (volume - 120);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            metric[3 * i + j] = h[3 * i] * h[3 * j] + h[3 * i + 1] * h[3 * j + 1] + h[3 * i + 2] * h[3 * j + 2];
    for (int k = 0; k < 3; k++) strain_gradient[4 * k] += (volume - 120) * volume;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < i; j++) {
            double m = metric[3 * i + j];
            *energy += 0.5 * m * m;
            for (int k = 0; k < 3; k++)
                for (int l = 0; l < 3; l++)
                    strain_gradient[3 * k + l] += m * (h[3 * i + k] * h[3 * j + l] + h[3 * i + l] * h[3 * j + k]);
        }
    return 0;
}

static const double skewed_cell[9] = {5, 0, 0, 0.7, 5.2, 0, -0.4, 0.3, 5.1};

static void cells_relax_and_pressure_compresses(void)
{
    rm_model *model = zero_model();
    rm_workspace *workspace = workspace_of(model);
    const int32_t number = 6;
    const double position[3] = {1, 2, 3}, pressures[] = {0, 4, -3};
    for (rm_optimizer optimizer = RM_OPTIMIZER_FIRE; optimizer <= RM_OPTIMIZER_LBFGS; optimizer++)
        for (int p = 0; p < 3; p++) {
            double moved[3], cell[9];
            rm_structure structure = {1, &number, position, skewed_cell, {1, 1, 1}};
            rm_relax_options options = defaults();
            options.optimizer = optimizer;
            options.cell = RM_CELL_FREE;
            options.pressure = pressures[p];
            options.extra = elastic;
            options.fmax = 1e-6;
            options.max_steps = 20000;
            options.max_step = 0.05;
            if (optimizer == RM_OPTIMIZER_LBFGS) options.curvature = 1000;
            else options.max_time_step = 0.02, options.time_step = 0.002; /* the well is stiff */
            rm_relax_result result = {.positions = moved, .cell = cell};
            CHECK_OK(rm_relax(workspace, &structure, NULL, &options, &result));
            CHECK(result.reason == RM_STOP_CONVERGED);
            CHECK_CLOSE_NUMBER(result.volume, 120 - pressures[p], 1e-6);
            CHECK_CLOSE_NUMBER(volume_of(cell), result.volume, 1e-12);
            CHECK(fabs(cell[0] * cell[3] + cell[1] * cell[4] + cell[2] * cell[5]) < 1e-5);
            CHECK_CLOSE_NUMBER(result.energy, 0.5 * pressures[p] * pressures[p] + pressures[p] * (120 - pressures[p]),
                               1e-8);
        }
    rm_workspace_free(&workspace);
    rm_model_free(&model);
}

static void constant_volume_keeps_the_volume(void)
{
    rm_model *model = golden_model("random-inorganic-l2-nu2-receiver");
    golden_file *all = golden_read("random-inorganic-l2-nu2-receiver");
    const char *names[] = {"small-skewed-3", "left-handed-6"};
    rm_workspace *workspace = workspace_of(model);
    for (int i = 0; i < 2; i++)
        for (int per_atom = 0; per_atom < 2; per_atom++) {
            const golden *start = golden_find(all, names[i]);
            double cell[9];
            rm_relax_options options = defaults();
            options.cell = RM_CELL_CONSTANT_VOLUME;
            options.max_steps = 80;
            options.cell_per_atom = per_atom;
            rm_relax_result result = {.cell = cell};
            CHECK_OK(rm_relax(workspace, &start->structure, NULL, &options, &result));
            CHECK_CLOSE_NUMBER(volume_of(cell) / volume_of(start->cell), 1, 1e-9);
            CHECK(memcmp(cell, start->cell, sizeof cell) != 0);
            CHECK(result.energy < *golden_values(start, "energy"));
        }
    rm_workspace_free(&workspace);
    rm_model_free(&model);
    golden_free(all);
}

static void in_place(void)
{
    rm_model *model = golden_model("random-inorganic-l2-nu2-receiver");
    golden_file *all = golden_read("random-inorganic-l2-nu2-receiver");
    golden *start = (golden *)golden_find(all, "small-skewed-3");
    rm_workspace *workspace = workspace_of(model);
    double positions[9], cell[9];
    rm_relax_options options = defaults();
    options.cell = RM_CELL_FREE;
    options.max_steps = 30;
    rm_relax_result apart = {.positions = positions, .cell = cell};
    rm_relax_result within = {.positions = start->positions, .cell = start->cell};
    CHECK_OK(rm_relax(workspace, &start->structure, NULL, &options, &apart));
    CHECK_OK(rm_relax(workspace, &start->structure, NULL, &options, &within));
    CHECK(memcmp(positions, start->positions, sizeof positions) == 0 && memcmp(cell, start->cell, sizeof cell) == 0);
    CHECK(apart.energy == within.energy && apart.steps == within.steps);
    rm_workspace_free(&workspace);
    rm_model_free(&model);
    golden_free(all);
}

/* ---- callbacks ---- */

typedef struct watcher {
    int calls, stop_at, in_order;
    double last_energy, last_fmax, first[12];
} watcher;

static int watch(void *user, const rm_relax_step *step)
{
    watcher *watcher = user;
    watcher->in_order = watcher->in_order && (watcher->calls == 0 ? step->step == 0 : step->step >= watcher->calls - 1);
    if (watcher->calls == 0) memcpy(watcher->first, step->positions, sizeof watcher->first);
    CHECK(step->atom_count == 4 && step->cell == NULL && step->forces != NULL);
    watcher->calls++;
    watcher->last_energy = step->energy;
    watcher->last_fmax = step->fmax;
    return watcher->calls == watcher->stop_at;
}

static void observers_see_every_evaluation_and_may_stop(void)
{
    rm_model *model = zero_model();
    rm_workspace *workspace = workspace_of(model);
    rm_structure structure = four_atoms(four_positions);
    rm_relax_options options = defaults();
    options.extra = springs;
    options.observer = watch;
    for (int stop_at = 0; stop_at <= 5; stop_at += 5) {
        watcher watcher = {.stop_at = stop_at, .in_order = 1};
        options.observer_user = &watcher;
        double positions[12];
        rm_relax_result result = {.positions = positions};
        CHECK_OK(rm_relax(workspace, &structure, NULL, &options, &result));
        CHECK(result.reason == (stop_at ? RM_STOP_OBSERVER : RM_STOP_CONVERGED));
        CHECK(watcher.in_order && watcher.calls == result.evaluations);
        CHECK(!stop_at || watcher.calls == stop_at);
        CHECK(watcher.last_energy == result.energy && watcher.last_fmax == result.fmax);
        CHECK(memcmp(watcher.first, four_positions, sizeof four_positions) == 0);
        CHECK(memcmp(positions, four_positions, sizeof positions) != 0);
    }
    rm_workspace_free(&workspace);
    rm_model_free(&model);
}

static int fails_at(void *user, const rm_structure *structure, double *energy, double *forces, double *strain_gradient)
{
    int *left = user;
    return --*left < 0 ? 5 : springs(NULL, structure, energy, forces, strain_gradient);
}

static int gives_nan(void *user, const rm_structure *structure, double *energy, double *forces, double *strain_gradient)
{
    (void)user;
    (void)structure;
    (void)strain_gradient;
    *energy += 1;
    forces[4] = NAN;
    return 0;
}

static void extra_potentials_that_fail(void)
{
    rm_model *model = zero_model();
    rm_workspace *workspace = workspace_of(model);
    rm_structure structure = four_atoms(four_positions);
    rm_relax_options options = defaults();
    double positions[12] = {-7};
    for (int calls = 0; calls < 6; calls += 5) {
        int left = calls;
        options.extra = fails_at;
        options.extra_user = &left;
        rm_relax_result result = {.positions = positions, .energy = -7};
        CHECK_STATUS(rm_relax(workspace, &structure, NULL, &options, &result), RM_ERROR_CALLBACK);
        CHECK(positions[0] == -7 && result.energy == -7);
    }
    options.extra = gives_nan;
    rm_relax_result result = {.positions = positions, .energy = -7};
    CHECK_STATUS(rm_relax(workspace, &structure, NULL, &options, &result), RM_ERROR_CALLBACK);
    CHECK(positions[0] == -7 && result.energy == -7);
    rm_workspace_free(&workspace);
    rm_model_free(&model);
}

/* E = 1000 ln V: the gradient by strain is the same at every volume. */
static int crushes(void *user, const rm_structure *structure, double *energy, double *forces, double *strain_gradient)
{
    (void)user;
    (void)forces;
    *energy += 1e3 * log(volume_of(structure->cell));
    for (int k = 0; k < 3; k++) strain_gradient[4 * k] += 1e3;
    return 0;
}

/* A crystal that is crushed to nothing: not an error, but the reason says so, and it ends. */
static void a_structure_that_collapses(void)
{
    rm_model *model = zero_model();
    rm_workspace *workspace = workspace_of(model);
    const int32_t number = 6;
    const double position[3] = {0, 0, 0};
    rm_structure structure = {1, &number, position, skewed_cell, {1, 1, 1}};
    rm_relax_options options = defaults();
    double cell[9] = {0};
    options.cell = RM_CELL_FREE;
    options.extra = crushes;
    options.max_steps = 100000;
    rm_relax_result result = {.cell = cell};
    CHECK_OK(rm_relax(workspace, &structure, NULL, &options, &result));
    CHECK(result.reason == RM_STOP_FAILED);
    CHECK(strlen(rm_last_error()) > 0);
    for (int i = 0; i < 9; i++) CHECK(isfinite(cell[i]));
    rm_workspace_free(&workspace);
    rm_model_free(&model);
}

static void steps_run_out(void)
{
    rm_model *model = zero_model();
    rm_workspace *workspace = workspace_of(model);
    rm_structure structure = four_atoms(four_positions);
    rm_relax_options options = defaults();
    options.extra = springs;
    for (int32_t steps = 0; steps < 4; steps++) {
        double positions[12];
        options.max_steps = steps;
        rm_relax_result result = {.positions = positions};
        CHECK_OK(rm_relax(workspace, &structure, NULL, &options, &result));
        CHECK(result.reason == RM_STOP_STEPS && result.steps == steps && result.evaluations == steps + 1);
        CHECK((memcmp(positions, four_positions, sizeof positions) == 0) == (steps == 0));
    }
    rm_workspace_free(&workspace);
    rm_model_free(&model);
}

/* ---- batches ---- */

static int never(void *user, const rm_relax_step *step)
{
    (void)step;
    ++*(int *)user;
    return 1;
}

static void batches_give_what_single_calls_give(void)
{
    rm_model *model = golden_model("random-carbon-l3-nu3");
    golden_file *all = golden_read("random-carbon-l3-nu3");
    const char *names[] = {"cluster-17", "left-handed-6", "cluster-9", "small-skewed-3", "dimer-1.400000"};
    const int32_t fixed_ends[17] = {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    const int32_t *fixed[5] = {fixed_ends, NULL, NULL, NULL, NULL};
    rm_structure structures[5];
    rm_relax_result singles[5], results[5];
    double single_positions[5][51], positions[5][51];
    int watched = 0;
    rm_workspace *workspace = workspace_of(model);
    rm_relax_options options = defaults();
    options.max_steps = 50;
    for (int i = 0; i < 5; i++) {
        structures[i] = golden_find(all, names[i])->structure;
        singles[i] = (rm_relax_result){.positions = single_positions[i]};
        CHECK_OK(rm_relax(workspace, &structures[i], fixed[i], &options, &singles[i]));
    }
    options.observer = never;
    options.observer_user = &watched;
    for (int32_t threads = 1; threads <= 3; threads++) {
        rm_status statuses[5];
        for (int i = 0; i < 5; i++) results[i] = (rm_relax_result){.positions = positions[i]};
        CHECK_OK(rm_relax_batch(model, 5, structures, fixed, &options, threads, results, statuses));
        for (int i = 0; i < 5; i++) {
            CHECK(statuses[i] == RM_OK && results[i].steps == singles[i].steps &&
                  results[i].reason == singles[i].reason);
            CHECK_CLOSE(positions[i], single_positions[i], 3 * structures[i].atom_count, 1e-10);
            CHECK_CLOSE_NUMBER(results[i].energy, singles[i].energy, 1e-11);
        }
    }
    CHECK(watched == 0);
    CHECK_OK(rm_relax_batch(model, 0, NULL, NULL, NULL, 2, NULL, NULL));
    /* one bad structure does not keep the others */
    int32_t gold[9] = {79, 79, 79, 79, 79, 79, 79, 79, 79};
    rm_status statuses[5];
    structures[2].numbers = gold;
    for (int i = 0; i < 5; i++) results[i] = (rm_relax_result){.positions = positions[i], .energy = -7};
    CHECK_FAILS(rm_relax_batch(model, 5, structures, NULL, &options, 2, results, statuses), RM_ERROR_ELEMENT, "2");
    for (int i = 0; i < 5; i++) CHECK(statuses[i] == (i == 2 ? RM_ERROR_ELEMENT : RM_OK));
    CHECK(results[2].energy == -7 && results[4].energy == singles[4].energy);
    rm_workspace_free(&workspace);
    rm_model_free(&model);
    golden_free(all);
}

/* ---- bad input ---- */

static void what_cannot_be_relaxed(void)
{
    rm_model *model = golden_model("random-carbon-l3-nu3");
    rm_workspace *workspace = workspace_of(model);
    rm_structure structure = four_atoms(four_positions), bad;
    rm_relax_options options;
    double positions[12] = {-7}, broken[12];
    rm_relax_result result = {.positions = positions, .energy = -7};
    const int32_t strange[4] = {0, 2, 0, 0}, gold[4] = {6, 6, 79, 6};
#define REFUSES(change, status, word) \
    do { \
        options = defaults(); \
        bad = structure; \
        change; \
        CHECK_FAILS(rm_relax(workspace, &bad, NULL, &options, &result), status, word); \
    } while (0)
    CHECK_FAILS(rm_relax(NULL, &structure, NULL, NULL, &result), RM_ERROR_ARGUMENT, "workspace");
    CHECK_FAILS(rm_relax(workspace, NULL, NULL, NULL, &result), RM_ERROR_ARGUMENT, "structure");
    CHECK_FAILS(rm_relax(workspace, &structure, NULL, NULL, NULL), RM_ERROR_ARGUMENT, "result");
    CHECK_FAILS(rm_relax(workspace, &structure, strange, NULL, &result), RM_ERROR_ARGUMENT, "fixed");
    REFUSES(options.size = 1, RM_ERROR_ARGUMENT, "size");
    REFUSES(options.optimizer = (rm_optimizer)2, RM_ERROR_ARGUMENT, "optimizer");
    REFUSES(options.cell = (rm_cell_mode)-1, RM_ERROR_ARGUMENT, "cell");
    REFUSES(options.cell = (rm_cell_mode)3, RM_ERROR_ARGUMENT, "cell");
    REFUSES(options.cell = RM_CELL_FREE, RM_ERROR_ARGUMENT, "cell"); /* of a molecule */
    REFUSES(options.cell = RM_CELL_CONSTANT_VOLUME, RM_ERROR_ARGUMENT, "cell");
    REFUSES(options.pressure = NAN, RM_ERROR_ARGUMENT, "pressure");
    REFUSES(options.fmax = -1, RM_ERROR_ARGUMENT, "fmax");
    REFUSES(options.fmax = NAN, RM_ERROR_ARGUMENT, "fmax");
    REFUSES(options.max_steps = -1, RM_ERROR_ARGUMENT, "max_steps");
    REFUSES(options.max_step = 0, RM_ERROR_ARGUMENT, "max_step");
    REFUSES(options.max_step = NAN, RM_ERROR_ARGUMENT, "max_step");
    REFUSES(options.time_step = 0, RM_ERROR_ARGUMENT, "time_step");
    REFUSES(options.time_step = INFINITY, RM_ERROR_ARGUMENT, "time_step");
    REFUSES(options.max_time_step = -1, RM_ERROR_ARGUMENT, "max_time_step");
    REFUSES(options.acceleration_start = NAN, RM_ERROR_ARGUMENT, "acceleration_start");
    REFUSES(options.acceleration_factor = -1, RM_ERROR_ARGUMENT, "acceleration_factor");
    REFUSES(options.step_increase = 0, RM_ERROR_ARGUMENT, "step_increase");
    REFUSES(options.step_decrease = 0, RM_ERROR_ARGUMENT, "step_decrease");
    REFUSES(options.downhill_steps = -1, RM_ERROR_ARGUMENT, "downhill_steps");
    REFUSES((options.optimizer = RM_OPTIMIZER_LBFGS, options.memory = 0), RM_ERROR_ARGUMENT, "memory");
    REFUSES((options.optimizer = RM_OPTIMIZER_LBFGS, options.memory = INT32_MAX), RM_ERROR_ARGUMENT, "memory");
    REFUSES((options.optimizer = RM_OPTIMIZER_LBFGS, options.curvature = 0), RM_ERROR_ARGUMENT, "curvature");
    REFUSES(bad.numbers = gold, RM_ERROR_ELEMENT, "Au");
    REFUSES(bad.positions = NULL, RM_ERROR_ARGUMENT, "positions");
    memcpy(broken, four_positions, sizeof broken);
    broken[7] = NAN;
    REFUSES(bad.positions = broken, RM_ERROR_STRUCTURE, "2");
    memcpy(broken + 6, broken, 3 * sizeof(double));
    REFUSES(bad.positions = broken, RM_ERROR_STRUCTURE, "");
    CHECK_STATUS(rm_relax_batch(NULL, 1, &structure, NULL, NULL, 1, &result, NULL), RM_ERROR_ARGUMENT);
    CHECK_STATUS(rm_relax_batch(model, 1, NULL, NULL, NULL, 1, &result, NULL), RM_ERROR_ARGUMENT);
    CHECK_STATUS(rm_relax_batch(model, 1, &structure, NULL, NULL, 1, NULL, NULL), RM_ERROR_ARGUMENT);
    CHECK_STATUS(rm_relax_batch(model, -1, &structure, NULL, NULL, 1, &result, NULL), RM_ERROR_ARGUMENT);
    CHECK_STATUS(rm_relax_batch(model, 1, &structure, NULL, NULL, 0, &result, NULL), RM_ERROR_ARGUMENT);
    CHECK(positions[0] == -7 && result.energy == -7);
    rm_workspace_free(&workspace);
    rm_model_free(&model);
}

int main(void)
{
    RUN(defaults_are_as_the_header_says);
    RUN(springs_relax_to_a_tetrahedron);
    RUN(the_result_is_of_its_positions);
    RUN(fixed_atoms_stay);
    RUN(cells_relax_and_pressure_compresses);
    RUN(constant_volume_keeps_the_volume);
    RUN(in_place);
    RUN(observers_see_every_evaluation_and_may_stop);
    RUN(extra_potentials_that_fail);
    RUN(a_structure_that_collapses);
    RUN(steps_run_out);
    RUN(batches_give_what_single_calls_give);
    RUN(what_cannot_be_relaxed);
    return finish();
}

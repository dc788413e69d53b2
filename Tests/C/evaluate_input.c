/* Evaluation of what cannot be evaluated: a clear error, outputs untouched, and the workspace as good as before. */
#include "golden.h"

#define ATOMS 3

static rm_model *model;
static rm_workspace *workspace;

typedef struct sample {
    int32_t numbers[ATOMS];
    double positions[3 * ATOMS], cell[9];
    rm_structure structure;
} sample;

static void sample_init(sample *sample)
{
    static const double positions[] = {0, 0, 0, 1.3, 0.2, 0.1, 0.3, 1.4, -0.2};
    static const double cell[] = {5, 0, 0, 0.4, 5.2, 0, -0.3, 0.2, 5.5};
    for (int i = 0; i < ATOMS; i++) sample->numbers[i] = 6;
    memcpy(sample->positions, positions, sizeof positions);
    memcpy(sample->cell, cell, sizeof cell);
    sample->structure = (rm_structure){ATOMS, sample->numbers, sample->positions, sample->cell, {1, 1, 1}};
}

/* Fails thus, touches nothing, and a good structure gives afterwards what it gave before. */
static void refuses(const sample *bad, rm_status status, const char *word)
{
    double energy = -7, energies[ATOMS], forces[3 * ATOMS], stress[9], *watched[] = {&energy, energies, forces, stress};
    const size_t counts[] = {1, ATOMS, 3 * ATOMS, 9};
    for (int a = 0; a < 4; a++)
        for (size_t i = 0; i < counts[a]; i++) watched[a][i] = -7;
    const rm_results results = {.energy = &energy, .energies = energies, .forces = forces, .stress = stress};
    sample good;
    double before = 0, after = 1;
    const rm_results first = {.energy = &before}, second = {.energy = &after};
    sample_init(&good);
    CHECK_OK(rm_evaluate(workspace, &good.structure, &first));
    CHECK_FAILS(rm_evaluate(workspace, &bad->structure, &results), status, word);
    for (int a = 0; a < 4; a++)
        for (size_t i = 0; i < counts[a]; i++) CHECK(watched[a][i] == -7);
    CHECK_OK(rm_evaluate(workspace, &good.structure, &second));
    CHECK(before == after);
}

static void null_arguments(void)
{
    sample good;
    double energy = -7;
    const rm_results results = {.energy = &energy};
    rm_workspace *none = NULL;
    sample_init(&good);
    CHECK_FAILS(rm_evaluate(NULL, &good.structure, &results), RM_ERROR_ARGUMENT, "workspace");
    CHECK_FAILS(rm_evaluate(workspace, NULL, &results), RM_ERROR_ARGUMENT, "structure");
    CHECK_FAILS(rm_evaluate(workspace, &good.structure, NULL), RM_ERROR_ARGUMENT, "results");
    CHECK_FAILS(rm_workspace_create(NULL, NULL, &none), RM_ERROR_ARGUMENT, "model");
    CHECK_FAILS(rm_workspace_create(model, NULL, NULL), RM_ERROR_ARGUMENT, "workspace");
    CHECK_FAILS(rm_evaluate_batch(NULL, 1, &good.structure, &results, 1, NULL), RM_ERROR_ARGUMENT, "model");
    CHECK_FAILS(rm_evaluate_batch(model, 1, NULL, &results, 1, NULL), RM_ERROR_ARGUMENT, "structures");
    CHECK_FAILS(rm_evaluate_batch(model, 1, &good.structure, NULL, 1, NULL), RM_ERROR_ARGUMENT, "results");
    CHECK_FAILS(rm_evaluate_batch(model, -1, &good.structure, &results, 1, NULL), RM_ERROR_ARGUMENT, "count");
    CHECK_FAILS(rm_evaluate_batch(model, INT64_MAX, NULL, NULL, 1, NULL), RM_ERROR_ARGUMENT, "");
    CHECK_FAILS(rm_evaluate_batch(model, 1, &good.structure, &results, 0, NULL), RM_ERROR_ARGUMENT, "threads");
    CHECK_FAILS(rm_evaluate_batch(model, 1, &good.structure, &results, -2, NULL), RM_ERROR_ARGUMENT, "threads");
    CHECK(none == NULL && energy == -7);
    rm_workspace_free(NULL);
    rm_workspace_free(&none);
    sample bad = good;
    bad.structure.numbers = NULL;
    refuses(&bad, RM_ERROR_ARGUMENT, "numbers");
    sample_init(&bad);
    bad.structure.positions = NULL;
    refuses(&bad, RM_ERROR_ARGUMENT, "positions");
    sample_init(&bad);
    bad.structure.cell = NULL;
    refuses(&bad, RM_ERROR_ARGUMENT, "cell");
}

static void counts(void)
{
    const int32_t counts[] = {-1, INT32_MIN};
    for (int i = 0; i < 2; i++) {
        sample bad;
        sample_init(&bad);
        bad.structure.atom_count = counts[i];
        refuses(&bad, RM_ERROR_ARGUMENT, "atom_count");
    }
}

static void periodicity(void)
{
    sample bad;
    sample_init(&bad);
    bad.structure.periodic[1] = 2;
    refuses(&bad, RM_ERROR_ARGUMENT, "periodic");
    sample_init(&bad);
    bad.structure.periodic[2] = 0; /* the stress that is asked for needs three directions */
    refuses(&bad, RM_ERROR_ARGUMENT, "stress");
}

static void numbers_that_are_not_finite(void)
{
    const double values[] = {NAN, INFINITY, -INFINITY};
    for (int v = 0; v < 3; v++) {
        sample bad;
        for (int i = 0; i < 3 * ATOMS; i++) {
            sample_init(&bad);
            bad.positions[i] = values[v];
            char atom[16];
            snprintf(atom, sizeof atom, "%d", i / 3);
            refuses(&bad, RM_ERROR_STRUCTURE, atom);
        }
        for (int i = 0; i < 9; i++) {
            sample_init(&bad);
            bad.cell[i] = values[v];
            refuses(&bad, RM_ERROR_STRUCTURE, "cell");
        }
    }
}

static void absurd_positions(void)
{
    const double values[] = {1e300, -1e300, 1.7e308, 1e18};
    for (int v = 0; v < 4; v++) {
        sample bad;
        sample_init(&bad);
        bad.positions[4] = values[v];
        refuses(&bad, RM_ERROR_STRUCTURE, "1");
    }
}

static void cells_without_volume(void)
{
    sample bad;
    sample_init(&bad);
    memset(bad.cell, 0, sizeof bad.cell);
    refuses(&bad, RM_ERROR_STRUCTURE, "cell");
    sample_init(&bad);
    memcpy(bad.cell + 3, bad.cell, 3 * sizeof(double)); /* two rows are one */
    refuses(&bad, RM_ERROR_STRUCTURE, "cell");
    sample_init(&bad);
    for (int i = 0; i < 3; i++) bad.cell[6 + i] = bad.cell[i] + bad.cell[3 + i]; /* a plane */
    refuses(&bad, RM_ERROR_STRUCTURE, "cell");
    sample_init(&bad);
    for (int i = 0; i < 9; i++) bad.cell[i] *= 1e-200;
    refuses(&bad, RM_ERROR_STRUCTURE, "cell");
    sample_init(&bad);
    for (int i = 0; i < 9; i++) bad.cell[i] *= 1e200;
    refuses(&bad, RM_ERROR_STRUCTURE, "cell");
}

/* A cell so small that an atom has millions of images within the cutoff must not exhaust the machine. */
static void cells_with_too_many_neighbors(void)
{
    sample bad;
    sample_init(&bad);
    for (int i = 0; i < 9; i++) bad.cell[i] *= 1e-4;
    refuses(&bad, RM_ERROR_STRUCTURE, "");
}

static void coincident_atoms(void)
{
    sample bad;
    sample_init(&bad);
    memcpy(bad.positions + 6, bad.positions + 3, 3 * sizeof(double));
    refuses(&bad, RM_ERROR_STRUCTURE, "1");
    sample_init(&bad); /* an image of it */
    for (int k = 0; k < 3; k++) bad.positions[6 + k] = bad.positions[3 + k] + bad.cell[k] - 2 * bad.cell[3 + k];
    refuses(&bad, RM_ERROR_STRUCTURE, "1");
}

static void unknown_elements(void)
{
    const int32_t numbers[] = {7, 0, -6, 119, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        sample bad;
        char text[16];
        sample_init(&bad);
        bad.numbers[2] = numbers[i];
        snprintf(text, sizeof text, "%d", (int)numbers[i]);
        refuses(&bad, RM_ERROR_ELEMENT, numbers[i] == 7 ? "N" : text);
    }
}

static void options_out_of_range(void)
{
    rm_workspace_options options;
    rm_workspace *none = NULL;
    const double skins[] = {-0.1, NAN, INFINITY, 1e9};
    for (int i = 0; i < 4; i++) {
        rm_workspace_options_init(&options, sizeof options);
        options.skin = skins[i];
        CHECK_FAILS(rm_workspace_create(model, &options, &none), RM_ERROR_ARGUMENT, "skin");
    }
    const int32_t threads[] = {0, -1, INT32_MIN};
    for (int i = 0; i < 3; i++) {
        rm_workspace_options_init(&options, sizeof options);
        options.threads = threads[i];
        CHECK_FAILS(rm_workspace_create(model, &options, &none), RM_ERROR_ARGUMENT, "threads");
    }
    rm_workspace_options_init(&options, sizeof options);
    options.size = 3;
    CHECK_FAILS(rm_workspace_create(model, &options, &none), RM_ERROR_ARGUMENT, "size");
    options.size = 0;
    CHECK_FAILS(rm_workspace_create(model, &options, &none), RM_ERROR_ARGUMENT, "size");
    CHECK(none == NULL);
    rm_workspace_options_init(NULL, sizeof options);
}

/* A program of an older header knows fewer options, one of a newer header more. */
static void options_of_other_versions(void)
{
    struct {
        rm_workspace_options known;
        double unknown[4];
    } newer;
    struct {
        size_t size;
        int32_t threads;
        int32_t guard;
    } older = {0, 0, 12345};
    rm_workspace *other = NULL;
    memset(&newer, 1, sizeof newer);
    rm_workspace_options_init(&newer.known, sizeof newer);
    CHECK(newer.known.size == sizeof newer || newer.known.size == sizeof newer.known);
    CHECK(newer.known.threads == 1 && newer.known.skin == 0);
    CHECK_OK(rm_workspace_create(model, &newer.known, &other));
    rm_workspace_free(&other);
    rm_workspace_options_init((rm_workspace_options *)(void *)&older, offsetof(rm_workspace_options, threads) + 4);
    CHECK(older.threads == 1 && older.guard == 12345);
    CHECK_OK(rm_workspace_create(model, (rm_workspace_options *)(void *)&older, &other));
    rm_workspace_free(&other);
}

int main(void)
{
    model = golden_model("random-carbon-l3-nu3");
    if (rm_workspace_create(model, NULL, &workspace) != RM_OK) return EXIT_FAILURE;
    RUN(null_arguments);
    RUN(counts);
    RUN(periodicity);
    RUN(numbers_that_are_not_finite);
    RUN(absurd_positions);
    RUN(cells_without_volume);
    RUN(cells_with_too_many_neighbors);
    RUN(coincident_atoms);
    RUN(unknown_elements);
    RUN(options_out_of_range);
    RUN(options_of_other_versions);
    rm_workspace_free(&workspace);
    rm_model_free(&model);
    return finish();
}

/* Evaluation: golden numbers through the boundary, batches, threads, skins. */
#include "golden.h"

/* Arrays for all results of a structure. */
typedef struct outputs {
    rm_results results;
    double energy, strain_gradient[9], stress[9], virial[9];
    double *energies, *forces, *virials, *descriptors;
    size_t atoms, descriptors_per_atom;
} outputs;

static outputs *outputs_of(const rm_model *model, const rm_structure *structure)
{
    outputs *all = need(sizeof *all);
    all->atoms = (size_t)structure->atom_count;
    all->descriptors_per_atom = (size_t)rm_model_descriptor_count(model);
    all->energies = numbers_of(all->atoms);
    all->forces = numbers_of(3 * all->atoms);
    all->virials = numbers_of(9 * all->atoms);
    all->descriptors = numbers_of(all->descriptors_per_atom * all->atoms);
    all->results = (rm_results){&all->energy, all->energies, all->forces,  all->strain_gradient,
                                NULL,         all->virial,   all->virials, all->descriptors};
    if (structure->periodic[0] && structure->periodic[1] && structure->periodic[2]) all->results.stress = all->stress;
    return all;
}

static void free_outputs(outputs *all)
{
    free(all->energies);
    free(all->forces);
    free(all->virials);
    free(all->descriptors);
    free(all);
}

static void compare_with_golden(const golden *golden, const outputs *all)
{
    size_t n = all->atoms;
    double minus[9], sum[9] = {0}, energy = 0;
    const double *gradient = golden_values(golden, "strain_gradient");
    CHECK_CLOSE(&all->energy, golden_values(golden, "energy"), 1, 1e-12);
    CHECK_CLOSE(all->energies, golden_values(golden, "energies"), n, 1e-12);
    CHECK_CLOSE(all->forces, golden_values(golden, "forces"), 3 * n, 1e-12);
    CHECK_CLOSE(all->strain_gradient, gradient, 9, 1e-12);
    if (golden_is_crystal(golden)) CHECK_CLOSE(all->stress, golden_values(golden, "stress"), 9, 1e-12);
    for (int i = 0; i < 9; i++) minus[i] = -gradient[i];
    CHECK_CLOSE(all->virial, minus, 9, 1e-12);
    for (size_t i = 0; i < n; i++) {
        energy += all->energies[i];
        for (int k = 0; k < 9; k++) sum[k] += all->virials[9 * i + (size_t)k];
    }
    CHECK_CLOSE(sum, minus, 9, 1e-12);
    CHECK_CLOSE_NUMBER(energy, all->energy, 1e-12);
}

static void compare_outputs(const outputs *a, const outputs *b, double tolerance)
{
    CHECK_CLOSE(&a->energy, &b->energy, 1, tolerance);
    CHECK_CLOSE(a->energies, b->energies, a->atoms, tolerance);
    CHECK_CLOSE(a->forces, b->forces, 3 * a->atoms, tolerance);
    CHECK_CLOSE(a->strain_gradient, b->strain_gradient, 9, tolerance);
    CHECK_CLOSE(a->stress, b->stress, 9, tolerance);
    CHECK_CLOSE(a->virial, b->virial, 9, tolerance);
    CHECK_CLOSE(a->virials, b->virials, 9 * a->atoms, tolerance);
    CHECK_CLOSE(a->descriptors, b->descriptors, a->descriptors_per_atom * a->atoms, tolerance);
}

static void golden_numbers(void)
{
    for (int m = 0; m < GOLDEN_MODEL_COUNT; m++) {
        rm_model *model = golden_model(golden_models[m]);
        golden_file *all = golden_read(golden_models[m]);
        rm_workspace *workspace = NULL;
        REQUIRE_OK(rm_workspace_create(model, NULL, &workspace));
        rm_model_free(&model); /* the workspace keeps it alive */
        model = golden_model(golden_models[m]);
        CHECK(all->count == 15);
        for (int i = 0; i < all->count; i++) {
            outputs *got = outputs_of(model, &all->cases[i].structure);
            CHECK_OK(rm_evaluate(workspace, &all->cases[i].structure, &got->results));
            int before = complaints;
            compare_with_golden(&all->cases[i], got);
            if (complaints > before)
                complain(__FILE__, __LINE__, "that was %s, %s", golden_models[m], all->cases[i].name);
            free_outputs(got);
        }
        rm_workspace_free(&workspace);
        CHECK(workspace == NULL);
        rm_model_free(&model);
        golden_free(all);
    }
}

/* What is not asked for changes nothing of what is. */
static void each_output_alone(void)
{
    rm_model *model = golden_model("random-organic-l3-nu3");
    golden_file *all = golden_read("random-organic-l3-nu3");
    const rm_structure *structure = &golden_find(all, "triclinic-12-atoms-outside")->structure;
    rm_workspace *workspace = NULL;
    REQUIRE_OK(rm_workspace_create(model, NULL, &workspace));
    outputs *whole = outputs_of(model, structure), *part = outputs_of(model, structure);
    CHECK_OK(rm_evaluate(workspace, structure, &whole->results));
    const rm_results alone[] = {{.energy = &part->energy},  {.energies = part->energies},
                                {.forces = part->forces},   {.strain_gradient = part->strain_gradient},
                                {.stress = part->stress},   {.virial = part->virial},
                                {.virials = part->virials}, {.descriptors = part->descriptors}};
    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++) CHECK_OK(rm_evaluate(workspace, structure, &alone[i]));
    compare_outputs(part, whole, 1e-13);
    const rm_results none = {0};
    CHECK_OK(rm_evaluate(workspace, structure, &none));
    free_outputs(whole);
    free_outputs(part);
    rm_workspace_free(&workspace);
    rm_model_free(&model);
    golden_free(all);
}

static void batches_of_any_thread_count(void)
{
    rm_model *model = golden_model("random-organic-l3-nu4");
    golden_file *all = golden_read("random-organic-l3-nu4");
    rm_structure structures[20];
    rm_results results[20];
    outputs *got[20];
    const int32_t threads[] = {1, 2, 3, 64};
    for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
        rm_status statuses[20];
        for (int i = 0; i < all->count; i++) {
            structures[i] = all->cases[i].structure;
            got[i] = outputs_of(model, &structures[i]);
            results[i] = got[i]->results;
            statuses[i] = RM_ERROR_NUMBERS;
        }
        CHECK_OK(rm_evaluate_batch(model, all->count, structures, results, threads[t], t ? statuses : NULL));
        for (int i = 0; i < all->count; i++) {
            CHECK(t == 0 || statuses[i] == RM_OK);
            compare_with_golden(&all->cases[i], got[i]);
            free_outputs(got[i]);
        }
    }
    CHECK_OK(rm_evaluate_batch(model, 0, NULL, NULL, 2, NULL));
    rm_model_free(&model);
    golden_free(all);
}

static void a_batch_goes_on_after_a_bad_structure(void)
{
    rm_model *model = golden_model("random-carbon-l3-nu3");
    golden_file *all = golden_read("random-carbon-l3-nu3");
    const golden *good = golden_find(all, "cluster-9");
    int32_t gold[9];
    double far[27];
    for (int i = 0; i < 9; i++) gold[i] = 79;
    memcpy(far, good->positions, sizeof far);
    far[5] = NAN;
    rm_structure structures[4] = {good->structure, good->structure, good->structure, good->structure};
    structures[1].numbers = gold;
    structures[2].positions = far;
    for (int32_t threads = 1; threads <= 2; threads++) {
        double energies[4] = {-1, -1, -1, -1};
        rm_results results[4] = {
            {.energy = &energies[0]}, {.energy = &energies[1]}, {.energy = &energies[2]}, {.energy = &energies[3]}};
        rm_status statuses[4];
        CHECK_FAILS(rm_evaluate_batch(model, 4, structures, results, threads, statuses), RM_ERROR_ELEMENT, "1");
        CHECK(statuses[0] == RM_OK && statuses[3] == RM_OK);
        CHECK(statuses[1] == RM_ERROR_ELEMENT && statuses[2] == RM_ERROR_STRUCTURE);
        CHECK(energies[1] == -1 && energies[2] == -1);
        CHECK_CLOSE(&energies[0], golden_values(good, "energy"), 1, 1e-12);
        CHECK_CLOSE(&energies[3], golden_values(good, "energy"), 1, 1e-12);
    }
    rm_model_free(&model);
    golden_free(all);
}

/* A diamond of side^3 cells with every atom moved a little. */
static rm_structure diamond(int32_t side, uint64_t seed)
{
    static const double basis[8][3] = {{0, 0, 0},       {0, .5, .5},     {.5, 0, .5},     {.5, .5, 0},
                                       {.25, .25, .25}, {.25, .75, .75}, {.75, .25, .75}, {.75, .75, .25}};
    const double edge = 3.567;
    int32_t count = 8 * side * side * side, *numbers = need((size_t)count * sizeof *numbers);
    double *positions = numbers_of(3 * (size_t)count), *cell = numbers_of(9);
    for (int32_t i = 0; i < count; i++) {
        const int32_t at[3] = {i / 8 % side, i / 8 / side % side, i / 8 / side / side};
        numbers[i] = 6;
        for (int k = 0; k < 3; k++)
            positions[3 * i + k] = edge * (at[k] + basis[i % 8][k]) + random_uniform(&seed, -.1, .1);
    }
    for (int k = 0; k < 3; k++) cell[4 * k] = edge * side;
    return (rm_structure){count, numbers, positions, cell, {1, 1, 1}};
}

static void free_structure(rm_structure *structure)
{
    free((void *)structure->numbers);
    free((void *)structure->positions);
    free((void *)structure->cell);
}

static void threads_within_a_large_structure(void)
{
    rm_model *model = golden_model("random-carbon-l3-nu3");
    rm_structure structure = diamond(4, 1);
    outputs *one = outputs_of(model, &structure);
    for (int32_t threads = 1; threads <= 3; threads++) {
        rm_workspace_options options;
        rm_workspace *workspace = NULL;
        rm_workspace_options_init(&options, sizeof options);
        CHECK(options.size == sizeof options && options.threads == 1 && options.skin == 0);
        options.threads = threads;
        REQUIRE_OK(rm_workspace_create(model, &options, &workspace));
        outputs *several = outputs_of(model, &structure);
        CHECK_OK(rm_evaluate(workspace, &structure, threads == 1 ? &one->results : &several->results));
        if (threads > 1) compare_outputs(several, one, 1e-12);
        free_outputs(several);
        rm_workspace_free(&workspace);
    }
    free_outputs(one);
    free_structure(&structure);
    rm_model_free(&model);
}

/* Single precision is near to double and not the same; a host's list and relaxations have it too. */
static void single_precision(void)
{
    rm_model *model = golden_model("random-organic-l3-nu3");
    golden_file *all = golden_read("random-organic-l3-nu3");
    rm_workspace_options options;
    rm_workspace *exact = NULL, *single = NULL;
    rm_workspace_options_init(&options, sizeof options);
    CHECK(options.precision == RM_PRECISION_DOUBLE);
    REQUIRE_OK(rm_workspace_create(model, &options, &exact));
    options.precision = RM_PRECISION_SINGLE;
    REQUIRE_OK(rm_workspace_create(model, &options, &single));
    for (int k = 0; k < all->count; k++) {
        const rm_structure *structure = &all->cases[k].structure;
        outputs *a = outputs_of(model, structure), *b = outputs_of(model, structure);
        CHECK_OK(rm_evaluate(exact, structure, &a->results));
        CHECK_OK(rm_evaluate(single, structure, &b->results));
        compare_outputs(b, a, 2e-5);
        if (structure->atom_count > 1) CHECK(b->energy != a->energy);
        free_outputs(a);
        free_outputs(b);
    }
    rm_workspace *none = NULL;
    options.precision = (rm_precision)7;
    CHECK_FAILS(rm_workspace_create(model, &options, &none), RM_ERROR_ARGUMENT, "precision");
    rm_workspace_free(&exact);
    rm_workspace_free(&single);
    golden_free(all);
    rm_model_free(&model);
}

/* A kept list must give what a fresh list gives, along small and large moves, and through changes of cell, of elements
 * and of the number of atoms. */
static void a_skin_changes_nothing(void)
{
    rm_model *model = golden_model("random-organic-l3-nu3");
    rm_structure structure = diamond(2, 2), smaller;
    double *positions = (double *)structure.positions, *cell = (double *)structure.cell;
    int32_t *numbers = (int32_t *)structure.numbers;
    rm_workspace_options options;
    rm_workspace *fresh = NULL, *kept = NULL;
    uint64_t seed = 3;
    rm_workspace_options_init(&options, sizeof options);
    REQUIRE_OK(rm_workspace_create(model, &options, &fresh));
    options.skin = 0.7;
    REQUIRE_OK(rm_workspace_create(model, &options, &kept));
    for (int step = 0; step < 24; step++) {
        double reach = step % 6 == 5 ? 0.5 : 0.08;
        for (int32_t i = 0; i < 3 * structure.atom_count; i++) positions[i] += random_uniform(&seed, -reach, reach);
        if (step == 9) positions[0] += 3 * cell[0]; /* the host wraps or unwraps an atom */
        if (step == 13) cell[3] += 0.2;
        if (step == 17) numbers[5] = 8;
        smaller = structure;
        if (step >= 20) smaller.atom_count--;
        outputs *a = outputs_of(model, &smaller), *b = outputs_of(model, &smaller);
        CHECK_OK(rm_evaluate(fresh, &smaller, &a->results));
        CHECK_OK(rm_evaluate(kept, &smaller, &b->results));
        compare_outputs(b, a, 1e-12);
        free_outputs(a);
        free_outputs(b);
    }
    rm_workspace_free(&fresh);
    rm_workspace_free(&kept);
    rm_model_free(&model);
    free_structure(&structure);
}

static void forces_are_minus_the_gradient(void)
{
    rm_model *model = golden_model("random-inorganic-l2-nu2-receiver");
    golden_file *all = golden_read("random-inorganic-l2-nu2-receiver");
    golden *crystal = (golden *)golden_find(all, "small-skewed-3");
    rm_workspace *workspace = NULL;
    double forces[9], energy, step = 1e-4;
    const rm_results wanted = {.forces = forces}, at = {.energy = &energy};
    REQUIRE_OK(rm_workspace_create(model, NULL, &workspace));
    REQUIRE_OK(rm_evaluate(workspace, &crystal->structure, &wanted));
    for (int i = 0; i < 9; i++) {
        double before = crystal->positions[i], difference = 0;
        for (int sign = -1; sign <= 1; sign += 2) {
            crystal->positions[i] = before + sign * step;
            CHECK_OK(rm_evaluate(workspace, &crystal->structure, &at));
            difference += sign * energy;
        }
        crystal->positions[i] = before;
        CHECK_CLOSE_NUMBER(forces[i], -difference / (2 * step), 1e-7);
    }
    rm_workspace_free(&workspace);
    rm_model_free(&model);
    golden_free(all);
}

static void descriptors_see_surroundings_only(void)
{
    rm_model *model = golden_model("random-carbon-l3-nu3");
    rm_structure structure = diamond(2, 4);
    double *positions = (double *)structure.positions;
    size_t count = (size_t)rm_model_descriptor_count(model);
    rm_workspace *workspace = NULL;
    REQUIRE_OK(rm_workspace_create(model, NULL, &workspace));
    outputs *before = outputs_of(model, &structure), *after = outputs_of(model, &structure);
    CHECK_OK(rm_evaluate(workspace, &structure, &before->results));
    /* Swap two atoms of an element and turn the lattice about its diagonal: x, y, z to y, z, x. */
    for (int k = 0; k < 3; k++) {
        double keep = positions[k];
        positions[k] = positions[3 + k];
        positions[3 + k] = keep;
    }
    for (int32_t i = 0; i < structure.atom_count; i++) {
        double x = positions[3 * i];
        positions[3 * i] = positions[3 * i + 1] + 0.3;
        positions[3 * i + 1] = positions[3 * i + 2] - 0.1;
        positions[3 * i + 2] = x + 5;
    }
    CHECK_OK(rm_evaluate(workspace, &structure, &after->results));
    CHECK_CLOSE(after->descriptors, before->descriptors + count, count, 1e-12);
    CHECK_CLOSE(after->descriptors + count, before->descriptors, count, 1e-12);
    CHECK_CLOSE(after->descriptors + 2 * count, before->descriptors + 2 * count, (before->atoms - 2) * count, 1e-12);
    free_outputs(before);
    free_outputs(after);
    rm_workspace_free(&workspace);
    rm_model_free(&model);
    free_structure(&structure);
}

int main(void)
{
    RUN(golden_numbers);
    RUN(each_output_alone);
    RUN(batches_of_any_thread_count);
    RUN(a_batch_goes_on_after_a_bad_structure);
    RUN(threads_within_a_large_structure);
    RUN(a_skin_changes_nothing);
    RUN(single_precision);
    RUN(forces_are_minus_the_gradient);
    RUN(descriptors_see_surroundings_only);
    return finish();
}

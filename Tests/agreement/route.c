/*
 * Evaluates structures from standard input by one of the routes through the C interface, and prints all numbers with 17
 * digits: route MODEL evaluate|threads|batch|neighbors.
 *
 * In:  count; then for each structure: atoms, three periodicity flags, the cell (nine numbers), and for each atom its
 *      atomic number and position.
 * Out: for each structure: energy; strain gradient (nine numbers); for each atom its energy, force and virial (nine).
 */
#include <math.h>
#include <rm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct sample {
    rm_structure structure;
    int32_t *numbers;
    double *positions, cell[9];
    double energy, strain_gradient[9], *energies, *forces, *virials;
} sample;

static void check(rm_status status)
{
    if (status == RM_OK) return;
    fprintf(stderr, "%s\n", rm_last_error());
    exit(EXIT_FAILURE);
}

static void *zeros(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (memory == NULL) exit(EXIT_FAILURE);
    return memory;
}

static void number(const char *format, void *target)
{
    if (scanf(format, target) == 1) return;
    fprintf(stderr, "standard input ends too early, or has no number where one is needed\n");
    exit(EXIT_FAILURE);
}

static void read_sample(sample *s)
{
    int n = 0;
    number("%d", &n);
    for (int k = 0; k < 3; k++) number("%d", &s->structure.periodic[k]);
    for (int k = 0; k < 9; k++) number("%lf", &s->cell[k]);
    s->numbers = zeros((size_t)n, sizeof *s->numbers);
    s->positions = zeros((size_t)n, 3 * sizeof(double));
    s->energies = zeros((size_t)n, sizeof(double));
    s->forces = zeros((size_t)n, 3 * sizeof(double));
    s->virials = zeros((size_t)n, 9 * sizeof(double));
    for (int i = 0; i < n; i++) {
        number("%d", &s->numbers[i]);
        for (int k = 0; k < 3; k++) number("%lf", &s->positions[3 * i + k]);
    }
    s->structure.atom_count = n;
    s->structure.numbers = s->numbers;
    s->structure.positions = s->positions;
    s->structure.cell = s->cell;
}

static void print_sample(const sample *s)
{
    printf("%.17g\n", s->energy);
    for (int k = 0; k < 9; k++) printf("%.17g ", s->strain_gradient[k]);
    for (int i = 0; i < s->structure.atom_count; i++) {
        printf("\n%.17g", s->energies[i]);
        for (int k = 0; k < 3; k++) printf(" %.17g", s->forces[3 * i + k]);
        for (int k = 0; k < 9; k++) printf(" %.17g", s->virials[9 * i + k]);
    }
    printf("\n");
}

static rm_results results_of(sample *s)
{
    return (rm_results){.energy = &s->energy,
                        .energies = s->energies,
                        .forces = s->forces,
                        .strain_gradient = s->strain_gradient,
                        .virials = s->virials};
}

/* How many images along lattice vector k can come within reach of an atom: the distance between the planes that the two
 * other vectors span is volume / |a x b|; atoms may lie outside of the cell. */
static int images(const sample *s, int k, double reach)
{
    const double *cell = s->cell, *a = cell + 3 * ((k + 1) % 3), *b = cell + 3 * ((k + 2) % 3), *c = cell + 3 * k;
    double normal[3] = {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
    double length = sqrt(normal[0] * normal[0] + normal[1] * normal[1] + normal[2] * normal[2]);
    double height = fabs(c[0] * normal[0] + c[1] * normal[1] + c[2] * normal[2]) / length, low = INFINITY, high = -low;
    for (int i = 0; i < s->structure.atom_count; i++) {
        const double *r = s->positions + 3 * i;
        double along = (r[0] * normal[0] + r[1] * normal[1] + r[2] * normal[2]) / length;
        low = fmin(low, along);
        high = fmax(high, along);
    }
    return s->structure.periodic[k] ? (int)ceil((reach + high - low) / height) : 0;
}

/* A host's way: own atoms, then ghosts; a full list that reaches beyond the cutoff; forces on ghosts go home. */
static void neighbors(rm_workspace *workspace, const rm_model *model, sample *s)
{
    const double reach = rm_model_cutoff(model) + 0.25;
    const int own = s->structure.atom_count;
    int range[3], total = own;
    for (int k = 0; k < 3; k++) range[k] = images(s, k, reach);
    for (int k = 0; k < 3; k++) total *= 2 * range[k] + 1;

    double *positions = zeros((size_t)total, 3 * sizeof(double)), *forces = zeros((size_t)total, 3 * sizeof(double)),
           *virials = zeros((size_t)total, 9 * sizeof(double)), *energies = zeros((size_t)total, sizeof(double));
    int32_t *types = zeros((size_t)total, sizeof(int32_t)), *home = zeros((size_t)total, sizeof(int32_t));
    int32_t type_numbers[119] = {0}, *counts = zeros((size_t)total, sizeof(int32_t));
    const int32_t **lists = zeros((size_t)total, sizeof *lists);
    for (int e = 0; e < rm_model_element_count(model); e++)
        type_numbers[rm_model_element(model, e)] = rm_model_element(model, e);

    int n = 0;
    for (int pass = 0; pass < 2; pass++) /* own atoms, then images of them */
        for (int x = -range[0]; x <= range[0]; x++)
            for (int y = -range[1]; y <= range[1]; y++)
                for (int z = -range[2]; z <= range[2]; z++) {
                    if ((x == 0 && y == 0 && z == 0) != (pass == 0)) continue;
                    for (int i = 0; i < own; i++, n++) {
                        for (int k = 0; k < 3; k++)
                            positions[3 * n + k] =
                                s->positions[3 * i + k] + x * s->cell[k] + y * s->cell[3 + k] + z * s->cell[6 + k];
                        home[n] = i;
                        types[n] = s->numbers[i];
                    }
                }
    for (int i = 0; i < own; i++) {
        int32_t *list = zeros((size_t)total, sizeof(int32_t));
        for (int j = 0; j < total; j++) {
            double square = 0;
            for (int k = 0; k < 3; k++) square += pow(positions[3 * j + k] - positions[3 * i + k], 2);
            if (j != i && square < reach * reach) list[counts[i]++] = j | (j % 4) << 28; /* as LAMMPS marks pairs */
        }
        lists[i] = list;
    }
    const rm_neighbors list = {.atom_count = total,
                               .positions = positions,
                               .types = types,
                               .type_count = 119,
                               .type_numbers = type_numbers,
                               .center_count = own,
                               .neighbor_counts = counts,
                               .neighbors = lists,
                               .index_mask = 0x0fffffff};
    double virial[9] = {0};
    const rm_host_results results = {
        .energy = &s->energy, .energies = energies, .forces = forces, .virial = virial, .virials = virials};
    check(rm_evaluate_neighbors(workspace, &list, &results));
    for (int j = 0; j < total; j++) {
        s->energies[home[j]] += energies[j];
        for (int k = 0; k < 3; k++) s->forces[3 * home[j] + k] += forces[3 * j + k];
        for (int k = 0; k < 9; k++) s->virials[9 * home[j] + k] += virials[9 * j + k];
    }
    for (int k = 0; k < 9; k++) s->strain_gradient[k] = -virial[k];
    for (int i = 0; i < own; i++) free((void *)lists[i]);
    free(positions), free(forces), free(virials), free(energies);
    free(types), free(home), free(counts), free((void *)lists);
}

int main(int argc, char **argv)
{
    if (argc != 3) return fprintf(stderr, "usage: %s MODEL evaluate|threads|batch|neighbors\n", argv[0]), EXIT_FAILURE;
    const char *route = argv[2];
    rm_model *model = NULL;
    rm_workspace *workspace = NULL;
    rm_workspace_options options;
    rm_workspace_options_init(&options, sizeof options);
    options.threads = strcmp(route, "threads") == 0 ? 2 : 1;
    check(rm_model_load(argv[1], &model));
    check(rm_workspace_create(model, &options, &workspace));

    int count = 0;
    number("%d", &count);
    sample *samples = zeros((size_t)count, sizeof *samples);
    rm_structure *structures = zeros((size_t)count, sizeof *structures);
    rm_results *results = zeros((size_t)count, sizeof *results);
    for (int i = 0; i < count; i++) {
        read_sample(&samples[i]);
        structures[i] = samples[i].structure;
        results[i] = results_of(&samples[i]);
    }
    if (strcmp(route, "batch") == 0) check(rm_evaluate_batch(model, count, structures, results, 2, NULL));
    for (int i = 0; i < count; i++) {
        if (strcmp(route, "neighbors") == 0) neighbors(workspace, model, &samples[i]);
        else if (strcmp(route, "batch") != 0) check(rm_evaluate(workspace, &structures[i], &results[i]));
        print_sample(&samples[i]);
    }
    for (int i = 0; i < count; i++) {
        free(samples[i].numbers), free(samples[i].positions), free(samples[i].energies);
        free(samples[i].forces), free(samples[i].virials);
    }
    free(samples), free(structures), free(results);
    rm_workspace_free(&workspace);
    rm_model_free(&model);
    return EXIT_SUCCESS;
}

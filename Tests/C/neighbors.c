/* A host's own neighbour list: ghost atoms made here as an MD code makes them, forces sent home by the host. */
#include "golden.h"

/* A list with its memory: the structure's atoms first, then ghost images within `reach` of any of them. */
typedef struct host {
    rm_neighbors list;
    double *positions;
    int32_t *types, *home, *counts, **neighbors, *indices;
} host;

#define MASK 0x1FFFFFFF /* as in LAMMPS, whose neighbour indices carry flags in their two upper bits */

static void add_atom(host *host, int32_t home, const double position[3], int32_t type, int32_t *room)
{
    int32_t index = host->list.atom_count++;
    if (index == *room) {
        *room *= 2;
        host->positions = realloc(host->positions, 3 * (size_t)*room * sizeof *host->positions);
        host->types = realloc(host->types, (size_t)*room * sizeof *host->types);
        host->home = realloc(host->home, (size_t)*room * sizeof *host->home);
    }
    memcpy(&host->positions[3 * index], position, 3 * sizeof *position);
    host->types[index] = type;
    host->home[index] = home;
}

static double distance(const double *a, const double *b)
{
    return sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) + (a[2] - b[2]) * (a[2] - b[2]));
}

static host *host_of(const rm_structure *structure, double reach, const int32_t *type_numbers, int32_t type_count)
{
    host *host = need(sizeof *host);
    int32_t n = structure->atom_count, room = 64, images = 12;
    host->positions = numbers_of(3 * (size_t)room);
    host->types = need((size_t)room * sizeof *host->types);
    host->home = need((size_t)room * sizeof *host->home);
    for (int32_t i = 0; i < n; i++) {
        int32_t type = 0;
        while (type < type_count && type_numbers[type] != structure->numbers[i]) type++;
        add_atom(host, i, &structure->positions[3 * i], type, &room);
    }
    int32_t reaches[3];
    for (int k = 0; k < 3; k++) reaches[k] = structure->periodic[k] ? images : 0;
    for (int32_t a = -reaches[0]; a <= reaches[0]; a++)
        for (int32_t b = -reaches[1]; b <= reaches[1]; b++)
            for (int32_t c = -reaches[2]; c <= reaches[2]; c++) {
                if (a == 0 && b == 0 && c == 0) continue;
                for (int32_t i = 0; i < n; i++) {
                    double image[3];
                    int near = 0;
                    for (int k = 0; k < 3; k++)
                        image[k] = structure->positions[3 * i + k] + a * structure->cell[k] +
                                   b * structure->cell[3 + k] + c * structure->cell[6 + k];
                    for (int32_t j = 0; j < n && !near; j++)
                        near = distance(image, &structure->positions[3 * j]) < reach;
                    if (near) add_atom(host, i, image, host->types[i], &room);
                }
            }
    int32_t all = host->list.atom_count;
    host->counts = need((size_t)all * sizeof *host->counts);
    host->neighbors = need((size_t)all * sizeof *host->neighbors);
    host->indices = need((size_t)n * (size_t)all * sizeof *host->indices);
    int32_t *next = host->indices;
    for (int32_t i = 0; i < n; i++) {
        host->neighbors[i] = next;
        for (int32_t j = 0; j < all; j++)
            if (j != i && distance(&host->positions[3 * i], &host->positions[3 * j]) < reach)
                *next++ = (int32_t)((uint32_t)j | (uint32_t)(j % 4) << 30);
        host->counts[i] = (int32_t)(next - host->neighbors[i]);
    }
    host->list.positions = host->positions;
    host->list.types = host->types;
    host->list.type_numbers = type_numbers;
    host->list.type_count = type_count;
    host->list.center_count = n;
    host->list.neighbor_counts = host->counts;
    host->list.neighbors = (const int32_t *const *)host->neighbors;
    host->list.index_mask = MASK;
    return host;
}

static void free_host(host *host)
{
    free(host->positions);
    free(host->types);
    free(host->home);
    free(host->counts);
    free(host->neighbors);
    free(host->indices);
    free(host);
}

/* Element types in the model's order, backwards, with a type that librm is to ignore in between. */
static int32_t types_of(const rm_model *model, int32_t *type_numbers)
{
    int32_t count = rm_model_element_count(model), types = 0;
    for (int32_t i = count - 1; i >= 0; i--) {
        type_numbers[types++] = rm_model_element(model, i);
        if (i == count - 1) type_numbers[types++] = 0;
    }
    return types;
}

static void compare(const golden *golden, const host *host, rm_workspace *workspace, double offset)
{
    int32_t n = golden->structure.atom_count, all = host->list.atom_count;
    double energy = offset, virial[9], minus[9], sum[9] = {0};
    double *energies = numbers_of((size_t)all), *forces = numbers_of(3 * (size_t)all),
           *virials = numbers_of(9 * (size_t)all);
    for (int32_t i = 0; i < all; i++) energies[i] = offset;
    for (int32_t i = 0; i < 3 * all; i++) forces[i] = offset;
    for (int32_t i = 0; i < 9 * all; i++) virials[i] = offset;
    for (int i = 0; i < 9; i++) virial[i] = offset;
    const rm_host_results results = {&energy, energies, forces, virial, virials};
    CHECK_OK(rm_evaluate_neighbors(workspace, &host->list, &results));
    /* librm has added; ghosts' forces go home */
    double *home = numbers_of(3 * (size_t)n);
    energy -= offset;
    for (int32_t i = 0; i < all; i++) {
        CHECK(i < n || energies[i] == offset);
        energies[i] -= offset;
        for (int k = 0; k < 3; k++) home[3 * host->home[i] + k] += forces[3 * i + k] - offset;
        for (int k = 0; k < 9; k++) sum[k] += virials[9 * i + k] - offset;
    }
    for (int i = 0; i < 9; i++) {
        virial[i] -= offset;
        minus[i] = -golden_values(golden, "strain_gradient")[i];
    }
    CHECK_CLOSE(&energy, golden_values(golden, "energy"), 1, 1e-12);
    CHECK_CLOSE(energies, golden_values(golden, "energies"), n, 1e-12);
    CHECK_CLOSE(home, golden_values(golden, "forces"), 3 * n, 1e-12);
    CHECK_CLOSE(virial, minus, 9, 1e-12);
    CHECK_CLOSE(sum, minus, 9, 1e-11); /* many ghosts, each offset taken off again */
    free(home);
    free(energies);
    free(forces);
    free(virials);
}

static void golden_numbers_over_ghosts(void)
{
    for (int m = 0; m < GOLDEN_MODEL_COUNT; m++) {
        rm_model *model = golden_model(golden_models[m]);
        golden_file *all = golden_read(golden_models[m]);
        rm_workspace *workspace = NULL;
        int32_t type_numbers[130], types = types_of(model, type_numbers);
        REQUIRE_OK(rm_workspace_create(model, NULL, &workspace));
        for (int i = 0; i < all->count; i++) {
            /* with a skin: neighbours beyond the cutoff are the host's right */
            host *host =
                host_of(&all->cases[i].structure, rm_model_cutoff(model) + (i % 2 ? 0.6 : 0), type_numbers, types);
            int before = complaints;
            compare(&all->cases[i], host, workspace, i % 3 ? 0 : 0.25);
            if (complaints > before)
                complain(__FILE__, __LINE__, "that was %s, %s", golden_models[m], all->cases[i].name);
            free_host(host);
        }
        rm_workspace_free(&workspace);
        rm_model_free(&model);
        golden_free(all);
    }
}

/* Two calls, each for some of the centres and in another order, add up to one call. */
static void centers_in_parts(void)
{
    rm_model *model = golden_model("random-organic-l3-nu3");
    golden_file *all = golden_read("random-organic-l3-nu3");
    const golden *crystal = golden_find(all, "triclinic-12-atoms-outside");
    rm_workspace *workspace = NULL;
    int32_t type_numbers[130], types = types_of(model, type_numbers), n = crystal->structure.atom_count;
    const int32_t odd[] = {11, 9, 7, 5, 3, 1}, even[] = {0, 2, 4, 6, 8, 10};
    REQUIRE_OK(rm_workspace_create(model, NULL, &workspace));
    host *host = host_of(&crystal->structure, rm_model_cutoff(model), type_numbers, types);
    double energy = 0, *forces = numbers_of(3 * (size_t)host->list.atom_count), *home = numbers_of(3 * (size_t)n);
    const rm_host_results results = {.energy = &energy, .forces = forces};
    host->list.center_count = 6;
    host->list.centers = odd;
    CHECK_OK(rm_evaluate_neighbors(workspace, &host->list, &results));
    CHECK(fabs(energy - *golden_values(crystal, "energy")) > 1e-3);
    host->list.centers = even;
    CHECK_OK(rm_evaluate_neighbors(workspace, &host->list, &results));
    for (int32_t i = 0; i < 3 * host->list.atom_count; i++) home[3 * host->home[i / 3] + i % 3] += forces[i];
    CHECK_CLOSE(&energy, golden_values(crystal, "energy"), 1, 1e-12);
    CHECK_CLOSE(home, golden_values(crystal, "forces"), 3 * n, 1e-12);
    /* a rank may have no centres, or no atoms at all */
    host->list.center_count = 0;
    CHECK_OK(rm_evaluate_neighbors(workspace, &host->list, &results));
    const rm_neighbors nothing = {.type_numbers = type_numbers, .type_count = types};
    CHECK_OK(rm_evaluate_neighbors(workspace, &nothing, &results));
    CHECK_CLOSE(&energy, golden_values(crystal, "energy"), 1, 1e-12);
    free(forces);
    free(home);
    free_host(host);
    rm_workspace_free(&workspace);
    rm_model_free(&model);
    golden_free(all);
}

/* Atoms of a type that stands for no element are as if they were not there, near or far. */
static void ignored_types(void)
{
    rm_model *model = golden_model("random-carbon-l3-nu3");
    golden_file *all = golden_read("random-carbon-l3-nu3");
    const golden *cluster = golden_find(all, "cluster-9");
    rm_workspace *workspace = NULL;
    const int32_t type_numbers[] = {6, 0};
    REQUIRE_OK(rm_workspace_create(model, NULL, &workspace));
    int32_t numbers[11];
    double positions[33];
    memcpy(positions, cluster->positions, 27 * sizeof(double));
    for (int i = 0; i < 11; i++) numbers[i] = i < 9 ? 6 : 0;
    for (int k = 0; k < 6; k++) positions[27 + k] = positions[k] + 0.3;
    memcpy(&positions[30], positions, 3 * sizeof(double)); /* one even sits on an atom, as a massless site may */
    const rm_structure structure = {.atom_count = 11, .numbers = numbers, .positions = positions};
    host *host = host_of(&structure, rm_model_cutoff(model), type_numbers, 2);
    double energy = 0, energies[11] = {0}, forces[33] = {0};
    const rm_host_results results = {.energy = &energy, .energies = energies, .forces = forces};
    CHECK_OK(rm_evaluate_neighbors(workspace, &host->list, &results));
    CHECK_CLOSE(&energy, golden_values(cluster, "energy"), 1, 1e-12);
    CHECK_CLOSE(forces, golden_values(cluster, "forces"), 27, 1e-12);
    CHECK(energies[9] == 0 && energies[10] == 0);
    for (int i = 27; i < 33; i++) CHECK(forces[i] == 0);
    free_host(host);
    rm_workspace_free(&workspace);
    rm_model_free(&model);
    golden_free(all);
}

static void what_is_wrong_is_said_and_nothing_is_added(void)
{
    rm_model *model = golden_model("random-carbon-l3-nu3");
    golden_file *all = golden_read("random-carbon-l3-nu3");
    const golden *cluster = golden_find(all, "cluster-9");
    rm_workspace *workspace = NULL;
    int32_t carbon[] = {6}, gold[] = {79}, negative[] = {-6}, outside[] = {0, 9}, below[] = {-1, 2};
    REQUIRE_OK(rm_workspace_create(model, NULL, &workspace));
    host *host = host_of(&cluster->structure, rm_model_cutoff(model), carbon, 1);
    double energy = 1, energies[9], forces[27];
    for (int i = 0; i < 27; i++) forces[i] = energies[i / 3] = 1;
    const rm_host_results results = {.energy = &energy, .energies = energies, .forces = forces};
    rm_neighbors list;
#define REFUSES(change, status, word) \
    do { \
        list = host->list; \
        change; \
        CHECK_FAILS(rm_evaluate_neighbors(workspace, &list, &results), status, word); \
    } while (0)
    REFUSES(list.positions = NULL, RM_ERROR_ARGUMENT, "positions");
    REFUSES(list.types = NULL, RM_ERROR_ARGUMENT, "types");
    REFUSES(list.type_numbers = NULL, RM_ERROR_ARGUMENT, "type_numbers");
    REFUSES(list.neighbor_counts = NULL, RM_ERROR_ARGUMENT, "neighbor_counts");
    REFUSES(list.neighbors = NULL, RM_ERROR_ARGUMENT, "neighbors");
    REFUSES(list.atom_count = -1, RM_ERROR_ARGUMENT, "atom_count");
    REFUSES(list.center_count = -1, RM_ERROR_ARGUMENT, "center_count");
    REFUSES(list.center_count = 10, RM_ERROR_ARGUMENT, "center");
    REFUSES(list.type_count = 0, RM_ERROR_ARGUMENT, "type");
    REFUSES(list.type_count = -3, RM_ERROR_ARGUMENT, "type_count");
    REFUSES(list.type_numbers = gold, RM_ERROR_ELEMENT, "Au");
    REFUSES(list.type_numbers = negative, RM_ERROR_ELEMENT, "-6");
    REFUSES((list.centers = outside, list.center_count = 2), RM_ERROR_ARGUMENT, "9");
    REFUSES((list.centers = below, list.center_count = 2), RM_ERROR_ARGUMENT, "-1");
    REFUSES(host->types[3] = 1, RM_ERROR_ARGUMENT, "3");
    REFUSES(host->types[3] = -1, RM_ERROR_ARGUMENT, "3");
    host->types[3] = 0;
    REFUSES(host->counts[4] = -2, RM_ERROR_ARGUMENT, "4");
    host->counts[4] = 8;
    int32_t *kept = host->neighbors[5], bad[] = {0, 1, 9, 3};
    REFUSES((host->neighbors[5] = NULL), RM_ERROR_ARGUMENT, "5");
    REFUSES((host->neighbors[5] = bad, host->counts[5] = 4), RM_ERROR_ARGUMENT, "9");
    bad[2] = -7;
    const int32_t five = 5; /* other lists have bits that the mask takes away */
    REFUSES((host->neighbors[5] = bad, list.index_mask = 0, list.centers = &five, list.center_count = 1),
            RM_ERROR_ARGUMENT, "-7");
    bad[2] = 5; /* itself */
    REFUSES((host->neighbors[5] = bad), RM_ERROR_STRUCTURE, "5");
    host->neighbors[5] = kept;
    host->counts[5] = 8;
    double keep[3];
    memcpy(keep, &host->positions[6], sizeof keep);
    REFUSES(host->positions[7] = NAN, RM_ERROR_STRUCTURE, "2");
    REFUSES(host->positions[7] = INFINITY, RM_ERROR_STRUCTURE, "2");
    memcpy(&host->positions[6], &host->positions[9], sizeof keep);
    REFUSES((void)0, RM_ERROR_STRUCTURE, "2");
    memcpy(&host->positions[6], keep, sizeof keep);
    CHECK_STATUS(rm_evaluate_neighbors(NULL, &host->list, &results), RM_ERROR_ARGUMENT);
    CHECK_STATUS(rm_evaluate_neighbors(workspace, NULL, &results), RM_ERROR_ARGUMENT);
    CHECK_STATUS(rm_evaluate_neighbors(workspace, &host->list, NULL), RM_ERROR_ARGUMENT);
    CHECK(energy == 1);
    for (int i = 0; i < 27; i++) CHECK(forces[i] == 1 && energies[i / 3] == 1);
    CHECK_OK(rm_evaluate_neighbors(workspace, &host->list, &results)); /* and all is well again */
    CHECK_CLOSE_NUMBER(energy - 1, *golden_values(cluster, "energy"), 1e-12);
    free_host(host);
    rm_workspace_free(&workspace);
    rm_model_free(&model);
    golden_free(all);
}

int main(void)
{
    RUN(golden_numbers_over_ghosts);
    RUN(centers_in_parts);
    RUN(ignored_types);
    RUN(what_is_wrong_is_said_and_nothing_is_added);
    return finish();
}

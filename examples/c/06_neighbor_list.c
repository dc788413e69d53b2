/*
 * 6. A host's own neighbour list with ghost atoms, as MD codes have it: a chain of atoms, repeated along x.
 *
 *     cc 06_neighbor_list.c $(pkg-config --cflags --libs librm) -lm -o neighbor_list
 *     ./neighbor_list MODEL.safetensors (any model that knows carbon)
 */
#include <math.h>
#include <rm.h>
#include <stdio.h>
#include <stdlib.h>

#define OWN 4
#define IMAGES 2 /* on each side */
#define ALL (OWN * (2 * IMAGES + 1))

static void check(rm_status status)
{
    if (status == RM_OK) return;
    fprintf(stderr, "%s\n", rm_last_error());
    exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    if (argc != 2) return fprintf(stderr, "usage: %s MODEL.safetensors\n", argv[0]), EXIT_FAILURE;

    rm_model *model = NULL;
    rm_workspace *workspace = NULL;
    check(rm_model_load(argv[1], &model));
    check(rm_workspace_create(model, NULL, &workspace));

    /* Own atoms first, then ghosts; home[i] is the own atom that i is an image of. */
    const double period = 5.6, reach = rm_model_cutoff(model) + 0.3; /* a host's skin is welcome */
    double positions[ALL][3];
    int32_t home[ALL], types[ALL];
    for (int i = 0; i < ALL; i++) {
        int image = i / OWN; /* 0 is home; 1, 2, ... are +1, -1, +2, -2 */
        home[i] = i % OWN;
        types[i] = 1;
        positions[i][0] = 1.4 * home[i] + period * (image % 2 ? (image + 1) / 2 : -image / 2);
        positions[i][1] = home[i] % 2 ? 0.3 : 0;
        positions[i][2] = 0.1 * home[i];
    }

    /* A full list: both directions of every pair. */
    int32_t lists[OWN][ALL], counts[ALL] = {0};
    const int32_t *neighbors[ALL] = {0};
    for (int i = 0; i < OWN; i++) {
        for (int j = 0; j < ALL; j++) {
            double square = 0;
            for (int k = 0; k < 3; k++) square += pow(positions[j][k] - positions[i][k], 2);
            if (j != i && square < reach * reach) lists[i][counts[i]++] = j;
        }
        neighbors[i] = lists[i];
    }

    const int32_t type_numbers[] = {0, 6}; /* the host's type 1 is carbon; atoms of type 0 would be ignored */
    const rm_neighbors list = {.atom_count = ALL,
                               .positions = positions[0],
                               .types = types,
                               .type_count = 2,
                               .type_numbers = type_numbers,
                               .center_count = OWN,
                               .neighbor_counts = counts,
                               .neighbors = neighbors};

    /* librm adds to the host's arrays; forces on ghosts are for the host to send home. */
    double energy = 0, forces[ALL][3] = {{0}}, virial[3][3] = {{0}};
    const rm_host_results results = {.energy = &energy, .forces = forces[0], .virial = virial[0]};
    check(rm_evaluate_neighbors(workspace, &list, &results));
    for (int i = OWN; i < ALL; i++)
        for (int k = 0; k < 3; k++) forces[home[i]][k] += forces[i][k];

    printf("pseudo-energy %.6f angstrom^2, virial along the chain %.6f\n", energy, virial[0][0]);
    for (int i = 0; i < OWN; i++)
        printf("force on atom %d: %9.6f %9.6f %9.6f\n", i, forces[i][0], forces[i][1], forces[i][2]);

    rm_workspace_free(&workspace);
    rm_model_free(&model);
    return EXIT_SUCCESS;
}

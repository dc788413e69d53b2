/*
 * 1. Energy, forces and stress of a crystal.
 *
 *     cc 01_energy.c $(pkg-config --cflags --libs librm) -o energy
 *     ./energy MODEL.safetensors        (any model that knows carbon)
 */
#include <rm.h>
#include <stdio.h>
#include <stdlib.h>

static void check(rm_status status)
{
    if (status == RM_OK) return;
    fprintf(stderr, "%s\n", rm_last_error());
    exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    if (argc != 2) return fprintf(stderr, "usage: %s MODEL.safetensors\n", argv[0]), EXIT_FAILURE;

    /* The two atoms of diamond's primitive cell, one of them moved a little along x. */
    const int32_t numbers[] = {6, 6};
    const double positions[] = {0.1, 0, 0, 0.89, 0.89, 0.89};
    const double cell[] = {0, 1.78, 1.78, 1.78, 0, 1.78, 1.78, 1.78, 0};
    const rm_structure structure = {
        .atom_count = 2, .numbers = numbers, .positions = positions, .cell = cell, .periodic = {1, 1, 1}};

    rm_model *model = NULL;
    rm_workspace *workspace = NULL;
    check(rm_model_load(argv[1], &model));
    check(rm_workspace_create(model, NULL, &workspace));

    double energy, forces[2][3], stress[3][3];
    const rm_results results = {.energy = &energy, .forces = forces[0], .stress = stress[0]};
    check(rm_evaluate(workspace, &structure, &results));

    printf("pseudo-energy %.6f angstrom^2\n", energy);
    for (int i = 0; i < 2; i++)
        printf("force on atom %d: %9.6f %9.6f %9.6f angstrom\n", i, forces[i][0], forces[i][1], forces[i][2]);
    printf("pressure %.6f\n", -(stress[0][0] + stress[1][1] + stress[2][2]) / 3);

    rm_workspace_free(&workspace);
    rm_model_free(&model);
    return EXIT_SUCCESS;
}

/*
 * 2. Many structures at once, over two threads: diamond from dense to dilute.
 *
 *     cc 02_batch.c $(pkg-config --cflags --libs librm) -o batch
 *     ./batch MODEL.safetensors         (any model that knows carbon)
 */
#include <rm.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT 9

static void check(rm_status status)
{
    if (status == RM_OK) return;
    fprintf(stderr, "%s\n", rm_last_error());
    exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    if (argc != 2) return fprintf(stderr, "usage: %s MODEL.safetensors\n", argv[0]), EXIT_FAILURE;

    const int32_t numbers[] = {6, 6};
    double positions[COUNT][2][3], cells[COUNT][3][3], energies[COUNT], lengths[COUNT];
    rm_structure structures[COUNT];
    rm_results results[COUNT];
    for (int n = 0; n < COUNT; n++) {
        lengths[n] = 3.2 + 0.1 * n;
        for (int i = 0; i < 3; i++)
            for (int k = 0; k < 3; k++) {
                cells[n][i][k] = i == k ? 0 : lengths[n] / 2;
                if (i < 2) positions[n][i][k] = i * lengths[n] / 4;
            }
        structures[n] = (rm_structure){2, numbers, positions[n][0], cells[n][0], {1, 1, 1}};
        results[n] = (rm_results){.energy = &energies[n]};
    }

    rm_model *model = NULL;
    check(rm_model_load(argv[1], &model));
    check(rm_evaluate_batch(model, COUNT, structures, results, 2, NULL));
    for (int n = 0; n < COUNT; n++)
        printf("lattice constant %.1f angstrom: %9.6f angstrom^2 per atom\n", lengths[n], energies[n] / 2);
    rm_model_free(&model);
    return EXIT_SUCCESS;
}

/*
 * 3. Relaxing atoms and cell, with an observer that reports on the way.
 *
 *     cc 03_relax.c $(pkg-config --cflags --libs librm) -o relax
 *     ./relax MODEL.safetensors         (any model that knows carbon)
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

static int report(void *user, const rm_relax_step *step)
{
    const int *every = user;
    if (step->step % *every == 0)
        printf("step %4d: %12.6f angstrom^2, fmax %.6f\n", (int)step->step, step->energy, step->fmax);
    return 0; /* non-zero would stop the relaxation */
}

int main(int argc, char **argv)
{
    if (argc != 2) return fprintf(stderr, "usage: %s MODEL.safetensors\n", argv[0]), EXIT_FAILURE;

    /* A skewed cell with four atoms somewhere in it. */
    const int32_t numbers[] = {6, 6, 6, 6};
    double positions[] = {0.1, 0.2, 0.0, 1.2, 1.0, 0.3, 1.9, 0.1, 1.3, 0.4, 1.6, 1.5};
    double cell[] = {2.8, 0.1, 0, 0.3, 2.9, 0, 0, -0.2, 2.7};
    const rm_structure structure = {4, numbers, positions, cell, {1, 1, 1}};

    rm_model *model = NULL;
    rm_workspace *workspace = NULL;
    check(rm_model_load(argv[1], &model));
    check(rm_workspace_create(model, NULL, &workspace));

    int every = 20;
    rm_relax_options options;
    rm_relax_options_init(&options, sizeof options);
    options.cell = RM_CELL_FREE;
    options.max_steps = 200;
    options.observer = report;
    options.observer_user = &every;

    /* The arrays that the structure came in may receive the result. */
    rm_relax_result result = {.positions = positions, .cell = cell};
    check(rm_relax(workspace, &structure, NULL, &options, &result));
    printf("%s after %d steps: %.6f angstrom^2, %.4f angstrom^3\n",
           result.reason == RM_STOP_CONVERGED ? "converged" : "stopped", (int)result.steps, result.energy,
           result.volume);

    rm_workspace_free(&workspace);
    rm_model_free(&model);
    return EXIT_SUCCESS;
}

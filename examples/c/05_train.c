/*
 * 5. Training from a single structure: diamond. The trained model pulls a displaced atom home.
 *
 *     cc 05_train.c $(pkg-config --cflags --libs librm) -o train
 *     ./train [diamond.safetensors]     (where to write the model; a few seconds)
 */
#include <rm.h>
#include <stdio.h>
#include <stdlib.h>

#define EPOCHS 30

static void check(rm_status status)
{
    if (status == RM_OK) return;
    fprintf(stderr, "%s\n", rm_last_error());
    exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    /* The cubic cell of diamond, relaxed: all that is needed. */
    const double a = 3.567;
    const int32_t numbers[] = {6, 6, 6, 6, 6, 6, 6, 6};
    const double quarters[8][3] = {{0, 0, 0}, {0, 2, 2}, {2, 0, 2}, {2, 2, 0},
                                   {1, 1, 1}, {1, 3, 3}, {3, 1, 3}, {3, 3, 1}};
    double positions[8][3];
    const double cell[] = {a, 0, 0, 0, a, 0, 0, 0, a};
    for (int i = 0; i < 24; i++) positions[i / 3][i % 3] = a / 4 * quarters[i / 3][i % 3];
    const rm_structure diamond = {8, numbers, positions[0], cell, {1, 1, 1}};

    rm_dataset *dataset = NULL;
    check(rm_dataset_create(&dataset));
    check(rm_dataset_add_structure(dataset, &diamond));

    /* A model of the preset's architecture with random weights. */
    const int32_t carbon = 6;
    char description[4096];
    rm_model *model = NULL;
    check(rm_model_describe(RM_PRESET_DIAMOND, &carbon, 1, description, sizeof description, NULL));
    check(rm_model_create(description, 1, &model));

    rm_response_options response;
    rm_trainer_options options;
    rm_response_options_init(&response, sizeof response, RM_PRESET_DIAMOND);
    rm_trainer_options_init(&options, sizeof options, RM_PRESET_DIAMOND);
    options.epochs = EPOCHS;
    options.seed = 1;
    options.threads = 2;

    rm_trainer *trainer = NULL;
    check(rm_trainer_create(model, dataset, &response, &options, &trainer));
    rm_epoch epoch;
    for (int n = 0; n < EPOCHS; n++) {
        check(rm_trainer_epoch(trainer, &epoch));
        if (epoch.epoch % 5 == 0)
            printf("epoch %3d: force error %.4f angstrom, stress error %.4f\n", (int)epoch.epoch,
                   epoch.validation_force_error, epoch.validation_stress_error);
    }
    rm_model_free(&model);
    check(rm_trainer_model(trainer, 1, &model)); /* the best so far */

    double forces[8][3];
    const rm_results results = {.forces = forces[0]};
    rm_workspace *workspace = NULL;
    positions[0][0] += 0.1;
    check(rm_workspace_create(model, NULL, &workspace));
    check(rm_evaluate(workspace, &diamond, &results));
    printf("an atom moved by 0.1 angstrom along x feels a force of %.3f angstrom\n", forces[0][0]);
    if (argc > 1) check(rm_model_save(model, argv[1]));

    rm_workspace_free(&workspace);
    rm_trainer_free(&trainer);
    rm_dataset_free(&dataset);
    rm_model_free(&model);
    return EXIT_SUCCESS;
}

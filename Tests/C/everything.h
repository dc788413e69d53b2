/*
 * everything.h - one round through the library, successes and failures, for tests of what a call may do to its host:
 * print, leak, leave threads, change settings.
 */
#ifndef EVERYTHING_H
#define EVERYTHING_H

#include "golden.h"

static int quiet_candidate(void *user, const rm_candidate *candidate)
{
    (void)user;
    return candidate->index == 2; /* cancels at the third */
}

static int quiet_frame(void *user, int64_t index, const rm_frame *frame, double amplitude)
{
    (void)user;
    (void)frame;
    (void)amplitude;
    return index == 4;
}

static inline void round_of_models(void)
{
    rm_model *model = golden_model("random-carbon-l3-nu3"), *other = NULL;
    const int32_t numbers[] = {6, 8};
    char text[4096];
    CHECK_OK(rm_model_describe(RM_PRESET_CRYSTALS, numbers, 2, text, sizeof text, NULL));
    CHECK_OK(rm_model_create(text, 3, &other));
    rm_model_free(&other);
    CHECK_OK(rm_model_copy(model, NULL, "{\"note\": \"x\"}", &other));
    CHECK_OK(rm_model_save(other, "build/tests/scratch/everything"));
    rm_model_free(&other);
    CHECK_OK(rm_model_load("build/tests/scratch/everything", &other));
    rm_model_free(&other);
    remove("build/tests/scratch/everything");
    CHECK_STATUS(rm_model_load("build/tests/scratch/absent", &other), RM_ERROR_FILE);
    CHECK_STATUS(rm_model_load_memory("\x10\0\0\0\0\0\0\0{\"a\":", 13, &other), RM_ERROR_FORMAT);
    CHECK_STATUS(rm_model_create("{\"elements\": [6", 1, &other), RM_ERROR_FORMAT);
    CHECK_STATUS(rm_model_copy(model, NULL, "{\"l_max\": 2}", &other), RM_ERROR_FORMAT);
    rm_model_free(&model);
}

static inline void round_of_evaluations(int32_t threads)
{
    rm_model *model = golden_model("random-organic-l3-nu3");
    golden_file *all = golden_read("random-organic-l3-nu3");
    rm_workspace *workspace = NULL;
    rm_workspace_options options;
    rm_workspace_options_init(&options, sizeof options);
    options.threads = threads;
    options.skin = 0.5;
    CHECK_OK(rm_workspace_create(model, &options, &workspace));
    double energies[20], forces[3 * 20];
    rm_structure structures[20];
    rm_results results[20];
    for (int i = 0; i < all->count; i++) {
        structures[i] = all->cases[i].structure;
        results[i] = (rm_results){.energy = &energies[i]};
        const rm_results one = {.energy = &energies[i], .forces = forces};
        CHECK_OK(rm_evaluate(workspace, &structures[i], &one));
    }
    CHECK_OK(rm_evaluate_batch(model, all->count, structures, results, threads, NULL));
    rm_structure bad = structures[6];
    bad.atom_count = -1;
    CHECK_STATUS(rm_evaluate(workspace, &bad, &results[6]), RM_ERROR_ARGUMENT);
    structures[3].positions = NULL;
    CHECK_STATUS(rm_evaluate_batch(model, all->count, structures, results, threads, NULL), RM_ERROR_ARGUMENT);
    rm_workspace_free(&workspace);
    rm_model_free(&model);
    golden_free(all);
}

static inline void round_of_relaxations(int32_t threads)
{
    rm_model *model = golden_model("random-carbon-l3-nu3");
    golden_file *all = golden_read("random-carbon-l3-nu3");
    rm_relax_options options;
    rm_relax_result results[2] = {{0}, {0}};
    rm_relax_options_init(&options, sizeof options);
    options.max_steps = 5;
    options.cell = RM_CELL_FREE;
    const rm_structure structures[2] = {golden_find(all, "small-skewed-3")->structure,
                                        golden_find(all, "left-handed-6")->structure};
    CHECK_OK(rm_relax_batch(model, 2, structures, NULL, &options, threads, results, NULL));
    options.optimizer = RM_OPTIMIZER_LBFGS;
    CHECK_OK(rm_relax_batch(model, 2, structures, NULL, &options, threads, results, NULL));
    options.fmax = -1;
    CHECK_STATUS(rm_relax_batch(model, 2, structures, NULL, &options, threads, results, NULL), RM_ERROR_ARGUMENT);
    rm_model_free(&model);
    golden_free(all);
}

static inline void round_of_searches(int32_t threads)
{
    rm_model *model = golden_model("random-carbon-l3-nu3");
    rm_search_options options;
    rm_relax_options relax;
    rm_search_stage stage = {.relax = &relax};
    const int32_t carbons[4] = {6, 6, 6, 6};
    rm_search_options_init(&options, sizeof options, RM_PRESET_MOLECULES);
    rm_relax_options_init(&relax, sizeof relax);
    relax.max_steps = 5;
    options.stages = &stage;
    options.stage_count = 1;
    options.threads = threads;
    options.count = 4;
    CHECK_OK(rm_search(model, carbons, 4, &options, NULL, NULL, NULL));
    CHECK_STATUS(rm_search(model, carbons, 4, &options, quiet_candidate, NULL, NULL), RM_ERROR_CANCELLED);
    options.count = -1;
    CHECK_STATUS(rm_search(model, carbons, 4, &options, NULL, NULL, NULL), RM_ERROR_ARGUMENT);
    rm_model_free(&model);
}

static inline void round_of_trainings(int32_t threads)
{
    rm_model *model = golden_model("random-carbon-l3-nu3"), *trained = NULL;
    golden_file *all = golden_read("random-carbon-l3-nu3");
    rm_structure crystal = golden_find(all, "left-handed-6")->structure;
    rm_dataset *dataset = NULL;
    rm_trainer *trainer = NULL, *resumed = NULL;
    rm_response_options response;
    rm_trainer_options options;
    rm_response_options_init(&response, sizeof response, RM_PRESET_DIAMOND_PUBLISHED);
    rm_trainer_options_init(&options, sizeof options, RM_PRESET_DIAMOND_PUBLISHED);
    response.strain_count = 1;
    options.threads = threads;
    CHECK_OK(rm_dataset_create(&dataset));
    CHECK_STATUS(rm_trainer_create(model, dataset, &response, &options, &trainer), RM_ERROR_ARGUMENT);
    CHECK_OK(rm_dataset_add_structure(dataset, &crystal));
    CHECK_STATUS(rm_response_draw(&crystal, &response, 1, quiet_frame, NULL), RM_ERROR_CANCELLED);
    CHECK_OK(rm_trainer_create(model, dataset, &response, &options, &trainer));
    CHECK_OK(rm_trainer_epoch(trainer, NULL));
    CHECK_OK(rm_trainer_model(trainer, 1, &trained));
    CHECK_OK(rm_trainer_save(trainer, "build/tests/scratch/everything"));
    CHECK_OK(rm_trainer_load("build/tests/scratch/everything", dataset, &response, &options, &resumed));
    remove("build/tests/scratch/everything");
    rm_model_free(&trained);
    rm_trainer_free(&trainer);
    rm_trainer_free(&resumed);
    rm_dataset_free(&dataset);
    rm_model_free(&model);
    golden_free(all);
}

static inline void round_of_everything(int32_t threads)
{
    round_of_models();
    round_of_evaluations(threads);
    round_of_relaxations(threads);
    round_of_searches(threads);
    round_of_trainings(threads);
}

#endif /* EVERYTHING_H */

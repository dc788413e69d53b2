/* What is too much is refused: memory that the system does not grant, handles of another kind, structs without a size.
 * The host lives on. */
#define _GNU_SOURCE
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "golden.h"

#define SIDE 30 /* atoms along an edge of a simple cubic crystal */

static rm_model *model;
static rm_structure crystal;

static void make_crystal(void)
{
    static int32_t numbers[SIDE * SIDE * SIDE];
    static double positions[3 * SIDE * SIDE * SIDE], cell[9];
    uint64_t seed = 1;
    for (int i = 0; i < SIDE * SIDE * SIDE; i++) {
        const int at[3] = {i % SIDE, i / SIDE % SIDE, i / SIDE / SIDE};
        numbers[i] = 6;
        for (int k = 0; k < 3; k++) positions[3 * i + k] = 2 * at[k] + random_uniform(&seed, -0.1, 0.1);
    }
    for (int k = 0; k < 3; k++) cell[4 * k] = 2 * SIDE;
    crystal = (rm_structure){SIDE * SIDE * SIDE, numbers, positions, cell, {1, 1, 1}};
}

static long address_space(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%ld", &pages) != 1) pages = 0;
    if (file) fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

static rm_status evaluate(double skin)
{
    rm_workspace *workspace = NULL;
    rm_workspace_options options;
    double energy;
    const rm_results results = {.energy = &energy};
    rm_workspace_options_init(&options, sizeof options);
    options.skin = skin;
    rm_status status = rm_workspace_create(model, &options, &workspace);
    if (status == RM_OK) status = rm_evaluate(workspace, &crystal, &results);
    rm_workspace_free(&workspace);
    return status;
}

static rm_status evaluate_afresh(void) { return evaluate(0); }
static rm_status evaluate_with_skin(void) { return evaluate(0.5); }

static rm_status relax(void)
{
    rm_workspace *workspace = NULL;
    rm_relax_options options;
    rm_relax_result result = {0};
    rm_relax_options_init(&options, sizeof options);
    options.optimizer = RM_OPTIMIZER_LBFGS;
    options.max_steps = 1;
    rm_status status = rm_workspace_create(model, NULL, &workspace);
    if (status == RM_OK) status = rm_relax(workspace, &crystal, NULL, &options, &result);
    rm_workspace_free(&workspace);
    return status;
}

static rm_status add_to_a_dataset(void)
{
    rm_dataset *dataset = NULL;
    rm_status status = rm_dataset_create(&dataset);
    if (status == RM_OK) status = rm_dataset_add_structure(dataset, &crystal);
    rm_dataset_free(&dataset);
    return status;
}

/* In children with 0, 2, 4 ... MB to go: each call succeeds or says that there is no memory, and none dies. */
static void survives_little_memory(rm_status (*work)(void), long megabytes)
{
    for (long limit = 0; limit <= megabytes; limit += megabytes / 8) {
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) {
            struct rlimit memory;
            memory.rlim_cur = memory.rlim_max = (rlim_t)(address_space() + (limit << 20));
            setrlimit(RLIMIT_AS, &memory);
            if (!freopen("/dev/null", "w", stderr)) _exit(99);
            _exit((int)work());
        }
        int status = -1;
        CHECK(child > 0 && waitpid(child, &status, 0) == child);
        if (!WIFEXITED(status)) complain(__FILE__, __LINE__, "with %ld MB: signal %d", limit, WTERMSIG(status));
        else if (WEXITSTATUS(status) != RM_OK && WEXITSTATUS(status) != RM_ERROR_MEMORY)
            complain(__FILE__, __LINE__, "with %ld MB: status %d", limit, WEXITSTATUS(status));
    }
}

static void evaluations_survive_little_memory(void)
{
    survives_little_memory(evaluate_afresh, 24);
    survives_little_memory(evaluate_with_skin, 48);
}

static void relaxations_survive_little_memory(void) { survives_little_memory(relax, 64); }

static void datasets_survive_little_memory(void) { survives_little_memory(add_to_a_dataset, 24); }

static void too_many_frames(void)
{
    static double levels[10000];
    rm_dataset *dataset = NULL;
    rm_trainer *trainer = NULL;
    rm_response_options response;
    rm_trainer_options options;
    const int32_t number = 6;
    const double position[3] = {0, 0, 0}, cell[9] = {2, 0, 0, 0, 2, 0, 0, 0, 2};
    const rm_structure structure = {1, &number, position, cell, {1, 1, 1}};
    rm_response_options_init(&response, sizeof response, RM_PRESET_CRYSTALS_PUBLISHED);
    rm_trainer_options_init(&options, sizeof options, RM_PRESET_CRYSTALS_PUBLISHED);
    response.levels = levels;
    response.level_count = response.strain_count = 10000;
    CHECK_OK(rm_dataset_create(&dataset));
    for (int i = 0; i < 20; i++) CHECK_OK(rm_dataset_add_structure(dataset, &structure));
    CHECK_FAILS(rm_trainer_create(model, dataset, &response, &options, &trainer), RM_ERROR_ARGUMENT, "2000000000");
    CHECK(trainer == NULL);
    rm_dataset_free(&dataset);
}

static void handles_of_another_kind(void)
{
    rm_workspace *workspace = NULL;
    rm_dataset *dataset = NULL;
    double energy = -7, numbers[16] = {0};
    const rm_results results = {.energy = &energy};
    REQUIRE_OK(rm_workspace_create(model, NULL, &workspace));
    REQUIRE_OK(rm_dataset_create(&dataset));
    CHECK_FAILS(rm_evaluate((rm_workspace *)model, &crystal, &results), RM_ERROR_ARGUMENT, "workspace");
    CHECK_FAILS(rm_model_save((rm_model *)workspace, "build/tests/scratch/x"), RM_ERROR_ARGUMENT, "model");
    CHECK_FAILS(rm_dataset_add_structure((rm_dataset *)workspace, &crystal), RM_ERROR_ARGUMENT, "dataset");
    CHECK_FAILS(rm_trainer_epoch((rm_trainer *)dataset, NULL), RM_ERROR_ARGUMENT, "trainer");
    CHECK_FAILS(rm_model_save((rm_model *)numbers, "build/tests/scratch/x"), RM_ERROR_ARGUMENT, "model");
    CHECK(rm_model_description((rm_model *)workspace) == NULL && rm_model_cutoff((rm_model *)dataset) == 0);
    CHECK(energy == -7);
    rm_model *wrong = (rm_model *)workspace;
    rm_model_free(&wrong);
    CHECK(wrong == (rm_model *)workspace);
    rm_workspace_free(&workspace);
    rm_dataset_free(&dataset);
    CHECK(workspace == NULL && dataset == NULL);
}

/* A callback may not use the workspace that is calling it. */
static int reenter(void *user, const rm_relax_step *step)
{
    double energy = -7;
    const rm_results results = {.energy = &energy};
    (void)step;
    CHECK_FAILS(rm_evaluate(user, &crystal, &results), RM_ERROR_ARGUMENT, "in use");
    CHECK(energy == -7);
    return 0;
}

static void a_workspace_in_use(void)
{
    const int32_t numbers[2] = {6, 6};
    const double positions[6] = {0, 0, 0, 1.3, 0, 0};
    const rm_structure pair = {.atom_count = 2, .numbers = numbers, .positions = positions};
    rm_workspace *workspace = NULL;
    rm_relax_options options;
    rm_relax_result result = {0};
    REQUIRE_OK(rm_workspace_create(model, NULL, &workspace));
    rm_relax_options_init(&options, sizeof options);
    options.max_steps = 2;
    options.observer = reenter;
    options.observer_user = workspace;
    CHECK_OK(rm_relax(workspace, &pair, NULL, &options, &result));
    rm_workspace_free(&workspace);
}

static void structs_of_strange_sizes(void)
{
    rm_workspace_options options;
    rm_workspace *workspace = NULL;
    const size_t sizes[] = {0, 1, sizeof(size_t) - 1, SIZE_MAX, SIZE_MAX / 2, (size_t)1 << 40};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        memset(&options, 0x55, sizeof options);
        rm_workspace_options_init(&options, sizes[i]);
        CHECK(((unsigned char *)&options)[0] == 0x55); /* nothing is written */
        rm_workspace_options_init(&options, sizeof options);
        options.size = sizes[i];
        CHECK_FAILS(rm_workspace_create(model, &options, &workspace), RM_ERROR_ARGUMENT, "size");
    }
    CHECK(workspace == NULL);
}

static void presets_that_are_none(void)
{
    rm_search_options search;
    rm_trainer_options trainer;
    rm_response_options response;
    const int32_t carbon = 6;
    rm_search_options_init(&search, sizeof search, (rm_preset)77);
    rm_trainer_options_init(&trainer, sizeof trainer, (rm_preset)77);
    rm_response_options_init(&response, sizeof response, (rm_preset)-1);
    CHECK(search.size == 0 && trainer.size == 0 && response.size == 0);
    CHECK_FAILS(rm_search(model, &carbon, 1, &search, NULL, NULL, NULL), RM_ERROR_ARGUMENT, "size");
}

int main(void)
{
    model = golden_model("random-carbon-l3-nu3");
    make_crystal();
    RUN(evaluations_survive_little_memory);
    RUN(relaxations_survive_little_memory);
    RUN(datasets_survive_little_memory);
    RUN(too_many_frames);
    RUN(handles_of_another_kind);
    RUN(a_workspace_in_use);
    RUN(structs_of_strange_sizes);
    RUN(presets_that_are_none);
    rm_model_free(&model);
    return finish();
}

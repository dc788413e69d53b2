/* Datasets and trainers: learning, seeds, threads, ranks, checkpoints, callbacks; and what cannot be trained. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>

#include "golden.h"

#define SCRATCH "build/tests/scratch/"

static const int32_t carbons[8] = {6, 6, 6, 6, 6, 6, 6, 6};
static double diamond_positions[24], diamond_cell[9];

static rm_structure diamond(void)
{
    static const double basis[8][3] = {{0, 0, 0},       {0, .5, .5},     {.5, 0, .5},     {.5, .5, 0},
                                       {.25, .25, .25}, {.25, .75, .75}, {.75, .25, .75}, {.75, .75, .25}};
    for (int i = 0; i < 24; i++) diamond_positions[i] = 3.567 * basis[i / 3][i % 3];
    for (int k = 0; k < 3; k++) diamond_cell[4 * k] = 3.567;
    return (rm_structure){8, carbons, diamond_positions, diamond_cell, {1, 1, 1}};
}

static rm_dataset *diamond_dataset(int copies)
{
    rm_dataset *dataset = NULL;
    rm_structure structure = diamond();
    CHECK_OK(rm_dataset_create(&dataset));
    for (int i = 0; i < copies; i++) CHECK_OK(rm_dataset_add_structure(dataset, &structure));
    return dataset;
}

/* A small training: the published one of diamond with few frames. */
typedef struct settings {
    rm_response_options response;
    rm_trainer_options options;
} settings;

static settings small_training(void)
{
    settings settings;
    rm_response_options_init(&settings.response, sizeof settings.response, RM_PRESET_DIAMOND_PUBLISHED);
    rm_trainer_options_init(&settings.options, sizeof settings.options, RM_PRESET_DIAMOND_PUBLISHED);
    settings.response.strain_count = 3;
    settings.options.seed = 17;
    settings.options.warmup_epochs = 2;
    settings.options.average_start = 2;
    return settings;
}

static rm_trainer *trainer_of(const settings *settings)
{
    rm_model *model = golden_model("random-carbon-l3-nu3");
    rm_dataset *dataset = diamond_dataset(1);
    rm_trainer *trainer = NULL;
    CHECK_OK(rm_trainer_create(model, dataset, &settings->response, &settings->options, &trainer));
    rm_model_free(&model); /* the trainer keeps what it needs */
    rm_dataset_free(&dataset);
    return trainer;
}

static double *weights_of(const rm_trainer *trainer, int32_t best, size_t *count)
{
    rm_model *model = NULL;
    CHECK_OK(rm_trainer_model(trainer, best, &model));
    *count = (size_t)rm_model_parameter_count(model);
    double *values = numbers_of(*count);
    CHECK_OK(rm_model_parameters(model, values));
    rm_model_free(&model);
    return values;
}

/* The largest difference between the weights of two trainers, as a share of the largest weight. */
static double difference(const rm_trainer *a, const rm_trainer *b, int32_t best)
{
    size_t count = 0, other = 0;
    double *x = weights_of(a, best, &count), *y = weights_of(b, best, &other), largest = 0, scale = 0;
    CHECK(count == other);
    for (size_t i = 0; i < count; i++) {
        scale = fmax(scale, fabs(x[i]));
        if (!(fabs(x[i] - y[i]) <= largest)) largest = fabs(x[i] - y[i]);
    }
    free(x);
    free(y);
    return largest / scale;
}

static void datasets_count(void)
{
    rm_dataset *dataset = diamond_dataset(3);
    golden_file *all = golden_read("random-carbon-l3-nu3.gradient-periodic");
    const golden *frame = golden_find(all, "frame-1");
    rm_frame good = {frame->structure, golden_values(frame, "target_forces"), golden_values(frame, "target_stress"), 1},
             bad;
    CHECK(rm_dataset_structure_count(dataset) == 3 && rm_dataset_frame_count(dataset) == 0);
    CHECK_OK(rm_dataset_add_frame(dataset, &good));
    CHECK(rm_dataset_structure_count(dataset) == 3 && rm_dataset_frame_count(dataset) == 1);
    CHECK(rm_dataset_structure_count(NULL) == 0 && rm_dataset_frame_count(NULL) == 0);
    rm_structure structure = diamond();
    structure.positions = NULL;
    CHECK_FAILS(rm_dataset_add_structure(dataset, &structure), RM_ERROR_ARGUMENT, "positions");
    CHECK_FAILS(rm_dataset_add_structure(dataset, NULL), RM_ERROR_ARGUMENT, "structure");
    CHECK_FAILS(rm_dataset_add_structure(NULL, &structure), RM_ERROR_ARGUMENT, "dataset");
    structure = diamond();
    diamond_positions[7] = NAN;
    CHECK_FAILS(rm_dataset_add_structure(dataset, &structure), RM_ERROR_STRUCTURE, "2");
    CHECK_FAILS(rm_dataset_add_frame(NULL, &good), RM_ERROR_ARGUMENT, "dataset");
    CHECK_FAILS(rm_dataset_add_frame(dataset, NULL), RM_ERROR_ARGUMENT, "frame");
    bad = good;
    bad.forces = NULL;
    CHECK_FAILS(rm_dataset_add_frame(dataset, &bad), RM_ERROR_ARGUMENT, "forces");
    bad = good;
    bad.weight = NAN;
    CHECK_FAILS(rm_dataset_add_frame(dataset, &bad), RM_ERROR_ARGUMENT, "weight");
    CHECK_FAILS(rm_dataset_create(NULL), RM_ERROR_ARGUMENT, "dataset");
    CHECK(rm_dataset_structure_count(dataset) == 3 && rm_dataset_frame_count(dataset) == 1);
    rm_dataset_free(&dataset);
    CHECK(dataset == NULL);
    rm_dataset_free(&dataset);
    rm_dataset_free(NULL);
    golden_free(all);
}

static void pairs_are_ranked(void)
{
    settings settings = small_training();
    rm_model *model = golden_model("random-carbon-l3-nu3");
    rm_dataset *dataset = diamond_dataset(1);
    rm_structure crystal = diamond(), part = diamond();
    part.atom_count = 1;
    CHECK(rm_dataset_pair_count(NULL) == 0 && rm_dataset_pair_count(dataset) == 0);
    CHECK_OK(rm_dataset_add_pair(dataset, &crystal, &crystal));
    CHECK_FAILS(rm_dataset_add_pair(dataset, &part, &crystal), RM_ERROR_ARGUMENT, "contents");
    CHECK_FAILS(rm_dataset_add_pair(dataset, NULL, &crystal), RM_ERROR_ARGUMENT, "lower");
    CHECK_FAILS(rm_dataset_add_pair(dataset, &crystal, NULL), RM_ERROR_ARGUMENT, "higher");
    CHECK(rm_dataset_pair_count(dataset) == 1);
    rm_trainer *trainer = NULL;
    settings.options.pair_width = 0;
    CHECK_FAILS(rm_trainer_create(model, dataset, &settings.response, &settings.options, &trainer), RM_ERROR_ARGUMENT,
                "pair_width");
    settings.options.pair_width = 0.01;
    CHECK_OK(rm_trainer_create(model, dataset, &settings.response, &settings.options, &trainer));
    double loss = -1, order = -1;
    CHECK_OK(rm_trainer_pairs(trainer, &loss, &order));
    CHECK(loss == 0 && order == 0);
    CHECK_OK(rm_trainer_epoch(trainer, NULL));
    CHECK_OK(rm_trainer_pairs(trainer, &loss, NULL));
    CHECK_OK(rm_trainer_pairs(trainer, NULL, &order));
    CHECK(fabs(loss - log(2)) < 1e-12 && order == 0); /* a structure against itself is a draw */
    rm_trainer_free(&trainer);
    rm_dataset_free(&dataset);
    rm_model_free(&model);
}

static void training_learns(void)
{
    settings settings = small_training();
    rm_trainer *trainer = trainer_of(&settings);
    int64_t training = 0, validation = 0;
    CHECK_OK(rm_trainer_counts(trainer, &training, &validation));
    CHECK(training + validation == 33 && validation >= 2 &&
          validation <= 5); /* 11 levels on 3 strains, a tenth held out */
    CHECK_OK(rm_trainer_counts(trainer, NULL, NULL));
    rm_epoch first = {0}, epoch = {0};
    double least = INFINITY;
    for (int32_t e = 1; e <= 12; e++) {
        CHECK_OK(rm_trainer_epoch(trainer, &epoch));
        if (e == 1) first = epoch;
        CHECK(epoch.epoch == e && epoch.learning_rate > 0 &&
              epoch.steps == e * ((training + 1) / 2)); /* batches of 2 */
        CHECK(epoch.best == (epoch.validation_loss < least));
        least = fmin(least, epoch.validation_loss);
        CHECK(isfinite(epoch.training_loss) && isfinite(epoch.validation_force_error));
    }
    CHECK(epoch.training_loss < 0.7 * first.training_loss);
    CHECK(epoch.validation_loss < first.validation_loss);
    CHECK_OK(rm_trainer_epoch(trainer, NULL));
    rm_model *best = NULL, *present = NULL;
    CHECK_OK(rm_trainer_model(trainer, 1, &best));
    CHECK_OK(rm_trainer_model(trainer, 0, &present));
    rm_trainer_free(&trainer);
    CHECK(trainer == NULL);
    /* the model knows the way back: a displaced atom of diamond is pulled home */
    rm_workspace *workspace = NULL;
    rm_structure structure = diamond();
    double forces[24];
    const rm_results results = {.forces = forces};
    diamond_positions[0] += 0.1;
    CHECK_OK(rm_workspace_create(best, NULL, &workspace));
    CHECK_OK(rm_evaluate(workspace, &structure, &results));
    CHECK(forces[0] < -0.02);
    CHECK(strlen(rm_model_description(best)) > 100);
    rm_workspace_free(&workspace);
    rm_model_free(&best);
    rm_model_free(&present);
    rm_trainer_free(&trainer);
    rm_trainer_free(NULL);
}

static void every_preset_trains(void)
{
    for (rm_preset preset = RM_PRESET_MOLECULES; preset <= RM_PRESET_DIAMOND_PUBLISHED; preset++) {
        settings settings;
        rm_response_options_init(&settings.response, sizeof settings.response, preset);
        rm_trainer_options_init(&settings.options, sizeof settings.options, preset);
        CHECK(settings.response.size == sizeof settings.response && settings.options.size == sizeof settings.options);
        CHECK(settings.options.threads == 1 && settings.options.rank == 0 && settings.options.ranks == 1);
        CHECK(settings.options.precision ==
              (preset < RM_PRESET_MOLECULES_PUBLISHED ? RM_PRECISION_SINGLE : RM_PRECISION_DOUBLE));
        settings.response.frames_per_structure = 12;
        settings.response.strain_count = settings.response.strain_count > 1 ? 2 : 1;
        rm_trainer *trainer = trainer_of(&settings);
        rm_epoch epoch = {0};
        CHECK_OK(rm_trainer_epoch(trainer, &epoch));
        CHECK(epoch.epoch == 1 && isfinite(epoch.training_loss) && epoch.training_loss > 0);
        rm_trainer_free(&trainer);
    }
    rm_trainer_options published;
    const rm_preset presets[] = {RM_PRESET_MOLECULES_PUBLISHED, RM_PRESET_CRYSTALS_PUBLISHED,
                                 RM_PRESET_DIAMOND_PUBLISHED};
    const double weights[3][2] = {{1e4, 0}, {1e3, 1e4}, {1e4, 1e4}};
    const int32_t batches[] = {20, 10, 2}, epochs[] = {100, 350, 400};
    for (int i = 0; i < 3; i++) {
        rm_trainer_options_init(&published, sizeof published, presets[i]);
        CHECK(published.force_weight == weights[i][0] && published.stress_weight == weights[i][1]);
        CHECK(published.batch_size == batches[i] && published.epochs == epochs[i]);
        CHECK(published.schedule == RM_SCHEDULE_PLATEAU && published.learning_rate == 1e-2 &&
              published.warmup_epochs == 10);
        CHECK(published.plateau_factor == 0.8 && published.plateau_patience == 10 && published.clip_norm == 10);
        CHECK(published.average_decay == 0.99 && published.average_start == 10 && published.validation_share == 0.1);
        CHECK(published.amsgrad == 1 && published.beta1 == 0.9 && published.beta2 == 0.999 &&
              published.epsilon == 1e-8);
        CHECK(published.fresh_noise == 0);
    }
}

static void equal_seeds_equal_training(void)
{
    settings settings = small_training(), other = settings, threaded = settings;
    other.options.seed = 18;
    threaded.options.threads = 2;
    rm_trainer *a = trainer_of(&settings), *b = trainer_of(&settings), *c = trainer_of(&other),
               *d = trainer_of(&threaded);
    for (int e = 0; e < 3; e++) {
        CHECK_OK(rm_trainer_epoch(a, NULL));
        CHECK_OK(rm_trainer_epoch(b, NULL));
        CHECK_OK(rm_trainer_epoch(c, NULL));
        CHECK_OK(rm_trainer_epoch(d, NULL));
    }
    CHECK(difference(a, b, 0) == 0 && difference(a, b, 1) == 0);
    CHECK(difference(a, c, 0) > 1e-3);
    CHECK(difference(a, d, 0) < 1e-6);
    rm_trainer_free(&a);
    rm_trainer_free(&b);
    rm_trainer_free(&c);
    rm_trainer_free(&d);
}

/* Stopping and going on ends in the very same weights, for fixed and for fresh noise. */
static void checkpoints_resume_exactly(void)
{
    for (int32_t fresh = 0; fresh < 2; fresh++) {
        settings settings = small_training();
        settings.options.fresh_noise = fresh;
        rm_dataset *dataset = diamond_dataset(1);
        rm_trainer *whole = trainer_of(&settings), *first = trainer_of(&settings), *rest = NULL;
        rm_epoch a = {0}, b = {0};
        for (int e = 0; e < 6; e++) CHECK_OK(rm_trainer_epoch(whole, &a));
        for (int e = 0; e < 3; e++) CHECK_OK(rm_trainer_epoch(first, NULL));
        CHECK_OK(rm_trainer_save(first, SCRATCH "checkpoint"));
        rm_trainer_free(&first);
        settings.options.epochs += 100;
        CHECK_OK(rm_trainer_load(SCRATCH "checkpoint", dataset, &settings.response, &settings.options, &rest));
        if (rest) {
            for (int e = 0; e < 3; e++) CHECK_OK(rm_trainer_epoch(rest, &b));
            CHECK(a.epoch == b.epoch && a.steps == b.steps && a.learning_rate == b.learning_rate && a.best == b.best);
            CHECK(a.training_loss == b.training_loss && a.validation_loss == b.validation_loss);
            CHECK(difference(whole, rest, 0) == 0 && difference(whole, rest, 1) == 0);
        }
        rm_trainer_free(&whole);
        rm_trainer_free(&rest);
        rm_dataset_free(&dataset);
        remove(SCRATCH "checkpoint");
    }
}

static void checkpoints_refuse_another_training(void)
{
    settings settings = small_training(), other;
    rm_dataset *dataset = diamond_dataset(1), *two = diamond_dataset(2);
    rm_trainer *trainer = trainer_of(&settings), *none = NULL;
    CHECK_OK(rm_trainer_epoch(trainer, NULL));
    CHECK_OK(rm_trainer_save(trainer, SCRATCH "checkpoint"));
#define REFUSES(change, word) \
    do { \
        other = settings; \
        change; \
        CHECK_FAILS(rm_trainer_load(SCRATCH "checkpoint", dataset, &other.response, &other.options, &none), \
                    RM_ERROR_ARGUMENT, word); \
    } while (0)
    REFUSES(other.options.seed++, "seed");
    REFUSES(other.options.batch_size++, "batch_size");
    REFUSES(other.options.learning_rate *= 2, "learning_rate");
    REFUSES(other.options.force_weight *= 2, "force_weight");
    REFUSES(other.response.displacement *= 2, "displacement");
    REFUSES(other.response.strain_count++, "strain_count");
#undef REFUSES
    CHECK_STATUS(rm_trainer_load(SCRATCH "checkpoint", two, &settings.response, &settings.options, &none),
                 RM_ERROR_ARGUMENT);
    CHECK_FAILS(rm_trainer_load(SCRATCH "absent", dataset, &settings.response, &settings.options, &none), RM_ERROR_FILE,
                "absent");
    CHECK_STATUS(rm_trainer_load(FIXTURES "models/random-carbon-l3-nu3.safetensors", dataset, &settings.response,
                                 &settings.options, &none),
                 RM_ERROR_FORMAT);
    CHECK_STATUS(rm_trainer_load(NULL, dataset, &settings.response, &settings.options, &none), RM_ERROR_ARGUMENT);
    CHECK_STATUS(rm_trainer_load(SCRATCH "checkpoint", NULL, &settings.response, &settings.options, &none),
                 RM_ERROR_ARGUMENT);
    CHECK_STATUS(rm_trainer_load(SCRATCH "checkpoint", dataset, &settings.response, NULL, &none), RM_ERROR_ARGUMENT);
    CHECK_STATUS(rm_trainer_load(SCRATCH "checkpoint", dataset, &settings.response, &settings.options, NULL),
                 RM_ERROR_ARGUMENT);
    CHECK_FAILS(rm_trainer_save(trainer, "build/tests/no such folder/x"), RM_ERROR_FILE, "no such folder");
    CHECK_STATUS(rm_trainer_save(trainer, NULL), RM_ERROR_ARGUMENT);
    CHECK_STATUS(rm_trainer_save(NULL, SCRATCH "x"), RM_ERROR_ARGUMENT);
    CHECK(none == NULL);
    rm_trainer_free(&trainer);
    rm_dataset_free(&dataset);
    rm_dataset_free(&two);
    remove(SCRATCH "checkpoint");
}

/* Bytes of a checkpoint changed or cut off: refused or loaded, never harmful. */
static void broken_checkpoints(void)
{
    settings settings = small_training();
    rm_dataset *dataset = diamond_dataset(1);
    rm_trainer *trainer = trainer_of(&settings);
    CHECK_OK(rm_trainer_epoch(trainer, NULL));
    CHECK_OK(rm_trainer_save(trainer, SCRATCH "checkpoint"));
    rm_trainer_free(&trainer);
    FILE *file = fopen(SCRATCH "checkpoint", "rb");
    if (!file) {
        complain(__FILE__, __LINE__, "there is no checkpoint");
        rm_dataset_free(&dataset);
        return;
    }
    unsigned char *good = need(1 << 22), *bytes = need(1 << 22);
    size_t size = fread(good, 1, 1 << 22, file);
    fclose(file);
    uint64_t seed = 6;
    int refused = 0;
    for (int round = 0; round < 200; round++) {
        size_t length = round % 4 == 0 ? (size_t)(random_bits(&seed) % size) : size;
        memcpy(bytes, good, size);
        if (length == size)
            for (int i = 0; i < 3; i++)
                bytes[random_bits(&seed) % (round % 4 == 1 ? size : 1200)] = (unsigned char)random_bits(&seed);
        file = fopen(SCRATCH "broken", "wb");
        if (!file) break;
        fwrite(bytes, 1, length, file);
        fclose(file);
        rm_status status = rm_trainer_load(SCRATCH "broken", dataset, &settings.response, &settings.options, &trainer);
        CHECK(status == RM_OK || status == RM_ERROR_FORMAT || status == RM_ERROR_ARGUMENT ||
              status == RM_ERROR_ELEMENT);
        CHECK((status == RM_OK) == (trainer != NULL));
        refused += status != RM_OK;
        rm_trainer_free(&trainer);
    }
    CHECK(refused > 50);
    free(good);
    free(bytes);
    rm_dataset_free(&dataset);
    remove(SCRATCH "checkpoint");
    remove(SCRATCH "broken");
}

/* ---- callbacks ---- */

typedef struct progress {
    int64_t calls, stop_at, total;
} progress;

static int note(void *user, int64_t done, int64_t total)
{
    progress *progress = user;
    progress->calls++;
    progress->total = total;
    CHECK(done >= 0 && done <= total);
    return progress->stop_at && progress->calls == progress->stop_at;
}

static void a_cancelled_epoch_leaves_no_trace(void)
{
    settings settings = small_training(), plain = settings;
    progress progress = {0, 0, 0};
    settings.options.progress = note;
    settings.options.progress_user = &progress;
    rm_trainer *trainer = trainer_of(&settings), *undisturbed = trainer_of(&plain);
    rm_epoch a = {.epoch = -7}, b;
    CHECK_OK(rm_trainer_epoch(trainer, NULL));
    CHECK(progress.calls >= progress.total && progress.total > 5);
    progress.calls = 0;
    progress.stop_at = 4;
    CHECK_STATUS(rm_trainer_epoch(trainer, &a), RM_ERROR_CANCELLED);
    CHECK(a.epoch == -7 && progress.calls == 4);
    progress.stop_at = 0;
    CHECK_OK(rm_trainer_epoch(trainer, &a));
    CHECK_OK(rm_trainer_epoch(undisturbed, NULL));
    CHECK_OK(rm_trainer_epoch(undisturbed, &b));
    CHECK(a.epoch == 2 && a.steps == b.steps && a.training_loss == b.training_loss &&
          a.validation_loss == b.validation_loss);
    CHECK(difference(trainer, undisturbed, 0) == 0 && difference(trainer, undisturbed, 1) == 0);
    rm_trainer_free(&trainer);
    rm_trainer_free(&undisturbed);
}

/* Two ranks in two threads, meeting at a barrier. */
static pthread_barrier_t barrier;
static double *shared[2];
static int64_t shared_count[2];

typedef struct rank {
    int32_t rank;
    rm_trainer *trainer;
    rm_epoch epoch;
    rm_status status;
} rank;

static int sum(void *user, double *values, int64_t count)
{
    int32_t mine = *(int32_t *)user;
    shared[mine] = values;
    shared_count[mine] = count;
    pthread_barrier_wait(&barrier);
    if (shared_count[0] != shared_count[1]) return 1;
    double *total = numbers_of((size_t)count);
    for (int64_t i = 0; i < count; i++) total[i] = shared[0][i] + shared[1][i];
    pthread_barrier_wait(&barrier);
    memcpy(values, total, (size_t)count * sizeof *values);
    pthread_barrier_wait(&barrier);
    free(total);
    return 0;
}

static void *train_rank(void *argument)
{
    rank *rank = argument;
    for (int e = 0; e < 3 && rank->status == RM_OK; e++) rank->status = rm_trainer_epoch(rank->trainer, &rank->epoch);
    return NULL;
}

static void two_ranks_train_one_model(void)
{
    rank ranks[2];
    pthread_t threads[2];
    rm_model *model = golden_model("random-carbon-l3-nu3");
    rm_dataset *dataset = diamond_dataset(4);
    pthread_barrier_init(&barrier, NULL, 2);
    for (int32_t r = 0; r < 2; r++) {
        settings settings = small_training();
        ranks[r] = (rank){.rank = r};
        settings.response.strain_count = 1;
        settings.options.ranks = 2;
        settings.options.rank = r;
        settings.options.sum = sum;
        settings.options.sum_user = &ranks[r].rank;
        ranks[r].status = rm_trainer_create(model, dataset, &settings.response, &settings.options, &ranks[r].trainer);
        CHECK_OK(ranks[r].status);
    }
    if (ranks[0].trainer && ranks[1].trainer) {
        for (int r = 0; r < 2; r++) pthread_create(&threads[r], NULL, train_rank, &ranks[r]);
        for (int r = 0; r < 2; r++) pthread_join(threads[r], NULL);
        CHECK(ranks[0].status == RM_OK && ranks[1].status == RM_OK);
        CHECK(difference(ranks[0].trainer, ranks[1].trainer, 0) == 0);
        CHECK(difference(ranks[0].trainer, ranks[1].trainer, 1) == 0);
        CHECK(ranks[0].epoch.validation_loss == ranks[1].epoch.validation_loss);
        CHECK(ranks[0].epoch.steps == ranks[1].epoch.steps && ranks[0].epoch.epoch == 3);
    }
    for (int r = 0; r < 2; r++) rm_trainer_free(&ranks[r].trainer);
    pthread_barrier_destroy(&barrier);
    rm_model_free(&model);
    rm_dataset_free(&dataset);
}

static int broken_sum(void *user, double *values, int64_t count)
{
    int *how = user;
    if (*how == 1 && count > 0) values[0] = NAN;
    return *how == 2;
}

static void sums_that_fail(void)
{
    settings settings = small_training();
    int how = 0;
    rm_epoch epoch = {.epoch = -7};
    settings.options.sum = broken_sum;
    settings.options.sum_user = &how;
    settings.options.ranks = 2;
    rm_model *model = golden_model("random-carbon-l3-nu3");
    rm_dataset *dataset = diamond_dataset(4);
    rm_trainer *trainer = NULL;
    CHECK_OK(rm_trainer_create(model, dataset, &settings.response, &settings.options, &trainer));
    for (how = 1; how <= 2; how++) CHECK_STATUS(rm_trainer_epoch(trainer, &epoch), RM_ERROR_CALLBACK);
    CHECK(epoch.epoch == -7);
    rm_trainer_free(&trainer);
    rm_model_free(&model);
    rm_dataset_free(&dataset);
}

/* ---- what cannot be trained ---- */

static void a_training_that_diverges(void)
{
    settings settings = small_training();
    settings.options.learning_rate = 1e200;
    settings.options.warmup_epochs = 0;
    rm_trainer *trainer = trainer_of(&settings);
    rm_status status = RM_OK;
    for (int e = 0; e < 5 && status == RM_OK; e++) status = rm_trainer_epoch(trainer, NULL);
    CHECK_STATUS(status, RM_ERROR_NUMBERS);
    rm_trainer_free(&trainer);
}

static void what_cannot_be_trained(void)
{
    rm_model *model = golden_model("random-carbon-l3-nu3");
    rm_dataset *dataset = diamond_dataset(1), *empty = diamond_dataset(0), *foreign = diamond_dataset(1);
    rm_trainer *none = NULL;
    settings settings;
    rm_structure structure = diamond();
    const int32_t silicon[8] = {14, 14, 14, 14, 14, 14, 14, 14};
    structure.numbers = silicon;
    CHECK_OK(rm_dataset_add_structure(foreign, &structure));
#define REFUSES(change, word) \
    do { \
        settings = small_training(); \
        change; \
        CHECK_FAILS(rm_trainer_create(model, dataset, &settings.response, &settings.options, &none), \
                    RM_ERROR_ARGUMENT, word); \
    } while (0)
    REFUSES(settings.options.size = 2, "size");
    REFUSES(settings.response.size = 2, "size");
    REFUSES(settings.options.force_weight = -1, "force_weight");
    REFUSES(settings.options.force_weight = NAN, "force_weight");
    REFUSES(settings.options.stress_weight = INFINITY, "stress_weight");
    REFUSES((settings.options.stress_weight = 0, settings.options.force_weight = 0), "weight");
    REFUSES(settings.options.batch_size = 0, "batch_size");
    REFUSES(settings.options.epochs = -1, "epochs");
    REFUSES(settings.options.schedule = (rm_schedule)3, "schedule");
    REFUSES(settings.options.learning_rate = 0, "learning_rate");
    REFUSES(settings.options.learning_rate = NAN, "learning_rate");
    REFUSES(settings.options.warmup_epochs = -1, "warmup_epochs");
    REFUSES(settings.options.plateau_factor = 0, "plateau_factor");
    REFUSES(settings.options.plateau_factor = 1.5, "plateau_factor");
    REFUSES(settings.options.plateau_patience = -1, "plateau_patience");
    REFUSES(settings.options.beta1 = 1, "beta1");
    REFUSES(settings.options.beta2 = -0.1, "beta2");
    REFUSES(settings.options.epsilon = 0, "epsilon");
    REFUSES(settings.options.clip_norm = -1, "clip_norm");
    REFUSES(settings.options.average_decay = 1, "average_decay");
    REFUSES(settings.options.average_start = -1, "average_start");
    REFUSES(settings.options.validation_share = 1, "validation_share");
    REFUSES(settings.options.validation_share = NAN, "validation_share");
    REFUSES(settings.options.threads = 0, "threads");
    REFUSES(settings.options.ranks = 0, "rank");
    REFUSES(settings.options.rank = 1, "rank");
    REFUSES(settings.options.ranks = 2, "sum");
    REFUSES(settings.response.displacement = NAN, "displacement");
    settings = small_training();
    CHECK_FAILS(rm_trainer_create(NULL, dataset, &settings.response, &settings.options, &none), RM_ERROR_ARGUMENT,
                "model");
    CHECK_FAILS(rm_trainer_create(model, NULL, &settings.response, &settings.options, &none), RM_ERROR_ARGUMENT,
                "dataset");
    CHECK_FAILS(rm_trainer_create(model, dataset, NULL, &settings.options, &none), RM_ERROR_ARGUMENT, "response");
    CHECK_FAILS(rm_trainer_create(model, dataset, &settings.response, NULL, &none), RM_ERROR_ARGUMENT, "options");
    CHECK_FAILS(rm_trainer_create(model, dataset, &settings.response, &settings.options, NULL), RM_ERROR_ARGUMENT,
                "trainer");
    CHECK_FAILS(rm_trainer_create(model, empty, &settings.response, &settings.options, &none), RM_ERROR_ARGUMENT,
                "dataset");
    CHECK_FAILS(rm_trainer_create(model, foreign, &settings.response, &settings.options, &none), RM_ERROR_ELEMENT, "1");
    CHECK_STATUS(rm_trainer_epoch(NULL, NULL), RM_ERROR_ARGUMENT);
    CHECK_STATUS(rm_trainer_model(NULL, 1, &model), RM_ERROR_ARGUMENT);
    CHECK_STATUS(rm_trainer_counts(NULL, NULL, NULL), RM_ERROR_ARGUMENT);
    CHECK(none == NULL);
    rm_model_free(&model);
    rm_dataset_free(&dataset);
    rm_dataset_free(&empty);
    rm_dataset_free(&foreign);
}

/* Frames with targets of the caller's own need no response. */
static void own_frames_train(void)
{
    golden_file *all = golden_read("random-carbon-l3-nu3.gradient-periodic");
    rm_model *model = golden_model("random-carbon-l3-nu3");
    rm_dataset *dataset = diamond_dataset(0);
    rm_trainer *trainer = NULL;
    settings settings = small_training();
    settings.options.validation_share = 0;
    for (int i = 0; i < all->count; i++) {
        const golden *frame = &all->cases[i];
        if (strcmp(frame->name, "loss") == 0) continue;
        const rm_frame target = {frame->structure, golden_values(frame, "target_forces"),
                                 golden_values(frame, "target_stress"), 1};
        CHECK_OK(rm_dataset_add_frame(dataset, &target));
    }
    CHECK_OK(rm_trainer_create(model, dataset, NULL, &settings.options, &trainer));
    rm_epoch first = {0}, last = {0};
    CHECK_OK(rm_trainer_epoch(trainer, &first));
    for (int e = 0; e < 10; e++) CHECK_OK(rm_trainer_epoch(trainer, &last));
    CHECK(last.training_loss < first.training_loss);
    int64_t training = 0, validation = -1;
    CHECK_OK(rm_trainer_counts(trainer, &training, &validation));
    CHECK(training == 3 && validation == 0);
    rm_trainer_free(&trainer);
    rm_dataset_free(&dataset);
    rm_model_free(&model);
    golden_free(all);
}

int main(void)
{
    RUN(datasets_count);
    RUN(pairs_are_ranked);
    RUN(training_learns);
    RUN(every_preset_trains);
    RUN(equal_seeds_equal_training);
    RUN(checkpoints_resume_exactly);
    RUN(checkpoints_refuse_another_training);
    RUN(broken_checkpoints);
    RUN(a_cancelled_epoch_leaves_no_trace);
    RUN(two_ranks_train_one_model);
    RUN(sums_that_fail);
    RUN(a_training_that_diverges);
    RUN(what_cannot_be_trained);
    RUN(own_frames_train);
    return finish();
}

/* The loss and its gradient: golden numbers, finite differences, weights; and what cannot be a batch. */
#include "golden.h"

/* The frames of a golden batch. */
static int64_t frames_of(const golden_file *all, rm_frame *frames)
{
    int64_t count = 0;
    for (int i = 0; i < all->count; i++)
        if (strcmp(all->cases[i].name, "loss") != 0)
            frames[count++] = (rm_frame){all->cases[i].structure, golden_values(&all->cases[i], "target_forces"),
                                         golden_values(&all->cases[i], "target_stress"), 1};
    return count;
}

static void golden_gradients(const char *kind)
{
    for (int m = 0; m < GOLDEN_MODEL_COUNT; m++) {
        char name[128];
        snprintf(name, sizeof name, "%s.gradient-%s", golden_models[m], kind);
        golden_file *all = golden_read(name);
        const golden *loss = golden_find(all, "loss");
        rm_model *model = golden_model(golden_models[m]);
        rm_frame frames[20];
        int64_t count = frames_of(all, frames);
        double *gradient = numbers_of((size_t)rm_model_parameter_count(model));
        for (int32_t threads = 1; threads <= 3; threads++) {
            double value = 0, force_error = 0, stress_error = 0;
            double force_weight = *golden_values(loss, "force_weight"),
                   stress_weight = *golden_values(loss, "stress_weight");
            int before = complaints;
            CHECK_OK(rm_loss_and_gradient(model, count, frames, force_weight, stress_weight, threads, &value, gradient,
                                          &force_error, &stress_error));
            CHECK_CLOSE(&value, golden_values(loss, "loss"), 1, 1e-12);
            CHECK_CLOSE_NUMBER(force_weight * force_error * force_error + stress_weight * stress_error * stress_error,
                               value, 1e-12);
            for (int32_t t = 0; t < rm_model_tensor_count(model); t++) {
                const char *tensor = NULL;
                int64_t shape[3], offset = 0;
                CHECK_OK(rm_model_tensor(model, t, &tensor, shape, NULL, &offset));
                const double *want = golden_values(loss, tensor);
                if (!want) complain(__FILE__, __LINE__, "the fixture has no gradient of %s", tensor);
                else CHECK_CLOSE(gradient + offset, want, shape[0] * shape[1] * shape[2], 1e-10);
            }
            if (complaints > before) complain(__FILE__, __LINE__, "that was %s, %d threads", name, (int)threads);
        }
        free(gradient);
        rm_model_free(&model);
        golden_free(all);
    }
}

static void golden_gradients_of_crystals(void)
{
    golden_gradients("periodic");
}
static void golden_gradients_of_molecules(void)
{
    golden_gradients("molecular");
}

/* With weights, and with a stress on some frames only: the loss as evaluation gives it. */
static void weights_and_missing_targets(void)
{
    golden_file *all = golden_read("random-organic-l3-nu4.gradient-periodic");
    rm_model *model = golden_model("random-organic-l3-nu4");
    rm_workspace *workspace = NULL;
    rm_frame frames[20];
    int64_t count = frames_of(all, frames);
    double value = 0, forces = 0, stresses = 0, force_components = 0, stress_components = 0;
    REQUIRE_OK(rm_workspace_create(model, NULL, &workspace));
    frames[0].weight = 0.25;
    frames[1].stress = NULL;
    frames[2].weight = 3;
    for (int64_t i = 0; i < count; i++) {
        size_t n = (size_t)frames[i].structure.atom_count;
        double *f = numbers_of(3 * n), s[9];
        const rm_results results = {.forces = f, .stress = s};
        CHECK_OK(rm_evaluate(workspace, &frames[i].structure, &results));
        for (size_t k = 0; k < 3 * n; k++) forces += frames[i].weight * pow(f[k] - frames[i].forces[k], 2);
        force_components += 3 * (double)n;
        for (int k = 0; frames[i].stress && k < 9; k++)
            stresses += frames[i].weight * pow(s[k] - frames[i].stress[k], 2);
        stress_components += frames[i].stress ? 9 : 0;
        free(f);
    }
    CHECK_OK(rm_loss_and_gradient(model, count, frames, 10, 7, 1, &value, NULL, NULL, NULL));
    CHECK_CLOSE_NUMBER(value, 10 * forces / force_components + 7 * stresses / stress_components, 1e-12);
    rm_workspace_free(&workspace);
    rm_model_free(&model);
    golden_free(all);
}

static void the_gradient_is_the_gradient(void)
{
    golden_file *all = golden_read("random-carbon-l3-nu3.gradient-periodic");
    rm_model *model = golden_model("random-carbon-l3-nu3");
    rm_frame frames[20];
    int64_t count = frames_of(all, frames);
    size_t parameters = (size_t)rm_model_parameter_count(model);
    double *gradient = numbers_of(parameters), *values = numbers_of(parameters), loss = 0, step = 1e-5;
    uint64_t seed = 8;
    frames[1].weight = 0.5;
    CHECK_OK(rm_loss_and_gradient(model, count, frames, 3, 2, 1, &loss, gradient, NULL, NULL));
    CHECK_OK(rm_model_parameters(model, values));
    for (int trial = 0; trial < 12; trial++) {
        size_t at = (size_t)(random_bits(&seed) % parameters);
        double before = values[at], difference = 0;
        for (int sign = -1; sign <= 1; sign += 2) {
            rm_model *moved = NULL;
            values[at] = before + sign * step;
            CHECK_OK(rm_model_copy(model, values, NULL, &moved));
            CHECK_OK(rm_loss_and_gradient(moved, count, frames, 3, 2, 1, &loss, NULL, NULL, NULL));
            difference += sign * loss;
            rm_model_free(&moved);
        }
        values[at] = before;
        CHECK_CLOSE_NUMBER(gradient[at], difference / (2 * step), 1e-6);
    }
    free(gradient);
    free(values);
    rm_model_free(&model);
    golden_free(all);
}

static void what_cannot_be_a_batch(void)
{
    golden_file *crystals = golden_read("random-carbon-l3-nu3.gradient-periodic");
    golden_file *molecules = golden_read("random-carbon-l3-nu3.gradient-molecular");
    rm_model *model = golden_model("random-carbon-l3-nu3");
    size_t parameters = (size_t)rm_model_parameter_count(model);
    rm_frame good[20], frames[20];
    double loss = -7, force_error = -7, *gradient = numbers_of(parameters), broken[48];
    int32_t gold[48];
    for (size_t i = 0; i < parameters; i++) gradient[i] = -7;
    for (int i = 0; i < 48; i++) gold[i] = 79;
    int64_t count = frames_of(crystals, good);
#define REFUSES(change, status, word) \
    do { \
        memcpy(frames, good, sizeof frames); \
        change; \
        CHECK_FAILS(rm_loss_and_gradient(model, count, frames, 1, 1, 2, &loss, gradient, &force_error, NULL), status, \
                    word); \
    } while (0)
#define REFUSES_CALL(call, word) CHECK_FAILS(call, RM_ERROR_ARGUMENT, word)
    REFUSES(frames[1].forces = NULL, RM_ERROR_ARGUMENT, "forces");
    REFUSES(frames[1].weight = -1, RM_ERROR_ARGUMENT, "weight");
    REFUSES(frames[1].weight = NAN, RM_ERROR_ARGUMENT, "weight");
    REFUSES(frames[2].structure.numbers = gold, RM_ERROR_ELEMENT, "2");
    REFUSES(frames[2].structure.positions = NULL, RM_ERROR_ARGUMENT, "positions");
    REFUSES(frames[2].structure.atom_count = 0, RM_ERROR_ARGUMENT, "atom_count");
    REFUSES(frames[2].structure.periodic[0] = 0, RM_ERROR_ARGUMENT, "stress");
    memcpy(broken, good[1].structure.positions, 18 * sizeof(double));
    broken[4] = NAN;
    REFUSES(frames[1].structure.positions = broken, RM_ERROR_STRUCTURE, "1");
    memcpy(broken, good[1].forces, 18 * sizeof(double));
    broken[17] = INFINITY;
    REFUSES(frames[1].forces = broken, RM_ERROR_ARGUMENT, "forces");
    memcpy(broken, good[1].stress, 9 * sizeof(double));
    broken[8] = NAN;
    REFUSES(frames[1].stress = broken, RM_ERROR_ARGUMENT, "stress");
    REFUSES_CALL(rm_loss_and_gradient(NULL, count, good, 1, 1, 1, &loss, NULL, NULL, NULL), "model");
    REFUSES_CALL(rm_loss_and_gradient(model, count, NULL, 1, 1, 1, &loss, NULL, NULL, NULL), "frames");
    REFUSES_CALL(rm_loss_and_gradient(model, -1, good, 1, 1, 1, &loss, NULL, NULL, NULL), "count");
    REFUSES_CALL(rm_loss_and_gradient(model, 0, good, 1, 1, 1, &loss, NULL, NULL, NULL), "count");
    REFUSES_CALL(rm_loss_and_gradient(model, count, good, 1, 1, 0, &loss, NULL, NULL, NULL), "threads");
    REFUSES_CALL(rm_loss_and_gradient(model, count, good, NAN, 1, 1, &loss, NULL, NULL, NULL), "force_weight");
    REFUSES_CALL(rm_loss_and_gradient(model, count, good, -1, 1, 1, &loss, NULL, NULL, NULL), "force_weight");
    REFUSES_CALL(rm_loss_and_gradient(model, count, good, 1, INFINITY, 1, &loss, NULL, NULL, NULL), "stress_weight");
    REFUSES_CALL(rm_loss_and_gradient(model, count, good, 1, 1, 1, NULL, NULL, NULL, NULL), "loss");
    CHECK(loss == -7 && force_error == -7);
    for (size_t i = 0; i < parameters; i++) CHECK(gradient[i] == -7);
    /* a molecule has no stress, so its weight does not matter */
    double with = 0, without = 1;
    count = frames_of(molecules, frames);
    CHECK_OK(rm_loss_and_gradient(model, count, frames, 1, 5, 1, &with, gradient, NULL, NULL));
    CHECK_OK(rm_loss_and_gradient(model, count, frames, 1, 0, 1, &without, gradient, NULL, NULL));
    CHECK(with == without);
    free(gradient);
    rm_model_free(&model);
    golden_free(crystals);
    golden_free(molecules);
}

int main(void)
{
    RUN(golden_gradients_of_crystals);
    RUN(golden_gradients_of_molecules);
    RUN(weights_and_missing_targets);
    RUN(the_gradient_is_the_gradient);
    RUN(what_cannot_be_a_batch);
    return finish();
}

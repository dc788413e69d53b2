/*
 * 7. Training with an optimiser of one's own: librm draws the responses to noise and gives the exact gradient of the
 * loss, gradient descent with momentum is written here.
 *
 *     cc 07_own_optimizer.c $(pkg-config --cflags --libs librm) -lm -o own_optimizer
 *     ./own_optimizer MODEL.safetensors (a model that knows carbon, whose weights are the start)
 */
#include <math.h>
#include <rm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES 16
#define ATOMS 8

static void check(rm_status status)
{
    if (status == RM_OK || status == RM_ERROR_CANCELLED) return;
    fprintf(stderr, "%s\n", rm_last_error());
    exit(EXIT_FAILURE);
}

static const int32_t numbers[ATOMS] = {6, 6, 6, 6, 6, 6, 6, 6};

/* Frames are lent for the time of a call, so they are copied. */
typedef struct batch {
    int count;
    rm_frame frames[FRAMES];
    double positions[FRAMES][ATOMS][3], cells[FRAMES][3][3], forces[FRAMES][ATOMS][3], stress[FRAMES][3][3];
} batch;

static int keep(void *user, int64_t index, const rm_frame *frame, double amplitude)
{
    batch *batch = user;
    int n = batch->count;
    (void)amplitude;
    if (index % 9 != 0) return 0; /* one in nine will do here */
    memcpy(batch->positions[n], frame->structure.positions, sizeof batch->positions[n]);
    memcpy(batch->cells[n], frame->structure.cell, sizeof batch->cells[n]);
    memcpy(batch->forces[n], frame->forces, sizeof batch->forces[n]);
    memcpy(batch->stress[n], frame->stress, sizeof batch->stress[n]);
    batch->frames[n] = (rm_frame){{ATOMS, numbers, batch->positions[n][0], batch->cells[n][0], {1, 1, 1}},
                                  batch->forces[n][0],
                                  batch->stress[n][0],
                                  1};
    return ++batch->count == FRAMES; /* enough */
}

int main(int argc, char **argv)
{
    if (argc != 2) return fprintf(stderr, "usage: %s MODEL.safetensors\n", argv[0]), EXIT_FAILURE;

    const double a = 3.567, cell[] = {a, 0, 0, 0, a, 0, 0, 0, a};
    const double quarters[ATOMS][3] = {{0, 0, 0}, {0, 2, 2}, {2, 0, 2}, {2, 2, 0},
                                       {1, 1, 1}, {1, 3, 3}, {3, 1, 3}, {3, 3, 1}};
    double positions[ATOMS][3];
    for (int i = 0; i < 3 * ATOMS; i++) positions[i / 3][i % 3] = a / 4 * quarters[i / 3][i % 3];
    const rm_structure diamond = {ATOMS, numbers, positions[0], cell, {1, 1, 1}};

    static batch batch;
    rm_response_options response;
    rm_response_options_init(&response, sizeof response, RM_PRESET_DIAMOND_PUBLISHED);
    check(rm_response_draw(&diamond, &response, 1, keep, &batch));

    rm_model *model = NULL;
    check(rm_model_load(argv[1], &model));
    size_t count = (size_t)rm_model_parameter_count(model);
    double *parameters = calloc(count, sizeof *parameters), *gradient = calloc(count, sizeof *gradient),
           *velocity = calloc(count, sizeof *velocity), loss = 0;
    if (!parameters || !gradient || !velocity) return EXIT_FAILURE;
    check(rm_model_parameters(model, parameters));

    for (int step = 0; step <= 100; step++) {
        check(rm_loss_and_gradient(model, batch.count, batch.frames, 1, 1, 2, &loss, gradient, NULL, NULL));
        if (step % 20 == 0) printf("step %3d: loss %.6f over %d frames\n", step, loss, batch.count);
        double norm = 0;
        for (size_t i = 0; i < count; i++) norm += gradient[i] * gradient[i];
        double rate = 1e-3 / fmax(1, sqrt(norm));
        for (size_t i = 0; i < count; i++) {
            velocity[i] = 0.9 * velocity[i] - rate * gradient[i];
            parameters[i] += velocity[i];
        }
        /* A model does not change, so that threads may share it: new parameters make a new model. */
        rm_model *next = NULL;
        check(rm_model_copy(model, parameters, NULL, &next));
        rm_model_free(&model);
        model = next;
    }

    free(parameters);
    free(gradient);
    free(velocity);
    rm_model_free(&model);
    return EXIT_SUCCESS;
}

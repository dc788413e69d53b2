/*
 * 8. NLopt's optimisers with librm as force provider: L-BFGS, then MMA within bounds.
 *
 *     cc 08_nlopt.c $(pkg-config --cflags --libs librm nlopt) -lm -o nlopt
 *     ./nlopt MODEL.safetensors         (any model that knows carbon)
 */
#include <math.h>
#include <nlopt.h>
#include <rm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ATOMS 8

static void check(rm_status status)
{
    if (status == RM_OK) return;
    fprintf(stderr, "%s\n", rm_last_error());
    exit(EXIT_FAILURE);
}

typedef struct problem {
    rm_workspace *workspace;
    rm_structure structure;
    nlopt_opt optimizer;
    int evaluations;
    double fmax; /* of the last evaluation */
} problem;

/* What NLopt calls: the energy, and its gradient if that is wanted. */
static double energy(unsigned n, const double *x, double *gradient, void *user)
{
    problem *problem = user;
    double energy = INFINITY, forces[ATOMS][3];
    const rm_results results = {.energy = &energy, .forces = forces[0]};
    problem->structure.positions = x;
    if (rm_evaluate(problem->workspace, &problem->structure, &results) != RM_OK) {
        nlopt_force_stop(problem->optimizer); /* rm_last_error() says why */
        return INFINITY;
    }
    problem->evaluations++;
    problem->fmax = 0;
    for (int i = 0; i < ATOMS; i++)
        problem->fmax = fmax(problem->fmax, sqrt(pow(forces[i][0], 2) + pow(forces[i][1], 2) + pow(forces[i][2], 2)));
    for (unsigned i = 0; gradient != NULL && i < n; i++) gradient[i] = -forces[i / 3][i % 3];
    return energy;
}

static void minimize(problem *problem, nlopt_algorithm algorithm, const double *start, double radius)
{
    double x[3 * ATOMS], lowest = 0, lower[3 * ATOMS], upper[3 * ATOMS];
    memcpy(x, start, sizeof x);
    problem->optimizer = nlopt_create(algorithm, 3 * ATOMS);
    if (problem->optimizer == NULL) exit(EXIT_FAILURE);
    problem->evaluations = 0;
    nlopt_set_min_objective(problem->optimizer, energy, problem);
    nlopt_set_ftol_rel(problem->optimizer, 1e-13);
    nlopt_set_maxeval(problem->optimizer, 1000);
    if (radius > 0) { /* no coordinate moves further than this */
        for (int i = 0; i < 3 * ATOMS; i++) lower[i] = start[i] - radius, upper[i] = start[i] + radius;
        nlopt_set_lower_bounds(problem->optimizer, lower);
        nlopt_set_upper_bounds(problem->optimizer, upper);
    }
    nlopt_result result = nlopt_optimize(problem->optimizer, x, &lowest);
    if (result == NLOPT_FORCED_STOP) check(RM_ERROR_STRUCTURE);
    lowest = energy(3 * ATOMS, x, NULL, problem);
    printf("%-56s E %.8f angstrom^2, fmax %.1e, %d evaluations\n", nlopt_algorithm_name(algorithm), lowest,
           problem->fmax, problem->evaluations);
    nlopt_destroy(problem->optimizer);
    if (result < 0 && result != NLOPT_ROUNDOFF_LIMITED) exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    if (argc != 2) return fprintf(stderr, "usage: %s MODEL.safetensors\n", argv[0]), EXIT_FAILURE;

    /* A diamond whose atoms are somewhat out of place. */
    static const int32_t numbers[ATOMS] = {6, 6, 6, 6, 6, 6, 6, 6};
    static const double quarters[ATOMS][3] = {{0, 0, 0}, {0, 2, 2}, {2, 0, 2}, {2, 2, 0},
                                              {1, 1, 1}, {1, 3, 3}, {3, 1, 3}, {3, 3, 1}};
    const double a = 3.567, cell[] = {a, 0, 0, 0, a, 0, 0, 0, a};
    double start[3 * ATOMS];
    for (int i = 0; i < 3 * ATOMS; i++) start[i] = a / 4 * quarters[i / 3][i % 3] + 0.1 * sin(7 * i + 1);

    rm_model *model = NULL;
    problem problem = {.structure = {ATOMS, numbers, start, cell, {1, 1, 1}}};
    check(rm_model_load(argv[1], &model));
    check(rm_workspace_create(model, NULL, &problem.workspace));
    minimize(&problem, NLOPT_LD_LBFGS, start, 0);
    minimize(&problem, NLOPT_LD_MMA, start, 0.05);
    rm_workspace_free(&problem.workspace);
    rm_model_free(&model);
    return EXIT_SUCCESS;
}

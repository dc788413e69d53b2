/*
 * 4. Searching: random structures, relaxed in stages; every candidate is handed over as it finishes.
 *
 *     cc 04_search.c $(pkg-config --cflags --libs librm) -o search
 *     ./search MODEL.safetensors        (any model that knows carbon)
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

static int receive(void *user, const rm_candidate *candidate)
{
    static const char *const states[] = {"converged", "not converged", "no room", "dropped", "failed"};
    (void)user;
    printf("candidate %lld: %s", (long long)candidate->index, states[candidate->state]);
    if (candidate->state <= RM_CANDIDATE_UNCONVERGED)
        printf(", %.6f angstrom^2 per atom, %.3f angstrom^3 per atom, %d steps",
               candidate->energy / candidate->atom_count, candidate->volume / candidate->atom_count,
               (int)candidate->steps);
    if (candidate->duplicate_of >= 0) printf(", the same as candidate %lld", (long long)candidate->duplicate_of);
    printf("\n");
    return 0; /* non-zero would cancel the search */
}

int main(int argc, char **argv)
{
    if (argc != 2) return fprintf(stderr, "usage: %s MODEL.safetensors\n", argv[0]), EXIT_FAILURE;

    rm_model *model = NULL;
    check(rm_model_load(argv[1], &model));

    int32_t numbers[16], count = 0;
    check(rm_formula("C4", 1, numbers, 16, &count));

    rm_search_options options;
    rm_search_options_init(&options, sizeof options, RM_PRESET_DIAMOND);
    options.count = 6;
    options.seed = 2024;
    options.threads = 2;

    rm_search_summary summary;
    check(rm_search(model, numbers, count, &options, receive, NULL, &summary));
    printf("%lld tried, %lld converged, %lld of them duplicates; %lld evaluations\n", (long long)summary.tried,
           (long long)summary.converged, (long long)summary.duplicates, (long long)summary.evaluations);

    rm_model_free(&model);
    return EXIT_SUCCESS;
}

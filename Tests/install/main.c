/* An outside program: it knows the installed header and library alone. */
#include <rm.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    rm_model *model = NULL;
    if (argc != 2 || rm_model_load(argv[1], &model) != RM_OK) {
        fprintf(stderr, "%s\n", rm_last_error());
        return 1;
    }
    printf("librm %s, cutoff %g\n", rm_version(), rm_model_cutoff(model));
    rm_model_free(&model);
    return 0;
}

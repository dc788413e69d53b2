/*
 * The pseudo-energy of a crystal, from C:  ./energy MODEL.safetensors STRUCTURE.txt
 *
 * The text has the number of atoms, three lattice vectors, then atomic number and position of each atom, in angstrom.
 */
#include <inttypes.h>
#include <rm.h>
#include <stdio.h>
#include <stdlib.h>

static void fail(const char *message)
{
    fprintf(stderr, "energy.c: %s\n", message);
    exit(EXIT_FAILURE);
}

static void check(rm_status status)
{
    if (status != RM_OK) fail(rm_last_error());
}

static void read_vector(FILE *file, double vector[3])
{
    if (fscanf(file, "%lf %lf %lf", &vector[0], &vector[1], &vector[2]) != 3) fail("three numbers were expected");
}

int main(int argc, char **argv)
{
    if (argc != 3) fail("usage: energy MODEL.safetensors STRUCTURE.txt");
    FILE *file = fopen(argv[2], "r");
    if (file == NULL) fail("the structure cannot be opened");

    int32_t count, numbers[100];
    double cell[3][3], positions[100][3];
    if (fscanf(file, "%" SCNd32, &count) != 1 || count < 1 || count > 100) fail("1 to 100 atoms were expected");
    for (int i = 0; i < 3; i++) read_vector(file, cell[i]);
    for (int i = 0; i < count; i++) {
        if (fscanf(file, "%" SCNd32, &numbers[i]) != 1) fail("an atomic number was expected");
        read_vector(file, positions[i]);
    }
    fclose(file);

    const rm_structure structure = {
        .atom_count = count, .numbers = numbers, .positions = positions[0], .cell = cell[0], .periodic = {1, 1, 1}};
    rm_model *model = NULL;
    rm_workspace *workspace = NULL;
    check(rm_model_load(argv[1], &model));
    check(rm_workspace_create(model, NULL, &workspace));

    double energy;
    const rm_results results = {.energy = &energy};
    check(rm_evaluate(workspace, &structure, &results));
    printf("%.16e\n", energy);

    rm_workspace_free(&workspace);
    rm_model_free(&model);
    return EXIT_SUCCESS;
}

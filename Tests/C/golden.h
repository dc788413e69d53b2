/*
 * golden.h - the fixtures' structures and what the models must give for them, as goldens.py writes them: blocks of a
 * name and lines "key count numbers", closed by "end".
 */
#ifndef GOLDEN_H
#define GOLDEN_H

#include "check.h"

#define FIXTURES "Tests/fixtures/"
#define GOLDENS "build/tests/goldens/"

typedef struct golden_array {
    char key[64];
    size_t count;
    double *values;
} golden_array;

/* One structure with its golden arrays. */
typedef struct golden {
    char name[64];
    rm_structure structure;
    int32_t *numbers;
    double *positions, *cell;
    golden_array arrays[32];
    int array_count;
} golden;

typedef struct golden_file {
    golden cases[20];
    int count;
} golden_file;

static inline const double *golden_values(const golden *golden, const char *key)
{
    for (int i = 0; i < golden->array_count; i++)
        if (strcmp(golden->arrays[i].key, key) == 0) return golden->arrays[i].values;
    return NULL;
}

static inline int golden_is_crystal(const golden *golden)
{
    return golden->structure.periodic[0] && golden->structure.periodic[1] && golden->structure.periodic[2];
}

static inline void golden_close(golden *golden)
{
    const double *numbers = golden_values(golden, "numbers"), *periodic = golden_values(golden, "periodic");
    for (int i = 0; numbers && i < golden->array_count; i++)
        if (strcmp(golden->arrays[i].key, "numbers") == 0)
            golden->structure.atom_count = (int32_t)golden->arrays[i].count;
    if (!numbers) return;
    golden->numbers = need((size_t)golden->structure.atom_count * sizeof *golden->numbers);
    for (int32_t i = 0; i < golden->structure.atom_count; i++) golden->numbers[i] = (int32_t)numbers[i];
    for (int i = 0; i < 3; i++) golden->structure.periodic[i] = (int32_t)periodic[i];
    golden->structure.numbers = golden->numbers;
    golden->structure.positions = golden->positions = (double *)golden_values(golden, "positions");
    golden->structure.cell = golden->cell = (double *)golden_values(golden, "cell");
}

/* Ends the program where the file cannot be read: the build makes it. */
static inline golden_file *golden_read(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, GOLDENS "%s.txt", name);
    FILE *file = fopen(path, "r");
    if (!file) {
        fprintf(stderr, "no golden numbers %s\n", path);
        exit(EXIT_FAILURE);
    }
    golden_file *all = need(sizeof *all);
    golden *current = NULL;
    char word[64];
    while (fscanf(file, "%63s", word) == 1) {
        if (strcmp(word, "block") == 0) {
            current = &all->cases[all->count++];
            if (fscanf(file, "%63s", current->name) != 1) break;
        } else if (strcmp(word, "end") == 0) {
            golden_close(current);
        } else {
            golden_array *array = &current->arrays[current->array_count++];
            strcpy(array->key, word);
            if (fscanf(file, "%zu", &array->count) != 1) break;
            array->values = numbers_of(array->count);
            for (size_t i = 0; i < array->count; i++)
                if (fscanf(file, "%lf", &array->values[i]) != 1) exit(EXIT_FAILURE);
        }
    }
    fclose(file);
    return all;
}

static inline const golden *golden_find(const golden_file *all, const char *name)
{
    for (int i = 0; i < all->count; i++)
        if (strcmp(all->cases[i].name, name) == 0) return &all->cases[i];
    fprintf(stderr, "no golden case %s\n", name);
    exit(EXIT_FAILURE);
}

static inline void golden_free(golden_file *all)
{
    for (int i = 0; i < all->count; i++) {
        for (int a = 0; a < all->cases[i].array_count; a++) free(all->cases[i].arrays[a].values);
        free(all->cases[i].numbers);
    }
    free(all);
}

static const char *const golden_models[] = {"random-carbon-l3-nu3", "random-organic-l3-nu3", "random-organic-l3-nu4",
                                            "random-inorganic-l2-nu2-receiver"};

#define GOLDEN_MODEL_COUNT ((int)(sizeof golden_models / sizeof *golden_models))

/* Ends the program where the model cannot be loaded: nothing else could be tested. */
static inline rm_model *golden_model(const char *name)
{
    char path[256];
    rm_model *model = NULL;
    snprintf(path, sizeof path, FIXTURES "models/%s.safetensors", name);
    if (rm_model_load(path, &model) != RM_OK) {
        fprintf(stderr, "%s: %s\n", path, rm_last_error());
        exit(EXIT_FAILURE);
    }
    return model;
}

#endif /* GOLDEN_H */

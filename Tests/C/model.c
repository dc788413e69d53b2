/* Models: load, create, describe, save, query, copy. */
#define _POSIX_C_SOURCE 200809L /* setenv */
#include "golden.h"

#define SCRATCH "build/tests/scratch/"

static void *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    void *bytes = need(*size);
    if (fread(bytes, 1, *size, file) != *size) *size = 0;
    fclose(file);
    return bytes;
}

static double energy_of(const rm_model *model, const rm_structure *structure)
{
    double energy = NAN;
    rm_results results = {.energy = &energy};
    rm_workspace *workspace = NULL;
    CHECK_OK(rm_workspace_create(model, NULL, &workspace));
    CHECK_OK(rm_evaluate(workspace, structure, &results));
    rm_workspace_free(&workspace);
    return energy;
}

static void version_agrees_with_the_header(void)
{
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", RM_VERSION_MAJOR, RM_VERSION_MINOR, RM_VERSION_PATCH);
    CHECK(strcmp(rm_version(), text) == 0);
}

static void queries_of_a_loaded_model(void)
{
    rm_model *model = golden_model("random-organic-l3-nu3");
    CHECK(rm_model_cutoff(model) == 4.5);
    CHECK(rm_model_element_count(model) >= 2);
    for (int32_t i = 0; i < rm_model_element_count(model); i++)
        CHECK(rm_model_element(model, i) > 0 && rm_model_element(model, i) < 119);
    CHECK(rm_model_element(model, -1) == 0);
    CHECK(rm_model_element(model, rm_model_element_count(model)) == 0);
    CHECK(rm_model_descriptor_count(model) > 0);
    CHECK(rm_model_parameter_count(model) > 0);
    CHECK(rm_model_tensor_count(model) > 0);
    CHECK(strstr(rm_model_description(model), "\"cutoff\"") != NULL);
    rm_model_free(&model);
    CHECK(model == NULL);
}

static void queries_of_null(void)
{
    CHECK(rm_model_cutoff(NULL) == 0);
    CHECK(rm_model_element_count(NULL) == 0);
    CHECK(rm_model_element(NULL, 0) == 0);
    CHECK(rm_model_descriptor_count(NULL) == 0);
    CHECK(rm_model_parameter_count(NULL) == 0);
    CHECK(rm_model_tensor_count(NULL) == 0);
    CHECK(rm_model_description(NULL) == NULL);
    rm_model_free(NULL);
    rm_model *model = NULL;
    rm_model_free(&model);
}

static void tensors_tile_the_parameters(void)
{
    for (int m = 0; m < GOLDEN_MODEL_COUNT; m++) {
        rm_model *model = golden_model(golden_models[m]);
        int64_t next = 0;
        for (int32_t t = 0; t < rm_model_tensor_count(model); t++) {
            const char *name = NULL;
            int64_t shape[3] = {0, 0, 0}, offset = -1;
            int32_t rank = -1;
            REQUIRE_OK(rm_model_tensor(model, t, &name, shape, &rank, &offset));
            CHECK(offset == next);
            CHECK(name && *name);
            CHECK(rank >= 1 && rank <= 3);
            for (int32_t i = rank; i < 3; i++) CHECK(shape[i] == 1);
            next += shape[0] * shape[1] * shape[2];
            CHECK_OK(rm_model_tensor(model, t, NULL, NULL, NULL, NULL));
        }
        CHECK(next == rm_model_parameter_count(model));
        CHECK_FAILS(rm_model_tensor(model, -1, NULL, NULL, NULL, NULL), RM_ERROR_ARGUMENT, "index");
        CHECK_FAILS(rm_model_tensor(model, rm_model_tensor_count(model), NULL, NULL, NULL, NULL), RM_ERROR_ARGUMENT,
                    "index");
        rm_model_free(&model);
    }
}

static void memory_and_file_give_the_same_model(void)
{
    size_t size = 0;
    void *bytes = read_file(FIXTURES "models/random-carbon-l3-nu3.safetensors", &size);
    rm_model *loaded = golden_model("random-carbon-l3-nu3"), *other = NULL;
    REQUIRE_OK(rm_model_load_memory(bytes, size, &other));
    free(bytes); /* a model keeps nothing of the caller's */
    size_t count = (size_t)rm_model_parameter_count(loaded);
    CHECK(rm_model_parameter_count(other) == (int64_t)count);
    double *a = numbers_of(count), *b = numbers_of(count);
    CHECK_OK(rm_model_parameters(loaded, a));
    CHECK_OK(rm_model_parameters(other, b));
    CHECK(memcmp(a, b, count * sizeof *a) == 0);
    CHECK(strcmp(rm_model_description(loaded), rm_model_description(other)) == 0);
    free(a);
    free(b);
    rm_model_free(&loaded);
    rm_model_free(&other);
}

static void saving_and_loading_keeps_all(void)
{
    golden_file *all = golden_read("random-inorganic-l2-nu2-receiver");
    const golden *crystal = golden_find(all, "small-skewed-3");
    rm_model *model = golden_model("random-inorganic-l2-nu2-receiver"), *other = NULL;
    REQUIRE_OK(rm_model_save(model, SCRATCH "saved.safetensors"));
    REQUIRE_OK(rm_model_load(SCRATCH "saved.safetensors", &other));
    size_t count = (size_t)rm_model_parameter_count(model);
    double *a = numbers_of(count), *b = numbers_of(count);
    CHECK_OK(rm_model_parameters(model, a));
    CHECK_OK(rm_model_parameters(other, b));
    CHECK(memcmp(a, b, count * sizeof *a) == 0); /* F64: not a bit is lost */
    CHECK(energy_of(model, &crystal->structure) == energy_of(other, &crystal->structure));
    /* Saving over a file replaces it, and saving twice gives the same bytes. */
    size_t first_size = 0, second_size = 0;
    void *first = read_file(SCRATCH "saved.safetensors", &first_size);
    CHECK_OK(rm_model_save(other, SCRATCH "saved.safetensors"));
    void *second = read_file(SCRATCH "saved.safetensors", &second_size);
    CHECK(first_size > 0 && first_size == second_size && memcmp(first, second, first_size) == 0);
    remove(SCRATCH "saved.safetensors");
    free(first);
    free(second);
    free(a);
    free(b);
    rm_model_free(&model);
    rm_model_free(&other);
    golden_free(all);
}

static void saving_where_one_cannot(void)
{
    rm_model *model = golden_model("random-carbon-l3-nu3");
    CHECK_FAILS(rm_model_save(model, "build/tests/no such folder/x.safetensors"), RM_ERROR_FILE, "no such folder");
    CHECK_FAILS(rm_model_save(model, "build/tests"), RM_ERROR_FILE, "build/tests");
    CHECK_FAILS(rm_model_save(model, ""), RM_ERROR_FILE, "");
    CHECK_STATUS(rm_model_save(model, NULL), RM_ERROR_ARGUMENT);
    CHECK_STATUS(rm_model_save(NULL, SCRATCH "x.safetensors"), RM_ERROR_ARGUMENT);
    rm_model_free(&model);
}

static void describe_and_create(void)
{
    const int32_t numbers[] = {1, 6, 8};
    for (rm_preset preset = RM_PRESET_MOLECULES; preset <= RM_PRESET_DIAMOND_PUBLISHED; preset++) {
        size_t length = 0, again = 0;
        CHECK_OK(rm_model_describe(preset, numbers, 3, NULL, 0, &length));
        CHECK(length > 100);
        char *text = need(length + 2);
        CHECK_FAILS(rm_model_describe(preset, numbers, 3, text, length, &again), RM_ERROR_ARGUMENT, "capacity");
        CHECK(text[0] == 0 && again == length);
        text[length + 1] = 'x';
        REQUIRE_OK(rm_model_describe(preset, numbers, 3, text, length + 1, &again));
        CHECK(strlen(text) == length && text[length + 1] == 'x');
        rm_model *model = NULL;
        REQUIRE_OK(rm_model_create(text, 7, &model));
        CHECK(rm_model_element_count(model) == 3);
        CHECK(rm_model_element(model, 0) == 1 && rm_model_element(model, 1) == 6 && rm_model_element(model, 2) == 8);
        if (preset >= RM_PRESET_MOLECULES_PUBLISHED) /* the published sizes */
            CHECK(rm_model_cutoff(model) == (preset == RM_PRESET_CRYSTALS_PUBLISHED ? 4.0 : 4.5));
        rm_model_free(&model);
        free(text);
    }
}

/* The counts of the published models follow from their sizes. */
static void published_sizes(void)
{
    const struct {
        rm_preset preset;
        int64_t elements, dim, tables, degrees, contractions, first, second;
    } sizes[] = {{RM_PRESET_MOLECULES_PUBLISHED, 5, 3, 1, 4, 8, 24, 12},
                 {RM_PRESET_CRYSTALS_PUBLISHED, 5, 4, 2, 3, 3, 32, 16},
                 {RM_PRESET_DIAMOND_PUBLISHED, 1, 1, 1, 4, 8, 24, 12}};
    const int64_t radial = 6, mixed = 8;
    const int32_t numbers[] = {6, 1, 7, 8, 16};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char text[4096];
        rm_model *model = NULL;
        REQUIRE_OK(rm_model_describe(sizes[i].preset, numbers, (int32_t)sizes[i].elements, text, sizeof text, NULL));
        REQUIRE_OK(rm_model_create(text, 1, &model));
        int64_t channels = sizes[i].dim * sizes[i].dim, features = mixed * sizes[i].contractions * channels;
        int64_t embedding = sizes[i].tables * sizes[i].elements * sizes[i].dim;
        int64_t mixing = sizes[i].degrees * radial * mixed * channels;
        int64_t layers = (features + 1) * sizes[i].first + (sizes[i].first + 1) * sizes[i].second + sizes[i].second + 1;
        CHECK(rm_model_descriptor_count(model) == features);
        CHECK(rm_model_parameter_count(model) == embedding + radial + mixing + layers + features + 1);
        rm_model_free(&model);
    }
}

static void equal_seeds_equal_weights(void)
{
    const int32_t carbon = 6;
    char text[4096];
    rm_model *models[3] = {NULL, NULL, NULL};
    double *weights[3];
    REQUIRE_OK(rm_model_describe(RM_PRESET_DIAMOND, &carbon, 1, text, sizeof text, NULL));
    const uint64_t seeds[3] = {11, 11, 12};
    for (int i = 0; i < 3; i++) {
        REQUIRE_OK(rm_model_create(text, seeds[i], &models[i]));
        weights[i] = numbers_of((size_t)rm_model_parameter_count(models[i]));
        CHECK_OK(rm_model_parameters(models[i], weights[i]));
    }
    size_t bytes = (size_t)rm_model_parameter_count(models[0]) * sizeof(double);
    CHECK(memcmp(weights[0], weights[1], bytes) == 0);
    CHECK(memcmp(weights[0], weights[2], bytes) != 0);
    for (int i = 0; i < 3; i++) {
        free(weights[i]);
        rm_model_free(&models[i]);
    }
}

static void describing_what_is_not_there(void)
{
    char text[4096] = "as it was";
    size_t length = 77;
    const int32_t good[] = {6}, zero[] = {0}, heavy[] = {119}, twice[] = {6, 1, 6};
    CHECK_STATUS(rm_model_describe((rm_preset)6, good, 1, text, sizeof text, &length), RM_ERROR_ARGUMENT);
    CHECK_STATUS(rm_model_describe((rm_preset)-1, good, 1, text, sizeof text, &length), RM_ERROR_ARGUMENT);
    CHECK_STATUS(rm_model_describe(RM_PRESET_DIAMOND, NULL, 1, text, sizeof text, &length), RM_ERROR_ARGUMENT);
    CHECK_STATUS(rm_model_describe(RM_PRESET_DIAMOND, good, 0, text, sizeof text, &length), RM_ERROR_ARGUMENT);
    CHECK_STATUS(rm_model_describe(RM_PRESET_DIAMOND, good, -5, text, sizeof text, &length), RM_ERROR_ARGUMENT);
    CHECK(rm_model_describe(RM_PRESET_DIAMOND, zero, 1, text, sizeof text, &length) != RM_OK);
    CHECK(rm_model_describe(RM_PRESET_DIAMOND, heavy, 1, text, sizeof text, &length) != RM_OK);
    CHECK(rm_model_describe(RM_PRESET_DIAMOND, twice, 3, text, sizeof text, &length) != RM_OK);
    CHECK(strcmp(text, "as it was") == 0 && length == 77);
}

static void copies_take_parameters_and_keys(void)
{
    golden_file *all = golden_read("random-carbon-l3-nu3");
    const golden *cluster = golden_find(all, "cluster-9");
    rm_model *model = golden_model("random-carbon-l3-nu3"), *same = NULL, *zero = NULL, *keyed = NULL;
    size_t count = (size_t)rm_model_parameter_count(model);
    REQUIRE_OK(rm_model_copy(model, NULL, NULL, &same));
    CHECK(energy_of(model, &cluster->structure) == energy_of(same, &cluster->structure));
    double *parameters = numbers_of(count);
    REQUIRE_OK(rm_model_copy(model, parameters, NULL, &zero));
    CHECK(energy_of(zero, &cluster->structure) == 0);
    REQUIRE_OK(
        rm_model_copy(model, NULL, "{\"note\": \"ein \\u00dcberblick\", \"numbers\": [1, 2.5, null, true]}", &keyed));
    CHECK(strstr(rm_model_description(keyed), "note") != NULL);
    CHECK(strstr(rm_model_description(keyed), "2.5") != NULL);
    CHECK(strstr(rm_model_description(model), "note") == NULL);
    CHECK(energy_of(keyed, &cluster->structure) == energy_of(model, &cluster->structure));
    /* Keys survive a file, and are replaced by keys of the same name. */
    rm_model *read = NULL, *replaced = NULL;
    REQUIRE_OK(rm_model_save(keyed, SCRATCH "keyed.safetensors"));
    REQUIRE_OK(rm_model_load(SCRATCH "keyed.safetensors", &read));
    CHECK(strstr(rm_model_description(read), "berblick") != NULL);
    REQUIRE_OK(rm_model_copy(read, NULL, "{\"note\": 5}", &replaced));
    CHECK(strstr(rm_model_description(replaced), "berblick") == NULL);
    CHECK(strstr(rm_model_description(replaced), "2.5") != NULL);
    remove(SCRATCH "keyed.safetensors");
    free(parameters);
    rm_model_free(&model);
    rm_model_free(&same);
    rm_model_free(&zero);
    rm_model_free(&keyed);
    rm_model_free(&read);
    rm_model_free(&replaced);
    golden_free(all);
}

static void copies_refuse(void)
{
    rm_model *model = golden_model("random-carbon-l3-nu3"), *copy = NULL;
    size_t count = (size_t)rm_model_parameter_count(model);
    double *parameters = numbers_of(count);
    for (int32_t t = 0; t < rm_model_tensor_count(model); t++) {
        const char *name = NULL;
        int64_t offset = 0;
        REQUIRE_OK(rm_model_tensor(model, t, &name, NULL, NULL, &offset));
        parameters[offset] = t % 2 ? NAN : INFINITY;
        CHECK_FAILS(rm_model_copy(model, parameters, NULL, &copy), RM_ERROR_NUMBERS, name);
        parameters[offset] = 0;
    }
    CHECK_FAILS(rm_model_copy(model, NULL, "{\"cutoff\": 6}", &copy), RM_ERROR_FORMAT, "cutoff");
    CHECK_FAILS(rm_model_copy(model, NULL, "{\"elements\": [1]}", &copy), RM_ERROR_FORMAT, "elements");
    CHECK_STATUS(rm_model_copy(model, NULL, "[1, 2]", &copy), RM_ERROR_FORMAT);
    CHECK_STATUS(rm_model_copy(model, NULL, "{\"note\": ", &copy), RM_ERROR_FORMAT);
    CHECK_STATUS(rm_model_copy(model, NULL, "", &copy), RM_ERROR_FORMAT);
    CHECK_STATUS(rm_model_copy(model, NULL, "{\"note\": \"\xff\xfe\"}", &copy), RM_ERROR_FORMAT);
    CHECK_STATUS(rm_model_copy(NULL, NULL, NULL, &copy), RM_ERROR_ARGUMENT);
    CHECK_STATUS(rm_model_copy(model, NULL, NULL, NULL), RM_ERROR_ARGUMENT);
    CHECK(copy == NULL);
    free(parameters);
    rm_model_free(&model);
}

static void a_model_by_its_name(void)
{
    rm_model *model = NULL, *same = NULL;
    REQUIRE_OK(rm_model_load("diamond", &model)); /* from share/librm/models of the folder that build/lib is in */
    CHECK(rm_model_element_count(model) == 1 && rm_model_element(model, 0) == 6);
    REQUIRE_OK(rm_model_load("models/diamond/model.safetensors", &same));
    CHECK(strcmp(rm_model_description(model), rm_model_description(same)) == 0);
    rm_model_free(&model);
    rm_model_free(&same);
    CHECK_STATUS(rm_model_load("no-such-model", &model), RM_ERROR_FILE);
    CHECK(model == NULL);
    CHECK(strstr(rm_last_error(), "no-such-model") && strstr(rm_last_error(), "/share/librm/models"));
    setenv("LIBRM_MODELS", "Tests:models", 1); /* one's own folders come first */
    CHECK_STATUS(rm_model_load("no-such-model", &model), RM_ERROR_FILE);
    CHECK(strstr(rm_last_error(), "Tests, models, ") != NULL);
    REQUIRE_OK(rm_model_load("diamond", &model));
    rm_model_free(&model);
    unsetenv("LIBRM_MODELS");
}

static void the_last_error_is_of_this_thread_and_of_the_last_call(void)
{
    rm_model *model = NULL;
    CHECK_STATUS(rm_model_load("build/tests/no such file", &model), RM_ERROR_FILE);
    CHECK(strstr(rm_last_error(), "no such file") != NULL);
    CHECK_STATUS(rm_model_load(NULL, &model), RM_ERROR_ARGUMENT);
    CHECK(strstr(rm_last_error(), "no such file") == NULL && strstr(rm_last_error(), "path") != NULL);
}

int main(void)
{
    RUN(version_agrees_with_the_header);
    RUN(queries_of_a_loaded_model);
    RUN(queries_of_null);
    RUN(tensors_tile_the_parameters);
    RUN(memory_and_file_give_the_same_model);
    RUN(saving_and_loading_keeps_all);
    RUN(saving_where_one_cannot);
    RUN(describe_and_create);
    RUN(published_sizes);
    RUN(equal_seeds_equal_weights);
    RUN(describing_what_is_not_there);
    RUN(copies_take_parameters_and_keys);
    RUN(copies_refuse);
    RUN(a_model_by_its_name);
    RUN(the_last_error_is_of_this_thread_and_of_the_last_call);
    return finish();
}

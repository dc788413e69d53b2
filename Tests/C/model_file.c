/* Model files that are broken, cut short or malicious: each is a clear error, none harms the process. */
#include "golden.h"

typedef struct file_bytes {
    unsigned char *bytes;
    size_t size;
} file_bytes;

static file_bytes fixture; /* a good file */

static char *header_of(const file_bytes *file)
{
    uint64_t length = 0;
    memcpy(&length, file->bytes, 8);
    char *text = need((size_t)length + 1);
    memcpy(text, file->bytes + 8, (size_t)length);
    return text;
}

/* A file of this header and the fixture's tensors. */
static file_bytes with_header(const char *header)
{
    uint64_t old_length = 0, length = strlen(header);
    memcpy(&old_length, fixture.bytes, 8);
    size_t data = fixture.size - 8 - (size_t)old_length;
    file_bytes file = {need(8 + (size_t)length + data), 8 + (size_t)length + data};
    memcpy(file.bytes, &length, 8);
    memcpy(file.bytes + 8, header, (size_t)length);
    memcpy(file.bytes + 8 + length, fixture.bytes + 8 + old_length, data);
    return file;
}

static char *replaced(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    if (!at) return NULL;
    char *result = need(strlen(text) + strlen(to) + 1);
    memcpy(result, text, (size_t)(at - text));
    strcpy(result + (at - text), to);
    strcat(result, at + strlen(from));
    return result;
}

static rm_status load(file_bytes file)
{
    rm_model *model = NULL;
    rm_status status = rm_model_load_memory(file.bytes, file.size, &model);
    CHECK((status == RM_OK) == (model != NULL));
    CHECK(status == RM_OK || strlen(rm_last_error()) > 0);
    rm_model_free(&model);
    return status;
}

/* The fixture with one place of its header changed must be refused, with a message that names the place. */
static void refuses(const char *from, const char *to, const char *word)
{
    char *header = header_of(&fixture), *changed = replaced(header, from, to);
    if (!changed) {
        complain(__FILE__, __LINE__, "the fixture has no '%s' to change", from);
    } else {
        file_bytes file = with_header(changed);
        rm_model *model = NULL;
        rm_status status = rm_model_load_memory(file.bytes, file.size, &model);
        if (status != RM_ERROR_FORMAT || model || !strstr(rm_last_error(), word))
            complain(__FILE__, __LINE__, "'%s' for '%s' gives status %d and the message: %s", to, from, (int)status,
                     rm_last_error());
        rm_model_free(&model);
        free(file.bytes);
    }
    free(header);
    free(changed);
}

static void the_fixture_itself_loads(void)
{
    CHECK(load(fixture) == RM_OK);
    char *header = header_of(&fixture);
    file_bytes same = with_header(header);
    CHECK(load(same) == RM_OK);
    free(same.bytes);
    free(header);
}

static void no_file_no_bytes(void)
{
    rm_model *model = NULL;
    CHECK_FAILS(rm_model_load("build/tests/scratch/absent.safetensors", &model), RM_ERROR_FILE, "absent.safetensors");
    CHECK_STATUS(rm_model_load("build/tests", &model), RM_ERROR_FILE); /* a folder */
    CHECK_STATUS(rm_model_load("", &model), RM_ERROR_FILE);
    CHECK_STATUS(rm_model_load("build/tests/\xff\xfe", &model), RM_ERROR_FILE);
    CHECK(rm_model_load("/dev/null", &model) != RM_OK);
    CHECK(rm_model_load("/dev/zero", &model) != RM_OK); /* without end */
    CHECK_STATUS(rm_model_load(NULL, &model), RM_ERROR_ARGUMENT);
    CHECK_STATUS(rm_model_load("x", NULL), RM_ERROR_ARGUMENT);
    CHECK_STATUS(rm_model_load_memory(NULL, 100, &model), RM_ERROR_ARGUMENT);
    CHECK_STATUS(rm_model_load_memory(fixture.bytes, fixture.size, NULL), RM_ERROR_ARGUMENT);
    CHECK_STATUS(rm_model_load_memory(fixture.bytes, 0, &model), RM_ERROR_FORMAT);
    CHECK_STATUS(rm_model_load_memory("not a model file at all", 23, &model), RM_ERROR_FORMAT);
    CHECK(model == NULL);
}

/* The copy is on the heap and exactly as long, so that memory checkers see any read beyond it. */
static void cut_short_anywhere(void)
{
    for (size_t size = 0; size < fixture.size; size += size < 64 ? 1 : 61) {
        file_bytes part = {need(size), size};
        memcpy(part.bytes, fixture.bytes, size);
        CHECK_STATUS(load(part), RM_ERROR_FORMAT);
        free(part.bytes);
    }
    file_bytes longer = {need(fixture.size + 8), fixture.size + 8}; /* and with something behind it */
    memcpy(longer.bytes, fixture.bytes, fixture.size);
    CHECK_STATUS(load(longer), RM_ERROR_FORMAT);
    free(longer.bytes);
}

static void header_lengths_that_lie(void)
{
    const uint64_t lengths[] = {0,
                                1,
                                2,
                                7,
                                fixture.size - 8,
                                fixture.size - 7,
                                fixture.size,
                                fixture.size + 1,
                                1u << 20,
                                INT32_MAX,
                                UINT32_MAX,
                                INT64_MAX,
                                (uint64_t)INT64_MAX + 1,
                                UINT64_MAX - 7,
                                UINT64_MAX - 8,
                                UINT64_MAX};
    file_bytes file = {need(fixture.size), fixture.size};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        memcpy(file.bytes, fixture.bytes, fixture.size);
        memcpy(file.bytes, &lengths[i], 8);
        CHECK_STATUS(load(file), RM_ERROR_FORMAT);
    }
    free(file.bytes);
}

static void wrong_format_or_version(void)
{
    refuses("\"rm-model\"", "\"pt\"", "format");
    refuses("\"version\"", "\"edition\"", "version");
    refuses("__metadata__", "__metadat__", "");
    char *header = header_of(&fixture), *changed = replaced(header, "\"version\": \"1\"", "\"version\": \"2\"");
    if (!changed) changed = replaced(header, "\"version\":\"1\"", "\"version\":\"2\"");
    CHECK(changed != NULL);
    if (changed) {
        file_bytes file = with_header(changed);
        CHECK_STATUS(load(file), RM_ERROR_FORMAT);
        CHECK(strstr(rm_last_error(), "version") != NULL);
        free(file.bytes);
    }
    free(changed);
    free(header);
}

static void tensors_that_lie(void)
{
    refuses("\"radial.frequencies\"", "\"radial.frequency\"", "radial.freq"); /* one is missing, one unknown */
    refuses("\"F64\"", "\"F16\"", "F16");
    refuses("\"F64\"", "64", "");
    refuses("\"F64\"", "\"F32\"", "");                                            /* half as long as it says */
    refuses("\"shape\":[24,64]", "\"shape\":[64,24]", "readout.layers.0.weight"); /* same count, other shape */
    refuses("\"shape\":[24,64]", "\"shape\":[24,64,1]", "readout.layers.0.weight");
    refuses("\"shape\":[24,64]", "\"shape\":[1536]", "readout.layers.0.weight");
    refuses("\"shape\":[24,64]", "\"shape\":[-24,-64]", "readout.layers.0.weight");
    refuses("\"shape\":[24,64]", "\"shape\":[4294967296,4294967296]",
            "readout.layers.0.weight"); /* product wraps to 0 */
    refuses("\"shape\":[24,64]", "\"shape\":[9223372036854775807,2]", "readout.layers.0.weight");
    refuses("\"shape\":[24,64]", "\"shape\":[1e3,64]", "readout.layers.0.weight");
    refuses("\"shape\":[24,64]", "\"shape\":[24.5,64]", "readout.layers.0.weight");
    refuses("\"shape\":[24,64]", "\"shape\":[24,\"64\"]", "readout.layers.0.weight");
    refuses("\"shape\":[24,64]", "\"shape\":{}", "readout.layers.0.weight");
    refuses("\"shape\":[24,64]", "\"shape\":[]", "readout.layers.0.weight");
    refuses("\"data_offsets\":[", "\"data_offsets\":[1", "");
    refuses("\"data_offsets\":[", "\"data_offsets\":[-1", "");
    refuses("\"data_offsets\":[", "\"data_offsets\":[18446744073709551615,7],\"x\":[", "");
    refuses("\"data_offsets\":[", "\"data_offsets\":[9223372036854775807,9223372036854775807],\"x\":[", "");
    refuses("\"data_offsets\":[", "\"data_offsets\":[800,0],\"x\":[", "");
    refuses("\"data_offsets\":[", "\"data_offsets\":[0],\"x\":[", "");
    refuses("\"data_offsets\":[", "\"data_offsets\":null,\"x\":[", "");
    refuses("\"data_offsets\"", "\"offsets\"", "");
}

static void numbers_that_are_none(void)
{
    rm_model *good = golden_model("random-carbon-l3-nu3");
    uint64_t length = 0;
    memcpy(&length, fixture.bytes, 8);
    const double values[] = {NAN, INFINITY, -INFINITY};
    file_bytes file = {need(fixture.size), fixture.size};
    for (size_t at = 8 + (size_t)length; at + 8 <= fixture.size; at += 8 * 97) {
        memcpy(file.bytes, fixture.bytes, fixture.size);
        memcpy(file.bytes + at, &values[at / 8 % 3], 8);
        CHECK_STATUS(load(file), RM_ERROR_FORMAT);
        int named = 0;
        for (int32_t t = 0; t < rm_model_tensor_count(good); t++) {
            const char *name = NULL;
            rm_model *model = NULL;
            CHECK_OK(rm_model_tensor(good, t, &name, NULL, NULL, NULL));
            (void)rm_model_load_memory(file.bytes, file.size, &model);
            named += strstr(rm_last_error(), name) != NULL;
        }
        CHECK(named > 0 || strstr(rm_last_error(), "embedding.receiver"));
    }
    free(file.bytes);
    rm_model_free(&good);
}

static void architectures_that_cannot_be(void)
{
    refuses("\\\"cutoff\\\": 4.5", "\\\"cutoff\\\": -4.5", "cutoff");
    refuses("\\\"cutoff\\\": 4.5", "\\\"cutoff\\\": 0", "cutoff");
    refuses("\\\"cutoff\\\": 4.5", "\\\"cutoff\\\": 1e999", "");
    refuses("\\\"cutoff\\\": 4.5", "\\\"cutoff\\\": 1e300", "cutoff");
    refuses("\\\"cutoff\\\": 4.5", "\\\"cutoff\\\": \\\"4.5\\\"", "cutoff");
    refuses("\\\"cutoff\\\": 4.5, ", "", "cutoff");
    refuses("\\\"cutoff\\\": 4.5", "\\\"cutoff\\\": NaN", "");
    refuses("\\\"elements\\\": [6]", "\\\"elements\\\": []", "elements");
    refuses("\\\"elements\\\": [6]", "\\\"elements\\\": [0]", "elements");
    refuses("\\\"elements\\\": [6]", "\\\"elements\\\": [-6]", "elements");
    refuses("\\\"elements\\\": [6]", "\\\"elements\\\": [6.5]", "elements");
    refuses("\\\"elements\\\": [6]", "\\\"elements\\\": [1000000]", "elements");
    refuses("\\\"elements\\\": [6]", "\\\"elements\\\": [6, 6]", "elements");
    refuses("\\\"elements\\\": [6]", "\\\"elements\\\": [6, 7]", "embedding");
    refuses("\\\"type\\\": \\\"polynomial\\\"", "\\\"type\\\": \\\"cosine\\\"", "cosine");
    refuses("\\\"p\\\": 2", "\\\"p\\\": -2", "");
    refuses("\\\"p\\\": 2", "\\\"p\\\": 1000000000", "");
    refuses("\\\"type\\\": \\\"bessel\\\"", "\\\"type\\\": \\\"gauss\\\"", "gauss");
    refuses("\\\"count\\\": 6", "\\\"count\\\": 7", "");
    refuses("\\\"count\\\": 6", "\\\"count\\\": 0", "count");
    refuses("\\\"count\\\": 6", "\\\"count\\\": 9223372036854775807", "");
    refuses("\\\"radial_channels\\\": 8", "\\\"radial_channels\\\": 0", "radial_channels");
    refuses("\\\"radial_channels\\\": 8", "\\\"radial_channels\\\": 2147483648", "");
    refuses("\\\"l_max\\\": 3", "\\\"l_max\\\": -1", "l_max");
    refuses("\\\"l_max\\\": 3", "\\\"l_max\\\": 1000000000", "l_max");
    refuses("\\\"l_max\\\": 3", "\\\"l_max\\\": 2", "");
    refuses("[[0, 1, 3]]", "[[0, 1, 4]]", "contraction");
    refuses("[[0, 1, 3]]", "[[0, 1, 0]]", "contraction");
    refuses("[[0, 1, 3]]", "[[0, 1, -3]]", "contraction");
    refuses("[[0, 1, 3]]", "[[0, 0, 3]]", "contraction"); /* a loop */
    refuses("[[0, 1, 3]]", "[[0, 2000000000, 3]]", "contraction");
    refuses("[[0, 1, 3]]", "[[-1, 1, 3]]", "contraction");
    refuses("[[0, 1, 3]]", "[[0, 1, 1], [2, 3, 1]]", "contraction"); /* not connected */
    refuses("[[0, 1, 3]]", "[[0, 1]]", "contraction");
    refuses("[[0, 1, 3]]", "[0, 1, 3]", "contraction");
    refuses("\\\"contractions\\\": [[], ", "\\\"contractions\\\": [", ""); /* features do not fit the readout */
    refuses("\\\"dim\\\": 1", "\\\"dim\\\": 0", "dim");
    refuses("\\\"dim\\\": 1", "\\\"dim\\\": 3037000500", ""); /* its square overflows */
    refuses("\\\"shared\\\"", "\\\"lent\\\"", "receiver");
    refuses("\\\"hidden\\\": [24, 12]", "\\\"hidden\\\": [12, 24]", "readout");
    refuses("\\\"hidden\\\": [24, 12]", "\\\"hidden\\\": [24, -12]", "hidden");
    refuses("\\\"hidden\\\": [24, 12]", "\\\"hidden\\\": [24, 1e15]", "hidden");
    refuses("\\\"silu\\\"", "\\\"relu\\\"", "relu");
}

static void json_that_is_none(void)
{
    const char *headers[] = {"",
                             "{",
                             "}",
                             "[]",
                             "null",
                             "\"x\"",
                             "{\"a\":}",
                             "{\"a\" 1}",
                             "{\"a\":1,}",
                             "{a:1}",
                             "{} {}",
                             "{\"a\":\"\\u12\"}",
                             "{\"a\":\"\\q\"}",
                             "{\"a\":\"",
                             "{\"a\":\"\\",
                             "{\"a\":01}",
                             "{\"a\":-}",
                             "{\"a\":1e}",
                             "{\"a\":tru}",
                             "{\"a\":\"\x01\"}",
                             "{\"a\":\"\xc3\x28\"}",
                             "{\"a\":\"\\ud800\"}",
                             "{\"__metadata__\":[]}",
                             "{\"__metadata__\":{\"model\":5}}"};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        file_bytes file = with_header(headers[i]);
        CHECK_STATUS(load(file), RM_ERROR_FORMAT);
        free(file.bytes);
    }
    refuses("\"__metadata__\"", "\"radial.frequencies\":{},\"__metadata__\"", ""); /* a key twice */
}

/* Deep nesting must not overflow the stack, and long texts must not take quadratic time. */
static void json_that_is_too_much(void)
{
    const size_t depth = 2000000;
    char *text = need(2 * depth + 64);
    for (int kind = 0; kind < 3; kind++) {
        char *at = text;
        if (kind == 0)
            for (size_t i = 0; i < depth; i++) *at++ = '[';
        if (kind == 1)
            for (size_t i = 0; i < depth / 5; i++, at += 5) memcpy(at, "{\"a\":", 5);
        if (kind == 2) {
            at += sprintf(at, "{\"a\":\"");
            memset(at, 'x', depth), at += depth;
            at += sprintf(at, "\"}");
        }
        *at = 0;
        file_bytes file = with_header(text);
        CHECK_STATUS(load(file), RM_ERROR_FORMAT);
        free(file.bytes);
        rm_model *model = NULL;
        CHECK_STATUS(rm_model_create(text, 1, &model), RM_ERROR_FORMAT);
        CHECK(model == NULL);
    }
    free(text);
}

/* Bytes changed at random: refused, or a model whose numbers can be asked for. */
static void changed_at_random(void)
{
    uint64_t seed = 20240509, header_length = 0;
    memcpy(&header_length, fixture.bytes, 8);
    const double positions[2][3] = {{0, 0, 0}, {0.8, 0.9, 0.7}};
    const int32_t numbers[2] = {6, 6};
    const rm_structure dimer = {.atom_count = 2, .numbers = numbers, .positions = positions[0]};
    int loaded = 0;
    file_bytes file = {need(fixture.size), fixture.size};
    for (int round = 0; round < 4000; round++) {
        memcpy(file.bytes, fixture.bytes, fixture.size);
        /* mostly in the header, where one byte can do harm */
        size_t range = round % 8 ? (size_t)header_length + 8 : fixture.size;
        for (uint64_t changes = 1 + random_bits(&seed) % 3; changes; changes--) {
            static const char likely[] = "0123456789-.eE{}[]\",:\\u\x00\xff";
            size_t at = (size_t)(random_bits(&seed) % range);
            file.bytes[at] = (unsigned char)(round % 2 ? likely[random_bits(&seed) % (sizeof likely - 1)]
                                                       : (char)random_bits(&seed));
        }
        rm_model *model = NULL;
        rm_status status = rm_model_load_memory(file.bytes, file.size, &model);
        CHECK(status == RM_OK || status == RM_ERROR_FORMAT || status == RM_ERROR_MEMORY);
        if (status == RM_OK) {
            rm_workspace *workspace = NULL;
            double energy = 0, forces[6];
            const rm_results results = {.energy = &energy, .forces = forces};
            loaded++;
            CHECK_OK(rm_workspace_create(model, NULL, &workspace));
            status = rm_evaluate(workspace, &dimer, &results);
            CHECK(status == RM_OK || status == RM_ERROR_ELEMENT || status == RM_ERROR_NUMBERS);
            CHECK(status != RM_OK || (isfinite(energy) && isfinite(forces[0])));
            rm_workspace_free(&workspace);
        }
        rm_model_free(&model);
    }
    CHECK(loaded > 0); /* some changes are harmless, else this tests nothing */
    free(file.bytes);
}

static void descriptions_of_nothing(void)
{
    rm_model *model = NULL;
    CHECK_STATUS(rm_model_create(NULL, 1, &model), RM_ERROR_ARGUMENT);
    CHECK_STATUS(rm_model_create("{}", 1, NULL), RM_ERROR_ARGUMENT);
    const char *texts[] = {"", "{}", "[]", "5", "{\"elements\":[6]}", "{\"elements\":6,\"cutoff\":4.5}", "\xff"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        CHECK_STATUS(rm_model_create(texts[i], 1, &model), RM_ERROR_FORMAT);
    CHECK(model == NULL);
}

int main(void)
{
    FILE *file = fopen(FIXTURES "models/random-carbon-l3-nu3.safetensors", "rb");
    fixture.bytes = need(1 << 20);
    fixture.size = file ? fread(fixture.bytes, 1, 1 << 20, file) : 0;
    if (file) fclose(file);
    RUN(the_fixture_itself_loads);
    RUN(no_file_no_bytes);
    RUN(cut_short_anywhere);
    RUN(header_lengths_that_lie);
    RUN(wrong_format_or_version);
    RUN(tensors_that_lie);
    RUN(numbers_that_are_none);
    RUN(architectures_that_cannot_be);
    RUN(json_that_is_none);
    RUN(json_that_is_too_much);
    RUN(changed_at_random);
    RUN(descriptions_of_nothing);
    free(fixture.bytes);
    return finish();
}

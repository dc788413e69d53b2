/* Search: every candidate is handed over once, depends on seed and index alone, and is what its state says. */
#include "golden.h"

static rm_model *carbon, *organic;
static const int32_t carbons[8] = {6, 6, 6, 6, 6, 6, 6, 6};

#define MOST 64

/* Candidates as they came, in the order of their index. */
typedef struct collection {
    int64_t first, count, stop_after, handed;
    rm_candidate candidates[MOST];
    double positions[MOST][30], cells[MOST][9];
    int times[MOST], inside;
} collection;

static int collect(void *user, const rm_candidate *candidate)
{
    collection *all = user;
    int64_t k = candidate->index - all->first;
    CHECK(__atomic_add_fetch(&all->inside, 1, __ATOMIC_SEQ_CST) == 1); /* never two at a time */
    if (k < 0 || k >= MOST || candidate->atom_count > 10) {
        complain(__FILE__, __LINE__, "candidate %lld was not asked for", (long long)candidate->index);
    } else {
        all->times[k]++;
        all->candidates[k] = *candidate;
        if (candidate->positions)
            memcpy(all->positions[k], candidate->positions, 3 * (size_t)candidate->atom_count * sizeof(double));
        if (candidate->cell) memcpy(all->cells[k], candidate->cell, sizeof all->cells[k]);
    }
    all->handed++;
    __atomic_sub_fetch(&all->inside, 1, __ATOMIC_SEQ_CST);
    return all->stop_after && all->handed == all->stop_after;
}

static collection *collection_for(const rm_search_options *options)
{
    collection *all = need(sizeof *all);
    all->first = options->first;
    all->count = options->count;
    return all;
}

/* A search in which nothing relaxes: what comes is what was drawn. */
static rm_search_options drawing(rm_preset preset, rm_search_stage *stage, rm_relax_options *relax)
{
    rm_search_options options;
    rm_search_options_init(&options, sizeof options, preset);
    rm_relax_options_init(relax, sizeof *relax);
    relax->max_steps = 0;
    *stage = (rm_search_stage){.relax = relax};
    options.stages = stage;
    options.stage_count = 1;
    options.hops = 0;
    options.seed = 5;
    options.count = 20;
    return options;
}

static double distance(const double *a, const double *b)
{
    return sqrt(pow(a[0] - b[0], 2) + pow(a[1] - b[1], 2) + pow(a[2] - b[2], 2));
}

static double volume_of(const double *h)
{
    return fabs(h[0] * (h[4] * h[8] - h[5] * h[7]) - h[1] * (h[3] * h[8] - h[5] * h[6]) +
                h[2] * (h[3] * h[7] - h[4] * h[6]));
}

/* The least distance over all pairs and images. */
static double least_distance(const double *positions, int32_t n, const double *cell)
{
    double least = INFINITY;
    int reach = cell ? 3 : 0;
    for (int a = -reach; a <= reach; a++)
        for (int b = -reach; b <= reach; b++)
            for (int c = -reach; c <= reach; c++)
                for (int32_t i = 0; i < n; i++)
                    for (int32_t j = 0; j <= i; j++) {
                        double image[3];
                        if (i == j && !a && !b && !c) continue;
                        for (int k = 0; k < 3; k++)
                            image[k] =
                                positions[3 * j + k] + (cell ? a * cell[k] + b * cell[3 + k] + c * cell[6 + k] : 0);
                        least = fmin(least, distance(&positions[3 * i], image));
                    }
    return least;
}

static void molecules_are_drawn_in_their_box(void)
{
    rm_search_stage stage;
    rm_relax_options relax;
    rm_search_options options = drawing(RM_PRESET_MOLECULES, &stage, &relax);
    rm_search_summary summary;
    options.box[0] = 8, options.box[1] = 5, options.box[2] = 4;
    options.min_separation = 1.3;
    options.covalent_separation = 0;
    options.duplicate_tolerance = 0;
    collection *all = collection_for(&options);
    CHECK_OK(rm_search(organic, carbons, 8, &options, collect, all, &summary));
    CHECK(all->handed == 20 && summary.tried == 20 && summary.unconverged + summary.converged == 20);
    double low[3] = {9, 9, 9}, high[3] = {-9, -9, -9};
    for (int k = 0; k < 20; k++) {
        CHECK(all->times[k] == 1 && all->candidates[k].cell == NULL && all->candidates[k].volume == 0);
        CHECK(all->candidates[k].duplicate_of == -1);
        CHECK(least_distance(all->positions[k], 8, NULL) >= 1.3);
        for (int i = 0; i < 24; i++) {
            low[i % 3] = fmin(low[i % 3], all->positions[k][i]);
            high[i % 3] = fmax(high[i % 3], all->positions[k][i]);
        }
    }
    for (int k = 0; k < 3; k++) { /* 160 atoms fill the box and do not leave it */
        CHECK(high[k] - low[k] <= options.box[k]);
        CHECK(high[k] - low[k] > 0.85 * options.box[k]);
    }
    free(all);
}

static void cells_are_drawn_of_their_volume(void)
{
    for (rm_container container = RM_CONTAINER_CELL; container <= RM_CONTAINER_SKEWED_CELL; container++) {
        rm_search_stage stage;
        rm_relax_options relax;
        rm_search_options options = drawing(RM_PRESET_DIAMOND, &stage, &relax);
        options.container = container;
        options.volume_per_atom[0] = 6;
        options.volume_per_atom[1] = 9;
        options.min_separation = 1.1;
        options.covalent_separation = 0;
        options.duplicate_tolerance = 0;
        collection *all = collection_for(&options);
        CHECK_OK(rm_search(carbon, carbons, 6, &options, collect, all, NULL));
        double least = INFINITY, most = 0;
        int skewed = 0;
        for (int k = 0; k < 20; k++) {
            if (all->candidates[k].state == RM_CANDIDATE_NOT_PLACED) continue;
            CHECK(all->times[k] == 1);
            double volume = volume_of(all->cells[k]);
            CHECK_CLOSE_NUMBER(all->candidates[k].volume, volume, 1e-12);
            least = fmin(least, volume / 6);
            most = fmax(most, volume / 6);
            CHECK(least_distance(all->positions[k], 6, all->cells[k]) >= 1.1);
            skewed += fabs(all->cells[k][1]) > 1e-9;
        }
        CHECK(least >= 6 * (1 - 1e-12) && least < 7 && most <= 9 * (1 + 1e-12) && most > 8);
        CHECK(container == RM_CONTAINER_CELL ? skewed == 0 : skewed > 10);
        free(all);
    }
}

static void volumes_of_elements(void)
{
    rm_search_stage stage;
    rm_relax_options relax;
    rm_search_options options = drawing(RM_PRESET_CRYSTALS, &stage, &relax);
    double volumes[119] = {0};
    const int32_t contents[3] = {6, 8, 8};
    volumes[6] = 10;
    volumes[8] = 15;
    options.volume_per_atom[0] = options.volume_per_atom[1] = 0;
    options.element_volumes = volumes;
    options.volume_scale[0] = options.volume_scale[1] = 1.5;
    options.count = 5;
    collection *all = collection_for(&options);
    CHECK_OK(rm_search(organic, contents, 3, &options, collect, all, NULL));
    for (int k = 0; k < 5; k++)
        if (all->candidates[k].state != RM_CANDIDATE_NOT_PLACED)
            CHECK_CLOSE_NUMBER(volume_of(all->cells[k]), 60, 1e-12);
    volumes[8] = 0; /* not known */
    CHECK_STATUS(rm_search(organic, contents, 3, &options, collect, all, NULL), RM_ERROR_ARGUMENT);
    options.element_volumes = NULL; /* the fixture has none of its own */
    CHECK_FAILS(rm_search(organic, contents, 3, &options, collect, all, NULL), RM_ERROR_ARGUMENT, "element_volumes");
    free(all);
}

static void covalent_radii_keep_atoms_apart(void)
{
    rm_search_stage stage;
    rm_relax_options relax;
    rm_search_options options = drawing(RM_PRESET_MOLECULES, &stage, &relax);
    options.min_separation = 0;
    options.covalent_separation = 0.9;
    options.duplicate_tolerance = 0;
    collection *all = collection_for(&options);
    CHECK_OK(rm_search(organic, carbons, 6, &options, collect, all, NULL));
    double least = INFINITY;
    for (int k = 0; k < 20; k++) least = fmin(least, least_distance(all->positions[k], 6, NULL));
    CHECK(least >=
          0.9 * 2 * 0.73 - 1e-9); /* Cordero's radius of carbon: 0.76 (sp3) to 0.69 (sp) angstrom, 0.73 (sp2) */
    free(all);
}

static void no_room(void)
{
    rm_search_stage stage;
    rm_relax_options relax;
    rm_search_options options = drawing(RM_PRESET_MOLECULES, &stage, &relax);
    rm_search_summary summary;
    options.box[0] = options.box[1] = options.box[2] = 1;
    options.min_separation = 2;
    options.count = 3;
    collection *all = collection_for(&options);
    CHECK_OK(rm_search(carbon, carbons, 8, &options, collect, all, &summary));
    CHECK(summary.tried == 3 && summary.not_placed == 3 && all->handed == 3 && summary.evaluations == 0);
    for (int k = 0; k < 3; k++) CHECK(all->candidates[k].state == RM_CANDIDATE_NOT_PLACED);
    free(all);
}

static rm_search_options short_search(rm_preset preset)
{
    rm_search_options options;
    rm_search_options_init(&options, sizeof options, preset);
    options.seed = 42;
    options.count = 6;
    return options;
}

/* Relaxing stages short enough for a test. */
static void short_stages(rm_search_options *options, rm_search_stage stages[2], rm_relax_options relax[2], int periodic)
{
    for (int i = 0; i < 2; i++) {
        rm_relax_options_init(&relax[i], sizeof relax[i]);
        relax[i].max_steps = 40;
        relax[i].fmax = 0.01;
        if (periodic) relax[i].cell = i ? RM_CELL_FREE : RM_CELL_CONSTANT_VOLUME;
        stages[i] = (rm_search_stage){.relax = &relax[i], .kick = i ? 0.3 : 0};
    }
    options->stages = stages;
    options->stage_count = 2;
}

static void compare_collections(const collection *a, int64_t from_a, const collection *b, int64_t from_b, int64_t count)
{
    for (int64_t k = 0; k < count; k++) {
        const rm_candidate *x = &a->candidates[from_a + k], *y = &b->candidates[from_b + k];
        CHECK(a->times[from_a + k] == 1 && b->times[from_b + k] == 1);
        CHECK(x->index == y->index && x->state == y->state && x->steps == y->steps && x->stage == y->stage);
        CHECK_CLOSE_NUMBER(x->energy, y->energy, 1e-12);
        CHECK_CLOSE(a->positions[from_a + k], b->positions[from_b + k], 3 * x->atom_count, 1e-9);
        CHECK_CLOSE(a->cells[from_a + k], b->cells[from_b + k], 9, 1e-9);
    }
}

static void a_candidate_depends_on_seed_and_index_alone(void)
{
    for (int periodic = 0; periodic < 2; periodic++) {
        rm_search_stage stages[2];
        rm_relax_options relax[2];
        rm_search_options options = short_search(periodic ? RM_PRESET_DIAMOND : RM_PRESET_MOLECULES);
        short_stages(&options, stages, relax, periodic);
        options.hops = 1;
        options.hop_kick = 0.2;
        const rm_model *model = periodic ? carbon : organic;
        rm_search_summary one, two;
        collection *all = collection_for(&options);
        CHECK_OK(rm_search(model, carbons, 5, &options, collect, all, &one));
        options.threads = 2;
        collection *threaded = collection_for(&options);
        CHECK_OK(rm_search(model, carbons, 5, &options, collect, threaded, &two));
        compare_collections(all, 0, threaded, 0, 6);
        CHECK(one.tried == two.tried && one.converged == two.converged && one.evaluations == two.evaluations);
        CHECK(one.converged + one.unconverged + one.not_placed + one.dropped + one.failed == one.tried);
        options.threads = 1;
        options.first = 3;
        options.count = 2;
        collection *part = collection_for(&options);
        CHECK_OK(rm_search(model, carbons, 5, &options, collect, part, NULL));
        compare_collections(all, 3, part, 0, 2);
        options.first = 0;
        options.seed = 43;
        collection *other = collection_for(&options);
        CHECK_OK(rm_search(model, carbons, 5, &options, collect, other, NULL));
        CHECK(memcmp(other->positions[0], all->positions[0], sizeof other->positions[0]) != 0);
        free(all);
        free(threaded);
        free(part);
        free(other);
    }
}

/* The energy handed over is that of the structure handed over. */
static void candidates_are_what_they_say(void)
{
    rm_search_stage stages[2];
    rm_relax_options relax[2];
    rm_search_options options = short_search(RM_PRESET_DIAMOND);
    rm_workspace *workspace = NULL;
    short_stages(&options, stages, relax, 1);
    collection *all = collection_for(&options);
    CHECK_OK(rm_search(carbon, carbons, 5, &options, collect, all, NULL));
    CHECK_OK(rm_workspace_create(carbon, NULL, &workspace));
    int compared = 0;
    for (int k = 0; k < 6; k++) {
        if (all->candidates[k].state > RM_CANDIDATE_UNCONVERGED) continue;
        double energy = 0, forces[15];
        const rm_structure structure = {5, carbons, all->positions[k], all->cells[k], {1, 1, 1}};
        const rm_results results = {.energy = &energy, .forces = forces};
        CHECK_OK(rm_evaluate(workspace, &structure, &results));
        CHECK_CLOSE_NUMBER(all->candidates[k].energy, energy, 1e-11);
        CHECK(all->candidates[k].state == RM_CANDIDATE_UNCONVERGED || all->candidates[k].fmax < relax[1].fmax);
        for (int i = 0; i < 5; i++)
            CHECK(sqrt(pow(forces[3 * i], 2) + pow(forces[3 * i + 1], 2) + pow(forces[3 * i + 2], 2)) <=
                  all->candidates[k].fmax * (1 + 1e-9));
        compared++;
    }
    CHECK(compared > 0);
    rm_workspace_free(&workspace);
    free(all);
}

static void stages_may_drop(void)
{
    rm_search_stage stages[2];
    rm_relax_options relax[2];
    rm_search_options options = short_search(RM_PRESET_MOLECULES);
    rm_search_summary summary;
    short_stages(&options, stages, relax, 0);
    relax[0].max_steps = 1;
    relax[0].fmax = 1e-12;
    stages[0].drop_unconverged = 1;
    collection *all = collection_for(&options);
    CHECK_OK(rm_search(organic, carbons, 5, &options, collect, all, &summary));
    CHECK(summary.dropped == 6 && all->handed == 6);
    for (int k = 0; k < 6; k++)
        CHECK(all->candidates[k].state == RM_CANDIDATE_DROPPED && all->candidates[k].stage == 0);
    free(all);
}

static void duplicates_are_recognised(void)
{
    rm_search_options options = short_search(RM_PRESET_MOLECULES);
    rm_search_summary summary;
    options.count = 5;
    collection *all = collection_for(&options);
    CHECK_OK(rm_search(organic, carbons, 1, &options, collect, all, &summary)); /* one atom is like another */
    CHECK(summary.converged == 5 && summary.duplicates == 4);
    int originals = 0;
    for (int k = 0; k < 5; k++) originals += all->candidates[k].duplicate_of == -1;
    CHECK(originals == 1);
    free(all);
}

static void a_callback_may_cancel(void)
{
    for (int32_t threads = 1; threads <= 2; threads++) {
        rm_search_stage stages[2];
        rm_relax_options relax[2];
        rm_search_options options = short_search(RM_PRESET_MOLECULES);
        rm_search_summary summary = {0};
        short_stages(&options, stages, relax, 0);
        options.count = 1000000000000;
        options.threads = threads;
        collection *all = collection_for(&options);
        all->stop_after = 3;
        CHECK_STATUS(rm_search(organic, carbons, 4, &options, collect, all, &summary), RM_ERROR_CANCELLED);
        CHECK(all->handed == 3 && summary.tried >= 3 && summary.tried < 10);
        free(all);
    }
}

static void without_a_callback(void)
{
    rm_search_stage stages[2];
    rm_relax_options relax[2];
    rm_search_options options = short_search(RM_PRESET_MOLECULES);
    rm_search_summary summary = {0};
    short_stages(&options, stages, relax, 0);
    options.count = 2;
    CHECK_OK(rm_search(organic, carbons, 4, &options, NULL, NULL, &summary));
    CHECK(summary.tried == 2 && summary.evaluations > 2);
    CHECK_OK(rm_search(organic, carbons, 4, &options, NULL, NULL, NULL));
    options.count = 0;
    CHECK_OK(rm_search(organic, carbons, 4, &options, NULL, NULL, &summary));
    CHECK(summary.tried == 0 && summary.evaluations == 0);
}

static void presets_run(void)
{
    for (rm_preset preset = RM_PRESET_MOLECULES; preset <= RM_PRESET_DIAMOND_PUBLISHED; preset++) {
        rm_search_options options = short_search(preset);
        rm_search_summary summary = {0};
        CHECK(options.size == sizeof options && options.preset == preset && options.threads == 1 && options.first == 0);
        options.count = 1;
        double volumes[119];
        for (int i = 0; i < 119; i++) volumes[i] = 8;
        options.element_volumes = volumes;
        CHECK_OK(rm_search(carbon, carbons, 2, &options, NULL, NULL, &summary));
        CHECK(summary.tried == 1);
    }
    rm_search_options published;
    rm_search_options_init(&published, sizeof published, RM_PRESET_MOLECULES_PUBLISHED);
    CHECK(published.container == RM_CONTAINER_BOX && published.box[0] == 10 && published.box[1] == 5 &&
          published.box[2] == 5);
    CHECK(published.min_separation == 0.7 && published.covalent_separation == 0 && published.hops == 0);
    rm_search_options_init(&published, sizeof published, RM_PRESET_CRYSTALS_PUBLISHED);
    CHECK(published.container == RM_CONTAINER_CELL && published.min_separation == 1 &&
          published.cell_variation == 0.25 && published.symmetry == 0 && published.collapsed_separation == 0);
    rm_search_options_init(&published, sizeof published, RM_PRESET_DIAMOND_PUBLISHED);
    CHECK(published.container == RM_CONTAINER_SKEWED_CELL && published.min_separation == 0.7);
    CHECK(published.volume_per_atom[0] == 3.8 && published.volume_per_atom[1] == 5.6);
}

static void what_cannot_be_searched(void)
{
    rm_search_options options;
    rm_search_summary summary = {.tried = -7};
    rm_search_stage stages[2];
    rm_relax_options relax[2];
    const int32_t gold[2] = {6, 79};
#define REFUSES(change, word) \
    do { \
        options = short_search(RM_PRESET_DIAMOND); \
        short_stages(&options, stages, relax, 1); \
        change; \
        CHECK_FAILS(rm_search(carbon, carbons, 2, &options, NULL, NULL, &summary), RM_ERROR_ARGUMENT, word); \
    } while (0)
    options = short_search(RM_PRESET_MOLECULES);
    CHECK_FAILS(rm_search(NULL, carbons, 2, &options, NULL, NULL, &summary), RM_ERROR_ARGUMENT, "model");
    CHECK_FAILS(rm_search(carbon, NULL, 2, &options, NULL, NULL, &summary), RM_ERROR_ARGUMENT, "numbers");
    CHECK_FAILS(rm_search(carbon, carbons, 0, &options, NULL, NULL, &summary), RM_ERROR_ARGUMENT, "atom_count");
    CHECK_FAILS(rm_search(carbon, carbons, -2, &options, NULL, NULL, &summary), RM_ERROR_ARGUMENT, "atom_count");
    CHECK_FAILS(rm_search(carbon, carbons, 2, NULL, NULL, NULL, &summary), RM_ERROR_ARGUMENT, "options");
    CHECK_FAILS(rm_search(carbon, gold, 2, &options, NULL, NULL, &summary), RM_ERROR_ELEMENT, "Au");
    REFUSES(options.size = 4, "size");
    REFUSES(options.preset = (rm_preset)99, "preset");
    REFUSES(options.container = (rm_container)3, "container");
    REFUSES((options.container = RM_CONTAINER_BOX, options.box[1] = 0), "box");
    REFUSES((options.container = RM_CONTAINER_BOX, options.box[1] = NAN), "box");
    REFUSES(options.volume_per_atom[0] = -1, "volume_per_atom");
    REFUSES(options.volume_per_atom[1] = NAN, "volume_per_atom");
    REFUSES((options.volume_per_atom[0] = 6, options.volume_per_atom[1] = 5), "volume_per_atom");
    REFUSES(options.volume_scale[0] = 0, "volume_scale");
    REFUSES(options.cell_variation = -0.1, "cell_variation");
    REFUSES(options.cell_variation = NAN, "cell_variation");
    REFUSES(options.min_separation = -1, "min_separation");
    REFUSES(options.min_separation = NAN, "min_separation");
    REFUSES(options.covalent_separation = -1, "covalent_separation");
    REFUSES(options.max_draws = 0, "max_draws");
    REFUSES(options.stage_count = -1, "stage_count");
    REFUSES(options.stage_count = INT32_MAX, "stage_count");
    REFUSES(stages[1].relax = NULL, "relax");
    REFUSES(stages[1].kick = -1, "kick");
    REFUSES(stages[1].kick = NAN, "kick");
    REFUSES(relax[1].fmax = NAN, "fmax");
    REFUSES(relax[0].size = 0, "size");
    REFUSES((options.container = RM_CONTAINER_BOX, options.box[0] = options.box[1] = options.box[2] = 9),
            "cell"); /* no cell to relax */
    REFUSES(options.hops = -1, "hops");
    REFUSES(options.hop_kick = -1, "hop_kick");
    REFUSES(options.hop_hydrogen = 1.5, "hop_hydrogen");
    REFUSES(options.hop_swap = -0.5, "hop_swap");
    REFUSES(options.duplicate_tolerance = -1, "duplicate_tolerance");
    REFUSES(options.count = -1, "count");
    REFUSES(options.first = -1, "first");
    REFUSES(options.threads = 0, "threads");
    CHECK(summary.tried == -7);
}

static void formulas(void)
{
    int32_t numbers[64], count = 0;
    const int32_t acid[] = {6, 6, 6, 6, 6, 1, 1, 1, 1, 1, 1, 1, 1, 1, 7, 8};
    CHECK_OK(rm_formula("C5H9NO", 1, numbers, 64, &count));
    CHECK(count == 16 && memcmp(numbers, acid, sizeof acid) == 0);
    const int32_t sulfate[] = {3, 3, 16, 8, 8, 8, 8, 16, 8, 8, 8, 8, 16, 8, 8, 8, 8};
    CHECK_OK(rm_formula("Li2(SO4)3", 2, numbers, 64, &count));
    CHECK(count == 34 && memcmp(numbers, sulfate, sizeof sulfate) == 0 &&
          memcmp(numbers + 17, sulfate, sizeof sulfate) == 0);
    CHECK_OK(rm_formula("Ca10((PO4)2)3(OH)2", 1, numbers, 64, &count));
    CHECK(count == 10 + 30 + 4);
    count = 0;
    CHECK_OK(rm_formula("Og", 3, NULL, 0, &count));
    CHECK(count == 3);
    CHECK_STATUS(rm_formula("C5H9NO", 1, numbers, 15, &count), RM_ERROR_ARGUMENT);
    CHECK(count == 16);
    count = 77;
    const char *bad[] = {"",
                         "Xx",
                         "c",
                         "C(",
                         "C)",
                         "(C",
                         "()2",
                         "C0",
                         "C-1",
                         "C 2",
                         "2C",
                         "C99999999999999999999",
                         "C2147483648",
                         "C1.5",
                         "C+",
                         "(C1000000)1000000",
                         "CH\xc3\xa9",
                         "C\n",
                         "H2O extra"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_STATUS(rm_formula(bad[i], 1, numbers, 64, &count), RM_ERROR_FORMAT);
        CHECK(count == 77);
    }
    CHECK_FAILS(rm_formula("CXx2", 1, numbers, 64, &count), RM_ERROR_FORMAT, "Xx");
    CHECK_FAILS(rm_formula(NULL, 1, numbers, 64, &count), RM_ERROR_ARGUMENT, "formula");
    CHECK_FAILS(rm_formula("C", 0, numbers, 64, &count), RM_ERROR_ARGUMENT, "units");
    CHECK_FAILS(rm_formula("C", -1, numbers, 64, &count), RM_ERROR_ARGUMENT, "units");
    CHECK(rm_formula("C", INT32_MAX, numbers, 64, &count) != RM_OK);
    CHECK_STATUS(rm_formula("C2", INT32_MAX, numbers, 64, &count), RM_ERROR_ARGUMENT);
    char *deep = need(200002);
    memset(deep, '(', 100000);
    memset(deep + 100000, ')', 100000);
    CHECK_STATUS(rm_formula(deep, 1, numbers, 64, &count), RM_ERROR_FORMAT);
    free(deep);
}

int main(void)
{
    carbon = golden_model("random-carbon-l3-nu3");
    organic = golden_model("random-organic-l3-nu3");
    RUN(molecules_are_drawn_in_their_box);
    RUN(cells_are_drawn_of_their_volume);
    RUN(volumes_of_elements);
    RUN(covalent_radii_keep_atoms_apart);
    RUN(no_room);
    RUN(a_candidate_depends_on_seed_and_index_alone);
    RUN(candidates_are_what_they_say);
    RUN(stages_may_drop);
    RUN(duplicates_are_recognised);
    RUN(a_callback_may_cancel);
    RUN(without_a_callback);
    RUN(presets_run);
    RUN(what_cannot_be_searched);
    RUN(formulas);
    rm_model_free(&carbon);
    rm_model_free(&organic);
    return finish();
}

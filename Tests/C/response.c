/* The responses to noise that a trainer learns from, held against their definition. */
#include "golden.h"

#define MOST 2048
#define ATOMS 16

typedef struct drawn {
    int64_t count, stop_after;
    int32_t atoms;
    double amplitudes[MOST], weights[MOST], positions[MOST][3 * ATOMS], cells[MOST][9], forces[MOST][3 * ATOMS],
        stress[MOST][9];
    int has_stress[MOST];
} drawn;

static int keep(void *user, int64_t index, const rm_frame *frame, double amplitude)
{
    drawn *all = user;
    CHECK(index == all->count && index < MOST && frame->structure.atom_count <= ATOMS);
    size_t bytes = 3 * (size_t)frame->structure.atom_count * sizeof(double);
    all->atoms = frame->structure.atom_count;
    all->amplitudes[index] = amplitude;
    all->weights[index] = frame->weight;
    memcpy(all->positions[index], frame->structure.positions, bytes);
    memcpy(all->forces[index], frame->forces, bytes);
    if (frame->structure.cell) memcpy(all->cells[index], frame->structure.cell, 9 * sizeof(double));
    all->has_stress[index] = frame->stress != NULL;
    if (frame->stress) memcpy(all->stress[index], frame->stress, 9 * sizeof(double));
    all->count++;
    return all->stop_after && all->count == all->stop_after;
}

static const int32_t carbons[8] = {6, 6, 6, 6, 6, 6, 6, 6};
static const double edge = 3.567;
static double diamond_positions[24], diamond_cell[9];

static rm_structure diamond(void)
{
    static const double basis[8][3] = {{0, 0, 0},       {0, .5, .5},     {.5, 0, .5},     {.5, .5, 0},
                                       {.25, .25, .25}, {.25, .75, .75}, {.75, .25, .75}, {.75, .75, .25}};
    for (int i = 0; i < 24; i++) diamond_positions[i] = edge * basis[i / 3][i % 3];
    for (int k = 0; k < 3; k++) diamond_cell[4 * k] = edge;
    return (rm_structure){8, carbons, diamond_positions, diamond_cell, {1, 1, 1}};
}

static const double molecule_positions[12] = {0, 0, 0, 1.4, 0, 0, 2.1, 1.2, 0, 2.0, 1.9, 1.1};

static rm_structure molecule(void)
{
    return (rm_structure){.atom_count = 4, .numbers = carbons, .positions = molecule_positions};
}

static const double levels[] = {0, 1, 2, 3, 4, 6, 8, 10, 12, 16, 32};

/* Every noise level comes, displacements stay within it, and without further terms the force is the way back. */
static void molecules_answer_with_the_way_back(void)
{
    rm_structure structure = molecule();
    rm_response_options options;
    drawn *all = need(sizeof *all);
    rm_response_options_init(&options, sizeof options, RM_PRESET_MOLECULES_PUBLISHED);
    CHECK(options.displacement == 0.1 && options.repulsion_radius == 0.7 && options.force_noise == 0.005);
    options.force_noise = 0;
    options.repulsion_radius = 0;
    CHECK_OK(rm_response_draw(&structure, &options, 3, keep, all));
    CHECK(all->count >= 11 && all->count % 11 == 0);
    int seen[11] = {0};
    for (int64_t i = 0; i < all->count; i++) {
        double largest = 0, d[12];
        CHECK(all->has_stress[i] == 0 && all->weights[i] == 1);
        for (int k = 0; k < 12; k++) {
            d[k] = all->positions[i][k] - molecule_positions[k];
            largest = fmax(largest, fabs(d[k]));
            CHECK(fabs(all->forces[i][k] + d[k]) < 1e-12);
        }
        CHECK(largest <= all->amplitudes[i] * (1 + 1e-12));
        for (int l = 0; l < 11; l++)
            if (fabs(all->amplitudes[i] - levels[l] * 0.1 / 2) < 1e-12) {
                seen[l] = 1;
                CHECK(largest > 0.3 * all->amplitudes[i] || levels[l] == 0); /* 12 uniform draws */
            }
    }
    for (int l = 0; l < 11; l++) CHECK(seen[l]);
    free(all);
}

static void force_noise_and_repulsion(void)
{
    rm_structure structure = molecule();
    rm_response_options options;
    drawn *plain = need(sizeof *plain), *noisy = need(sizeof *noisy);
    rm_response_options_init(&options, sizeof options, RM_PRESET_MOLECULES_PUBLISHED);
    const double level = 16;
    options.levels = &level;
    options.level_count = 1;
    options.repulsion_radius = 0;
    CHECK_OK(rm_response_draw(&structure, &options, 3, keep, noisy));
    double largest = 0;
    for (int k = 0; k < 12; k++)
        largest = fmax(largest, fabs(noisy->forces[0][k] + noisy->positions[0][k] - molecule_positions[k]));
    CHECK(largest > 0 && largest <= 0.005 * 4 + 1e-12);
    /* repulsion of a pair at distance r: force 4 r/r_rep^2 (1 - r^2/r_rep^2) on both, apart */
    const double level_zero = 0;
    options.levels = &level_zero;
    options.repulsion_radius = 1.5; /* the three bonds are shorter */
    CHECK_OK(rm_response_draw(&structure, &options, 3, keep, plain));
    double want[12] = {0};
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < i; j++) {
            double d[3], square = 0;
            for (int k = 0; k < 3; k++) {
                d[k] = molecule_positions[3 * i + k] - molecule_positions[3 * j + k];
                square += d[k] * d[k];
            }
            double x = square / (1.5 * 1.5);
            if (x >= 1) continue;
            for (int k = 0; k < 3; k++) {
                double force = 4 * (1 - x) * d[k] / (1.5 * 1.5);
                want[3 * i + k] += force;
                want[3 * j + k] -= force;
            }
        }
    CHECK_CLOSE(plain->forces[0], want, 12, 1e-12);
    free(plain);
    free(noisy);
}

/* The target stress is that of an isotropic elastic body of modulus 1 and ratio 0.3 under the Green-Lagrange strain. */
static void crystals_answer_with_an_elastic_stress(void)
{
    rm_structure structure = diamond();
    rm_response_options options;
    drawn *all = need(sizeof *all);
    rm_response_options_init(&options, sizeof options, RM_PRESET_DIAMOND_PUBLISHED);
    CHECK(options.displacement == 0.05 && options.young_modulus == 1 && options.poisson_ratio == 0.3);
    CHECK(options.dilation == 0.1 && options.shear == 0.05 && options.repulsion_radius == 0.75);
    options.repulsion_radius = 0;
    CHECK_OK(rm_response_draw(&structure, &options, 9, keep, all));
    CHECK(all->count == 11 * options.strain_count);
    const double lambda = 0.3 / ((1 + 0.3) * (1 - 2 * 0.3)), mu = 1 / (2 * (1 + 0.3));
    double least = INFINITY, most = 0;
    for (int64_t n = 0; n < all->count; n++) {
        const double *h = all->cells[n];
        double strain[9], want[9], trace = 0, back[24];
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) {
                strain[3 * i + j] = i == j ? -0.5 : 0;
                for (int k = 0; k < 3; k++) strain[3 * i + j] += 0.5 * h[3 * k + i] * h[3 * k + j] / (edge * edge);
            }
        for (int k = 0; k < 3; k++) trace += strain[4 * k];
        for (int i = 0; i < 9; i++) want[i] = 2 * mu * strain[i] + (i % 4 == 0 ? lambda * trace : 0);
        CHECK(all->has_stress[n]);
        CHECK_CLOSE(all->stress[n], want, 9, 1e-12);
        least = fmin(least, trace / 3);
        most = fmax(most, trace / 3);
        /* displacements: from where the strained lattice has the atom, to the nearest image */
        for (int i = 0; i < 8; i++) {
            double d[3], f[3], inverse_volume;
            for (int k = 0; k < 3; k++) {
                back[3 * i + k] = 0;
                for (int l = 0; l < 3; l++) back[3 * i + k] += diamond_positions[3 * i + l] / edge * h[3 * l + k];
                d[k] = all->positions[n][3 * i + k] + all->forces[n][3 * i + k] - back[3 * i + k];
            }
            const double *a = h, *b = h + 3, *c = h + 6;
            inverse_volume = 1 / (a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) +
                                  a[2] * (b[0] * c[1] - b[1] * c[0]));
            f[0] = (d[0] * (b[1] * c[2] - b[2] * c[1]) + d[1] * (b[2] * c[0] - b[0] * c[2]) +
                    d[2] * (b[0] * c[1] - b[1] * c[0])) *
                   inverse_volume;
            f[1] = (d[0] * (c[1] * a[2] - c[2] * a[1]) + d[1] * (c[2] * a[0] - c[0] * a[2]) +
                    d[2] * (c[0] * a[1] - c[1] * a[0])) *
                   inverse_volume;
            f[2] = (d[0] * (a[1] * b[2] - a[2] * b[1]) + d[1] * (a[2] * b[0] - a[0] * b[2]) +
                    d[2] * (a[0] * b[1] - a[1] * b[0])) *
                   inverse_volume;
            for (int k = 0; k < 3; k++) CHECK(fabs(f[k] - round(f[k])) < 1e-10);
        }
    }
    CHECK(least < -0.06 && most > 0.06); /* the grid of dilations reaches both ends of +-0.1 */
    free(all);
}

static void amplitudes_drawn_evenly_in_their_logarithm(void)
{
    rm_structure structure = molecule();
    rm_response_options options;
    drawn *all = need(sizeof *all);
    rm_response_options_init(&options, sizeof options, RM_PRESET_MOLECULES);
    options.amplitude[0] = 0.01;
    options.amplitude[1] = 1;
    options.clean_share = 0.25;
    options.frames_per_structure = 2000;
    options.weight_floor = 0.05;
    options.weight_power = 2;
    CHECK_OK(rm_response_draw(&structure, &options, 4, keep, all));
    CHECK(all->count == 2000);
    int clean = 0, small = 0;
    for (int i = 0; i < 2000; i++) {
        double a = all->amplitudes[i];
        clean += a == 0;
        small += a > 0 && a < 0.1; /* half of the logarithms */
        CHECK(a == 0 || (a >= 0.01 * (1 - 1e-12) && a <= 1 + 1e-12));
        CHECK_CLOSE_NUMBER(all->weights[i] * pow(a / sqrt(3) + 0.05, 2), 1, 1e-12);
    }
    CHECK(clean > 400 && clean < 600 && small > 650 && small < 850);
    free(all);
}

static void net_motion_is_taken_out(void)
{
    rm_structure structure = molecule();
    rm_response_options options;
    drawn *all = need(sizeof *all);
    rm_response_options_init(&options, sizeof options, RM_PRESET_MOLECULES_PUBLISHED);
    options.force_noise = 0;
    options.repulsion_radius = 0;
    options.remove_drift = 1;
    options.remove_rotation = 1;
    CHECK_OK(rm_response_draw(&structure, &options, 4, keep, all));
    for (int64_t n = 0; n < all->count; n++) {
        double net[3] = {0}, scale = all->amplitudes[n] + 1e-9;
        for (int i = 0; i < 12; i++) net[i % 3] += all->forces[n][i];
        for (int k = 0; k < 3; k++) CHECK(fabs(net[k]) < 1e-12 + 1e-10 * scale);
    }
    free(all);
}

static void equal_seeds_equal_noise(void)
{
    rm_structure structure = diamond();
    rm_response_options options;
    drawn *a = need(sizeof *a), *b = need(sizeof *b), *c = need(sizeof *c);
    rm_response_options_init(&options, sizeof options, RM_PRESET_CRYSTALS);
    CHECK_OK(rm_response_draw(&structure, &options, 5, keep, a));
    CHECK_OK(rm_response_draw(&structure, &options, 5, keep, b));
    CHECK_OK(rm_response_draw(&structure, &options, 6, keep, c));
    CHECK(memcmp(a, b, sizeof *a) == 0 && a->count == c->count);
    CHECK(memcmp(a->positions, c->positions, sizeof a->positions) != 0);
    drawn *part = need(sizeof *part);
    part->stop_after = 2;
    CHECK_STATUS(rm_response_draw(&structure, &options, 5, keep, part), RM_ERROR_CANCELLED);
    CHECK(part->count == 2);
    free(a);
    free(b);
    free(c);
    free(part);
}

static void what_cannot_be_drawn(void)
{
    rm_structure structure = diamond(), bad = structure;
    rm_response_options options;
    drawn *all = need(sizeof *all);
    double broken[24];
#define REFUSES(preset, change, word) \
    do { \
        rm_response_options_init(&options, sizeof options, preset); \
        change; \
        CHECK_FAILS(rm_response_draw(&structure, &options, 1, keep, all), RM_ERROR_ARGUMENT, word); \
    } while (0)
    rm_response_options_init(&options, sizeof options, RM_PRESET_DIAMOND);
    CHECK_FAILS(rm_response_draw(NULL, &options, 1, keep, all), RM_ERROR_ARGUMENT, "structure");
    CHECK_FAILS(rm_response_draw(&structure, NULL, 1, keep, all), RM_ERROR_ARGUMENT, "options");
    CHECK_FAILS(rm_response_draw(&structure, &options, 1, NULL, all), RM_ERROR_ARGUMENT, "frame");
    memcpy(broken, diamond_positions, sizeof broken);
    broken[3] = NAN;
    bad.positions = broken;
    CHECK_FAILS(rm_response_draw(&bad, &options, 1, keep, all), RM_ERROR_STRUCTURE, "1");
    REFUSES(RM_PRESET_DIAMOND, options.size = 1, "size");
    REFUSES(RM_PRESET_DIAMOND_PUBLISHED, options.displacement = -1, "displacement");
    REFUSES(RM_PRESET_DIAMOND_PUBLISHED, options.displacement = NAN, "displacement");
    const double negative[] = {1, -1};
    REFUSES(RM_PRESET_DIAMOND_PUBLISHED, (options.levels = negative, options.level_count = 2), "levels");
    REFUSES(RM_PRESET_DIAMOND_PUBLISHED, (options.levels = negative, options.level_count = -2), "level_count");
    REFUSES(RM_PRESET_DIAMOND_PUBLISHED, options.strain_count = -1, "strain_count");
    REFUSES(RM_PRESET_DIAMOND_PUBLISHED, options.strain_count = INT32_MAX, "strain_count");
    REFUSES(RM_PRESET_DIAMOND, options.dilation = 1, "dilation");
    REFUSES(RM_PRESET_DIAMOND, options.dilation = NAN, "dilation");
    REFUSES(RM_PRESET_DIAMOND, options.shear = -1, "shear");
    REFUSES(RM_PRESET_DIAMOND, options.young_modulus = NAN, "young_modulus");
    REFUSES(RM_PRESET_DIAMOND, options.poisson_ratio = 0.5, "poisson_ratio");
    REFUSES(RM_PRESET_DIAMOND, options.poisson_ratio = -1, "poisson_ratio");
    REFUSES(RM_PRESET_DIAMOND, options.force_noise = -1, "force_noise");
    REFUSES(RM_PRESET_DIAMOND, options.repulsion_radius = -1, "repulsion_radius");
    REFUSES(RM_PRESET_DIAMOND, (options.amplitude[0] = 1, options.amplitude[1] = 0.5), "amplitude");
    REFUSES(RM_PRESET_DIAMOND, (options.amplitude[0] = -1, options.amplitude[1] = 0.5), "amplitude");
    REFUSES(RM_PRESET_DIAMOND,
            (options.amplitude[0] = 0.1, options.amplitude[1] = 0.5, options.frames_per_structure = 0),
            "frames_per_structure");
    REFUSES(RM_PRESET_DIAMOND, options.clean_share = 1.5, "clean_share");
    REFUSES(RM_PRESET_DIAMOND, options.weight_floor = -1, "weight_floor");
    REFUSES(RM_PRESET_DIAMOND, options.weight_power = NAN, "weight_power");
    CHECK(all->count == 0);
    free(all);
}

int main(void)
{
    RUN(molecules_answer_with_the_way_back);
    RUN(force_noise_and_repulsion);
    RUN(crystals_answer_with_an_elastic_stress);
    RUN(amplitudes_drawn_evenly_in_their_logarithm);
    RUN(net_motion_is_taken_out);
    RUN(equal_seeds_equal_noise);
    RUN(what_cannot_be_drawn);
    return finish();
}

// The model driver, called by a host of ours: every quantity against rm_evaluate and against finite differences.
// With the argument "memory" only what shows memory in wrong use, for valgrind.
#include <algorithm>
#include <cmath>
#include <malloc.h>
#include <thread>

#include "host.hpp"

namespace {

void checkAgreement(const Answer &got, const Answer &want)
{
    CHECK_CLOSE(&got.energy, &want.energy, 1, 1e-12);
    CHECK_CLOSE(got.energies.data(), want.energies.data(), want.energies.size(), 1e-12);
    CHECK_CLOSE(got.forces.data(), want.forces.data(), want.forces.size(), 1e-12);
    CHECK_CLOSE(got.virial.data(), want.virial.data(), 6, 1e-12);
    CHECK_CLOSE(got.virials.data(), want.virials.data(), want.virials.size(), 1e-12);
}

double largest(const std::vector<double> &values)
{
    double result = 0;
    for (const double value : values) result = std::max(result, std::fabs(value));
    return result;
}

void every_quantity_agrees_with_rm_evaluate()
{
    for (const char *fixture : fixtures) {
        const Potential potential(fixture);
        for (uint64_t seed = 0; seed < 3; seed++)
            for (const double skin : {0.0, 1.7}) {
                const int before = complaints;
                for (const Structure &structure :
                     {potential.crystal(7, seed), potential.crystal(1, seed), potential.cluster(12, seed)}) {
                    Host host(kimName(fixture), structure, skin);
                    if (!host.isGood()) return complain(__FILE__, __LINE__, "no model: %s", kimLog.c_str());
                    CHECK(host.compute() == 0);
                    const Answer want = potential.evaluate(structure);
                    CHECK(largest(want.forces) > 1e-3 || structure.count() == 1);
                    CHECK(largest(want.virial) > 1e-3);
                    checkAgreement(host.sentHome(), want);
                    for (int i = 0; i < host.count; i++)
                        CHECK(host.contributing[i] || host.particles.energies[i] == 0);
                }
                if (complaints > before) complain(__FILE__, __LINE__, "that was %s, skin %g", fixture, skin);
            }
    }
}

void lists_in_one_buffer_and_lists_of_everything()
{
    const Potential potential("random-organic-l3-nu3");
    const Structure structure = potential.crystal(9, 4);
    for (const double skin : {1.0, 100.0}) {
        const Structure cluster = potential.cluster(15, 5);
        Host host(kimName("random-organic-l3-nu3"), skin > 50 ? cluster : structure, skin);
        host.handsOutOneBuffer = true;
        for (int i = 0; i < 3; i++) CHECK(host.compute() == 0);
        checkAgreement(host.sentHome(), potential.evaluate(skin > 50 ? cluster : structure));
    }
}

void numbering_from_one()
{
    const Potential potential("random-inorganic-l2-nu2-receiver");
    const Structure structure = potential.crystal(6, 8);
    Host host(kimName("random-inorganic-l2-nu2-receiver"), structure, 0.5, {}, KIM::NUMBERING::oneBased);
    CHECK(host.compute() == 0);
    checkAgreement(host.sentHome(), potential.evaluate(structure));
}

void units_are_negotiated()
{
    using namespace KIM::LENGTH_UNIT;
    using namespace KIM::ENERGY_UNIT;
    const Potential potential("random-organic-l3-nu4");
    const Structure structure = potential.crystal(6, 2);
    const Answer want = potential.evaluate(structure);
    // CODATA 2018; KIM's own are of another year, and its erg is none (in 2.3.0 one eV makes 1.6e-26 of them).
    const struct {
        Units units;
        double length, energy;
    } cases[] = {{{A, eV}, 1, 1},
                 {{nm, eV}, 0.1, 1},
                 {{A, kcal_mol}, 1, 23.060547830619},
                 {{Bohr, Hartree}, 1 / 0.529177210903, 1 / 27.211386245988},
                 {{m, J}, 1e-10, 1.602176634e-19},
                 {{cm, erg}, 1e-8, 0},
                 {{A, amu_A2_per_ps2}, 1, 9648.53321233}};
    for (const auto &each : cases) {
        Host host(kimName("random-organic-l3-nu4"), structure, 0.3, each.units);
        const int before = complaints;
        CHECK(std::fabs(host.length / each.length - 1) < 1e-6);
        CHECK(each.energy == 0 || std::fabs(host.energy / each.energy - 1) < 1e-5);
        double influence = 0;
        host.model->GetInfluenceDistance(&influence);
        CHECK(std::fabs(influence / host.length - potential.cutoff()) < 1e-14 * potential.cutoff());
        KIM::LengthUnit length;
        KIM::EnergyUnit energy;
        KIM::ChargeUnit charge;
        KIM::TemperatureUnit temperature;
        KIM::TimeUnit time;
        host.model->GetUnits(&length, &energy, &charge, &temperature, &time);
        CHECK(length == each.units.length && energy == each.units.energy);
        CHECK(host.compute() == 0);
        checkAgreement(host.sentHome(), want);
        if (complaints > before)
            complain(__FILE__, __LINE__, "that was %s, %s", each.units.length.ToString().c_str(),
                     each.units.energy.ToString().c_str());
    }
}

void species_are_those_of_the_model()
{
    for (const char *fixture : fixtures) {
        const Potential potential(fixture);
        Host host(kimName(fixture), potential.cluster(2, 1));
        const std::vector<int32_t> known = potential.elements();
        int supported = 0, count = 0;
        KIM::SPECIES_NAME::GetNumberOfSpeciesNames(&count);
        for (int i = 0; i < count; i++) {
            KIM::SpeciesName name;
            int isSupported = 0, code = -1;
            KIM::SPECIES_NAME::GetSpeciesName(i, &name);
            host.model->GetSpeciesSupportAndCode(name, &isSupported, &code);
            if (!isSupported) continue;
            supported++;
            CHECK(code >= 0 && code < static_cast<int>(known.size()) && chemicalSymbol(known[code]) == name.ToString());
        }
        CHECK(supported == static_cast<int>(known.size()));
    }
}

// Any particles may contribute: an energy for each that does, and forces on all of them.
void contributing_and_other_particles()
{
    const Potential potential("random-organic-l3-nu3");
    const Structure structure = potential.cluster(10, 6);
    const Answer all = potential.evaluate(structure);
    Host host(kimName("random-organic-l3-nu3"), structure, 0.4);
    Answer sum(10);
    for (const int part : {0, 1}) {
        for (int i = 0; i < host.count; i++) host.contributing[i] = (host.home[i] % 3 == 0) == (part == 0);
        CHECK(host.compute() == 0);
        const Answer got = host.sentHome();
        for (int i = 0; i < host.count; i++) {
            const double want = host.contributing[i] ? all.energies[host.home[i]] : 0;
            CHECK_CLOSE_NUMBER(host.particles.energies[i], want, 1e-12);
        }
        double total = 0;
        for (const double energy : got.energies) total += energy;
        CHECK_CLOSE_NUMBER(got.energy, total, 1e-12);
        // the forces of this part, those on particles that do not contribute too, by finite differences
        const std::vector<double> forces = host.particles.forces;
        host.want(true, false, false, false, false);
        for (int i = 0; i < 3 * host.count; i++) {
            const double step = 1e-3, start = host.coordinates[i];
            double energy[4];
            const int multiples[4] = {-2, -1, 1, 2};
            for (int k = 0; k < 4; k++) {
                host.coordinates[i] = start + multiples[k] * step;
                host.makeLists();
                CHECK(host.compute() == 0);
                energy[k] = host.particles.energy;
            }
            host.coordinates[i] = start;
            host.makeLists();
            const double slope = (energy[0] - 8 * energy[1] + 8 * energy[2] - energy[3]) / (12 * step);
            CHECK(std::fabs(forces[i] + slope) < 1e-7 * largest(forces));
        }
        host.want(true, true, true, true, true);
        sum.energy += got.energy;
        for (int k = 0; k < 6; k++) sum.virial[k] += got.virial[k];
        for (int i = 0; i < 10; i++) sum.energies[i] += got.energies[i];
        for (int i = 0; i < 30; i++) sum.forces[i] += got.forces[i];
        for (int i = 0; i < 60; i++) sum.virials[i] += got.virials[i];
    }
    checkAgreement(sum, all);
}

// KIM's virial is the energy's derivative by a strain of all particles, and particles' virials add up to it.
void virials_are_derivatives_by_strain()
{
    for (const char *fixture : fixtures) {
        const Potential potential(fixture);
        Host host(kimName(fixture), potential.crystal(5, 3), 0.5);
        // not all that might contribute do, so that the sum over a crystal hides nothing
        for (int i = 0; i < host.count; i++) host.contributing[i] = host.contributing[i] && host.home[i] != 2;
        CHECK(host.compute() == 0);
        const std::vector<double> virial = host.particles.virial, start = host.coordinates;
        double sum[6] = {0};
        for (int i = 0; i < 6 * host.count; i++) sum[i % 6] += host.particles.virials[i];
        CHECK_CLOSE(sum, virial.data(), 6, 1e-12);
        const int first[6] = {0, 1, 2, 1, 0, 0}, second[6] = {0, 1, 2, 2, 2, 1};
        for (int k = 0; k < 6; k++) {
            const double step = 3e-4;
            double energy[4];
            const int multiples[4] = {-2, -1, 1, 2};
            for (int m = 0; m < 4; m++) {
                for (int i = 0; i < host.count; i++) {
                    double *to = &host.coordinates[3 * i];
                    const double *from = &start[3 * i];
                    std::copy(from, from + 3, to);
                    to[first[k]] += 0.5 * multiples[m] * step * from[second[k]];
                    to[second[k]] += 0.5 * multiples[m] * step * from[first[k]];
                }
                CHECK(host.compute() == 0);
                energy[m] = host.particles.energy;
            }
            const double slope = (energy[0] - 8 * energy[1] + 8 * energy[2] - energy[3]) / (12 * step);
            if (!(std::fabs(virial[k] - slope) < 1e-7 * largest(virial)))
                complain(__FILE__, __LINE__, "%s: virial %d is %.12g, the slope %.12g", fixture, k, virial[k], slope);
        }
    }
}

// Only what is wanted is written, and each alone is as all together.
void any_choice_of_outputs()
{
    const Potential potential("random-carbon-l3-nu3");
    Host host(kimName("random-carbon-l3-nu3"), potential.crystal(4, 1));
    CHECK(host.compute() == 0);
    const Answer all = host.particles;
    for (int choice = 0; choice < 32; choice++) {
        const auto isWanted = [choice](int output) { return (choice >> output & 1) != 0; };
        host.want(isWanted(0), isWanted(1), isWanted(2), isWanted(3), isWanted(4));
        CHECK(host.compute() == 0);
        const Answer &got = host.particles;
        const std::vector<double> energies(all.energies.size(), 1e3), forces(all.forces.size(), 1e3), virial(6, 1e3),
            virials(all.virials.size(), 1e3);
        CHECK(got.energy == (isWanted(0) ? all.energy : 1e3));
        CHECK(got.forces == (isWanted(1) ? all.forces : forces));
        CHECK(got.energies == (isWanted(2) ? all.energies : energies));
        CHECK(got.virial == (isWanted(3) ? all.virial : virial));
        CHECK(got.virials == (isWanted(4) ? all.virials : virials));
    }
}

void no_particles_or_none_that_contribute()
{
    const Potential potential("random-carbon-l3-nu3");
    Host host(kimName("random-carbon-l3-nu3"), potential.cluster(3, 1));
    std::fill(host.contributing.begin(), host.contributing.end(), 0);
    CHECK(host.compute() == 0);
    CHECK(host.particles.energy == 0);
    CHECK(largest(host.particles.forces) == 0 && largest(host.particles.energies) == 0);
    CHECK(largest(host.particles.virial) == 0 && largest(host.particles.virials) == 0);
    host.count = 0;
    CHECK(host.compute() == 0);
    CHECK(host.particles.energy == 0);
}

// Two compute-arguments objects at a time give bitwise what one gives.
void compute_arguments_in_several_threads()
{
    const Potential potential("random-organic-l3-nu3");
    const Structure structure = potential.crystal(12, 7);
    Host one(kimName("random-organic-l3-nu3"), structure);
    CHECK(one.compute() == 0);
    std::vector<std::thread> threads;
    int different[3] = {0, 0, 0};
    for (int &count : different)
        threads.emplace_back([&one, &count] {
            KIM::ComputeArguments *arguments = nullptr;
            namespace name = KIM::COMPUTE_ARGUMENT_NAME;
            double energy = 0;
            std::vector<double> forces(3 * one.count);
            if (one.model->ComputeArgumentsCreate(&arguments)) return (void)(count = 1000);
            arguments->SetArgumentPointer(name::numberOfParticles, &one.count);
            arguments->SetArgumentPointer(name::particleSpeciesCodes, one.codes.data());
            arguments->SetArgumentPointer(name::particleContributing, one.contributing.data());
            arguments->SetArgumentPointer(name::coordinates, one.coordinates.data());
            arguments->SetArgumentPointer(name::partialEnergy, &energy);
            arguments->SetArgumentPointer(name::partialForces, forces.data());
            one.shareLists(arguments);
            for (int i = 0; i < 50; i++) {
                count += one.model->Compute(arguments) != 0;
                count += energy != one.particles.energy || forces != one.particles.forces;
            }
            one.model->ComputeArgumentsDestroy(&arguments);
        });
    for (std::thread &thread : threads) thread.join();
    for (const int count : different) CHECK(count == 0);
}

// ---------------------------------------------------------------------------------------------------------------------

// What `Compute` says in KIM's log, when it fails as it should.
std::string refusal(Host &host)
{
    kimLog.clear();
    CHECK(host.compute() != 0);
    return kimLog;
}

#define CHECK_SAYS(text, word) \
    do { \
        const std::string text_ = (text); \
        if (text_.find(word) == std::string::npos) \
            complain(__FILE__, __LINE__, "the log does not say \"%s\": %s", word, text_.c_str()); \
    } while (0)

void what_is_wrong_is_in_the_log_and_all_is_well_again()
{
    const Potential potential("random-organic-l3-nu3");
    const Structure structure = potential.cluster(6, 9);
    Host host(kimName("random-organic-l3-nu3"), structure);
    CHECK(host.compute() == 0);
    const Answer good = host.sentHome();

    const double kept = host.coordinates[7];
    host.coordinates[7] = NAN;
    CHECK_SAYS(refusal(host), "not finite");
    host.coordinates[7] = kept;

    double atom[3];
    std::copy(&host.coordinates[6], &host.coordinates[9], atom);
    std::copy(&host.coordinates[9], &host.coordinates[12], &host.coordinates[6]);
    host.makeLists();
    CHECK_SAYS(refusal(host), "ResponseMatching: ");
    std::copy(atom, atom + 3, &host.coordinates[6]);
    host.makeLists();

    const int code = host.codes[4];
    for (const int wrong : {77, -1}) {
        host.codes[4] = wrong;
        CHECK_SAYS(refusal(host), "4");
    }
    host.codes[4] = code;

    host.failsAt = 3;
    CHECK_SAYS(refusal(host), "no neighbour list for particle 3");
    host.failsAt = -1;

    const std::vector<int> list = host.lists[2];
    host.lists[2] = {0, 1, 99};
    CHECK_SAYS(refusal(host), "99");
    host.lists[2] = list;

    kimLog.clear();
    CHECK(host.compute() == 0);
    CHECK(kimLog.empty());
    checkAgreement(host.sentHome(), good);
}

void a_damaged_model_file_is_refused()
{
    kimLog.clear();
    KIM::Model *model = nullptr;
    int accepted = 0;
    CHECK(KIM::Model::Create(KIM::NUMBERING::zeroBased, KIM::LENGTH_UNIT::A, KIM::ENERGY_UNIT::eV,
                             KIM::CHARGE_UNIT::unused, KIM::TEMPERATURE_UNIT::unused, KIM::TIME_UNIT::unused,
                             "RM_damaged", &accepted, &model) != 0);
    CHECK_SAYS(kimLog, "ResponseMatching: ");
    CHECK_SAYS(kimLog, "tensor \"radial.frequencieZ\"");
}

// Bytes that are allocated; the resident set is rounded up to what the allocator likes.
double allocated()
{
    const struct mallinfo2 info = mallinfo2();
    return static_cast<double>(info.uordblks + info.hblkhd);
}

// KIM takes the libraries of model and driver out of memory when a model is destroyed, and loads them again.
void load_and_unload_again_and_again_without_growth()
{
    const Potential potential("random-organic-l3-nu3");
    const Structure structure = potential.crystal(4, 11);
    const Answer want = potential.evaluate(structure);
    double before = 0;
    for (int i = 0; i < 120; i++) {
        if (i == 40) before = allocated();
        Host host(kimName("random-organic-l3-nu3"), structure);
        Host other(kimName("random-carbon-l3-nu3"), Potential("random-carbon-l3-nu3").cluster(3, 1));
        CHECK(host.compute() == 0);
        CHECK(other.compute() == 0);
        if (i % 40 == 0) checkAgreement(host.sentHome(), want);
    }
    const double growth = allocated() - before;
    if (growth > 80 * 256) complain(__FILE__, __LINE__, "memory grew by %.0f bytes over 80 rounds", growth);
}

} // namespace

int main(int argc, char **argv)
{
    keepLog();
    if (argc > 1 && std::string(argv[1]) == "memory") {
        RUN(lists_in_one_buffer_and_lists_of_everything);
        RUN(numbering_from_one);
        RUN(no_particles_or_none_that_contribute);
        RUN(what_is_wrong_is_in_the_log_and_all_is_well_again); // KIM itself leaks where it refuses a model
        return finish();
    }
    RUN(every_quantity_agrees_with_rm_evaluate);
    RUN(lists_in_one_buffer_and_lists_of_everything);
    RUN(numbering_from_one);
    RUN(units_are_negotiated);
    RUN(species_are_those_of_the_model);
    RUN(contributing_and_other_particles);
    RUN(virials_are_derivatives_by_strain);
    RUN(any_choice_of_outputs);
    RUN(no_particles_or_none_that_contribute);
    RUN(compute_arguments_in_several_threads);
    RUN(what_is_wrong_is_in_the_log_and_all_is_well_again);
    RUN(a_damaged_model_file_is_refused);
    RUN(load_and_unload_again_and_again_without_growth);
    return finish();
}

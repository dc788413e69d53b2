#include "host.hpp"

#include <algorithm>
#include <cmath>

#include "KIM_ModelDriverCreate.hpp"

const char *const fixtures[4] = {"random-carbon-l3-nu3", "random-inorganic-l2-nu2-receiver", "random-organic-l3-nu3",
                                 "random-organic-l3-nu4"};

std::string kimName(const std::string &fixture)
{
    std::string name = "RM_" + fixture;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

std::string chemicalSymbol(int32_t number)
{
    switch (number) {
    case 1: return "H";
    case 3: return "Li";
    case 6: return "C";
    case 7: return "N";
    case 8: return "O";
    case 11: return "Na";
    case 16: return "S";
    case 17: return "Cl";
    case 26: return "Fe";
    case 30: return "Zn";
    default: return "Au"; // of no fixture
    }
}

// ---------------------------------------------------------------------------------------------------------------------

Potential::Potential(const std::string &name)
{
    const std::string path = "Tests/fixtures/models/" + name + ".safetensors";
    CHECK_OK(rm_model_load(path.c_str(), &model));
    CHECK_OK(rm_workspace_create(model, nullptr, &workspace));
}

Potential::~Potential()
{
    rm_workspace_free(&workspace);
    rm_model_free(&model);
}

std::vector<int32_t> Potential::elements() const
{
    std::vector<int32_t> numbers;
    for (int32_t i = 0; i < rm_model_element_count(model); i++) numbers.push_back(rm_model_element(model, i));
    return numbers;
}

Answer Potential::evaluate(const Structure &structure) const
{
    Answer answer(structure.count());
    std::vector<double> gradient(9), virials(9 * structure.count());
    rm_results results{};
    results.energy = &answer.energy;
    results.energies = answer.energies.data();
    results.forces = answer.forces.data();
    results.strain_gradient = gradient.data();
    results.virials = virials.data();
    const rm_structure view = structure.view();
    CHECK_OK(rm_evaluate(workspace, &view, &results));
    const int order[6] = {0, 4, 8, 5, 2, 1};
    for (int k = 0; k < 6; k++) answer.virial[k] = gradient[order[k]];
    for (int i = 0; i < 6 * structure.count(); i++) answer.virials[i] = -virials[9 * (i / 6) + order[i % 6]];
    return answer;
}

static double distance(const double *a, const double *b)
{
    return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

Structure Potential::filled(int count, uint64_t seed, bool isPeriodic) const
{
    Random random(seed);
    const std::vector<int32_t> known = elements();
    const double edge = std::cbrt(12.0 * count);
    Structure structure;
    structure.cell = {edge, 0.3, -0.2, 0.25 * edge, 0.9 * edge, 0.1, -0.1 * edge, 0.3 * edge, 1.1 * edge};
    if (isPeriodic) structure.periodic = {1, 1, 1};
    while (structure.count() < count) {
        double position[3] = {0, 0, 0};
        for (int a = 0; a < 3; a++) {
            const double fraction = random.next();
            for (int k = 0; k < 3; k++) position[k] += fraction * structure.cell[3 * a + k];
        }
        bool hasRoom = true;
        for (int i = 0; i < 27 * structure.count() && hasRoom; i++) {
            double image[3];
            const int shifts[3] = {i % 3 - 1, i / 3 % 3 - 1, i / 9 % 3 - 1};
            for (int k = 0; k < 3; k++) {
                image[k] = structure.positions[3 * (i / 27) + k];
                for (int a = 0; a < 3; a++) image[k] += shifts[a] * structure.cell[3 * a + k];
            }
            hasRoom = distance(position, image) > 1.1;
        }
        if (!hasRoom) continue;
        structure.numbers.push_back(known[random.below(static_cast<int>(known.size()))]);
        structure.positions.insert(structure.positions.end(), position, position + 3);
    }
    return structure;
}

Structure Potential::crystal(int count, uint64_t seed) const { return filled(count, seed, true); }
Structure Potential::cluster(int count, uint64_t seed) const { return filled(count, seed, false); }

// ---------------------------------------------------------------------------------------------------------------------

// What KIM converts angstrom^a eV^b to.
static double inHostUnits(Units units, double lengthExponent, double energyExponent)
{
    using namespace KIM;
    double factor = 0;
    CHECK(!ModelDriverCreate::ConvertUnit(LENGTH_UNIT::A, ENERGY_UNIT::eV, CHARGE_UNIT::e, TEMPERATURE_UNIT::K,
                                          TIME_UNIT::ps, units.length, units.energy, CHARGE_UNIT::e,
                                          TEMPERATURE_UNIT::K, TIME_UNIT::ps, lengthExponent, energyExponent, 0, 0, 0,
                                          &factor));
    return factor;
}

Host::Host(const std::string &name, const Structure &structure, double skin, Units units, KIM::Numbering numbering)
{
    using namespace KIM;
    first = numbering == NUMBERING::oneBased ? 1 : 0;
    int accepted = 0;
    if (Model::Create(numbering, units.length, units.energy, CHARGE_UNIT::e, TEMPERATURE_UNIT::K, TIME_UNIT::ps, name,
                      &accepted, &model))
        return;
    CHECK(accepted);
    length = inHostUnits(units, 1, 0);
    energy = inHostUnits(units, 0, 1);
    double influence = 0;
    model->GetInfluenceDistance(&influence);
    reach = influence + skin * length;
    addImages(structure);
    makeLists();
    createArguments();
}

Host::~Host()
{
    if (arguments) CHECK(!model->ComputeArgumentsDestroy(&arguments));
    if (model) KIM::Model::Destroy(&model);
}

// The structure's atoms contribute, their images within reach of any of them do not; all of them are shuffled.
void Host::addImages(const Structure &structure)
{
    struct Particle {
        double position[3];
        int home, contributes;
    };
    std::vector<Particle> particles;
    int images[3];
    for (int a = 0; a < 3; a++) images[a] = structure.periodic[a] ? 6 : 0;
    for (int a = -images[0]; a <= images[0]; a++)
        for (int b = -images[1]; b <= images[1]; b++)
            for (int c = -images[2]; c <= images[2]; c++)
                for (int i = 0; i < structure.count(); i++) {
                    Particle particle{{}, i, a == 0 && b == 0 && c == 0};
                    for (int k = 0; k < 3; k++)
                        particle.position[k] = structure.positions[3 * i + k] + a * structure.cell[k] +
                                               b * structure.cell[3 + k] + c * structure.cell[6 + k];
                    bool isNear = particle.contributes;
                    for (int j = 0; j < structure.count() && !isNear; j++)
                        isNear = distance(particle.position, &structure.positions[3 * j]) < reach / length;
                    if (isNear) particles.push_back(particle);
                }
    Random random(particles.size());
    for (size_t i = particles.size(); i > 1; i--)
        std::swap(particles[i - 1], particles[random.below(static_cast<int>(i))]);
    for (const Particle &particle : particles) {
        for (int k = 0; k < 3; k++) coordinates.push_back(particle.position[k] * length);
        home.push_back(particle.home);
        contributing.push_back(particle.contributes);
        int isSupported = 0, code = -1;
        const std::string symbol = chemicalSymbol(structure.numbers[particle.home]);
        CHECK(!model->GetSpeciesSupportAndCode(KIM::SpeciesName(symbol), &isSupported, &code) && isSupported);
        codes.push_back(code);
    }
    count = static_cast<int>(particles.size());
}

void Host::makeLists()
{
    lists.assign(count, {});
    for (int i = 0; i < count; i++)
        for (int j = 0; j < count; j++)
            if (j != i && distance(&coordinates[3 * i], &coordinates[3 * j]) < reach)
                lists[i].push_back(j + first);
}

int Host::listOf(Host *host, int lists, const double *cutoffs, int list, int particle, int *length,
                 const int **neighbors)
{
    const int i = particle - host->first;
    if (lists != 1 || list != 0 || cutoffs[0] > host->reach || i < 0 || i >= host->count) return 1;
    // The driver says that it never asks for these.
    if (!host->contributing[i] || i == host->failsAt) return 1;
    const std::vector<int> *found = &host->lists[i];
    if (host->handsOutOneBuffer) {
        std::fill(host->buffer.begin(), host->buffer.end(), -999);
        host->buffer.resize(std::max(host->buffer.size(), found->size()));
        std::copy(found->begin(), found->end(), host->buffer.begin());
    }
    *length = static_cast<int>(found->size());
    *neighbors = host->handsOutOneBuffer ? host->buffer.data() : found->data();
    return 0;
}

void Host::createArguments()
{
    namespace name = KIM::COMPUTE_ARGUMENT_NAME;
    if (model->ComputeArgumentsCreate(&arguments)) return;
    particles = Answer(count);
    CHECK(!arguments->SetArgumentPointer(name::numberOfParticles, &count));
    CHECK(!arguments->SetArgumentPointer(name::particleSpeciesCodes, codes.data()));
    CHECK(!arguments->SetArgumentPointer(name::particleContributing, contributing.data()));
    CHECK(!arguments->SetArgumentPointer(name::coordinates, coordinates.data()));
    shareLists(arguments);
    want(true, true, true, true, true);
    int isComplete = 0;
    arguments->AreAllRequiredArgumentsAndCallbacksPresent(&isComplete);
    CHECK(isComplete);
}

void Host::shareLists(KIM::ComputeArguments *other)
{
    CHECK(!other->SetCallbackPointer(KIM::COMPUTE_CALLBACK_NAME::GetNeighborList, KIM::LANGUAGE_NAME::cpp,
                                     reinterpret_cast<KIM::Function *>(&Host::listOf), this));
}

void Host::want(bool energy, bool forces, bool energies, bool virial, bool virials)
{
    namespace name = KIM::COMPUTE_ARGUMENT_NAME;
    double *const none = nullptr;
    CHECK(!arguments->SetArgumentPointer(name::partialEnergy, energy ? &particles.energy : none));
    CHECK(!arguments->SetArgumentPointer(name::partialForces, forces ? particles.forces.data() : none));
    CHECK(!arguments->SetArgumentPointer(name::partialParticleEnergy, energies ? particles.energies.data() : none));
    CHECK(!arguments->SetArgumentPointer(name::partialVirial, virial ? particles.virial.data() : none));
    CHECK(!arguments->SetArgumentPointer(name::partialParticleVirial, virials ? particles.virials.data() : none));
}

int Host::compute()
{
    // The driver is to write all of what is wanted, whatever was there.
    particles.energy = 1e3;
    for (auto *values : {&particles.forces, &particles.energies, &particles.virial, &particles.virials})
        std::fill(values->begin(), values->end(), 1e3);
    return model->Compute(arguments);
}

Answer Host::sentHome() const
{
    Answer answer(1 + *std::max_element(home.begin(), home.end()));
    answer.energy = particles.energy / energy;
    for (int k = 0; k < 6; k++) answer.virial[k] = particles.virial[k] / energy;
    for (int i = 0; i < count; i++) {
        answer.energies[home[i]] += particles.energies[i] / energy;
        for (int k = 0; k < 3; k++) answer.forces[3 * home[i] + k] += particles.forces[3 * i + k] * length / energy;
        for (int k = 0; k < 6; k++) answer.virials[6 * home[i] + k] += particles.virials[6 * i + k] / energy;
    }
    return answer;
}

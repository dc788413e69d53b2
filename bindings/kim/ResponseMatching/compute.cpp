// Energy, forces and virials of the host's particles, by rm_evaluate_neighbors.
#include <algorithm>
#include <exception>
#include <memory>

#include "model.hpp"

namespace response_matching {
namespace {

static_assert(sizeof(int) == sizeof(int32_t), "KIM's int goes to librm as int32_t");

// The host's arrays, as KIM names them. Outputs that are null are not wanted.
struct Arrays {
    const int *particleCount, *speciesCodes, *contributing;
    const double *coordinates;
    double *energy, *forces, *energies, *virial, *virials;
};

int getArrays(const KIM::ModelComputeArguments *arguments, Arrays *arrays)
{
    using namespace KIM::COMPUTE_ARGUMENT_NAME;
    if (arguments->GetArgumentPointer(numberOfParticles, &arrays->particleCount) ||
        arguments->GetArgumentPointer(particleSpeciesCodes, &arrays->speciesCodes) ||
        arguments->GetArgumentPointer(particleContributing, &arrays->contributing) ||
        arguments->GetArgumentPointer(coordinates, &arrays->coordinates) ||
        arguments->GetArgumentPointer(partialEnergy, &arrays->energy) ||
        arguments->GetArgumentPointer(partialForces, &arrays->forces) ||
        arguments->GetArgumentPointer(partialParticleEnergy, &arrays->energies) ||
        arguments->GetArgumentPointer(partialVirial, &arrays->virial) ||
        arguments->GetArgumentPointer(partialParticleVirial, &arrays->virials))
        return REFUSE(arguments, "ResponseMatching: KIM does not give the arguments");
    return 0;
}

// The contributing particles, and copies of their lists: a host may hand out every list in one and the same buffer.
int collectLists(const KIM::ModelComputeArguments *arguments, const Arrays &arrays, Scratch *scratch)
{
    const int count = *arrays.particleCount;
    scratch->centers.clear();
    scratch->indices.clear();
    scratch->counts.assign(count, 0);
    scratch->lists.assign(count, nullptr);
    for (int i = 0; i < count; i++) {
        if (!arrays.contributing[i]) continue;
        int length = 0;
        const int *list = nullptr;
        if (arguments->GetNeighborList(0, i, &length, &list))
            return REFUSE(arguments, "ResponseMatching: the host gives no neighbour list for particle " +
                                         std::to_string(i));
        scratch->centers.push_back(i);
        scratch->counts[i] = length;
        scratch->indices.insert(scratch->indices.end(), list, list + std::max(length, 0));
    }
    // Only now, as the indices may have moved while they grew.
    const int32_t *next = scratch->indices.data();
    static const int32_t none = 0;
    for (const int32_t i : scratch->centers) {
        scratch->lists[i] = scratch->counts[i] > 0 ? next : &none;
        next += std::max(scratch->counts[i], 0);
    }
    return 0;
}

// KIM's order of a symmetric tensor, in a 3 x 3 matrix: xx yy zz yz xz xy.
constexpr int voigt[6] = {0, 4, 8, 5, 2, 1};

// KIM's virial is +dE/d(strain), librm's is minus that.
void setVirial(const double (&from)[9], double factor, double *to)
{
    for (int k = 0; k < 6; k++) to[k] = -factor * from[voigt[k]];
}

void scale(double *values, size_t count, double factor)
{
    if (factor == 1) return;
    for (size_t i = 0; i < count; i++) values[i] *= factor;
}

int evaluate(const Model &model, const KIM::ModelComputeArguments *arguments, Scratch *scratch)
{
    Arrays arrays{};
    if (getArrays(arguments, &arrays) || collectLists(arguments, arrays, scratch)) return 1;
    const size_t count = *arrays.particleCount;

    rm_neighbors neighbors{};
    neighbors.atom_count = *arrays.particleCount;
    neighbors.positions = arrays.coordinates;
    if (model.length != 1) {
        scratch->positions.assign(arrays.coordinates, arrays.coordinates + 3 * count);
        for (double &coordinate : scratch->positions) coordinate /= model.length;
        neighbors.positions = scratch->positions.data();
    }
    neighbors.types = arrays.speciesCodes;
    neighbors.type_count = static_cast<int32_t>(model.numbers.size());
    neighbors.type_numbers = model.numbers.data();
    neighbors.center_count = static_cast<int32_t>(scratch->centers.size());
    neighbors.centers = scratch->centers.data();
    neighbors.neighbor_counts = scratch->counts.data();
    neighbors.neighbors = scratch->lists.data();

    // librm adds, KIM's hosts expect to find what there is now.
    double virial[9] = {0};
    if (arrays.energy) *arrays.energy = 0;
    if (arrays.energies) std::fill_n(arrays.energies, count, 0);
    if (arrays.forces) std::fill_n(arrays.forces, 3 * count, 0);
    if (arrays.virial) std::fill_n(arrays.virial, 6, 0);
    if (arrays.virials) {
        std::fill_n(arrays.virials, 6 * count, 0);
        scratch->virials.assign(9 * count, 0);
    }
    rm_host_results results{};
    results.energy = arrays.energy;
    results.energies = arrays.energies;
    results.forces = arrays.forces;
    results.virial = arrays.virial ? virial : nullptr;
    results.virials = arrays.virials ? scratch->virials.data() : nullptr;
    if (rm_evaluate_neighbors(scratch->workspace, &neighbors, &results))
        return REFUSE(arguments, std::string("ResponseMatching: ") + rm_last_error());

    if (arrays.energy) scale(arrays.energy, 1, model.energy);
    if (arrays.energies) scale(arrays.energies, count, model.energy);
    if (arrays.forces) scale(arrays.forces, 3 * count, model.energy / model.length);
    if (arrays.virial) setVirial(virial, model.energy, arrays.virial);
    if (arrays.virials)
        for (size_t i = 0; i < count; i++)
            setVirial(reinterpret_cast<const double(&)[9]>(scratch->virials[9 * i]), model.energy,
                      arrays.virials + 6 * i);
    return 0;
}

} // namespace

int createArguments(const KIM::ModelCompute *place, KIM::ModelComputeArgumentsCreate *create)
{
    using namespace KIM;
    try {
        Model *model = nullptr;
        place->GetModelBufferPointer(reinterpret_cast<void **>(&model));
        for (const ComputeArgumentName &name :
             {COMPUTE_ARGUMENT_NAME::partialEnergy, COMPUTE_ARGUMENT_NAME::partialForces,
              COMPUTE_ARGUMENT_NAME::partialParticleEnergy, COMPUTE_ARGUMENT_NAME::partialVirial,
              COMPUTE_ARGUMENT_NAME::partialParticleVirial})
            if (create->SetArgumentSupportStatus(name, SUPPORT_STATUS::optional))
                return REFUSE(create, "ResponseMatching: KIM does not take " + name.ToString() + " as optional");
        std::unique_ptr<Scratch> scratch(new Scratch);
        if (rm_workspace_create(model->potential, nullptr, &scratch->workspace))
            return REFUSE(create, std::string("ResponseMatching: ") + rm_last_error());
        create->SetModelBufferPointer(scratch.release());
        return 0;
    } catch (const std::exception &failure) {
        return REFUSE(create, std::string("ResponseMatching: ") + failure.what());
    }
}

int compute(const KIM::ModelCompute *place, const KIM::ModelComputeArguments *arguments)
{
    try {
        Model *model = nullptr;
        Scratch *scratch = nullptr;
        place->GetModelBufferPointer(reinterpret_cast<void **>(&model));
        arguments->GetModelBufferPointer(reinterpret_cast<void **>(&scratch));
        return evaluate(*model, arguments, scratch);
    } catch (const std::exception &failure) {
        return REFUSE(arguments, std::string("ResponseMatching: ") + failure.what());
    }
}

int destroyArguments(const KIM::ModelCompute *, KIM::ModelComputeArgumentsDestroy *arguments)
{
    Scratch *scratch = nullptr;
    arguments->GetModelBufferPointer(reinterpret_cast<void **>(&scratch));
    delete scratch;
    return 0;
}

} // namespace response_matching

// The header from C++: handles as owners, callbacks as lambdas, exceptions kept out of the library.
#include <cmath>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "rm.h"

#include "check.h"

namespace
{

struct Free {
    void operator()(rm_model *model) const
    {
        rm_model_free(&model);
    }
    void operator()(rm_workspace *workspace) const
    {
        rm_workspace_free(&workspace);
    }
};

using Model = std::unique_ptr<rm_model, Free>;
using Workspace = std::unique_ptr<rm_workspace, Free>;

void require(rm_status status)
{
    if (status != RM_OK) throw std::runtime_error(rm_last_error());
}

Model load(const std::string &path)
{
    rm_model *model = nullptr;
    require(rm_model_load(path.c_str(), &model));
    return Model(model);
}

Workspace workspace_of(const Model &model)
{
    rm_workspace *workspace = nullptr;
    require(rm_workspace_create(model.get(), nullptr, &workspace));
    return Workspace(workspace);
}

const std::string fixture = "Tests/fixtures/models/random-carbon-l3-nu3.safetensors";
const std::vector<std::int32_t> carbons{6, 6};
const std::vector<double> positions{0, 0, 0, 0.84, 0.8959999999999999, 0.6719999999999999};

rm_structure dimer()
{
    rm_structure structure{};
    structure.atom_count = 2;
    structure.numbers = carbons.data();
    structure.positions = positions.data();
    return structure;
}

void owners_free_their_handles()
{
    Model model = load(fixture);
    Workspace workspace = workspace_of(model);
    model.reset();
    const rm_structure structure = dimer();
    double energy = 0;
    rm_results results{};
    results.energy = &energy;
    CHECK_OK(rm_evaluate(workspace.get(), &structure, &results));
    CHECK_CLOSE_NUMBER(energy, 1.9598846345484324, 1e-12);
}

void errors_become_exceptions()
{
    try {
        load("no such file");
        CHECK(false);
    } catch (const std::runtime_error &error) {
        CHECK(std::string(error.what()).find("no such file") != std::string::npos);
    }
}

void lambdas_are_callbacks()
{
    const Model model = load(fixture);
    const Workspace workspace = workspace_of(model);
    const rm_structure structure = dimer();
    std::vector<double> energies;
    rm_relax_options options;
    rm_relax_options_init(&options, sizeof options);
    options.max_steps = 5;
    options.observer_user = &energies;
    options.observer = [](void *user, const rm_relax_step *step) {
        static_cast<std::vector<double> *>(user)->push_back(step->energy);
        return 0;
    };
    rm_relax_result result{};
    CHECK_OK(rm_relax(workspace.get(), &structure, nullptr, &options, &result));
    CHECK(energies.size() == static_cast<std::size_t>(result.evaluations));
    CHECK(!energies.empty() && energies.back() == result.energy);
}

void lists_of_lists()
{
    const Model model = load(fixture);
    const Workspace workspace = workspace_of(model);
    const std::vector<std::vector<std::int32_t>> neighbors{{1}, {0}};
    const std::vector<const std::int32_t *> rows{neighbors[0].data(), neighbors[1].data()};
    const std::vector<std::int32_t> counts{1, 1}, types{0, 0}, numbers{6};
    double energy = 0;
    std::vector<double> forces(6);
    rm_neighbors list{};
    list.atom_count = list.center_count = 2;
    list.positions = positions.data();
    list.types = types.data();
    list.type_count = 1;
    list.type_numbers = numbers.data();
    list.neighbor_counts = counts.data();
    list.neighbors = rows.data();
    rm_host_results results{};
    results.energy = &energy;
    results.forces = forces.data();
    CHECK_OK(rm_evaluate_neighbors(workspace.get(), &list, &results));
    CHECK_CLOSE_NUMBER(energy, 1.9598846345484324, 1e-12);
    CHECK_CLOSE_NUMBER(forces[0], -0.02947749170787313, 1e-12);
}

} // namespace

int main()
{
    RUN(owners_free_their_handles);
    RUN(errors_become_exceptions);
    RUN(lambdas_are_callbacks);
    RUN(lists_of_lists);
    return finish();
}

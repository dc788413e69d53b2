// Creation of a model: its file, the host's units, its species, its routines.
#include <exception>
#include <memory>

#include "model.hpp"

namespace response_matching {
namespace {

// Chemical symbols by atomic number, from 1.
const char *const symbols[] = {
    "H",  "He", "Li", "Be", "B",  "C",  "N",  "O",  "F",  "Ne", "Na", "Mg", "Al", "Si", "P",  "S",  "Cl", "Ar", "K",
    "Ca", "Sc", "Ti", "V",  "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As", "Se", "Br", "Kr", "Rb", "Sr",
    "Y",  "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd", "Ag", "Cd", "In", "Sn", "Sb", "Te", "I",  "Xe", "Cs", "Ba", "La",
    "Ce", "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Hf", "Ta", "W",  "Re", "Os",
    "Ir", "Pt", "Au", "Hg", "Tl", "Pb", "Bi", "Po", "At", "Rn", "Fr", "Ra", "Ac", "Th", "Pa", "U",  "Np", "Pu", "Am",
    "Cm", "Bk", "Cf", "Es", "Fm", "Md", "No", "Lr", "Rf", "Db", "Sg", "Bh", "Hs", "Mt", "Ds", "Rg", "Cn", "Nh", "Fl",
    "Mc", "Lv", "Ts", "Og"};
constexpr int32_t symbolCount = sizeof symbols / sizeof *symbols;
static_assert(symbolCount == 118, "one symbol for each element");

// The portable model brings one parameter file, which is a librm model file.
int load(KIM::ModelDriverCreate *create, Model *model)
{
    int count = 0;
    create->GetNumberOfParameterFiles(&count);
    if (count != 1)
        return REFUSE(create, "ResponseMatching: the portable model has " + std::to_string(count) +
                                  " parameter files; it needs one, a librm model file");
    const std::string *folder = nullptr, *name = nullptr;
    create->GetParameterFileDirectoryName(&folder);
    if (create->GetParameterFileBasename(0, &name)) return REFUSE(create, "ResponseMatching: no parameter file");
    if (rm_model_load((*folder + "/" + *name).c_str(), &model->potential))
        return REFUSE(create, std::string("ResponseMatching: ") + rm_last_error());
    return 0;
}

// A factor from the driver's own units to the host's; false where KIM has none.
bool convert(KIM::LengthUnit length, KIM::EnergyUnit energy, double lengthExponent, double energyExponent,
             double *factor)
{
    using namespace KIM;
    return !ModelDriverCreate::ConvertUnit(
        LENGTH_UNIT::A, ENERGY_UNIT::eV, CHARGE_UNIT::unused, TEMPERATURE_UNIT::unused, TIME_UNIT::unused, length,
        energy, CHARGE_UNIT::unused, TEMPERATURE_UNIT::unused, TIME_UNIT::unused, lengthExponent, energyExponent, 0, 0,
        0, factor);
}

// Takes the host's units, where it has any. KIM knows no pseudo-energy: an angstrom^2 of it goes as one eV.
int agreeOnUnits(KIM::ModelDriverCreate *create, Model *model, KIM::LengthUnit length, KIM::EnergyUnit energy)
{
    using namespace KIM;
    if (length == LENGTH_UNIT::unused) length = LENGTH_UNIT::A;
    if (energy == ENERGY_UNIT::unused) energy = ENERGY_UNIT::eV;
    if (!convert(length, energy, 1, 0, &model->length) || !convert(length, energy, 0, 1, &model->energy))
        return REFUSE(create, "ResponseMatching: no conversion from A and eV to " + length.ToString() + " and " +
                                  energy.ToString());
    if (create->SetUnits(length, energy, CHARGE_UNIT::unused, TEMPERATURE_UNIT::unused, TIME_UNIT::unused))
        return REFUSE(create, "ResponseMatching: the units could not be set");
    model->cutoff = rm_model_cutoff(model->potential) * model->length;
    create->SetInfluenceDistancePointer(&model->cutoff);
    create->SetNeighborListPointers(1, &model->cutoff, &model->asksForGhostListsNever);
    return 0;
}

// A species' code is its place in the model's list of elements.
int registerSpecies(KIM::ModelDriverCreate *create, Model *model)
{
    for (int32_t code = 0; code < rm_model_element_count(model->potential); code++) {
        const int32_t number = rm_model_element(model->potential, code);
        if (number < 1 || number > symbolCount)
            return REFUSE(create, "ResponseMatching: KIM has no species for the atomic number " +
                                      std::to_string(number));
        const std::string symbol = symbols[number - 1];
        if (create->SetSpeciesCode(KIM::SpeciesName(symbol), code))
            return REFUSE(create, "ResponseMatching: KIM does not take the species " + symbol);
        model->numbers.push_back(number);
    }
    return 0;
}

int destroy(KIM::ModelDestroy *place)
{
    Model *model = nullptr;
    place->GetModelBufferPointer(reinterpret_cast<void **>(&model));
    delete model;
    return 0;
}

// No refresh routine: there are no parameters that a host could change, and KIM refuses one then.
int registerRoutines(KIM::ModelDriverCreate *create)
{
    using namespace KIM;
    const auto add = [create](ModelRoutineName name, Function *routine) {
        return create->SetRoutinePointer(name, LANGUAGE_NAME::cpp, true, routine);
    };
    if (create->SetModelNumbering(NUMBERING::zeroBased) ||
        add(MODEL_ROUTINE_NAME::ComputeArgumentsCreate, reinterpret_cast<Function *>(createArguments)) ||
        add(MODEL_ROUTINE_NAME::Compute, reinterpret_cast<Function *>(compute)) ||
        add(MODEL_ROUTINE_NAME::ComputeArgumentsDestroy, reinterpret_cast<Function *>(destroyArguments)) ||
        add(MODEL_ROUTINE_NAME::Destroy, reinterpret_cast<Function *>(destroy)))
        return REFUSE(create, "ResponseMatching: KIM does not take the driver's routines");
    return 0;
}

} // namespace
} // namespace response_matching

// The driver's one entry, which KIM finds by the name that the build gives it. Returns non-zero on failure.
extern "C" int response_matching_create(KIM::ModelDriverCreate *create, KIM::LengthUnit length, KIM::EnergyUnit energy,
                                        KIM::ChargeUnit, KIM::TemperatureUnit, KIM::TimeUnit)
{
    using namespace response_matching;
    try {
        std::unique_ptr<Model> model(new Model);
        if (load(create, model.get()) || agreeOnUnits(create, model.get(), length, energy) ||
            registerSpecies(create, model.get()) || registerRoutines(create))
            return 1;
        create->SetModelBufferPointer(model.release());
        return 0;
    } catch (const std::exception &failure) {
        return REFUSE(create, std::string("ResponseMatching: ") + failure.what());
    }
}

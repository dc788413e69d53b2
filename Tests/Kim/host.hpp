// A host of KIM models, as small as one can be: particles with their periodic images, full neighbour lists, and the
// numbers that rm_evaluate gives for the same structure.
#ifndef HOST_HPP
#define HOST_HPP

#include <array>
#include <mutex>
#include <string>
#include <vector>

#include "KIM_Log.hpp"
#include "KIM_SimulatorHeaders.hpp"
#include "rm.h"

#include "../C/check.h"

// Everything that KIM has logged in this process; kim.log is not written.
inline std::string kimLog;
inline std::mutex kimLogGuard;

inline int keepLogEntry(const std::string &entry)
{
    std::lock_guard<std::mutex> guard(kimLogGuard);
    kimLog += entry;
    return 0;
}

inline void keepLog()
{
    KIM::Log::PushDefaultPrintFunction(KIM::LANGUAGE_NAME::cpp, reinterpret_cast<KIM::Function *>(keepLogEntry));
    KIM::Log::PushDefaultVerbosity(KIM::LOG_VERBOSITY::error);
}

// Numbers in [0, 1) that are the same everywhere.
class Random
{
  public:
    explicit Random(uint64_t seed) : state(seed * 2 + 1) {}
    double next()
    {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return static_cast<double>(state >> 11) / 9007199254740992.0;
    }
    int below(int count) { return static_cast<int>(next() * count); }

  private:
    uint64_t state;
};

struct Structure {
    std::vector<int32_t> numbers;
    std::vector<double> positions, cell = std::vector<double>(9, 0);
    std::array<int32_t, 3> periodic{};

    int count() const { return static_cast<int>(numbers.size()); }
    rm_structure view() const
    {
        return {count(), numbers.data(), positions.data(), cell.data(), {periodic[0], periodic[1], periodic[2]}};
    }
};

// What a model says of a structure, with KIM's order and sign of virials: xx yy zz yz xz xy of +dE/d(strain).
struct Answer {
    double energy = 0;
    std::vector<double> forces, energies, virial = std::vector<double>(6, 0), virials;

    explicit Answer(int count) : forces(3 * count), energies(count), virials(6 * count) {}
};

// A model file, loaded, with what its atoms are.
class Potential
{
  public:
    explicit Potential(const std::string &name);
    ~Potential();
    Potential(const Potential &) = delete;
    Potential &operator=(const Potential &) = delete;
    double cutoff() const { return rm_model_cutoff(model); }
    std::vector<int32_t> elements() const;
    Answer evaluate(const Structure &structure) const; // by rm_evaluate
    Structure crystal(int count, uint64_t seed) const; // skewed cell, smaller than twice the cutoff
    Structure cluster(int count, uint64_t seed) const;

  private:
    Structure filled(int count, uint64_t seed, bool isPeriodic) const;
    rm_model *model = nullptr;
    rm_workspace *workspace = nullptr;
};

struct Units {
    KIM::LengthUnit length = KIM::LENGTH_UNIT::A;
    KIM::EnergyUnit energy = KIM::ENERGY_UNIT::eV;
};

// The models' names in KIM, as librm-kim makes them of the fixtures' files.
extern const char *const fixtures[4];
std::string kimName(const std::string &fixture);
std::string chemicalSymbol(int32_t number);

// A KIM model with one compute-arguments object and the particles of one structure.
class Host
{
  public:
    // Neighbour lists hold everything closer than the cutoff plus `skin` (angstrom).
    Host(const std::string &name, const Structure &structure, double skin = 0, Units units = {},
         KIM::Numbering numbering = KIM::NUMBERING::zeroBased);
    ~Host();
    Host(const Host &) = delete;
    Host &operator=(const Host &) = delete;

    bool isGood() const { return arguments != nullptr; }
    int compute(); // 0 where all went well; fills `particles`
    Answer sentHome() const; // in angstrom and angstrom^2, images' shares added to those of their atoms
    void makeLists();
    void shareLists(KIM::ComputeArguments *other); // which then may be computed at a time with this host's own
    void want(bool energy, bool forces, bool energies, bool virial, bool virials);

    KIM::Model *model = nullptr;
    KIM::ComputeArguments *arguments = nullptr;
    double length = 1, energy = 1; // one angstrom and one eV in the host's units
    int count = 0;
    std::vector<double> coordinates; // in the host's unit of length
    std::vector<int> codes, contributing, home;
    std::vector<std::vector<int>> lists;
    bool handsOutOneBuffer = false; // every list in the same memory, which is spoiled by the next one
    int failsAt = -1;               // particle for which there is no list
    Answer particles = Answer(0);

  private:
    static int listOf(Host *host, int lists, const double *cutoffs, int list, int particle, int *length,
                      const int **neighbors);
    void addImages(const Structure &structure);
    void createArguments();
    double reach = 0;
    int first = 0; // particle number that the host counts from
    std::vector<int> buffer;
};

#endif

// What the driver keeps for KIM: the model, and the scratch memory of one compute-arguments object.
#ifndef RESPONSE_MATCHING_MODEL_HPP
#define RESPONSE_MATCHING_MODEL_HPP

#include <string>
#include <vector>

#include "KIM_LogVerbosity.hpp"
#include "KIM_ModelDriverHeaders.hpp"
#include "rm.h"

namespace response_matching {

// A potential and the host's units; shared by all compute-arguments objects, and not changed after its creation.
struct Model {
    rm_model *potential = nullptr;
    double length = 1; // one angstrom in the host's unit of length
    double energy = 1; // what one angstrom^2 of pseudo-energy counts for in the host's unit of energy
    double cutoff = 0; // in the host's unit of length; KIM keeps a pointer to it and to the next
    int asksForGhostListsNever = 1;
    std::vector<int32_t> numbers; // atomic number of each KIM species code

    Model() = default;
    Model(const Model &) = delete;
    Model &operator=(const Model &) = delete;
    ~Model() { rm_model_free(&potential); }
};

// Scratch memory, so that compute-arguments objects of one model may be computed at a time by several threads.
struct Scratch {
    rm_workspace *workspace = nullptr;
    std::vector<double> positions, virials;
    std::vector<int32_t> centers, counts, indices;
    std::vector<const int32_t *> lists;

    Scratch() = default;
    Scratch(const Scratch &) = delete;
    Scratch &operator=(const Scratch &) = delete;
    ~Scratch() { rm_workspace_free(&workspace); }
};

// Writes an error to KIM's log; returns what tells KIM of a failure.
template <class Place> int refuse(const Place *place, const std::string &message, int line, const char *file)
{
    place->LogEntry(KIM::LOG_VERBOSITY::error, message, line, file);
    return 1;
}
#define REFUSE(place, message) response_matching::refuse(place, message, __LINE__, __FILE__)

KIM::ModelComputeArgumentsCreateFunction createArguments;
KIM::ModelComputeFunction compute;
KIM::ModelComputeArgumentsDestroyFunction destroyArguments;

} // namespace response_matching

#endif

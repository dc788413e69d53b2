#include "pair_rm.h"

#include "atom.h"
#include "comm.h"
#include "error.h"
#include "force.h"
#include "memory.h"
#include "neigh_list.h"
#include "neighbor.h"
#include "update.h"

#include <rm.h>

#include <algorithm>
#include <climits>
#include <cstdio>
#include <cstring>
#include <iterator>

using namespace LAMMPS_NS;

namespace
{

// By atomic number.
const char *const symbols[] = {"",   "H",  "He", "Li", "Be", "B",  "C",  "N",  "O",  "F",  "Ne", "Na", "Mg", "Al", "Si",
                               "P",  "S",  "Cl", "Ar", "K",  "Ca", "Sc", "Ti", "V",  "Cr", "Mn", "Fe", "Co", "Ni", "Cu",
                               "Zn", "Ga", "Ge", "As", "Se", "Br", "Kr", "Rb", "Sr", "Y",  "Zr", "Nb", "Mo", "Tc", "Ru",
                               "Rh", "Pd", "Ag", "Cd", "In", "Sn", "Sb", "Te", "I",  "Xe", "Cs", "Ba", "La", "Ce", "Pr",
                               "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Hf", "Ta", "W",
                               "Re", "Os", "Ir", "Pt", "Au", "Hg", "Tl", "Pb", "Bi", "Po", "At", "Rn", "Fr", "Ra", "Ac",
                               "Th", "Pa", "U",  "Np", "Pu", "Am", "Cm", "Bk", "Cf", "Es", "Fm", "Md", "No", "Lr", "Rf",
                               "Db", "Sg", "Bh", "Hs", "Mt", "Ds", "Rg", "Cn", "Nh", "Fl", "Mc", "Lv", "Ts", "Og"};

// 0 if there is none of that name.
int atomic_number(const char *symbol)
{
    const auto found = std::find_if(std::begin(symbols) + 1, std::end(symbols),
                                    [symbol](const char *other) { return strcmp(symbol, other) == 0; });
    return found == std::end(symbols) ? 0 : static_cast<int>(found - std::begin(symbols));
}

std::string elements_of(const rm_model *model)
{
    std::string text;
    for (int i = 0; i < rm_model_element_count(model); i++)
        text += (i ? " " : "") + std::string(symbols[rm_model_element(model, i)]);
    return text;
}

} // namespace

PairRM::PairRM(LAMMPS *lmp) : Pair(lmp)
{
    restartinfo = 0;
    one_coeff = 1;
    manybody_flag = 1;
    single_enable = 0;
    centroidstressflag = CENTROID_NOTAVAIL;
    comm_reverse_off = 6; // with newton off: at most the virials, see send_home
}

PairRM::~PairRM()
{
    free_model();
    if (allocated) {
        memory->destroy(setflag);
        memory->destroy(cutsq);
    }
}

void PairRM::free_model()
{
    rm_workspace_free(&workspace);
    rm_model_free(&model);
}

void PairRM::allocate()
{
    const int types = atom->ntypes;
    memory->create(setflag, types + 1, types + 1, "pair:setflag");
    memory->create(cutsq, types + 1, types + 1, "pair:cutsq");
    for (int i = 0; i <= types; i++) std::fill_n(setflag[i], types + 1, 0);
    delete[] map;
    map = new int[types + 1]{};
    allocated = 1;
}

void PairRM::settings(int count, char **words)
{
    threads = 1;
    precision = RM_PRECISION_DOUBLE;
    rm_workspace_free(&workspace); // init_style makes another
    for (int i = 0; i < count; i += 2) {
        const char *value = i + 1 < count ? words[i + 1] : "";
        if (strcmp(words[i], "threads") == 0 && *value) {
            threads = utils::inumeric(FLERR, value, false, lmp);
            if (threads < 1) error->all(FLERR, "pair_style rm: threads must be 1 or more, not {}", threads);
        } else if (strcmp(words[i], "precision") == 0 && strcmp(value, "single") == 0) {
            precision = RM_PRECISION_SINGLE;
        } else if (strcmp(words[i], "precision") != 0 || strcmp(value, "double") != 0) {
            error->all(FLERR, "pair_style rm: expected nothing, 'threads N' or 'precision single|double', found '{}'",
                       words[i]);
        }
    }
}

void PairRM::coeff(int count, char **words)
{
    const int types = atom->ntypes;
    // LAMMPS has seen to the two stars already.
    if (count < 3)
        error->all(FLERR, "pair_coeff of pair_style rm: expected '* * FILE' and an element for each atom type");
    if (count != 3 + types)
        error->all(FLERR, "pair_coeff of pair_style rm: {} elements for {} atom types", count - 3, types);
    if (!allocated) allocate();
    load(words[2]);

    type_numbers.assign(types + 1, 0);
    for (int type = 1; type <= types; type++) {
        const char *symbol = words[2 + type];
        if (strcmp(symbol, "NULL") == 0) continue;
        const int number = atomic_number(symbol);
        bool known = false;
        for (int i = 0; i < rm_model_element_count(model); i++) known |= number == rm_model_element(model, i);
        if (!known)
            error->all(FLERR, "pair_coeff of pair_style rm: atom type {} is '{}', but {} knows {} only", type, symbol,
                       words[2], elements_of(model));
        type_numbers[type] = number;
    }
    // LAMMPS's own bookkeeping: `map`, and `setflag` for pairs of types that are both ours.
    map_element2type(types, words + 3);
}

// Rank 0 reads the file, so that a thousand ranks do not; all of them make the model, and fail in the same way.
void PairRM::load(const char *name)
{
    std::vector<char> bytes;
    bigint size = -1;
    if (comm->me == 0) {
        const std::string path = utils::get_potential_file_path(name); // also looks where LAMMPS_POTENTIALS says
        if (FILE *file = fopen(path.c_str(), "rb")) {
            char part[65536];
            while (const size_t count = fread(part, 1, sizeof part, file))
                bytes.insert(bytes.end(), part, part + count);
            if (!ferror(file)) size = static_cast<bigint>(bytes.size());
            fclose(file);
        }
    }
    MPI_Bcast(&size, 1, MPI_LMP_BIGINT, 0, world);
    if (size < 0) {
        load_by_name(name);
        return;
    }
    if (size > INT_MAX) error->all(FLERR, "pair_style rm: {} is too large to be a model file", name);
    bytes.resize(size);
    MPI_Bcast(bytes.data(), static_cast<int>(size), MPI_CHAR, 0, world);

    free_model();
    if (rm_model_load_memory(bytes.data(), bytes.size(), &model) != RM_OK)
        error->all(FLERR, "pair_style rm: {}: {}", name, rm_last_error());
}

// No file of ours: perhaps a model that librm has by name, which each rank then finds beside its own librm.so.
void PairRM::load_by_name(const char *name)
{
    free_model();
    const int loaded = rm_model_load(name, &model) == RM_OK;
    int everywhere = 0;
    MPI_Allreduce(&loaded, &everywhere, 1, MPI_INT, MPI_MIN, world);
    if (!everywhere)
        error->all(FLERR, "pair_style rm: cannot read the model file {} ({})", name,
                   loaded ? "another rank could not" : rm_last_error());
}

void PairRM::create_workspace()
{
    rm_workspace_options options;
    rm_workspace_options_init(&options, sizeof options);
    options.threads = threads;
    options.precision = precision;
    if (rm_workspace_create(model, &options, &workspace) != RM_OK)
        error->one(FLERR, "pair_style rm, rank {}: {}", comm->me, rm_last_error());
}

void PairRM::init_style()
{
    if (strcmp(update->unit_style, "metal") != 0)
        error->all(FLERR, "pair_style rm needs 'units metal' (lengths in angstrom), not '{}'", update->unit_style);
    // LAMMPS leaves pairs of bonded atoms out of its lists where both factors are 0, and this potential needs them all.
    if (atom->molecular != Atom::ATOMIC && atom->nbonds > 0)
        for (int k = 1; k <= 3; k++)
            if (force->special_lj[k] == 0.0 && force->special_coul[k] == 0.0)
                error->all(FLERR, "pair_style rm needs bonded neighbors too: use 'special_bonds lj/coul 1 1 1'");
    if (!workspace) create_workspace();
    neighbor->add_request(this, NeighConst::REQ_FULL);
}

double PairRM::init_one(int i, int j)
{
    if (setflag[i][j] == 0) error->all(FLERR, "pair_style rm: no pair_coeff for atom types {} and {}", i, j);
    return rm_model_cutoff(model);
}

void PairRM::compute(int eflag, int vflag)
{
    ev_init(eflag, vflag);
    const int own = atom->nlocal, all = own + atom->nghost;
    const bool newton = force->newton_pair;

    rm_neighbors neighbors{};
    neighbors.atom_count = all;
    neighbors.positions = all > 0 ? atom->x[0] : nullptr;
    neighbors.types = atom->type;
    neighbors.type_count = static_cast<int>(type_numbers.size());
    neighbors.type_numbers = type_numbers.data();
    neighbors.center_count = list->inum;
    neighbors.centers = list->ilist;
    neighbors.neighbor_counts = list->numneigh;
    neighbors.neighbors = list->firstneigh;
    neighbors.index_mask = NEIGHMASK;

    double energy = 0, virial_sum[9] = {};
    rm_host_results results{};
    results.energy = &energy;
    if (newton) {
        results.forces = all > 0 ? atom->f[0] : nullptr;
    } else {
        forces.assign(3 * static_cast<size_t>(all), 0.0);
        results.forces = forces.data();
    }
    if (eflag_atom) results.energies = eatom;
    if (vflag_global) results.virial = virial_sum;
    if (vflag_atom) {
        virials.assign(9 * static_cast<size_t>(all), 0.0);
        results.virials = virials.data();
    }

    if (rm_evaluate_neighbors(workspace, &neighbors, &results) != RM_OK)
        error->one(FLERR, "pair_style rm, step {}, rank {} (atoms as numbered there): {}", update->ntimestep, comm->me,
                   rm_last_error());

    if (!newton) {
        send_home(forces.data(), 3);
        for (int i = 0; i < own; i++)
            for (int k = 0; k < 3; k++) atom->f[i][k] += forces[3 * i + k];
    }
    if (eflag_global) eng_vdwl += energy;
    // LAMMPS's order of components is xx, yy, zz, xy, xz, yz.
    const int component[6] = {0, 4, 8, 1, 2, 5};
    if (vflag_global)
        for (int k = 0; k < 6; k++) virial[k] += virial_sum[component[k]];
    if (vflag_atom) {
        for (int i = 0; i < all; i++) {
            double six[6];
            for (int k = 0; k < 6; k++) six[k] = virials[9 * static_cast<size_t>(i) + component[k]];
            std::copy_n(six, 6, &virials[6 * static_cast<size_t>(i)]);
        }
        if (!newton) send_home(virials.data(), 6);
        for (int i = 0; i < (newton ? all : own); i++)
            for (int k = 0; k < 6; k++) vatom[i][k] += virials[6 * static_cast<size_t>(i) + k];
    }
    if (vflag_fdotr) virial_fdotr_compute();
}

// Adds what ghosts have of values[all][width] to their owners' numbers. LAMMPS does so itself with newton on.
void PairRM::send_home(double *values, int width)
{
    traveling = values;
    traveling_width = width;
    comm->reverse_comm(this, width);
}

int PairRM::pack_reverse_comm(int count, int first, double *buffer)
{
    const size_t length = static_cast<size_t>(count) * traveling_width;
    std::copy_n(traveling + static_cast<size_t>(first) * traveling_width, length, buffer);
    return static_cast<int>(length);
}

void PairRM::unpack_reverse_comm(int count, int *owners, double *buffer)
{
    for (int i = 0; i < count; i++)
        for (int k = 0; k < traveling_width; k++)
            traveling[static_cast<size_t>(owners[i]) * traveling_width + k] += *buffer++;
}

double PairRM::memory_usage()
{
    return Pair::memory_usage() + static_cast<double>((forces.capacity() + virials.capacity()) * sizeof(double));
}

/*
 * pair_style rm: a librm model as a potential in LAMMPS. It knows rm.h alone; docs/lammps.md says how to use it.
 *
 *     units metal
 *     pair_style rm [threads N] [precision double|single]
 *     pair_coeff * * model.safetensors C H ...    (one element for each atom type; NULL: another pair style's)
 */
#ifdef PAIR_CLASS
PairStyle(rm, PairRM);
#else

#ifndef LMP_PAIR_RM_H
#define LMP_PAIR_RM_H

#include "pair.h"

#include <rm.h>
#include <vector>

namespace LAMMPS_NS
{

class PairRM : public Pair
{
  public:
    PairRM(class LAMMPS *);
    ~PairRM() override;

    void settings(int, char **) override;
    void coeff(int, char **) override;
    void init_style() override;
    double init_one(int, int) override;
    void compute(int, int) override;

    int pack_reverse_comm(int, int, double *) override;
    void unpack_reverse_comm(int, int *, double *) override;
    double memory_usage() override;

  private:
    void allocate();
    void load(const char *);
    void load_by_name(const char *name);
    void create_workspace();
    void send_home(double *, int);
    void free_model();

    rm_model *model = nullptr;
    rm_workspace *workspace = nullptr;
    int threads = 1;
    rm_precision precision = RM_PRECISION_DOUBLE;
    std::vector<int> type_numbers; // of each type, from 1 on: its atomic number; 0 is not ours
    std::vector<double> forces;    // [all][3], where LAMMPS does not send those of ghosts home (newton off)
    std::vector<double> virials;   // [all][9], for per-atom virials
    double *traveling = nullptr;   // the array on which reverse communication is at work
    int traveling_width = 0;       // its numbers per atom
};

} // namespace LAMMPS_NS

#endif
#endif

/*
 * rm.h - librm, Response Matching pseudo-potentials (B. Cheng, arXiv 2405.09057).
 *
 * Learn a potential from relaxed structures alone, then relax, search for new molecules and crystals, rank them, or
 * drive another code with its forces.
 *
 * ---------------------------------------------------------------------------------------------------------------------
 * Conventions, for every function below
 * ---------------------------------------------------------------------------------------------------------------------
 * Numbers      double precision (rm_precision is about librm's own arithmetic); counts and atomic numbers are int32_t
 *              (int64_t where a count may be large).
 * Arrays       row-major: positions and forces are [atoms][3], cells and tensors [3][3]. The rows of a cell are its
 *              lattice vectors. Atoms may lie outside the cell; cells may be left-handed, skewed, and smaller than the
 *              cutoff. The row of a direction that is not periodic is not used (it may be zero).
 * Units        lengths in angstrom. The pseudo-energy E has the unit angstrom^2, forces angstrom; stress is a pure
 *              number. E is not an energy in eV: it ranks structures and its minima are structures, no more.
 * Signs        force = -dE/dr;  strain gradient = dE/d(strain);  stress = (dE/d(strain)) / volume, positive under
 *              tension;  virial = -dE/d(strain). All three are symmetric 3x3.
 * Status       whatever can fail returns an rm_status. On failure outputs are unchanged unless a function says
 *              otherwise, and rm_last_error() says in words what was wrong and where.
 * Handles      rm_model, rm_workspace, rm_dataset, rm_trainer. A creating function sets its output handle on success
 *              only. Each rm_..._free() takes the address of a handle, frees it and sets it to NULL; NULL is fine.
 * Options      structs that begin with `size`. Always initialise them with their rm_..._init(&options,
 *              sizeof options, preset), then change what you like: a program built against an older header keeps working.
 * NULL         an output that is NULL is not computed. An input may be NULL only where its description says so.
 * Ownership    librm copies what it keeps. Arrays that you pass stay yours and need to live for the call only.
 * Threads      a model and a dataset are immutable once built and may be used from any number of threads; a workspace
 *              and a trainer serve one thread at a time. Threads are started only where an option `threads` above 1
 *              asks for them, and have ended when the call returns. Results do not depend on their number beyond rounding.
 * Host         librm never prints, exits, raises signals, or changes the locale, the floating-point mode or the BLAS
 *              library's threads. Callbacks are called from the thread that made the call.
 * Seeds        everything random takes a seed; equal seeds give equal results.
 */
#ifndef RM_H
#define RM_H

#include <stddef.h>
#include <stdint.h>

#define RM_VERSION_MAJOR 0
#define RM_VERSION_MINOR 1
#define RM_VERSION_PATCH 0

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------------------------------------------------ */
/* Status and version                                                                                                 */
/* ------------------------------------------------------------------------------------------------------------------ */

typedef enum rm_status {
    RM_OK = 0,
    RM_ERROR_ARGUMENT = 1,        /* NULL where something is needed, a count or an option out of range */
    RM_ERROR_STRUCTURE = 2,       /* NaN, coincident atoms, a singular cell, too many atoms or neighbours */
    RM_ERROR_ELEMENT = 3,         /* an element that the model does not know */
    RM_ERROR_FILE = 4,            /* a path that cannot be read or written */
    RM_ERROR_FORMAT = 5,          /* a file or text that is not what it should be; the message names the place */
    RM_ERROR_CANCELLED = 6,       /* a callback asked to stop */
    RM_ERROR_CALLBACK = 7,        /* a callback reported a failure or returned numbers that are not finite */
    RM_ERROR_NUMBERS = 8,         /* a result is not finite, or training diverged */
    RM_ERROR_MEMORY = 9           /* more memory was needed than can be had */
} rm_status;

/** The message of the last failure on the calling thread, "" if there was none. Valid until the next call of a librm
 *  function on this thread. Any thread. Since 0.1. */
const char *rm_last_error(void);

/** The version of the library that runs, as "0.1.0". A static string. Any thread. Since 0.1. */
const char *rm_version(void);

/* ------------------------------------------------------------------------------------------------------------------ */
/* Presets                                                                                                            */
/* ------------------------------------------------------------------------------------------------------------------ */

/** Named settings for models, responses, trainers and searches. PUBLISHED ones follow arXiv 2405.09057 to the letter;
 *  the plain ones are what measuring showed to be better, and may improve from version to version. */
typedef enum rm_preset {
    RM_PRESET_MOLECULES = 0,
    RM_PRESET_CRYSTALS = 1,
    RM_PRESET_DIAMOND = 2,
    RM_PRESET_MOLECULES_PUBLISHED = 3,
    RM_PRESET_CRYSTALS_PUBLISHED = 4,
    RM_PRESET_DIAMOND_PUBLISHED = 5
} rm_preset;

/* ------------------------------------------------------------------------------------------------------------------ */
/* Model                                                                                                              */
/* ------------------------------------------------------------------------------------------------------------------ */

/** A pseudo-potential: immutable, shareable between threads. */
typedef struct rm_model rm_model;

/** Reads a model file (rm-model version 1, see docs/model-file.md).
 *  path: file name, UTF-8; or the bare name of a model, such as "mp", where there is no file of that name: NAME stands
 *  for NAME/model.safetensors in the first that has it of the folders of the environment variable LIBRM_MODELS (colons
 *  between them), `models` next to librm.so, and ../share/librm/models from there, where librm's own are installed.
 *  model: set on success; free with rm_model_free.
 *  Errors: RM_ERROR_FILE (says where it looked), RM_ERROR_FORMAT (names the tensor or key), RM_ERROR_MEMORY.
 *  Any thread. Since 0.1. */
rm_status rm_model_load(const char *path, rm_model **model);

/** Reads a model from memory: bytes[size] is the content of a model file. As rm_model_load. Since 0.1. */
rm_status rm_model_load_memory(const void *bytes, size_t size, rm_model **model);

/** Makes a model with random weights.
 *  description: the JSON text of a model, as in the model file ("elements", "cutoff", "radial_basis", ...); further keys
 *  are kept. See rm_model_describe for presets. seed: equal seeds give equal weights.
 *  Errors: RM_ERROR_FORMAT (names the key). Any thread. Since 0.1. */
rm_status rm_model_create(const char *description, uint64_t seed, rm_model **model);

/** Makes a model like another one, with other parameters and, if description_keys is not NULL, further keys.
 *  parameters[rm_model_parameter_count]: NULL keeps the model's. description_keys: a JSON object whose keys are added to
 *  the description, replacing those of the same name; keys that define the architecture are refused; may be NULL.
 *  Errors: RM_ERROR_NUMBERS (names the tensor), RM_ERROR_FORMAT. Any thread. Since 0.1. */
rm_status rm_model_copy(const rm_model *model, const double *parameters, const char *description_keys, rm_model **copy);

/** Writes a model file; the file appears whole or not at all. Tensors are written as F64.
 *  Errors: RM_ERROR_FILE. Any thread. Since 0.1. */
rm_status rm_model_save(const rm_model *model, const char *path);

/** Frees a model and sets *model to NULL. Workspaces and trainers made from it stay valid. Any thread. Since 0.1. */
void rm_model_free(rm_model **model);

/** The description of a preset's architecture for a list of elements, as JSON for rm_model_create.
 *  numbers[count]: atomic numbers, each once. text[capacity]: receives the text with its final zero; may be NULL.
 *  length: receives the length of the text without the zero; may be NULL. Fails with RM_ERROR_ARGUMENT when capacity
 *  is too small (length is set even so). Any thread. Since 0.1. */
rm_status rm_model_describe(rm_preset preset, const int32_t *numbers, int32_t count, char *text, size_t capacity,
                            size_t *length);

/** The model's description as JSON text, with all further keys. Lives as long as the model. NULL if model is NULL.
 *  Any thread. Since 0.1. */
const char *rm_model_description(const rm_model *model);

/** The cutoff radius in angstrom; 0 if model is NULL. Any thread. Since 0.1. */
double rm_model_cutoff(const rm_model *model);

/** The number of elements the model knows; 0 if model is NULL. Any thread. Since 0.1. */
int32_t rm_model_element_count(const rm_model *model);

/** The atomic number of element `index`; 0 if there is none. Any thread. Since 0.1. */
int32_t rm_model_element(const rm_model *model, int32_t index);

/** The number of descriptors (invariant features) per atom; 0 if model is NULL. Any thread. Since 0.1. */
int32_t rm_model_descriptor_count(const rm_model *model);

/** The number of parameters; 0 if model is NULL. Any thread. Since 0.1. */
int64_t rm_model_parameter_count(const rm_model *model);

/** All parameters, tensor after tensor in the order of rm_model_tensor. values[rm_model_parameter_count].
 *  Any thread. Since 0.1. */
rm_status rm_model_parameters(const rm_model *model, double *values);

/** The number of tensors that make up the parameters; 0 if model is NULL. Any thread. Since 0.1. */
int32_t rm_model_tensor_count(const rm_model *model);

/** One tensor of the parameters, row-major.
 *  name: receives a string that lives as long as the model. shape[3]: its lengths, unused ones 1. rank: how many are
 *  used. offset: index of its first number within the parameters. Each output may be NULL.
 *  Errors: RM_ERROR_ARGUMENT. Any thread. Since 0.1. */
rm_status rm_model_tensor(const rm_model *model, int32_t index, const char **name, int64_t shape[3], int32_t *rank,
                          int64_t *offset);

/* ------------------------------------------------------------------------------------------------------------------ */
/* Structures and evaluation                                                                                          */
/* ------------------------------------------------------------------------------------------------------------------ */

/** A view of a structure in the caller's memory. */
typedef struct rm_structure {
    int32_t atom_count;
    const int32_t *numbers;     /* [atom_count] atomic numbers */
    const double *positions;    /* [atom_count][3] angstrom */
    const double *cell;         /* [3][3], rows are lattice vectors; NULL if no direction is periodic */
    int32_t periodic[3];        /* 1 or 0 for each lattice vector */
} rm_structure;

/** Where to put what is wanted of one structure; NULL for what is not. */
typedef struct rm_results {
    double *energy;             /* [1] */
    double *energies;           /* [atom_count] per-atom energies; they sum to energy */
    double *forces;             /* [atom_count][3] */
    double *strain_gradient;    /* [3][3] */
    double *stress;             /* [3][3]; needs three periodic directions */
    double *virial;             /* [3][3] */
    double *virials;            /* [atom_count][3][3]: half of each pair's share to both atoms; they sum to virial */
    double *descriptors;        /* [atom_count][rm_model_descriptor_count] */
} rm_results;

/** The arithmetic of evaluations. SINGLE computes each atom's energy and its derivatives in single precision, which is
 *  up to twice as fast and keeps five to six digits (docs/speed.md); positions, sums over atoms and everything that is
 *  handed over are double precision in any case. Since 0.2, and so are the options of this type. */
typedef enum rm_precision {
    RM_PRECISION_DOUBLE = 0,
    RM_PRECISION_SINGLE = 1
} rm_precision;

typedef struct rm_workspace_options {
    size_t size;
    int32_t threads;            /* threads that one evaluation of a large structure may use; 1 */
    double skin;                /* angstrom beyond the cutoff for which neighbour lists are kept and reused while no pair
                                   outside of them can have come closer than the cutoff, in a cell that is strained too;
                                   worth it from some thousand atoms on; 0: a fresh list each time; 0 */
    rm_precision precision;     /* RM_PRECISION_DOUBLE */
} rm_workspace_options;

/** Sets defaults. options: not NULL. size: sizeof *options. Any thread. Since 0.1. */
void rm_workspace_options_init(rm_workspace_options *options, size_t size);

/** A model together with the scratch memory of one thread. */
typedef struct rm_workspace rm_workspace;

/** Makes a workspace. It keeps the model alive. options: NULL for defaults.
 *  Errors: RM_ERROR_ARGUMENT, RM_ERROR_MEMORY. Any thread. Since 0.1. */
rm_status rm_workspace_create(const rm_model *model, const rm_workspace_options *options, rm_workspace **workspace);

/** Frees a workspace and sets *workspace to NULL. Since 0.1. */
void rm_workspace_free(rm_workspace **workspace);

/** Energy and its derivatives for one structure.
 *  Errors: RM_ERROR_ARGUMENT, RM_ERROR_STRUCTURE, RM_ERROR_ELEMENT. One thread per workspace. Since 0.1. */
rm_status rm_evaluate(rm_workspace *workspace, const rm_structure *structure, const rm_results *results);

/** The same for structures[count], over threads. results[count].
 *  statuses[count]: the status of each structure; may be NULL. Returns the status of the first structure (by index) that
 *  failed, with its message; the others are evaluated all the same. Any thread. Since 0.1. */
rm_status rm_evaluate_batch(const rm_model *model, int64_t count, const rm_structure *structures,
                            const rm_results *results, int32_t threads, rm_status *statuses);

/** A host's own full neighbour list, with ghost atoms, in the arrays that LAMMPS has. Ghost atoms are images or atoms
 *  of another rank; only centres have energies, and forces on ghosts are for the host to send home. */
typedef struct rm_neighbors {
    int32_t atom_count;                 /* own and ghost atoms */
    const double *positions;            /* [atom_count][3] */
    const int32_t *types;               /* [atom_count] the host's types, 0 to type_count - 1 */
    int32_t type_count;
    const int32_t *type_numbers;        /* [type_count] atomic number of each type; 0: librm ignores such atoms */
    int32_t center_count;
    const int32_t *centers;             /* [center_count] atom indices; NULL: 0 to center_count - 1 */
    const int32_t *neighbor_counts;     /* [atom_count] indexed by atom (centres only are read) */
    const int32_t *const *neighbors;    /* [atom_count] indexed by atom: its neighbours, both directions of every pair;
                                           those beyond the cutoff are skipped */
    int32_t index_mask;                 /* applied (and) to each neighbour index; 0: none */
} rm_neighbors;

/** Arrays of the host to which librm ADDS; NULL for what is not wanted. */
typedef struct rm_host_results {
    double *energy;                     /* [1] */
    double *energies;                   /* [atom_count] */
    double *forces;                     /* [atom_count][3], own and ghost atoms */
    double *virial;                     /* [3][3] = -dE/d(strain) */
    double *virials;                    /* [atom_count][3][3], half of each pair's share to both atoms */
} rm_host_results;

/** Energy and forces on a host's own neighbour list; adds to results.
 *  Errors: RM_ERROR_ARGUMENT, RM_ERROR_STRUCTURE, RM_ERROR_ELEMENT; results are unchanged then.
 *  One thread per workspace. Since 0.1. */
rm_status rm_evaluate_neighbors(rm_workspace *workspace, const rm_neighbors *neighbors, const rm_host_results *results);

/* ------------------------------------------------------------------------------------------------------------------ */
/* Relaxation                                                                                                         */
/* ------------------------------------------------------------------------------------------------------------------ */

typedef enum rm_optimizer {
    RM_OPTIMIZER_FIRE = 0,      /* Bitzek et al., PRL 97, 170201 (2006), as in ASE */
    RM_OPTIMIZER_LBFGS = 1      /* Liu and Nocedal, Math. Program. 45, 503 (1989); takes back steps uphill */
} rm_optimizer;

/** How the cell takes part; what moves are the periodic directions, of which there must be one. */
typedef enum rm_cell_mode {
    RM_CELL_FIXED = 0,
    RM_CELL_CONSTANT_VOLUME = 1,
    RM_CELL_FREE = 2
} rm_cell_mode;

typedef enum rm_stop_reason {
    RM_STOP_CONVERGED = 0,
    RM_STOP_STEPS = 1,          /* max_steps were done */
    RM_STOP_OBSERVER = 2,       /* the observer returned non-zero */
    RM_STOP_FAILED = 3          /* the structure could not be evaluated any more; rm_last_error() says why */
} rm_stop_reason;

/** What an observer sees after each evaluation. Pointers are valid during the call only. */
typedef struct rm_relax_step {
    int32_t step;               /* 0 for the start */
    int32_t atom_count;
    double energy;              /* with pressure and extra potential */
    double fmax;                /* largest force, cell's share included */
    const double *positions;    /* [atom_count][3] */
    const double *cell;         /* [3][3] or NULL */
    const double *forces;       /* [atom_count][3] */
} rm_relax_step;

/** Called after each evaluation; non-zero stops the relaxation with what it has. */
typedef int (*rm_relax_observer)(void *user, const rm_relax_step *step);

/** A further potential that the host adds: adds to *energy, forces[atom_count][3] and strain_gradient[3][3] (dE/d(strain));
 *  non-zero reports a failure. */
typedef int (*rm_extra_potential)(void *user, const rm_structure *structure, double *energy, double *forces,
                                  double *strain_gradient);

typedef struct rm_relax_options {
    size_t size;
    rm_optimizer optimizer;     /* RM_OPTIMIZER_FIRE */
    rm_cell_mode cell;          /* RM_CELL_FIXED */
    double pressure;            /* external pressure in units of stress, with RM_CELL_FREE; 0 */
    double fmax;                /* converged when the largest force (norm per atom) is below; angstrom; 1e-3 */
    int32_t max_steps;          /* 1000 */
    double max_step;            /* longest step, angstrom: FIRE, as in ASE, of all atoms together (the norm of the whole
                                   step); L-BFGS of one atom; 0.2 */
    int32_t cell_per_atom;      /* 1: the cell's gradient is divided by the number of atoms for fmax and for the step (what ASE's
                                   UnitCellFilter has in effect); 0: the virial itself, as published; 1 */
    double time_step;           /* FIRE: first time step; 0.1 */
    double max_time_step;       /* FIRE: 1.0 */
    double acceleration_start;  /* FIRE: alpha at the start; 0.1 */
    double acceleration_factor; /* FIRE: factor on alpha; 0.99 */
    double step_increase;       /* FIRE: 1.1 */
    double step_decrease;       /* FIRE: 0.5 */
    int32_t downhill_steps;     /* FIRE: steps downhill before the time step grows; 5 */
    int32_t memory;             /* L-BFGS: pairs kept; 20 */
    double curvature;           /* L-BFGS: first guess of the curvature; a pure number, as forces are in angstrom; 1 */
    rm_relax_observer observer; /* may be NULL */
    void *observer_user;
    rm_extra_potential extra;   /* may be NULL; not in a batch over more than one thread */
    void *extra_user;
    rm_precision precision;     /* in rm_relax single if the workspace's is, too; not of a search's stages, which have
                                   the search's; RM_PRECISION_DOUBLE */
} rm_relax_options;

/** Sets defaults. size: sizeof *options. Any thread. Since 0.1. */
void rm_relax_options_init(rm_relax_options *options, size_t size);

/** What a relaxation gives. positions, cell and forces are the caller's arrays (NULL if not wanted), the rest is set. */
typedef struct rm_relax_result {
    double *positions;          /* [atom_count][3]; may be the array that the structure came in */
    double *cell;               /* [3][3]; likewise */
    double *forces;             /* [atom_count][3] */
    double energy;              /* with pressure and extra potential */
    double fmax;
    double volume;              /* of the cell; 0 if not periodic in three directions */
    int32_t steps;
    int32_t evaluations;
    rm_stop_reason reason;
} rm_relax_result;

/** Relaxes one structure.
 *  fixed[atom_count]: 1 for atoms that stay where they are (with a moving cell: at their fractional coordinates);
 *  NULL: none. options: NULL for defaults. result: not NULL.
 *  Not to converge is no error: see result->reason. Errors: RM_ERROR_ARGUMENT, RM_ERROR_STRUCTURE, RM_ERROR_ELEMENT for
 *  the structure given; RM_ERROR_CALLBACK. One thread per workspace. Since 0.1. */
rm_status rm_relax(rm_workspace *workspace, const rm_structure *structure, const int32_t *fixed,
                   const rm_relax_options *options, rm_relax_result *result);

/** The same for structures[count], over threads. results[count]. fixed[count]: NULL, or a list that may hold NULLs.
 *  No observer and no extra potential are called. statuses[count] may be NULL; returns as rm_evaluate_batch.
 *  Any thread. Since 0.1. */
rm_status rm_relax_batch(const rm_model *model, int64_t count, const rm_structure *structures,
                         const int32_t *const *fixed, const rm_relax_options *options, int32_t threads,
                         rm_relax_result *results, rm_status *statuses);

/* ------------------------------------------------------------------------------------------------------------------ */
/* Search                                                                                                             */
/* ------------------------------------------------------------------------------------------------------------------ */

/** One stage of a search: an optional kick, then a relaxation. */
typedef struct rm_search_stage {
    const rm_relax_options *relax;  /* how to relax; observer and extra potential are not used */
    double kick;                    /* before it, every component of every position is moved uniformly by up to this; angstrom */
    int32_t drop_unconverged;       /* 1: a candidate that does not converge here is dropped */
} rm_search_stage;

typedef enum rm_container {
    RM_CONTAINER_BOX = 0,           /* atoms in a box of given edges, not periodic */
    RM_CONTAINER_CELL = 1,          /* periodic: a cube of the volume, each edge scaled by up to +- cell_variation */
    RM_CONTAINER_SKEWED_CELL = 2    /* periodic: a cube plus a random matrix of entries up to cell_variation of its edge */
} rm_container;

typedef struct rm_search_options {
    size_t size;
    rm_container container;
    double box[3];                  /* RM_CONTAINER_BOX: edges, angstrom */
    double volume_per_atom[2];      /* cells: uniform between the two, angstrom^3; both 0: from element_volumes */
    const double *element_volumes;  /* cells: [119], angstrom^3 per atom by atomic number, 0: not known; NULL: the
                                       model's own, see "element_volumes" in its description */
    double volume_scale[2];         /* cells: a factor drawn uniformly between the two on a volume from element volumes; 1, 1 */
    double cell_variation;          /* 0.25 */
    double min_separation;          /* angstrom: no pair is drawn closer; 0: none */
    double covalent_separation;     /* the same as a share of the sum of covalent radii (Cordero 2008); the larger of the
                                       two counts; 0: none; with symmetry, crowded cells go down to 0.8 of it */
    int32_t max_draws;              /* tries to place the atoms of one candidate before it is dropped; 1000 */
    const rm_search_stage *stages;  /* [stage_count]; NULL: the preset's own */
    int32_t stage_count;
    int32_t hops;                   /* rounds of hops after the stages: change, relax with the last stage, keep if E falls; 0 */
    double hop_kick;                /* every component, angstrom */
    double hop_hydrogen;            /* share of hops that move one hydrogen to another atom */
    double hop_swap;                /* share of hops that swap two elements */
    double duplicate_tolerance;     /* two candidates are duplicates when their energies per atom and their sorted
                                       descriptors (root mean square) agree within this, relative to the spread of both
                                       over random structures of the same contents; 0: not looked for; 0.05 */
    uint64_t seed;                  /* candidate k depends on seed and k alone */
    int64_t first;                  /* index of the first candidate; 0 */
    int64_t count;                  /* how many candidates to try */
    int32_t threads;                /* 1 */
    rm_preset preset;               /* set by rm_search_options_init; where default stages come from */
    rm_precision precision;         /* of relaxations; SINGLE but for published presets; what converges is relaxed to the
                                       end in double precision in any case */
    double symmetry;                /* cells: share of candidates drawn with the symmetry of a space group, atoms on special
                                       positions among them; its share of the lattices has the group's shape and not that
                                       of `container`; in the presets for crystals 0.5, published 0. Since 0.2 */
    double collapsed_separation;    /* as a share of the sum of covalent radii: a structure that relaxes to atoms closer than
                                       this has collapsed into a hole of E, and fails; 0.5, in published presets 0: not
                                       looked for. Since 0.2 */
} rm_search_options;

/** Sets the options of a preset. size: sizeof *options. Any thread. Since 0.1. */
void rm_search_options_init(rm_search_options *options, size_t size, rm_preset preset);

typedef enum rm_candidate_state {
    RM_CANDIDATE_CONVERGED = 0,
    RM_CANDIDATE_UNCONVERGED = 1,   /* kept, but the last stage ran out of steps */
    RM_CANDIDATE_NOT_PLACED = 2,    /* dropped: no room for the atoms within max_draws */
    RM_CANDIDATE_DROPPED = 3,       /* dropped: did not converge in a stage that asks for it */
    RM_CANDIDATE_FAILED = 4         /* dropped: flew apart or collapsed */
} rm_candidate_state;

/** A candidate as it is handed over. Pointers are valid during the call only. */
typedef struct rm_candidate {
    int64_t index;
    rm_candidate_state state;
    int32_t atom_count;             /* 0 if it was not placed: there is no structure then */
    const int32_t *numbers;         /* [atom_count] */
    const double *positions;        /* [atom_count][3] */
    const double *cell;             /* [3][3] or NULL */
    double energy;
    double volume;                  /* 0 for molecules */
    double fmax;
    int32_t steps;                  /* of all stages and hops */
    int32_t stage;                  /* last stage it was in */
    int64_t duplicate_of;           /* index of the candidate handed over before that it repeats, or -1 */
} rm_candidate;

/** Receives every candidate, dropped ones too, as it finishes; never two at a time; the order depends on the threads.
 *  Non-zero cancels the search. */
typedef int (*rm_candidate_callback)(void *user, const rm_candidate *candidate);

typedef struct rm_search_summary {
    int64_t tried;
    int64_t converged;
    int64_t unconverged;
    int64_t not_placed;
    int64_t dropped;
    int64_t failed;
    int64_t duplicates;
    int64_t evaluations;            /* of the potential */
} rm_search_summary;

/** Draws and relaxes random structures of the given contents.
 *  numbers[atom_count]: the atoms of the molecule or cell. candidate: may be NULL. summary: may be NULL; filled
 *  also when cancelled. Errors: RM_ERROR_ARGUMENT, RM_ERROR_ELEMENT, RM_ERROR_CANCELLED. Any thread. Since 0.1. */
rm_status rm_search(const rm_model *model, const int32_t *numbers, int32_t atom_count, const rm_search_options *options,
                    rm_candidate_callback candidate, void *user, rm_search_summary *summary);

/** Reads a formula such as "C5H9NO" or "Li2(SO4)3" into atomic numbers, in the order written, `units` times.
 *  numbers[capacity]: receives them; may be NULL. count: receives how many there are. Fails with RM_ERROR_ARGUMENT when
 *  capacity is too small (count is set even so), RM_ERROR_FORMAT. Any thread. Since 0.1. */
rm_status rm_formula(const char *formula, int32_t units, int32_t *numbers, int32_t capacity, int32_t *count);

/* ------------------------------------------------------------------------------------------------------------------ */
/* Training                                                                                                           */
/* ------------------------------------------------------------------------------------------------------------------ */

/** A structure with what the potential should answer. */
typedef struct rm_frame {
    rm_structure structure;
    const double *forces;           /* [atom_count][3] target forces */
    const double *stress;           /* [3][3] target stress; NULL: the stress of this frame is not a target */
    double weight;                  /* factor on the frame's squared errors; 1 */
} rm_frame;

/** The loss of a batch and its exact gradient:
 *  force_weight * mean(weight (F - F*)^2) + stress_weight * mean(weight (s - s*)^2), means over all components of the
 *  batch that have a target.
 *  loss: [1]. gradient[rm_model_parameter_count]: may be NULL. force_error, stress_error: root mean square errors; may
 *  be NULL. Errors: RM_ERROR_ARGUMENT, RM_ERROR_STRUCTURE, RM_ERROR_ELEMENT. Any thread. Since 0.1. */
rm_status rm_loss_and_gradient(const rm_model *model, int64_t count, const rm_frame *frames, double force_weight,
                               double stress_weight, int32_t threads, double *loss, double *gradient,
                               double *force_error, double *stress_error);

/** How noise is drawn and what the response to it is (arXiv 2405.09057; docs/training.md has every equation). */
typedef struct rm_response_options {
    size_t size;
    double displacement;            /* D, angstrom: noise level s displaces each component uniformly in +- s D / 2 */
    const double *levels;           /* [level_count] noise levels s; NULL: 0 1 2 3 4 6 8 10 12 16 32 */
    int32_t level_count;
    int32_t strain_count;           /* crystals: points of the even grid of dilations; every level meets every point; 1: drawn
                                       uniformly instead; 0: as many points as levels, dealt out so that each level
                                       meets one of them */
    double dilation;                /* crystals: c within +- this */
    double shear;                   /* crystals: entries of u within +- this times V^(1/3) */
    double young_modulus;           /* of the target stress; 1 */
    double poisson_ratio;           /* 0.3 */
    double force_noise;             /* target forces get noise uniform in +- this * sqrt(s), angstrom */
    double repulsion_radius;        /* angstrom; 0: no repulsion among the targets */
    int32_t remove_drift;           /* 1: the net displacement is taken out of the targets */
    int32_t remove_rotation;        /* 1: the net rotation too (molecules) */
    double amplitude[2];            /* both > 0: instead of levels, half-widths of the noise are drawn evenly in their
                                       logarithm between the two, angstrom, and strains scaled likewise */
    double clean_share;             /* with amplitude: share of frames without any noise */
    double weight_floor;            /* sigma0, angstrom; 0: every frame has weight 1 */
    double weight_power;            /* a frame's weight is (a/sqrt(3) + sigma0)^-power, a the half-width of its noise */
    int32_t frames_per_structure;   /* with amplitude: how many are drawn of each structure (per epoch, if fresh) */
} rm_response_options;

/** Sets the options of a preset. size: sizeof *options. Any thread. Since 0.1. */
void rm_response_options_init(rm_response_options *options, size_t size, rm_preset preset);

/** Structures to learn from: relaxed ones, whose responses librm draws, or frames with targets of your own. */
typedef struct rm_dataset rm_dataset;

/** An empty dataset. Any thread. Since 0.1. */
rm_status rm_dataset_create(rm_dataset **dataset);

/** Frees a dataset and sets *dataset to NULL. Trainers made from it stay valid. Since 0.1. */
void rm_dataset_free(rm_dataset **dataset);

/** Adds a relaxed structure. Its responses are drawn when a trainer is made, or every epoch.
 *  Errors: RM_ERROR_ARGUMENT, RM_ERROR_STRUCTURE. One thread at a time. Since 0.1. */
rm_status rm_dataset_add_structure(rm_dataset *dataset, const rm_structure *structure);

/** Adds a frame with targets. One thread at a time. Since 0.1. */
rm_status rm_dataset_add_frame(rm_dataset *dataset, const rm_frame *frame);

/** Adds two structures of the same contents of which `lower` is to have the lower pseudo-energy: a true structure and,
 *  say, a minimum that a search found in its place. Trainer options `pair_...` say how that is asked for.
 *  Errors: RM_ERROR_ARGUMENT, RM_ERROR_STRUCTURE. One thread at a time. Since 0.2. */
rm_status rm_dataset_add_pair(rm_dataset *dataset, const rm_structure *lower, const rm_structure *higher);

/** Relaxed structures in the dataset, frames with targets, and pairs; 0 if dataset is NULL. Since 0.1; pairs 0.2. */
int64_t rm_dataset_structure_count(const rm_dataset *dataset);
int64_t rm_dataset_frame_count(const rm_dataset *dataset);
int64_t rm_dataset_pair_count(const rm_dataset *dataset);

/** Draws the responses to noise of one relaxed structure, as a trainer does.
 *  frame: called for every noisy frame with its index and its half-width of noise (angstrom); pointers are valid during the
 *  call; non-zero stops. options: not NULL. Errors: RM_ERROR_ARGUMENT, RM_ERROR_STRUCTURE, RM_ERROR_CANCELLED.
 *  Any thread. Since 0.1. */
rm_status rm_response_draw(const rm_structure *structure, const rm_response_options *options, uint64_t seed,
                           int (*frame)(void *user, int64_t index, const rm_frame *frame, double amplitude), void *user);

typedef enum rm_schedule {
    RM_SCHEDULE_PLATEAU = 0,        /* the rate falls when the validation loss does not */
    RM_SCHEDULE_COSINE = 1,         /* from rate to 0 over epochs */
    RM_SCHEDULE_CONSTANT = 2
} rm_schedule;

/** Lets a host sum gradients over ranks: replaces values[count] by their sum over all ranks; non-zero reports a failure.
 *  Every rank needs the same model and options and its own part of the structures (options `rank`, `ranks`). */
typedef int (*rm_sum_callback)(void *user, double *values, int64_t count);

/** Progress within an epoch: `done` of `total` batches. Non-zero stops the epoch; the trainer is then as before it. */
typedef int (*rm_progress_callback)(void *user, int64_t done, int64_t total);

typedef struct rm_trainer_options {
    size_t size;
    double force_weight;
    double stress_weight;           /* 0: stress is not a target */
    int32_t batch_size;
    int32_t epochs;                 /* for RM_SCHEDULE_COSINE; a host may run fewer or more */
    rm_schedule schedule;
    double learning_rate;
    int32_t warmup_epochs;          /* the rate grows linearly over them */
    double plateau_factor;          /* 0.8 */
    int32_t plateau_patience;       /* epochs; 10 */
    double beta1;                   /* Adam (Kingma and Ba 2015); 0.9 */
    double beta2;                   /* 0.999 */
    double epsilon;                 /* 1e-8 */
    int32_t amsgrad;                /* 1 (Reddi et al. 2018) */
    double clip_norm;               /* norm at which a batch's gradient is clipped; 0: never */
    double average_decay;           /* of the exponential average of the weights, per step; 0.99 */
    int32_t average_start;          /* epoch from which they are averaged */
    double validation_share;        /* of the noisy frames, and of the pairs; 0.1 */
    int32_t fresh_noise;            /* 1: new noise for every epoch (validation keeps its own); 0: one fixed set, as published */
    uint64_t seed;
    int32_t threads;
    int32_t rank;                   /* this process among `ranks`; 0 of 1 */
    int32_t ranks;
    rm_sum_callback sum;            /* needed if ranks > 1 */
    void *sum_user;
    rm_progress_callback progress;  /* may be NULL */
    void *progress_user;
    double pair_weight;             /* of the pairs' loss, the mean of log(1 + exp((D + margin)/width)), where D is the lower
                                       structure's pseudo-energy per atom less the higher's; 1. Since 0.2 */
    double pair_margin;             /* angstrom^2 per atom; 0. Since 0.2 */
    double pair_width;              /* angstrom^2 per atom; 0.01. Since 0.2 */
    rm_precision precision;         /* of losses and gradients of frames; weights, the optimiser and sums over frames are
                                       double in any case; single, in published presets double */
} rm_trainer_options;

/** Sets the options of a preset. size: sizeof *options. Any thread. Since 0.1. */
void rm_trainer_options_init(rm_trainer_options *options, size_t size, rm_preset preset);

/** A training in progress. */
typedef struct rm_trainer rm_trainer;

/** Prepares to train a model (its weights are the start) on a dataset.
 *  response: how to draw noise; may be NULL if the dataset has frames only. options: not NULL.
 *  Errors: RM_ERROR_ARGUMENT, RM_ERROR_ELEMENT (names the structure), RM_ERROR_MEMORY. Since 0.1. */
rm_status rm_trainer_create(const rm_model *model, const rm_dataset *dataset, const rm_response_options *response,
                            const rm_trainer_options *options, rm_trainer **trainer);

/** Frees a trainer and sets *trainer to NULL. Since 0.1. */
void rm_trainer_free(rm_trainer **trainer);

typedef struct rm_epoch {
    int32_t epoch;                  /* the epoch just done, from 1 */
    int64_t steps;                  /* steps of the optimiser so far */
    double learning_rate;
    double training_loss;
    double training_force_error;    /* root mean square, angstrom */
    double training_stress_error;   /* root mean square */
    double validation_loss;         /* of the averaged weights once there are some; the training's where no frame is held out */
    double validation_force_error;
    double validation_stress_error;
    int32_t best;                   /* 1: the lowest validation loss so far */
} rm_epoch;

/** Trains for one epoch. result: may be NULL.
 *  Errors: RM_ERROR_NUMBERS (diverged), RM_ERROR_CANCELLED and RM_ERROR_CALLBACK (the trainer is as before the epoch).
 *  One thread per trainer. Since 0.1. */
rm_status rm_trainer_epoch(rm_trainer *trainer, rm_epoch *result);

/** Pairs in the epoch done last: their mean loss without its weight, and the share in the right order; of those held out,
 *  or of the training's where none is; 0 if there are none. Each output may be NULL. One thread per trainer. Since 0.2. */
rm_status rm_trainer_pairs(const rm_trainer *trainer, double *loss, double *order);

/** The model with the least validation loss so far, or with the present weights (`best` 0). Its description carries
 *  what it was trained on and how. Free it with rm_model_free. One thread per trainer. Since 0.1. */
rm_status rm_trainer_model(const rm_trainer *trainer, int32_t best, rm_model **model);

/** Training and validation frames of the fixed set. Each output may be NULL. Since 0.1. */
rm_status rm_trainer_counts(const rm_trainer *trainer, int64_t *training, int64_t *validation);

/** Writes a checkpoint; the file appears whole or not at all. Errors: RM_ERROR_FILE. One thread per trainer. Since 0.1. */
rm_status rm_trainer_save(const rm_trainer *trainer, const char *path);

/** Goes on from a checkpoint, to the same weights as if never stopped.
 *  dataset, response, options: as they were given to rm_trainer_create (what differs in a way that would change the
 *  result is refused; threads, epochs and callbacks may differ).
 *  Errors: RM_ERROR_FILE, RM_ERROR_FORMAT, RM_ERROR_ARGUMENT. Since 0.1. */
rm_status rm_trainer_load(const char *path, const rm_dataset *dataset, const rm_response_options *response,
                          const rm_trainer_options *options, rm_trainer **trainer);

#ifdef __cplusplus
}
#endif

#endif /* RM_H */

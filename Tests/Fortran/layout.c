/* What C says of the structs of rm.h, for Fortran to compare with: the size, and the offset of every field in order. */
#include "rm.h"

#define OFFSET(type, field) offsetof(type, field),
#define FIELDS_rm_structure(F, T) F(T, atom_count) F(T, numbers) F(T, positions) F(T, cell) F(T, periodic)
#define FIELDS_rm_results(F, T) \
    F(T, energy) \
    F(T, energies) F(T, forces) F(T, strain_gradient) F(T, stress) F(T, virial) F(T, virials) F(T, descriptors)
#define FIELDS_rm_workspace_options(F, T) F(T, size) F(T, threads) F(T, skin) F(T, precision)
#define FIELDS_rm_neighbors(F, T) \
    F(T, atom_count) \
    F(T, positions) \
    F(T, types) F(T, type_count) F(T, type_numbers) F(T, center_count) F(T, centers) F(T, neighbor_counts) \
        F(T, neighbors) F(T, index_mask)
#define FIELDS_rm_host_results(F, T) F(T, energy) F(T, energies) F(T, forces) F(T, virial) F(T, virials)
#define FIELDS_rm_relax_step(F, T) \
    F(T, step) F(T, atom_count) F(T, energy) F(T, fmax) F(T, positions) F(T, cell) F(T, forces)
#define FIELDS_rm_relax_options(F, T) \
    F(T, size) \
    F(T, optimizer) \
    F(T, cell) F(T, pressure) F(T, fmax) F(T, max_steps) F(T, max_step) F(T, cell_per_atom) F(T, time_step) \
        F(T, max_time_step) F(T, acceleration_start) F(T, acceleration_factor) F(T, step_increase) F(T, step_decrease) \
            F(T, downhill_steps) F(T, memory) F(T, curvature) F(T, observer) F(T, observer_user) F(T, extra) \
                F(T, extra_user) F(T, precision)
#define FIELDS_rm_relax_result(F, T) \
    F(T, positions) \
    F(T, cell) F(T, forces) F(T, energy) F(T, fmax) F(T, volume) F(T, steps) F(T, evaluations) F(T, reason)
#define FIELDS_rm_search_stage(F, T) F(T, relax) F(T, kick) F(T, drop_unconverged)
#define FIELDS_rm_search_options(F, T) \
    F(T, size) \
    F(T, container) \
    F(T, box) F(T, volume_per_atom) F(T, element_volumes) F(T, volume_scale) F(T, cell_variation) F(T, min_separation) \
        F(T, covalent_separation) F(T, max_draws) F(T, stages) F(T, stage_count) F(T, hops) F(T, hop_kick) \
            F(T, hop_hydrogen) F(T, hop_swap) F(T, duplicate_tolerance) F(T, seed) F(T, first) F(T, count) \
                F(T, threads) F(T, preset) F(T, precision) F(T, symmetry) F(T, collapsed_separation)
#define FIELDS_rm_candidate(F, T) \
    F(T, index) \
    F(T, state) \
    F(T, atom_count) F(T, numbers) F(T, positions) F(T, cell) F(T, energy) F(T, volume) F(T, fmax) F(T, steps) \
        F(T, stage) F(T, duplicate_of)
#define FIELDS_rm_search_summary(F, T) \
    F(T, tried) \
    F(T, converged) F(T, unconverged) F(T, not_placed) F(T, dropped) F(T, failed) F(T, duplicates) F(T, evaluations)
#define FIELDS_rm_frame(F, T) F(T, structure) F(T, forces) F(T, stress) F(T, weight)
#define FIELDS_rm_response_options(F, T) \
    F(T, size) \
    F(T, displacement) \
    F(T, levels) F(T, level_count) F(T, strain_count) F(T, dilation) F(T, shear) F(T, young_modulus) \
        F(T, poisson_ratio) F(T, force_noise) F(T, repulsion_radius) F(T, remove_drift) F(T, remove_rotation) \
            F(T, amplitude) F(T, clean_share) F(T, weight_floor) F(T, weight_power) F(T, frames_per_structure)
#define FIELDS_rm_trainer_options(F, T) \
    F(T, size) \
    F(T, force_weight) \
    F(T, stress_weight) F(T, batch_size) F(T, epochs) F(T, schedule) F(T, learning_rate) F(T, warmup_epochs) \
        F(T, plateau_factor) F(T, plateau_patience) F(T, beta1) F(T, beta2) F(T, epsilon) F(T, amsgrad) \
            F(T, clip_norm) F(T, average_decay) F(T, average_start) F(T, validation_share) F(T, fresh_noise) \
                F(T, seed) F(T, threads) F(T, rank) F(T, ranks) F(T, sum) F(T, sum_user) F(T, progress) \
                    F(T, progress_user) F(T, pair_weight) F(T, pair_margin) F(T, pair_width) F(T, precision)
#define FIELDS_rm_epoch(F, T) \
    F(T, epoch) \
    F(T, steps) \
    F(T, learning_rate) F(T, training_loss) F(T, training_force_error) F(T, training_stress_error) \
        F(T, validation_loss) F(T, validation_force_error) F(T, validation_stress_error) F(T, best)

/* layout_of_TYPE: the number of fields, their offsets, and last the size. */
#define LAYOUT(type) \
    int64_t layout_of_##type(int64_t *numbers) \
    { \
        const size_t offsets[] = {FIELDS_##type(OFFSET, type) sizeof(type)}; \
        const int64_t count = (int64_t)(sizeof offsets / sizeof *offsets); \
        for (int64_t i = 0; i < count; i++) numbers[i] = (int64_t)offsets[i]; \
        return count; \
    }
#define DECLARED(type) \
    int64_t layout_of_##type(int64_t *numbers); \
    LAYOUT(type)

DECLARED(rm_structure)
DECLARED(rm_results)
DECLARED(rm_workspace_options)
DECLARED(rm_neighbors)
DECLARED(rm_host_results)
DECLARED(rm_relax_step)
DECLARED(rm_relax_options)
DECLARED(rm_relax_result)
DECLARED(rm_search_stage)
DECLARED(rm_search_options)
DECLARED(rm_candidate)
DECLARED(rm_search_summary)
DECLARED(rm_frame)
DECLARED(rm_response_options)
DECLARED(rm_trainer_options)
DECLARED(rm_epoch)

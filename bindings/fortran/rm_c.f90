!> rm.h as it is: constants, structs and functions, one for one. rm.h says what each means; `module rm` is for daily
!> use.
!>
!> Pointers that may be NULL are type(c_ptr); what must be there is passed by reference.
module rm_c
   use, intrinsic :: iso_c_binding, only : c_char, c_double, c_funptr, c_int, c_int32_t, c_int64_t, c_null_funptr, &
      c_null_ptr, c_ptr, c_size_t
   implicit none
   public

   ! rm_status
   integer(c_int), parameter :: RM_OK = 0, RM_ERROR_ARGUMENT = 1, RM_ERROR_STRUCTURE = 2, RM_ERROR_ELEMENT = 3, &
      RM_ERROR_FILE = 4, RM_ERROR_FORMAT = 5, RM_ERROR_CANCELLED = 6, RM_ERROR_CALLBACK = 7, RM_ERROR_NUMBERS = 8, &
      RM_ERROR_MEMORY = 9

   ! rm_preset
   integer(c_int), parameter :: RM_PRESET_MOLECULES = 0, RM_PRESET_CRYSTALS = 1, RM_PRESET_DIAMOND = 2, &
      RM_PRESET_MOLECULES_PUBLISHED = 3, RM_PRESET_CRYSTALS_PUBLISHED = 4, RM_PRESET_DIAMOND_PUBLISHED = 5

   ! rm_precision
   integer(c_int), parameter :: RM_PRECISION_DOUBLE = 0, RM_PRECISION_SINGLE = 1

   ! rm_optimizer, rm_cell_mode, rm_stop_reason
   integer(c_int), parameter :: RM_OPTIMIZER_FIRE = 0, RM_OPTIMIZER_LBFGS = 1
   integer(c_int), parameter :: RM_CELL_FIXED = 0, RM_CELL_CONSTANT_VOLUME = 1, RM_CELL_FREE = 2
   integer(c_int), parameter :: RM_STOP_CONVERGED = 0, RM_STOP_STEPS = 1, RM_STOP_OBSERVER = 2, RM_STOP_FAILED = 3

   ! rm_container, rm_candidate_state
   integer(c_int), parameter :: RM_CONTAINER_BOX = 0, RM_CONTAINER_CELL = 1, RM_CONTAINER_SKEWED_CELL = 2
   integer(c_int), parameter :: RM_CANDIDATE_CONVERGED = 0, RM_CANDIDATE_UNCONVERGED = 1, RM_CANDIDATE_NOT_PLACED = 2, &
      RM_CANDIDATE_DROPPED = 3, RM_CANDIDATE_FAILED = 4

   ! rm_schedule
   integer(c_int), parameter :: RM_SCHEDULE_PLATEAU = 0, RM_SCHEDULE_COSINE = 1, RM_SCHEDULE_CONSTANT = 2

   type, bind(c) :: rm_structure
      integer(c_int32_t) :: atom_count = 0
      type(c_ptr) :: numbers = c_null_ptr
      type(c_ptr) :: positions = c_null_ptr
      type(c_ptr) :: cell = c_null_ptr
      integer(c_int32_t) :: periodic(3) = 0
   end type rm_structure

   type, bind(c) :: rm_results
      type(c_ptr) :: energy = c_null_ptr
      type(c_ptr) :: energies = c_null_ptr
      type(c_ptr) :: forces = c_null_ptr
      type(c_ptr) :: strain_gradient = c_null_ptr
      type(c_ptr) :: stress = c_null_ptr
      type(c_ptr) :: virial = c_null_ptr
      type(c_ptr) :: virials = c_null_ptr
      type(c_ptr) :: descriptors = c_null_ptr
   end type rm_results

   type, bind(c) :: rm_workspace_options
      integer(c_size_t) :: size
      integer(c_int32_t) :: threads
      real(c_double) :: skin
      integer(c_int) :: precision
   end type rm_workspace_options

   type, bind(c) :: rm_neighbors
      integer(c_int32_t) :: atom_count = 0
      type(c_ptr) :: positions = c_null_ptr
      type(c_ptr) :: types = c_null_ptr
      integer(c_int32_t) :: type_count = 0
      type(c_ptr) :: type_numbers = c_null_ptr
      integer(c_int32_t) :: center_count = 0
      type(c_ptr) :: centers = c_null_ptr
      type(c_ptr) :: neighbor_counts = c_null_ptr
      type(c_ptr) :: neighbors = c_null_ptr
      integer(c_int32_t) :: index_mask = 0
   end type rm_neighbors

   type, bind(c) :: rm_host_results
      type(c_ptr) :: energy = c_null_ptr
      type(c_ptr) :: energies = c_null_ptr
      type(c_ptr) :: forces = c_null_ptr
      type(c_ptr) :: virial = c_null_ptr
      type(c_ptr) :: virials = c_null_ptr
   end type rm_host_results

   type, bind(c) :: rm_relax_step
      integer(c_int32_t) :: step
      integer(c_int32_t) :: atom_count
      real(c_double) :: energy
      real(c_double) :: fmax
      type(c_ptr) :: positions
      type(c_ptr) :: cell
      type(c_ptr) :: forces
   end type rm_relax_step

   type, bind(c) :: rm_relax_options
      integer(c_size_t) :: size
      integer(c_int) :: optimizer
      integer(c_int) :: cell
      real(c_double) :: pressure
      real(c_double) :: fmax
      integer(c_int32_t) :: max_steps
      real(c_double) :: max_step
      integer(c_int32_t) :: cell_per_atom
      real(c_double) :: time_step
      real(c_double) :: max_time_step
      real(c_double) :: acceleration_start
      real(c_double) :: acceleration_factor
      real(c_double) :: step_increase
      real(c_double) :: step_decrease
      integer(c_int32_t) :: downhill_steps
      integer(c_int32_t) :: memory
      real(c_double) :: curvature
      type(c_funptr) :: observer
      type(c_ptr) :: observer_user
      type(c_funptr) :: extra
      type(c_ptr) :: extra_user
      integer(c_int) :: precision
   end type rm_relax_options

   type, bind(c) :: rm_relax_result
      type(c_ptr) :: positions = c_null_ptr
      type(c_ptr) :: cell = c_null_ptr
      type(c_ptr) :: forces = c_null_ptr
      real(c_double) :: energy = 0
      real(c_double) :: fmax = 0
      real(c_double) :: volume = 0
      integer(c_int32_t) :: steps = 0
      integer(c_int32_t) :: evaluations = 0
      integer(c_int) :: reason = 0
   end type rm_relax_result

   type, bind(c) :: rm_search_stage
      type(c_ptr) :: relax = c_null_ptr
      real(c_double) :: kick = 0
      integer(c_int32_t) :: drop_unconverged = 0
   end type rm_search_stage

   type, bind(c) :: rm_search_options
      integer(c_size_t) :: size
      integer(c_int) :: container
      real(c_double) :: box(3)
      real(c_double) :: volume_per_atom(2)
      type(c_ptr) :: element_volumes
      real(c_double) :: volume_scale(2)
      real(c_double) :: cell_variation
      real(c_double) :: min_separation
      real(c_double) :: covalent_separation
      integer(c_int32_t) :: max_draws
      type(c_ptr) :: stages
      integer(c_int32_t) :: stage_count
      integer(c_int32_t) :: hops
      real(c_double) :: hop_kick
      real(c_double) :: hop_hydrogen
      real(c_double) :: hop_swap
      real(c_double) :: duplicate_tolerance
      integer(c_int64_t) :: seed
      integer(c_int64_t) :: first
      integer(c_int64_t) :: count
      integer(c_int32_t) :: threads
      integer(c_int) :: preset
      integer(c_int) :: precision
      real(c_double) :: symmetry
      real(c_double) :: collapsed_separation
   end type rm_search_options

   type, bind(c) :: rm_candidate
      integer(c_int64_t) :: index
      integer(c_int) :: state
      integer(c_int32_t) :: atom_count
      type(c_ptr) :: numbers
      type(c_ptr) :: positions
      type(c_ptr) :: cell
      real(c_double) :: energy
      real(c_double) :: volume
      real(c_double) :: fmax
      integer(c_int32_t) :: steps
      integer(c_int32_t) :: stage
      integer(c_int64_t) :: duplicate_of
   end type rm_candidate

   type, bind(c) :: rm_search_summary
      integer(c_int64_t) :: tried = 0
      integer(c_int64_t) :: converged = 0
      integer(c_int64_t) :: unconverged = 0
      integer(c_int64_t) :: not_placed = 0
      integer(c_int64_t) :: dropped = 0
      integer(c_int64_t) :: failed = 0
      integer(c_int64_t) :: duplicates = 0
      integer(c_int64_t) :: evaluations = 0
   end type rm_search_summary

   type, bind(c) :: rm_frame
      type(rm_structure) :: structure
      type(c_ptr) :: forces = c_null_ptr
      type(c_ptr) :: stress = c_null_ptr
      real(c_double) :: weight = 1
   end type rm_frame

   type, bind(c) :: rm_response_options
      integer(c_size_t) :: size
      real(c_double) :: displacement
      type(c_ptr) :: levels
      integer(c_int32_t) :: level_count
      integer(c_int32_t) :: strain_count
      real(c_double) :: dilation
      real(c_double) :: shear
      real(c_double) :: young_modulus
      real(c_double) :: poisson_ratio
      real(c_double) :: force_noise
      real(c_double) :: repulsion_radius
      integer(c_int32_t) :: remove_drift
      integer(c_int32_t) :: remove_rotation
      real(c_double) :: amplitude(2)
      real(c_double) :: clean_share
      real(c_double) :: weight_floor
      real(c_double) :: weight_power
      integer(c_int32_t) :: frames_per_structure
   end type rm_response_options

   type, bind(c) :: rm_trainer_options
      integer(c_size_t) :: size
      real(c_double) :: force_weight
      real(c_double) :: stress_weight
      integer(c_int32_t) :: batch_size
      integer(c_int32_t) :: epochs
      integer(c_int) :: schedule
      real(c_double) :: learning_rate
      integer(c_int32_t) :: warmup_epochs
      real(c_double) :: plateau_factor
      integer(c_int32_t) :: plateau_patience
      real(c_double) :: beta1
      real(c_double) :: beta2
      real(c_double) :: epsilon
      integer(c_int32_t) :: amsgrad
      real(c_double) :: clip_norm
      real(c_double) :: average_decay
      integer(c_int32_t) :: average_start
      real(c_double) :: validation_share
      integer(c_int32_t) :: fresh_noise
      integer(c_int64_t) :: seed
      integer(c_int32_t) :: threads
      integer(c_int32_t) :: rank
      integer(c_int32_t) :: ranks
      type(c_funptr) :: sum
      type(c_ptr) :: sum_user
      type(c_funptr) :: progress
      type(c_ptr) :: progress_user
      real(c_double) :: pair_weight
      real(c_double) :: pair_margin
      real(c_double) :: pair_width
      integer(c_int) :: precision
   end type rm_trainer_options

   type, bind(c) :: rm_epoch
      integer(c_int32_t) :: epoch = 0
      integer(c_int64_t) :: steps = 0
      real(c_double) :: learning_rate = 0
      real(c_double) :: training_loss = 0
      real(c_double) :: training_force_error = 0
      real(c_double) :: training_stress_error = 0
      real(c_double) :: validation_loss = 0
      real(c_double) :: validation_force_error = 0
      real(c_double) :: validation_stress_error = 0
      integer(c_int32_t) :: best = 0
   end type rm_epoch

   interface
      ! -- status and version -----------------------------------------------------------------------------------------

      function rm_last_error() bind(c) result(text)
         import :: c_ptr
         type(c_ptr) :: text
      end function rm_last_error

      function rm_version() bind(c) result(text)
         import :: c_ptr
         type(c_ptr) :: text
      end function rm_version

      ! -- model ------------------------------------------------------------------------------------------------------

      function rm_model_load(path, model) bind(c) result(status)
         import :: c_char, c_int, c_ptr
         character(kind=c_char), intent(in) :: path(*)
         type(c_ptr), intent(inout) :: model
         integer(c_int) :: status
      end function rm_model_load

      function rm_model_load_memory(bytes, size, model) bind(c) result(status)
         import :: c_int, c_ptr, c_size_t
         type(c_ptr), value :: bytes
         integer(c_size_t), value :: size
         type(c_ptr), intent(inout) :: model
         integer(c_int) :: status
      end function rm_model_load_memory

      function rm_model_create(description, seed, model) bind(c) result(status)
         import :: c_char, c_int, c_int64_t, c_ptr
         character(kind=c_char), intent(in) :: description(*)
         integer(c_int64_t), value :: seed
         type(c_ptr), intent(inout) :: model
         integer(c_int) :: status
      end function rm_model_create

      function rm_model_copy(model, parameters, description_keys, copy) bind(c) result(status)
         import :: c_int, c_ptr
         type(c_ptr), value :: model, parameters, description_keys
         type(c_ptr), intent(inout) :: copy
         integer(c_int) :: status
      end function rm_model_copy

      function rm_model_save(model, path) bind(c) result(status)
         import :: c_char, c_int, c_ptr
         type(c_ptr), value :: model
         character(kind=c_char), intent(in) :: path(*)
         integer(c_int) :: status
      end function rm_model_save

      subroutine rm_model_free(model) bind(c)
         import :: c_ptr
         type(c_ptr), intent(inout) :: model
      end subroutine rm_model_free

      function rm_model_describe(preset, numbers, count, text, capacity, length) bind(c) result(status)
         import :: c_int, c_int32_t, c_ptr, c_size_t
         integer(c_int), value :: preset
         integer(c_int32_t), intent(in) :: numbers(*)
         integer(c_int32_t), value :: count
         type(c_ptr), value :: text
         integer(c_size_t), value :: capacity
         integer(c_size_t), intent(inout) :: length
         integer(c_int) :: status
      end function rm_model_describe

      function rm_model_description(model) bind(c) result(text)
         import :: c_ptr
         type(c_ptr), value :: model
         type(c_ptr) :: text
      end function rm_model_description

      function rm_model_cutoff(model) bind(c) result(cutoff)
         import :: c_double, c_ptr
         type(c_ptr), value :: model
         real(c_double) :: cutoff
      end function rm_model_cutoff

      function rm_model_element_count(model) bind(c) result(count)
         import :: c_int32_t, c_ptr
         type(c_ptr), value :: model
         integer(c_int32_t) :: count
      end function rm_model_element_count

      function rm_model_element(model, index) bind(c) result(number)
         import :: c_int32_t, c_ptr
         type(c_ptr), value :: model
         integer(c_int32_t), value :: index
         integer(c_int32_t) :: number
      end function rm_model_element

      function rm_model_descriptor_count(model) bind(c) result(count)
         import :: c_int32_t, c_ptr
         type(c_ptr), value :: model
         integer(c_int32_t) :: count
      end function rm_model_descriptor_count

      function rm_model_parameter_count(model) bind(c) result(count)
         import :: c_int64_t, c_ptr
         type(c_ptr), value :: model
         integer(c_int64_t) :: count
      end function rm_model_parameter_count

      function rm_model_parameters(model, values) bind(c) result(status)
         import :: c_double, c_int, c_ptr
         type(c_ptr), value :: model
         real(c_double), intent(inout) :: values(*)
         integer(c_int) :: status
      end function rm_model_parameters

      function rm_model_tensor_count(model) bind(c) result(count)
         import :: c_int32_t, c_ptr
         type(c_ptr), value :: model
         integer(c_int32_t) :: count
      end function rm_model_tensor_count

      function rm_model_tensor(model, index, name, shape, rank, offset) bind(c) result(status)
         import :: c_int, c_int32_t, c_int64_t, c_ptr
         type(c_ptr), value :: model
         integer(c_int32_t), value :: index
         type(c_ptr), intent(inout) :: name
         integer(c_int64_t), intent(inout) :: shape(3)
         integer(c_int32_t), intent(inout) :: rank
         integer(c_int64_t), intent(inout) :: offset
         integer(c_int) :: status
      end function rm_model_tensor

      ! -- evaluation -------------------------------------------------------------------------------------------------

      subroutine rm_workspace_options_init(options, size) bind(c)
         import :: c_size_t, rm_workspace_options
         type(rm_workspace_options), intent(inout) :: options
         integer(c_size_t), value :: size
      end subroutine rm_workspace_options_init

      function rm_workspace_create(model, options, workspace) bind(c) result(status)
         import :: c_int, c_ptr
         type(c_ptr), value :: model, options
         type(c_ptr), intent(inout) :: workspace
         integer(c_int) :: status
      end function rm_workspace_create

      subroutine rm_workspace_free(workspace) bind(c)
         import :: c_ptr
         type(c_ptr), intent(inout) :: workspace
      end subroutine rm_workspace_free

      function rm_evaluate(workspace, structure, results) bind(c) result(status)
         import :: c_int, c_ptr, rm_results, rm_structure
         type(c_ptr), value :: workspace
         type(rm_structure), intent(in) :: structure
         type(rm_results), intent(in) :: results
         integer(c_int) :: status
      end function rm_evaluate

      function rm_evaluate_batch(model, count, structures, results, threads, statuses) bind(c) result(status)
         import :: c_int, c_int32_t, c_int64_t, c_ptr, rm_results, rm_structure
         type(c_ptr), value :: model
         integer(c_int64_t), value :: count
         type(rm_structure), intent(in) :: structures(*)
         type(rm_results), intent(in) :: results(*)
         integer(c_int32_t), value :: threads
         integer(c_int), intent(inout) :: statuses(*)
         integer(c_int) :: status
      end function rm_evaluate_batch

      function rm_evaluate_neighbors(workspace, neighbors, results) bind(c) result(status)
         import :: c_int, c_ptr, rm_host_results, rm_neighbors
         type(c_ptr), value :: workspace
         type(rm_neighbors), intent(in) :: neighbors
         type(rm_host_results), intent(in) :: results
         integer(c_int) :: status
      end function rm_evaluate_neighbors

      ! -- relaxation -------------------------------------------------------------------------------------------------

      subroutine rm_relax_options_init(options, size) bind(c)
         import :: c_size_t, rm_relax_options
         type(rm_relax_options), intent(inout) :: options
         integer(c_size_t), value :: size
      end subroutine rm_relax_options_init

      function rm_relax(workspace, structure, fixed, options, result) bind(c) result(status)
         import :: c_int, c_ptr, rm_relax_options, rm_relax_result, rm_structure
         type(c_ptr), value :: workspace
         type(rm_structure), intent(in) :: structure
         type(c_ptr), value :: fixed
         type(rm_relax_options), intent(in) :: options
         type(rm_relax_result), intent(inout) :: result
         integer(c_int) :: status
      end function rm_relax

      function rm_relax_batch(model, count, structures, fixed, options, threads, results, statuses) bind(c) &
         result(status)
         import :: c_int, c_int32_t, c_int64_t, c_ptr, rm_relax_options, rm_relax_result, rm_structure
         type(c_ptr), value :: model
         integer(c_int64_t), value :: count
         type(rm_structure), intent(in) :: structures(*)
         type(c_ptr), value :: fixed
         type(rm_relax_options), intent(in) :: options
         integer(c_int32_t), value :: threads
         type(rm_relax_result), intent(inout) :: results(*)
         integer(c_int), intent(inout) :: statuses(*)
         integer(c_int) :: status
      end function rm_relax_batch

      ! -- search -----------------------------------------------------------------------------------------------------

      subroutine rm_search_options_init(options, size, preset) bind(c)
         import :: c_int, c_size_t, rm_search_options
         type(rm_search_options), intent(inout) :: options
         integer(c_size_t), value :: size
         integer(c_int), value :: preset
      end subroutine rm_search_options_init

      function rm_search(model, numbers, atom_count, options, candidate, user, summary) bind(c) result(status)
         import :: c_funptr, c_int, c_int32_t, c_ptr, rm_search_options, rm_search_summary
         type(c_ptr), value :: model
         integer(c_int32_t), intent(in) :: numbers(*)
         integer(c_int32_t), value :: atom_count
         type(rm_search_options), intent(in) :: options
         type(c_funptr), value :: candidate
         type(c_ptr), value :: user
         type(rm_search_summary), intent(inout) :: summary
         integer(c_int) :: status
      end function rm_search

      function rm_formula(formula, units, numbers, capacity, count) bind(c) result(status)
         import :: c_char, c_int, c_int32_t, c_ptr
         character(kind=c_char), intent(in) :: formula(*)
         integer(c_int32_t), value :: units
         type(c_ptr), value :: numbers
         integer(c_int32_t), value :: capacity
         integer(c_int32_t), intent(inout) :: count
         integer(c_int) :: status
      end function rm_formula

      ! -- training ---------------------------------------------------------------------------------------------------

      function rm_loss_and_gradient(model, count, frames, force_weight, stress_weight, threads, loss, gradient, &
                                    force_error, stress_error) bind(c) result(status)
         import :: c_double, c_int, c_int32_t, c_int64_t, c_ptr, rm_frame
         type(c_ptr), value :: model
         integer(c_int64_t), value :: count
         type(rm_frame), intent(in) :: frames(*)
         real(c_double), value :: force_weight, stress_weight
         integer(c_int32_t), value :: threads
         real(c_double), intent(inout) :: loss
         type(c_ptr), value :: gradient, force_error, stress_error
         integer(c_int) :: status
      end function rm_loss_and_gradient

      subroutine rm_response_options_init(options, size, preset) bind(c)
         import :: c_int, c_size_t, rm_response_options
         type(rm_response_options), intent(inout) :: options
         integer(c_size_t), value :: size
         integer(c_int), value :: preset
      end subroutine rm_response_options_init

      function rm_dataset_create(dataset) bind(c) result(status)
         import :: c_int, c_ptr
         type(c_ptr), intent(inout) :: dataset
         integer(c_int) :: status
      end function rm_dataset_create

      subroutine rm_dataset_free(dataset) bind(c)
         import :: c_ptr
         type(c_ptr), intent(inout) :: dataset
      end subroutine rm_dataset_free

      function rm_dataset_add_structure(dataset, structure) bind(c) result(status)
         import :: c_int, c_ptr, rm_structure
         type(c_ptr), value :: dataset
         type(rm_structure), intent(in) :: structure
         integer(c_int) :: status
      end function rm_dataset_add_structure

      function rm_dataset_add_frame(dataset, frame) bind(c) result(status)
         import :: c_int, c_ptr, rm_frame
         type(c_ptr), value :: dataset
         type(rm_frame), intent(in) :: frame
         integer(c_int) :: status
      end function rm_dataset_add_frame

      function rm_dataset_add_pair(dataset, lower, higher) bind(c) result(status)
         import :: c_int, c_ptr, rm_structure
         type(c_ptr), value :: dataset
         type(rm_structure), intent(in) :: lower, higher
         integer(c_int) :: status
      end function rm_dataset_add_pair

      function rm_dataset_pair_count(dataset) bind(c) result(count)
         import :: c_int64_t, c_ptr
         type(c_ptr), value :: dataset
         integer(c_int64_t) :: count
      end function rm_dataset_pair_count

      function rm_dataset_structure_count(dataset) bind(c) result(count)
         import :: c_int64_t, c_ptr
         type(c_ptr), value :: dataset
         integer(c_int64_t) :: count
      end function rm_dataset_structure_count

      function rm_dataset_frame_count(dataset) bind(c) result(count)
         import :: c_int64_t, c_ptr
         type(c_ptr), value :: dataset
         integer(c_int64_t) :: count
      end function rm_dataset_frame_count

      function rm_response_draw(structure, options, seed, frame, user) bind(c) result(status)
         import :: c_funptr, c_int, c_int64_t, c_ptr, rm_response_options, rm_structure
         type(rm_structure), intent(in) :: structure
         type(rm_response_options), intent(in) :: options
         integer(c_int64_t), value :: seed
         type(c_funptr), value :: frame
         type(c_ptr), value :: user
         integer(c_int) :: status
      end function rm_response_draw

      subroutine rm_trainer_options_init(options, size, preset) bind(c)
         import :: c_int, c_size_t, rm_trainer_options
         type(rm_trainer_options), intent(inout) :: options
         integer(c_size_t), value :: size
         integer(c_int), value :: preset
      end subroutine rm_trainer_options_init

      function rm_trainer_create(model, dataset, response, options, trainer) bind(c) result(status)
         import :: c_int, c_ptr, rm_trainer_options
         type(c_ptr), value :: model, dataset, response
         type(rm_trainer_options), intent(in) :: options
         type(c_ptr), intent(inout) :: trainer
         integer(c_int) :: status
      end function rm_trainer_create

      subroutine rm_trainer_free(trainer) bind(c)
         import :: c_ptr
         type(c_ptr), intent(inout) :: trainer
      end subroutine rm_trainer_free

      function rm_trainer_epoch(trainer, result) bind(c) result(status)
         import :: c_int, c_ptr, rm_epoch
         type(c_ptr), value :: trainer
         type(rm_epoch), intent(inout) :: result
         integer(c_int) :: status
      end function rm_trainer_epoch

      function rm_trainer_model(trainer, best, model) bind(c) result(status)
         import :: c_int, c_int32_t, c_ptr
         type(c_ptr), value :: trainer
         integer(c_int32_t), value :: best
         type(c_ptr), intent(inout) :: model
         integer(c_int) :: status
      end function rm_trainer_model

      function rm_trainer_pairs(trainer, loss, order) bind(c) result(status)
         import :: c_double, c_int, c_ptr
         type(c_ptr), value :: trainer
         real(c_double), intent(inout) :: loss, order
         integer(c_int) :: status
      end function rm_trainer_pairs

      function rm_trainer_counts(trainer, training, validation) bind(c) result(status)
         import :: c_int, c_int64_t, c_ptr
         type(c_ptr), value :: trainer
         integer(c_int64_t), intent(inout) :: training, validation
         integer(c_int) :: status
      end function rm_trainer_counts

      function rm_trainer_save(trainer, path) bind(c) result(status)
         import :: c_char, c_int, c_ptr
         type(c_ptr), value :: trainer
         character(kind=c_char), intent(in) :: path(*)
         integer(c_int) :: status
      end function rm_trainer_save

      function rm_trainer_load(path, dataset, response, options, trainer) bind(c) result(status)
         import :: c_char, c_int, c_ptr, rm_trainer_options
         character(kind=c_char), intent(in) :: path(*)
         type(c_ptr), value :: dataset, response
         type(rm_trainer_options), intent(in) :: options
         type(c_ptr), intent(inout) :: trainer
         integer(c_int) :: status
      end function rm_trainer_load
   end interface

end module rm_c

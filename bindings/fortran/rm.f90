!> librm for Fortran: Response Matching pseudo-potentials (B. Cheng, arXiv 2405.09057).
!>
!> The nouns of rm.h are types that free themselves (rm_model, rm_workspace, rm_dataset, rm_trainer), its verbs are
!> procedures (rm_evaluate, rm_relax, rm_search, rm_loss). Arrays have the atoms last: positions(3, n); lattice vectors
!> are the columns of a cell. Whatever can fail has an argument `type(rm_error), allocatable, intent(out) :: error`,
!> which is allocated on failure only. Lengths are in angstrom; E is a pseudo-energy in angstrom^2, not an energy in eV.
!> `module rm_c` is rm.h as it is, for what is not here.
!>
!> Compile in this order: rm_c, rm_base, rm_model, rm_evaluate, rm_relax, rm_search, rm_train, rm.
module rm
   use rm_base, only : rm_error, rm_structure, rm_version
   use rm_models, only : rm_model, rm_model_describe
   use rm_evaluation, only : rm_evaluate, rm_neighbors, rm_results, rm_workspace
   use rm_relaxation, only : rm_extra_potential, rm_observer, rm_relax, rm_relax_defaults, rm_relax_options, &
      rm_relax_step, rm_relaxed
   use rm_searching, only : rm_candidate, rm_candidate_callback, rm_formula, rm_search, rm_search_defaults, &
      rm_search_options, rm_search_stage, rm_search_summary
   use rm_training, only : rm_dataset, rm_epoch, rm_frame, rm_frame_callback, rm_loss, rm_progress_callback, &
      rm_response_defaults, rm_response_draw, rm_response_options, rm_sum_callback, rm_trainer, rm_trainer_defaults, &
      rm_trainer_options
   use rm_c, only : &
      RM_OK, RM_ERROR_ARGUMENT, RM_ERROR_STRUCTURE, RM_ERROR_ELEMENT, RM_ERROR_FILE, RM_ERROR_FORMAT, &
      RM_ERROR_CANCELLED, RM_ERROR_CALLBACK, RM_ERROR_NUMBERS, RM_ERROR_MEMORY, &
      RM_PRESET_MOLECULES, RM_PRESET_CRYSTALS, RM_PRESET_DIAMOND, RM_PRESET_MOLECULES_PUBLISHED, &
      RM_PRESET_CRYSTALS_PUBLISHED, RM_PRESET_DIAMOND_PUBLISHED, &
      RM_OPTIMIZER_FIRE, RM_OPTIMIZER_LBFGS, RM_CELL_FIXED, RM_CELL_CONSTANT_VOLUME, RM_CELL_FREE, &
      RM_STOP_CONVERGED, RM_STOP_STEPS, RM_STOP_OBSERVER, RM_STOP_FAILED, &
      RM_CONTAINER_BOX, RM_CONTAINER_CELL, RM_CONTAINER_SKEWED_CELL, &
      RM_CANDIDATE_CONVERGED, RM_CANDIDATE_UNCONVERGED, RM_CANDIDATE_NOT_PLACED, RM_CANDIDATE_DROPPED, &
      RM_CANDIDATE_FAILED, &
      RM_SCHEDULE_PLATEAU, RM_SCHEDULE_COSINE, RM_SCHEDULE_CONSTANT
   implicit none
   public
end module rm

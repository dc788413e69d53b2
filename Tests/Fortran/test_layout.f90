!> The structs of module rm_c are laid out in memory as those of rm.h: field by field, and in size.
program test_layout
   use, intrinsic :: iso_c_binding, only : c_int64_t, c_loc, c_ptr, c_sizeof
   use, intrinsic :: iso_fortran_env, only : int64
   use check, only : expect, finish, run
   use rm_c
   implicit none

   !> What C says.
   interface
      function layout_of_rm_structure(numbers) bind(c) result(count)
         import :: c_int64_t
         integer(c_int64_t), intent(out) :: numbers(*)
         integer(c_int64_t) :: count
      end function layout_of_rm_structure
      function layout_of_rm_results(numbers) bind(c) result(count)
         import :: c_int64_t
         integer(c_int64_t), intent(out) :: numbers(*)
         integer(c_int64_t) :: count
      end function layout_of_rm_results
      function layout_of_rm_workspace_options(numbers) bind(c) result(count)
         import :: c_int64_t
         integer(c_int64_t), intent(out) :: numbers(*)
         integer(c_int64_t) :: count
      end function layout_of_rm_workspace_options
      function layout_of_rm_neighbors(numbers) bind(c) result(count)
         import :: c_int64_t
         integer(c_int64_t), intent(out) :: numbers(*)
         integer(c_int64_t) :: count
      end function layout_of_rm_neighbors
      function layout_of_rm_host_results(numbers) bind(c) result(count)
         import :: c_int64_t
         integer(c_int64_t), intent(out) :: numbers(*)
         integer(c_int64_t) :: count
      end function layout_of_rm_host_results
      function layout_of_rm_relax_step(numbers) bind(c) result(count)
         import :: c_int64_t
         integer(c_int64_t), intent(out) :: numbers(*)
         integer(c_int64_t) :: count
      end function layout_of_rm_relax_step
      function layout_of_rm_relax_options(numbers) bind(c) result(count)
         import :: c_int64_t
         integer(c_int64_t), intent(out) :: numbers(*)
         integer(c_int64_t) :: count
      end function layout_of_rm_relax_options
      function layout_of_rm_relax_result(numbers) bind(c) result(count)
         import :: c_int64_t
         integer(c_int64_t), intent(out) :: numbers(*)
         integer(c_int64_t) :: count
      end function layout_of_rm_relax_result
      function layout_of_rm_search_stage(numbers) bind(c) result(count)
         import :: c_int64_t
         integer(c_int64_t), intent(out) :: numbers(*)
         integer(c_int64_t) :: count
      end function layout_of_rm_search_stage
      function layout_of_rm_search_options(numbers) bind(c) result(count)
         import :: c_int64_t
         integer(c_int64_t), intent(out) :: numbers(*)
         integer(c_int64_t) :: count
      end function layout_of_rm_search_options
      function layout_of_rm_candidate(numbers) bind(c) result(count)
         import :: c_int64_t
         integer(c_int64_t), intent(out) :: numbers(*)
         integer(c_int64_t) :: count
      end function layout_of_rm_candidate
      function layout_of_rm_search_summary(numbers) bind(c) result(count)
         import :: c_int64_t
         integer(c_int64_t), intent(out) :: numbers(*)
         integer(c_int64_t) :: count
      end function layout_of_rm_search_summary
      function layout_of_rm_frame(numbers) bind(c) result(count)
         import :: c_int64_t
         integer(c_int64_t), intent(out) :: numbers(*)
         integer(c_int64_t) :: count
      end function layout_of_rm_frame
      function layout_of_rm_response_options(numbers) bind(c) result(count)
         import :: c_int64_t
         integer(c_int64_t), intent(out) :: numbers(*)
         integer(c_int64_t) :: count
      end function layout_of_rm_response_options
      function layout_of_rm_trainer_options(numbers) bind(c) result(count)
         import :: c_int64_t
         integer(c_int64_t), intent(out) :: numbers(*)
         integer(c_int64_t) :: count
      end function layout_of_rm_trainer_options
      function layout_of_rm_epoch(numbers) bind(c) result(count)
         import :: c_int64_t
         integer(c_int64_t), intent(out) :: numbers(*)
         integer(c_int64_t) :: count
      end function layout_of_rm_epoch
   end interface

   call run('rm_structure', structure_agrees)
   call run('rm_results', results_agrees)
   call run('rm_workspace_options', workspace_options_agrees)
   call run('rm_neighbors', neighbors_agrees)
   call run('rm_host_results', host_results_agrees)
   call run('rm_relax_step', relax_step_agrees)
   call run('rm_relax_options', relax_options_agrees)
   call run('rm_relax_result', relax_result_agrees)
   call run('rm_search_stage', search_stage_agrees)
   call run('rm_search_options', search_options_agrees)
   call run('rm_candidate', candidate_agrees)
   call run('rm_search_summary', search_summary_agrees)
   call run('rm_frame', frame_agrees)
   call run('rm_response_options', response_options_agrees)
   call run('rm_trainer_options', trainer_options_agrees)
   call run('rm_epoch', epoch_agrees)
   call finish()

contains

   subroutine compare(found, count, wanted)
      integer(int64), intent(in) :: found(:), count, wanted(:)
      call expect(size(found) == count, 'that there are as many fields')
      if (size(found) == count) call expect(all(found == wanted(:count)), 'that all fields lie where C has them')
   end subroutine compare

   !> Bytes from one address to another.
   function from(start, field) result(offset)
      type(c_ptr), intent(in) :: start, field
      integer(int64) :: offset
      offset = transfer(field, offset) - transfer(start, offset)
   end function from

   subroutine structure_agrees()
      type(rm_structure), target :: x
      integer(int64) :: wanted(64), count
      count = layout_of_rm_structure(wanted)
      call compare([from(c_loc(x), c_loc(x%atom_count)), &
                    from(c_loc(x), c_loc(x%numbers)), &
                    from(c_loc(x), c_loc(x%positions)), &
                    from(c_loc(x), c_loc(x%cell)), &
                    from(c_loc(x), c_loc(x%periodic)), &
                    int(c_sizeof(x), int64)], count, wanted)
   end subroutine structure_agrees

   subroutine results_agrees()
      type(rm_results), target :: x
      integer(int64) :: wanted(64), count
      count = layout_of_rm_results(wanted)
      call compare([from(c_loc(x), c_loc(x%energy)), &
                    from(c_loc(x), c_loc(x%energies)), &
                    from(c_loc(x), c_loc(x%forces)), &
                    from(c_loc(x), c_loc(x%strain_gradient)), &
                    from(c_loc(x), c_loc(x%stress)), &
                    from(c_loc(x), c_loc(x%virial)), &
                    from(c_loc(x), c_loc(x%virials)), &
                    from(c_loc(x), c_loc(x%descriptors)), &
                    int(c_sizeof(x), int64)], count, wanted)
   end subroutine results_agrees

   subroutine workspace_options_agrees()
      type(rm_workspace_options), target :: x
      integer(int64) :: wanted(64), count
      count = layout_of_rm_workspace_options(wanted)
      call compare([from(c_loc(x), c_loc(x%size)), &
                    from(c_loc(x), c_loc(x%threads)), &
                    from(c_loc(x), c_loc(x%skin)), &
                    from(c_loc(x), c_loc(x%precision)), &
                    int(c_sizeof(x), int64)], count, wanted)
   end subroutine workspace_options_agrees

   subroutine neighbors_agrees()
      type(rm_neighbors), target :: x
      integer(int64) :: wanted(64), count
      count = layout_of_rm_neighbors(wanted)
      call compare([from(c_loc(x), c_loc(x%atom_count)), &
                    from(c_loc(x), c_loc(x%positions)), &
                    from(c_loc(x), c_loc(x%types)), &
                    from(c_loc(x), c_loc(x%type_count)), &
                    from(c_loc(x), c_loc(x%type_numbers)), &
                    from(c_loc(x), c_loc(x%center_count)), &
                    from(c_loc(x), c_loc(x%centers)), &
                    from(c_loc(x), c_loc(x%neighbor_counts)), &
                    from(c_loc(x), c_loc(x%neighbors)), &
                    from(c_loc(x), c_loc(x%index_mask)), &
                    int(c_sizeof(x), int64)], count, wanted)
   end subroutine neighbors_agrees

   subroutine host_results_agrees()
      type(rm_host_results), target :: x
      integer(int64) :: wanted(64), count
      count = layout_of_rm_host_results(wanted)
      call compare([from(c_loc(x), c_loc(x%energy)), &
                    from(c_loc(x), c_loc(x%energies)), &
                    from(c_loc(x), c_loc(x%forces)), &
                    from(c_loc(x), c_loc(x%virial)), &
                    from(c_loc(x), c_loc(x%virials)), &
                    int(c_sizeof(x), int64)], count, wanted)
   end subroutine host_results_agrees

   subroutine relax_step_agrees()
      type(rm_relax_step), target :: x
      integer(int64) :: wanted(64), count
      count = layout_of_rm_relax_step(wanted)
      call compare([from(c_loc(x), c_loc(x%step)), &
                    from(c_loc(x), c_loc(x%atom_count)), &
                    from(c_loc(x), c_loc(x%energy)), &
                    from(c_loc(x), c_loc(x%fmax)), &
                    from(c_loc(x), c_loc(x%positions)), &
                    from(c_loc(x), c_loc(x%cell)), &
                    from(c_loc(x), c_loc(x%forces)), &
                    int(c_sizeof(x), int64)], count, wanted)
   end subroutine relax_step_agrees

   subroutine relax_options_agrees()
      type(rm_relax_options), target :: x
      integer(int64) :: wanted(64), count
      count = layout_of_rm_relax_options(wanted)
      call compare([from(c_loc(x), c_loc(x%size)), &
                    from(c_loc(x), c_loc(x%optimizer)), &
                    from(c_loc(x), c_loc(x%cell)), &
                    from(c_loc(x), c_loc(x%pressure)), &
                    from(c_loc(x), c_loc(x%fmax)), &
                    from(c_loc(x), c_loc(x%max_steps)), &
                    from(c_loc(x), c_loc(x%max_step)), &
                    from(c_loc(x), c_loc(x%cell_per_atom)), &
                    from(c_loc(x), c_loc(x%time_step)), &
                    from(c_loc(x), c_loc(x%max_time_step)), &
                    from(c_loc(x), c_loc(x%acceleration_start)), &
                    from(c_loc(x), c_loc(x%acceleration_factor)), &
                    from(c_loc(x), c_loc(x%step_increase)), &
                    from(c_loc(x), c_loc(x%step_decrease)), &
                    from(c_loc(x), c_loc(x%downhill_steps)), &
                    from(c_loc(x), c_loc(x%memory)), &
                    from(c_loc(x), c_loc(x%curvature)), &
                    from(c_loc(x), c_loc(x%observer)), &
                    from(c_loc(x), c_loc(x%observer_user)), &
                    from(c_loc(x), c_loc(x%extra)), &
                    from(c_loc(x), c_loc(x%extra_user)), &
                    from(c_loc(x), c_loc(x%precision)), &
                    int(c_sizeof(x), int64)], count, wanted)
   end subroutine relax_options_agrees

   subroutine relax_result_agrees()
      type(rm_relax_result), target :: x
      integer(int64) :: wanted(64), count
      count = layout_of_rm_relax_result(wanted)
      call compare([from(c_loc(x), c_loc(x%positions)), &
                    from(c_loc(x), c_loc(x%cell)), &
                    from(c_loc(x), c_loc(x%forces)), &
                    from(c_loc(x), c_loc(x%energy)), &
                    from(c_loc(x), c_loc(x%fmax)), &
                    from(c_loc(x), c_loc(x%volume)), &
                    from(c_loc(x), c_loc(x%steps)), &
                    from(c_loc(x), c_loc(x%evaluations)), &
                    from(c_loc(x), c_loc(x%reason)), &
                    int(c_sizeof(x), int64)], count, wanted)
   end subroutine relax_result_agrees

   subroutine search_stage_agrees()
      type(rm_search_stage), target :: x
      integer(int64) :: wanted(64), count
      count = layout_of_rm_search_stage(wanted)
      call compare([from(c_loc(x), c_loc(x%relax)), &
                    from(c_loc(x), c_loc(x%kick)), &
                    from(c_loc(x), c_loc(x%drop_unconverged)), &
                    int(c_sizeof(x), int64)], count, wanted)
   end subroutine search_stage_agrees

   subroutine search_options_agrees()
      type(rm_search_options), target :: x
      integer(int64) :: wanted(64), count
      count = layout_of_rm_search_options(wanted)
      call compare([from(c_loc(x), c_loc(x%size)), &
                    from(c_loc(x), c_loc(x%container)), &
                    from(c_loc(x), c_loc(x%box)), &
                    from(c_loc(x), c_loc(x%volume_per_atom)), &
                    from(c_loc(x), c_loc(x%element_volumes)), &
                    from(c_loc(x), c_loc(x%volume_scale)), &
                    from(c_loc(x), c_loc(x%cell_variation)), &
                    from(c_loc(x), c_loc(x%min_separation)), &
                    from(c_loc(x), c_loc(x%covalent_separation)), &
                    from(c_loc(x), c_loc(x%max_draws)), &
                    from(c_loc(x), c_loc(x%stages)), &
                    from(c_loc(x), c_loc(x%stage_count)), &
                    from(c_loc(x), c_loc(x%hops)), &
                    from(c_loc(x), c_loc(x%hop_kick)), &
                    from(c_loc(x), c_loc(x%hop_hydrogen)), &
                    from(c_loc(x), c_loc(x%hop_swap)), &
                    from(c_loc(x), c_loc(x%duplicate_tolerance)), &
                    from(c_loc(x), c_loc(x%seed)), &
                    from(c_loc(x), c_loc(x%first)), &
                    from(c_loc(x), c_loc(x%count)), &
                    from(c_loc(x), c_loc(x%threads)), &
                    from(c_loc(x), c_loc(x%preset)), &
                    from(c_loc(x), c_loc(x%precision)), &
                    from(c_loc(x), c_loc(x%symmetry)), &
                    from(c_loc(x), c_loc(x%collapsed_separation)), &
                    int(c_sizeof(x), int64)], count, wanted)
   end subroutine search_options_agrees

   subroutine candidate_agrees()
      type(rm_candidate), target :: x
      integer(int64) :: wanted(64), count
      count = layout_of_rm_candidate(wanted)
      call compare([from(c_loc(x), c_loc(x%index)), &
                    from(c_loc(x), c_loc(x%state)), &
                    from(c_loc(x), c_loc(x%atom_count)), &
                    from(c_loc(x), c_loc(x%numbers)), &
                    from(c_loc(x), c_loc(x%positions)), &
                    from(c_loc(x), c_loc(x%cell)), &
                    from(c_loc(x), c_loc(x%energy)), &
                    from(c_loc(x), c_loc(x%volume)), &
                    from(c_loc(x), c_loc(x%fmax)), &
                    from(c_loc(x), c_loc(x%steps)), &
                    from(c_loc(x), c_loc(x%stage)), &
                    from(c_loc(x), c_loc(x%duplicate_of)), &
                    int(c_sizeof(x), int64)], count, wanted)
   end subroutine candidate_agrees

   subroutine search_summary_agrees()
      type(rm_search_summary), target :: x
      integer(int64) :: wanted(64), count
      count = layout_of_rm_search_summary(wanted)
      call compare([from(c_loc(x), c_loc(x%tried)), &
                    from(c_loc(x), c_loc(x%converged)), &
                    from(c_loc(x), c_loc(x%unconverged)), &
                    from(c_loc(x), c_loc(x%not_placed)), &
                    from(c_loc(x), c_loc(x%dropped)), &
                    from(c_loc(x), c_loc(x%failed)), &
                    from(c_loc(x), c_loc(x%duplicates)), &
                    from(c_loc(x), c_loc(x%evaluations)), &
                    int(c_sizeof(x), int64)], count, wanted)
   end subroutine search_summary_agrees

   subroutine frame_agrees()
      type(rm_frame), target :: x
      integer(int64) :: wanted(64), count
      count = layout_of_rm_frame(wanted)
      call compare([from(c_loc(x), c_loc(x%structure)), &
                    from(c_loc(x), c_loc(x%forces)), &
                    from(c_loc(x), c_loc(x%stress)), &
                    from(c_loc(x), c_loc(x%weight)), &
                    int(c_sizeof(x), int64)], count, wanted)
   end subroutine frame_agrees

   subroutine response_options_agrees()
      type(rm_response_options), target :: x
      integer(int64) :: wanted(64), count
      count = layout_of_rm_response_options(wanted)
      call compare([from(c_loc(x), c_loc(x%size)), &
                    from(c_loc(x), c_loc(x%displacement)), &
                    from(c_loc(x), c_loc(x%levels)), &
                    from(c_loc(x), c_loc(x%level_count)), &
                    from(c_loc(x), c_loc(x%strain_count)), &
                    from(c_loc(x), c_loc(x%dilation)), &
                    from(c_loc(x), c_loc(x%shear)), &
                    from(c_loc(x), c_loc(x%young_modulus)), &
                    from(c_loc(x), c_loc(x%poisson_ratio)), &
                    from(c_loc(x), c_loc(x%force_noise)), &
                    from(c_loc(x), c_loc(x%repulsion_radius)), &
                    from(c_loc(x), c_loc(x%remove_drift)), &
                    from(c_loc(x), c_loc(x%remove_rotation)), &
                    from(c_loc(x), c_loc(x%amplitude)), &
                    from(c_loc(x), c_loc(x%clean_share)), &
                    from(c_loc(x), c_loc(x%weight_floor)), &
                    from(c_loc(x), c_loc(x%weight_power)), &
                    from(c_loc(x), c_loc(x%frames_per_structure)), &
                    int(c_sizeof(x), int64)], count, wanted)
   end subroutine response_options_agrees

   subroutine trainer_options_agrees()
      type(rm_trainer_options), target :: x
      integer(int64) :: wanted(64), count
      count = layout_of_rm_trainer_options(wanted)
      call compare([from(c_loc(x), c_loc(x%size)), &
                    from(c_loc(x), c_loc(x%force_weight)), &
                    from(c_loc(x), c_loc(x%stress_weight)), &
                    from(c_loc(x), c_loc(x%batch_size)), &
                    from(c_loc(x), c_loc(x%epochs)), &
                    from(c_loc(x), c_loc(x%schedule)), &
                    from(c_loc(x), c_loc(x%learning_rate)), &
                    from(c_loc(x), c_loc(x%warmup_epochs)), &
                    from(c_loc(x), c_loc(x%plateau_factor)), &
                    from(c_loc(x), c_loc(x%plateau_patience)), &
                    from(c_loc(x), c_loc(x%beta1)), &
                    from(c_loc(x), c_loc(x%beta2)), &
                    from(c_loc(x), c_loc(x%epsilon)), &
                    from(c_loc(x), c_loc(x%amsgrad)), &
                    from(c_loc(x), c_loc(x%clip_norm)), &
                    from(c_loc(x), c_loc(x%average_decay)), &
                    from(c_loc(x), c_loc(x%average_start)), &
                    from(c_loc(x), c_loc(x%validation_share)), &
                    from(c_loc(x), c_loc(x%fresh_noise)), &
                    from(c_loc(x), c_loc(x%seed)), &
                    from(c_loc(x), c_loc(x%threads)), &
                    from(c_loc(x), c_loc(x%rank)), &
                    from(c_loc(x), c_loc(x%ranks)), &
                    from(c_loc(x), c_loc(x%sum)), &
                    from(c_loc(x), c_loc(x%sum_user)), &
                    from(c_loc(x), c_loc(x%progress)), &
                    from(c_loc(x), c_loc(x%progress_user)), &
                    from(c_loc(x), c_loc(x%pair_weight)), &
                    from(c_loc(x), c_loc(x%pair_margin)), &
                    from(c_loc(x), c_loc(x%pair_width)), &
                    from(c_loc(x), c_loc(x%precision)), &
                    int(c_sizeof(x), int64)], count, wanted)
   end subroutine trainer_options_agrees

   subroutine epoch_agrees()
      type(rm_epoch), target :: x
      integer(int64) :: wanted(64), count
      count = layout_of_rm_epoch(wanted)
      call compare([from(c_loc(x), c_loc(x%epoch)), &
                    from(c_loc(x), c_loc(x%steps)), &
                    from(c_loc(x), c_loc(x%learning_rate)), &
                    from(c_loc(x), c_loc(x%training_loss)), &
                    from(c_loc(x), c_loc(x%training_force_error)), &
                    from(c_loc(x), c_loc(x%training_stress_error)), &
                    from(c_loc(x), c_loc(x%validation_loss)), &
                    from(c_loc(x), c_loc(x%validation_force_error)), &
                    from(c_loc(x), c_loc(x%validation_stress_error)), &
                    from(c_loc(x), c_loc(x%best)), &
                    int(c_sizeof(x), int64)], count, wanted)
   end subroutine epoch_agrees

end program test_layout

!> Relaxation with options, fixed atoms, observers and an extra potential; batches.
program test_relax
   use, intrinsic :: iso_fortran_env, only : int32, int64, real64
   use callbacks
   use check
   use rm
   implicit none

   call run('defaults', defaults)
   call run('the energy falls, fixed atoms stay', falls)
   call run('observers see and stop', observers)
   call run('an extra potential', extra)
   call run('cells and batches', cells_and_batches)
   call run('what cannot be relaxed', failures)
   call finish()

contains

   subroutine workspace_of_carbon(workspace)
      type(rm_workspace), intent(inout) :: workspace
      type(rm_model) :: model
      type(rm_error), allocatable :: error
      call carbon_model(model)
      call workspace%create(model, error)
      call expect_ok(error)
   end subroutine workspace_of_carbon

   subroutine defaults()
      type(rm_relax_options) :: options
      options = rm_relax_defaults()
      call expect(options%fmax == 1e-3_real64 .and. options%max_steps == 1000, 'fmax and max_steps')
      call expect(options%memory == 20 .and. options%max_step == 0.2_real64, 'memory and max_step')
   end subroutine defaults

   function triangle() result(structure)
      type(rm_structure) :: structure
      structure%numbers = [6, 6, 6]
      structure%positions = reshape([real(real64) :: 0, 0, 0, 1.3, 0.1, 0, 0.5, 1.2, 0.2], [3, 3])
   end function triangle

   subroutine falls()
      type(rm_workspace) :: workspace
      type(rm_error), allocatable :: error
      type(rm_structure) :: start
      type(rm_relaxed) :: relaxed
      type(rm_relax_options) :: options
      real(real64) :: energy, forces(3, 3)
      call workspace_of_carbon(workspace)
      start = triangle()
      call rm_evaluate(workspace, start, error, energy=energy)
      options = rm_relax_defaults()
      options%max_steps = 20
      call rm_relax(workspace, start, relaxed, error, options=options, fixed=[.true., .false., .false.])
      call expect_ok(error)
      call expect(relaxed%energy < energy, 'that the energy falls')
      call expect(all(relaxed%structure%positions(:, 1) == start%positions(:, 1)), 'that the fixed atom stays')
      call expect(any(relaxed%structure%positions(:, 2) /= start%positions(:, 2)), 'that another moves')
      call expect(all(start%positions == reshape([real(real64) :: 0, 0, 0, 1.3, 0.1, 0, 0.5, 1.2, 0.2], [3, 3])), &
                  'that the start is as it was')
      call rm_evaluate(workspace, relaxed%structure, error, energy=energy, forces=forces)
      call expect_close(relaxed%energy, energy, 1e-12_real64, 'the energy of the end')
      call expect(maxval(abs(relaxed%forces(:, 2:) - forces(:, 2:))) < 1e-12_real64, 'the forces of the end')
   end subroutine falls

   subroutine observers()
      type(rm_workspace) :: workspace
      type(rm_error), allocatable :: error
      type(rm_structure) :: start
      type(rm_relaxed) :: relaxed
      call workspace_of_carbon(workspace)
      start = triangle()
      seen = 0
      stop_at = 4
      call rm_relax(workspace, start, relaxed, error, observer=watch)
      call expect_ok(error)
      call expect(relaxed%reason == RM_STOP_OBSERVER .and. seen == 4, 'that the observer has stopped it')
      call expect(last_energy == relaxed%energy, 'that it has seen the last')
   end subroutine observers

   subroutine extra()
      type(rm_workspace) :: workspace
      type(rm_error), allocatable :: error
      type(rm_structure) :: start
      type(rm_relaxed) :: relaxed
      call workspace_of_carbon(workspace)
      start = dimer()
      call rm_relax(workspace, start, relaxed, error, extra=spring)
      call expect_ok(error)
      call expect(relaxed%reason == RM_STOP_CONVERGED, 'that it converges')
      associate (x => relaxed%structure%positions) ! the model's forces are small against the spring's
         call expect(abs(norm2(x(:, 2) - x(:, 1)) - 1.2_real64) < 0.02_real64, 'the rest length of the spring')
      end associate
      call rm_relax(workspace, start, relaxed, error, extra=fail)
      call expect_error(error, RM_ERROR_CALLBACK, '')
   end subroutine extra

   subroutine cells_and_batches()
      type(rm_model) :: model
      type(rm_workspace) :: workspace
      type(rm_error), allocatable :: error
      type(rm_structure) :: starts(2)
      type(rm_relaxed) :: one, several(2)
      type(rm_relax_options) :: options
      integer :: statuses(2)
      integer(int32) :: threads
      call carbon_model(model)
      call workspace%create(model, error)
      starts(1) = diamond()
      starts(1)%cell(2, 1) = 0.4_real64
      starts(2) = starts(1)
      starts(2)%positions(1, 1) = 0.2_real64
      options = rm_relax_defaults()
      options%cell = RM_CELL_CONSTANT_VOLUME
      options%max_steps = 10
      call rm_relax(workspace, starts(2), one, error, options=options)
      call expect_ok(error)
      call expect_close(one%volume, 3.567_real64**3, 1e-9_real64, 'the volume')
      call expect(any(one%structure%cell /= starts(2)%cell), 'that the cell moves')
      do threads = 1, 2
         call rm_relax(model, starts, several, error, options=options, threads=threads, statuses=statuses)
         call expect_ok(error)
         call expect(all(statuses == RM_OK), 'the statuses')
         call expect(maxval(abs(several(2)%structure%positions - one%structure%positions)) < 1e-10_real64, &
                     'that a batch gives what a single call gives')
      end do
   end subroutine cells_and_batches

   subroutine failures()
      type(rm_workspace) :: workspace
      type(rm_error), allocatable :: error
      type(rm_structure) :: start
      type(rm_relaxed) :: relaxed
      type(rm_relax_options) :: options
      call workspace_of_carbon(workspace)
      start = dimer()
      relaxed%energy = -7
      call rm_relax(workspace, start, relaxed, error, fixed=[.true.])
      call expect_error(error, RM_ERROR_ARGUMENT, 'fixed')
      options = rm_relax_defaults()
      options%fmax = -1
      call rm_relax(workspace, start, relaxed, error, options=options)
      call expect_error(error, RM_ERROR_ARGUMENT, 'fmax')
      call expect(relaxed%energy == -7, 'that the result is untouched')
   end subroutine failures

end program test_relax

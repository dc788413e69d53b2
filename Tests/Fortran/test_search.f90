!> Search with a callback, stages of one's own, and formulas.
program test_search
   use, intrinsic :: iso_fortran_env, only : int32, int64, real64
   use callbacks
   use check
   use rm
   implicit none

   call run('every candidate is handed over', candidates)
   call run('cells of given volume', cells)
   call run('a callback cancels', cancelling)
   call run('formulas', formulas)
   call run('what cannot be searched', failures)
   call finish()

contains

   function one_short_stage() result(stage)
      type(rm_search_stage) :: stage
      stage%relax = rm_relax_defaults()
      stage%relax%max_steps = 3
   end function one_short_stage

   subroutine candidates()
      type(rm_model) :: model
      type(rm_error), allocatable :: error
      type(rm_search_options) :: options
      type(rm_search_summary) :: summary
      integer :: k
      call carbon_model(model)
      options = rm_search_defaults(RM_PRESET_MOLECULES)
      options%count = 4
      options%hops = 0
      options%seed = 9
      options%threads = 2
      seen = 0
      stop_at = 0
      call rm_search(model, [6, 6, 6], options, error, candidate=take, stages=[one_short_stage()], summary=summary)
      call expect_ok(error)
      call expect(seen == 4 .and. summary%tried == 4, 'that all four have come')
      do k = 0, 3
         call expect(found(k)%index == k, 'the index')
         call expect(size(found(k)%structure%positions, 2) == 3, 'three atoms')
         call expect(.not. any(found(k)%structure%periodic), 'that molecules have no cell')
         call expect(found(k)%steps <= 3, 'that the stages given were used')
      end do
   end subroutine candidates

   subroutine cells()
      type(rm_model) :: model
      type(rm_error), allocatable :: error
      type(rm_search_options) :: options
      type(rm_search_stage) :: stage
      real(real64) :: volumes(118)
      call carbon_model(model)
      stage = one_short_stage()
      stage%relax%max_steps = 0
      volumes = 0
      volumes(6) = 7
      options = rm_search_defaults(RM_PRESET_CRYSTALS)
      options%volume_per_atom = 0
      options%volume_scale = 1
      options%count = 1
      seen = 0
      stop_at = 0
      call rm_search(model, [6, 6], options, error, candidate=take, stages=[stage], element_volumes=volumes)
      call expect_ok(error)
      call expect(seen == 1 .and. all(found(0)%structure%periodic), 'a crystal')
      call expect_close(found(0)%volume, 14.0_real64, 1e-12_real64, 'the volume')
      call rm_search(model, [6, 6], options, error, element_volumes=volumes(:50))
      call expect_error(error, RM_ERROR_ARGUMENT, 'element_volumes')
   end subroutine cells

   subroutine cancelling()
      type(rm_model) :: model
      type(rm_error), allocatable :: error
      type(rm_search_options) :: options
      type(rm_search_summary) :: summary
      call carbon_model(model)
      options = rm_search_defaults(RM_PRESET_MOLECULES)
      options%count = 100000
      seen = 0
      stop_at = 2
      call rm_search(model, [6, 6], options, error, candidate=take, stages=[one_short_stage()], summary=summary)
      call expect_error(error, RM_ERROR_CANCELLED, '')
      call expect(seen == 2 .and. summary%tried < 10, 'that it has ended')
   end subroutine cancelling

   subroutine formulas()
      type(rm_error), allocatable :: error
      integer(int32), allocatable :: numbers(:)
      call rm_formula('CH3OH', numbers, error)
      call expect_ok(error)
      call expect(size(numbers) == 6, 'six atoms')
      call expect(all(numbers == [6, 1, 1, 1, 8, 1]), 'in the order written')
      call rm_formula('NaCl', numbers, error, units=2)
      call expect(size(numbers) == 4, 'two units')
      call rm_formula('Xy', numbers, error)
      call expect_error(error, RM_ERROR_FORMAT, 'Xy')
      call expect(size(numbers) == 0, 'no atoms')
   end subroutine formulas

   subroutine failures()
      type(rm_model) :: model
      type(rm_error), allocatable :: error
      type(rm_search_options) :: options
      options = rm_search_defaults(RM_PRESET_MOLECULES)
      call rm_search(model, [6], options, error)
      call expect_error(error, RM_ERROR_ARGUMENT, 'model')
      call carbon_model(model)
      call rm_search(model, [6, 79], options, error)
      call expect_error(error, RM_ERROR_ELEMENT, 'Au')
      options%threads = 0
      call rm_search(model, [6], options, error)
      call expect_error(error, RM_ERROR_ARGUMENT, 'threads')
   end subroutine failures

end program test_search

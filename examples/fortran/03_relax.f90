! 3. Relaxing atoms and cell, with an observer that reports on the way.
!
!     gfortran 03_relax.f90 $(pkg-config --cflags --libs librm-fortran) -o relax
!     ./relax MODEL.safetensors         (any model that knows carbon)
module reporting
   use rm, only : rm_relax_step
   implicit none
contains
   subroutine report(step, stop)
      type(rm_relax_step), intent(in) :: step
      logical, intent(inout) :: stop
      if (mod(step%step, 20) == 0) &
         print '(a, i4, a, f12.6, a, f9.6)', 'step ', step%step, ': ', step%energy, ' angstrom^2, fmax ', step%fmax
      stop = .false.
   end subroutine report
end module reporting

program relax
   use, intrinsic :: iso_fortran_env, only : real64
   use reporting, only : report
   use rm
   implicit none
   type(rm_model) :: model
   type(rm_workspace) :: workspace
   type(rm_structure) :: structure
   type(rm_relaxed) :: relaxed
   type(rm_relax_options) :: options
   type(rm_error), allocatable :: error
   character(len=1000) :: path

   call get_command_argument(1, path)
   call model%load(trim(path), error)
   if (allocated(error)) error stop error%message
   call workspace%create(model, error)
   if (allocated(error)) error stop error%message

   ! A skewed cell with four atoms somewhere in it.
   structure%numbers = [6, 6, 6, 6]
   structure%positions = reshape([real(real64) :: 0.1, 0.2, 0.0, 1.2, 1.0, 0.3, 1.9, 0.1, 1.3, 0.4, 1.6, 1.5], [3, 4])
   structure%cell = reshape([real(real64) :: 2.8, 0.1, 0.0, 0.3, 2.9, 0.0, 0.0, -0.2, 2.7], [3, 3])
   structure%periodic = .true.

   options = rm_relax_defaults()
   options%cell = RM_CELL_FREE
   options%max_steps = 200
   call rm_relax(workspace, structure, relaxed, error, options=options, observer=report)
   if (allocated(error)) error stop error%message

   print '(a, i0, a, f0.6, a, f0.4, a)', &
      merge('converged after ', 'stopped after   ', relaxed%reason == RM_STOP_CONVERGED), relaxed%steps, &
      ' steps: ', relaxed%energy, ' angstrom^2, ', relaxed%volume, ' angstrom^3'
end program relax

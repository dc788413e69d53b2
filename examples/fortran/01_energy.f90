! 1. Energy, forces and stress of a crystal.
!
!     gfortran 01_energy.f90 $(pkg-config --cflags --libs librm-fortran) -o energy
!     ./energy MODEL.safetensors        (any model that knows carbon)
program energy_and_forces
   use, intrinsic :: iso_fortran_env, only : real64
   use rm
   implicit none
   type(rm_model) :: model
   type(rm_workspace) :: workspace
   type(rm_structure) :: structure
   type(rm_error), allocatable :: error
   real(real64) :: energy, forces(3, 2), stress(3, 3)
   character(len=1000) :: path
   integer :: i

   call get_command_argument(1, path)
   call model%load(trim(path), error)
   if (allocated(error)) error stop error%message
   call workspace%create(model, error)
   if (allocated(error)) error stop error%message

   ! The two atoms of diamond's primitive cell, one of them moved a little along x. Columns are lattice vectors.
   structure%numbers = [6, 6]
   structure%positions = reshape([real(real64) :: 0.1, 0, 0, 0.89, 0.89, 0.89], [3, 2])
   structure%cell = reshape([real(real64) :: 0, 1.78, 1.78, 1.78, 0, 1.78, 1.78, 1.78, 0], [3, 3])
   structure%periodic = .true.

   call rm_evaluate(workspace, structure, error, energy=energy, forces=forces, stress=stress)
   if (allocated(error)) error stop error%message

   print '(a, f0.6, a)', 'pseudo-energy ', energy, ' angstrom^2'
   do i = 1, 2
      print '(a, i0, a, 3f10.6, a)', 'force on atom ', i, ':', forces(:, i), ' angstrom'
   end do
   print '(a, f9.6)', 'pressure ', -(stress(1, 1) + stress(2, 2) + stress(3, 3))/3
end program energy_and_forces

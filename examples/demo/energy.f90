! The pseudo-energy of a crystal, from Fortran:  ./energy MODEL.safetensors STRUCTURE.txt
!
! The text has the number of atoms, three lattice vectors, then atomic number and position of each atom, in angstrom.
program pseudo_energy
   use, intrinsic :: iso_fortran_env, only : real64
   use rm
   implicit none
   type(rm_model) :: model
   type(rm_workspace) :: workspace
   type(rm_structure) :: structure
   type(rm_error), allocatable :: error
   real(real64) :: energy
   character(len=4096) :: model_path, structure_path
   integer :: unit, count, i

   call get_command_argument(1, model_path)
   call get_command_argument(2, structure_path)

   open (newunit=unit, file=trim(structure_path), status='old', action='read')
   read (unit, *) count
   allocate (structure%numbers(count), structure%positions(3, count))
   read (unit, *) structure%cell    ! a lattice vector is a column, so this is their order in memory
   do i = 1, count
      read (unit, *) structure%numbers(i), structure%positions(:, i)
   end do
   close (unit)
   structure%periodic = .true.

   call model%load(trim(model_path), error)
   if (allocated(error)) error stop error%message
   call workspace%create(model, error)
   if (allocated(error)) error stop error%message
   call rm_evaluate(workspace, structure, error, energy=energy)
   if (allocated(error)) error stop error%message
   print '(es23.16)', energy
end program pseudo_energy

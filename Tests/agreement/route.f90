! Evaluates structures from standard input through the Fortran modules: route MODEL evaluate|batch. Input and output are
! those of route.c; what a batch does not give (virials of atoms) is evaluated besides.
program route
   use, intrinsic :: iso_fortran_env, only : real64
   use rm
   implicit none
   type(rm_model) :: model
   type(rm_workspace) :: workspace
   type(rm_structure), allocatable :: structures(:)
   type(rm_results), allocatable :: results(:)
   type(rm_error), allocatable :: error
   real(real64), allocatable :: virials(:, :, :)
   character(len=1000) :: path, way
   integer :: count, i

   call get_command_argument(1, path)
   call get_command_argument(2, way)
   call model%load(trim(path), error)
   if (allocated(error)) error stop error%message
   call workspace%create(model, error)
   if (allocated(error)) error stop error%message
   read *, count
   allocate (structures(count), results(count))
   do i = 1, count
      call read_structure(structures(i))
      allocate (results(i)%energies(size(structures(i)%numbers)), results(i)%forces(3, size(structures(i)%numbers)))
   end do
   if (way == 'batch') then
      call rm_evaluate(model, structures, results, error, threads=2)
      if (allocated(error)) error stop error%message
   end if
   do i = 1, count
      allocate (virials(3, 3, size(structures(i)%numbers)))
      if (way == 'batch') then
         call rm_evaluate(workspace, structures(i), error, virials=virials)
      else
         call rm_evaluate(workspace, structures(i), error, energy=results(i)%energy, energies=results(i)%energies, &
                          forces=results(i)%forces, strain_gradient=results(i)%strain_gradient, virials=virials)
      end if
      if (allocated(error)) error stop error%message
      call write_results(results(i), virials)
      deallocate (virials)
   end do

contains

   subroutine read_structure(structure)
      type(rm_structure), intent(out) :: structure
      integer :: atoms, flags(3), j
      real(real64) :: cell(3, 3)
      read *, atoms, flags
      read *, cell
      allocate (structure%numbers(atoms), structure%positions(3, atoms))
      structure%cell = cell
      structure%periodic = flags == 1
      do j = 1, atoms
         read *, structure%numbers(j), structure%positions(:, j)
      end do
   end subroutine read_structure

   subroutine write_results(results, virials)
      type(rm_results), intent(in) :: results
      real(real64), intent(in) :: virials(:, :, :)
      integer :: j
      print '(es25.16e3)', results%energy
      print '(*(es25.16e3))', results%strain_gradient
      do j = 1, size(results%energies)
         print '(*(es25.16e3))', results%energies(j), results%forces(:, j), virials(:, :, j)
      end do
   end subroutine write_results

end program route

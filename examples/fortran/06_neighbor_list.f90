! 6. A host's own neighbour list with ghost atoms, as MD codes have it: a chain of atoms, repeated along x.
!
!     gfortran 06_neighbor_list.f90 $(pkg-config --cflags --libs librm-fortran) -o neighbor_list
!     ./neighbor_list MODEL.safetensors (any model that knows carbon)
program neighbor_list
   use, intrinsic :: iso_fortran_env, only : real64
   use rm
   implicit none
   integer, parameter :: own = 4, images = 2, all_atoms = own*(2*images + 1)
   real(real64), parameter :: period = 5.6_real64
   type(rm_model) :: model
   type(rm_workspace) :: workspace
   type(rm_neighbors) :: list
   type(rm_error), allocatable :: error
   real(real64) :: energy, forces(3, all_atoms), virial(3, 3), reach
   integer :: home(all_atoms), shift(0:2*images), i, j
   character(len=1000) :: path

   call get_command_argument(1, path)
   call model%load(trim(path), error)
   if (allocated(error)) error stop error%message
   call workspace%create(model, error)
   if (allocated(error)) error stop error%message

   ! Own atoms first, then ghosts; home(i) is the own atom that i is an image of.
   shift = [0, 1, -1, 2, -2]
   allocate (list%positions(3, all_atoms))
   do i = 1, all_atoms
      home(i) = mod(i - 1, own) + 1
      list%positions(1, i) = 1.4_real64*(home(i) - 1) + period*shift((i - 1)/own)
      list%positions(2, i) = merge(0.3_real64, 0.0_real64, mod(home(i), 2) == 0)
      list%positions(3, i) = 0.1_real64*(home(i) - 1)
   end do
   list%types = [(2, i=1, all_atoms)]
   list%type_numbers = [0, 6] ! the host's type 2 is carbon; atoms of type 1 would be ignored

   ! A full list: both directions of every pair. A host's skin is welcome.
   reach = model%cutoff() + 0.3_real64
   list%centers = [(i, i=1, own)]
   list%first = [1]
   allocate (list%neighbors(0))
   do i = 1, own
      do j = 1, all_atoms
         if (j == i .or. norm2(list%positions(:, j) - list%positions(:, i)) > reach) cycle
         list%neighbors = [list%neighbors, j]
      end do
      list%first = [list%first, size(list%neighbors) + 1]
   end do

   ! librm adds to the host's arrays; forces on ghosts are for the host to send home.
   energy = 0
   forces = 0
   virial = 0
   call rm_evaluate(workspace, list, error, energy=energy, forces=forces, virial=virial)
   if (allocated(error)) error stop error%message
   do i = own + 1, all_atoms
      forces(:, home(i)) = forces(:, home(i)) + forces(:, i)
   end do

   print '(a, f0.6, a, f9.6)', 'pseudo-energy ', energy, ' angstrom^2, virial along the chain ', virial(1, 1)
   do i = 1, own
      print '(a, i0, a, 3f10.6)', 'force on atom ', i, ':', forces(:, i)
   end do
end program neighbor_list

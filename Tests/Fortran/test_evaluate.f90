!> Evaluation of a structure, of a batch, and on a host's neighbour list.
program test_evaluate
   use, intrinsic :: iso_fortran_env, only : int32, int64, real64
   use check
   use rm
   implicit none

   call run('golden numbers of a dimer', golden_dimer)
   call run('a crystal: arrays agree with each other', crystal)
   call run('rows of C are columns', rows_are_columns)
   call run('batches', batches)
   call run('a host''s neighbour list', neighbor_list)
   call run('what cannot be evaluated', failures)
   call finish()

contains

   subroutine golden_dimer()
      type(rm_model) :: model
      type(rm_workspace) :: workspace
      type(rm_error), allocatable :: error
      type(rm_structure) :: structure
      real(real64) :: energy, forces(3, 2)
      integer :: k
      call carbon_model(model)
      call workspace%create(model, error)
      call expect_ok(error)
      call model%free() ! the workspace keeps it
      structure = dimer()
      call rm_evaluate(workspace, structure, error, energy=energy, forces=forces)
      call expect_ok(error)
      call expect_close(energy, dimer_energy, 1e-12_real64, 'energy')
      do k = 1, 3
         call expect_close(forces(k, 1), dimer_force(k), 1e-12_real64, 'force')
         call expect_close(forces(k, 2), -dimer_force(k), 1e-12_real64, 'force')
      end do
   end subroutine golden_dimer

   subroutine crystal()
      type(rm_model) :: model
      type(rm_workspace) :: workspace
      type(rm_error), allocatable :: error
      type(rm_structure) :: structure
      real(real64) :: energy, energies(8), forces(3, 8), gradient(3, 3), stress(3, 3), virial(3, 3), virials(3, 3, 8)
      real(real64), allocatable :: descriptors(:, :)
      call carbon_model(model)
      call workspace%create(model, error, threads=2, skin=0.3_real64)
      call expect_ok(error)
      structure = diamond()
      structure%positions(:, 1) = structure%positions(:, 1) + [0.1_real64, 0.05_real64, -0.02_real64]
      allocate (descriptors(workspace%descriptor_count, 8))
      call rm_evaluate(workspace, structure, error, energy, energies, forces, gradient, stress, virial, virials, &
                       descriptors)
      call expect_ok(error)
      call expect_close(sum(energies), energy, 1e-12_real64, 'the sum of energies')
      call expect(maxval(abs(sum(forces, dim=2))) < 1e-11_real64, 'that forces cancel')
      call expect(maxval(abs(gradient + virial)) < 1e-12_real64, 'that the virial is minus the gradient')
      call expect(maxval(abs(sum(virials, dim=3) - virial)) < 1e-11_real64, 'that virials sum to the virial')
      call expect(maxval(abs(stress - gradient/3.567_real64**3)) < 1e-12_real64, 'that the stress is gradient/volume')
      call expect(any(descriptors /= 0), 'that there are descriptors')
   end subroutine crystal

   !> A cell that is longer along one lattice vector: only if columns are lattice vectors does a translation by one of
   !> them change nothing.
   subroutine rows_are_columns()
      type(rm_model) :: model
      type(rm_workspace) :: workspace
      type(rm_error), allocatable :: error
      type(rm_structure) :: structure
      real(real64) :: before, after
      call carbon_model(model)
      call workspace%create(model, error)
      structure = diamond()
      structure%cell(:, 2) = [1.1_real64, 3.8_real64, 0.4_real64]
      call rm_evaluate(workspace, structure, error, energy=before)
      call expect_ok(error)
      structure%positions(:, 3) = structure%positions(:, 3) + structure%cell(:, 2) - 2*structure%cell(:, 1)
      call rm_evaluate(workspace, structure, error, energy=after)
      call expect_close(after, before, 1e-12_real64, 'the energy after a translation')
   end subroutine rows_are_columns

   subroutine batches()
      type(rm_model) :: model
      type(rm_error), allocatable :: error
      type(rm_structure) :: structures(3)
      type(rm_results) :: results(3)
      integer :: statuses(3)
      integer(int32) :: threads
      call carbon_model(model)
      structures(1) = dimer()
      structures(2) = diamond()
      structures(3) = dimer()
      do threads = 1, 2
         call rm_evaluate(model, structures, results, error, threads=threads)
         call expect_ok(error)
         call expect_close(results(1)%energy, dimer_energy, 1e-12_real64, 'energy')
         call expect_close(results(3)%forces(2, 1), dimer_force(2), 1e-12_real64, 'force')
         call expect(size(results(2)%energies) == 8 .and. any(results(2)%stress /= 0), 'results of the crystal')
         call expect(all(results(1)%stress == 0), 'that a molecule has no stress')
      end do
      structures(2)%numbers(4) = 79
      call rm_evaluate(model, structures, results, error, statuses=statuses)
      call expect_error(error, RM_ERROR_ELEMENT, 'Au')
      call expect(all(statuses == [RM_OK, RM_ERROR_ELEMENT, RM_OK]), 'the statuses')
      call rm_evaluate(model, structures, results(:2), error)
      call expect_error(error, RM_ERROR_ARGUMENT, 'results')
   end subroutine batches

   !> A chain of four atoms, repeated by ghosts along x, against the same as a wire.
   subroutine neighbor_list()
      type(rm_model) :: model
      type(rm_workspace) :: workspace
      type(rm_error), allocatable :: error
      type(rm_structure) :: wire
      type(rm_neighbors) :: list
      real(real64), parameter :: length = 6.1_real64
      real(real64) :: energy, wanted, forces(3, 4), virial(3, 3), gradient(3, 3), home(3, 4)
      real(real64), allocatable :: all_forces(:, :)
      integer :: i, j, image, atoms
      call carbon_model(model)
      call workspace%create(model, error)
      wire%numbers = [6, 6, 6, 6]
      wire%positions = reshape([real(real64) :: 0, 0, 0, 1.4, 0.3, 0.1, 2.9, -0.2, 0.4, 4.4, 0.1, -0.3], [3, 4])
      wire%cell(1, 1) = length
      wire%periodic(1) = .true.
      call rm_evaluate(workspace, wire, error, energy=wanted, forces=forces, strain_gradient=gradient)
      call expect_ok(error)
      atoms = 4*3
      allocate (list%positions(3, atoms), all_forces(3, atoms))
      do image = 0, 2 ! the atoms themselves, then those behind and those ahead
         do i = 1, 4
            list%positions(:, 4*image + i) = wire%positions(:, i)
            if (image == 1) list%positions(1, 4 + i) = wire%positions(1, i) - length
            if (image == 2) list%positions(1, 8 + i) = wire%positions(1, i) + length
         end do
      end do
      list%types = [(2, i=1, atoms)]
      list%type_numbers = [0, 6]
      list%centers = [4, 3, 2, 1]
      list%first = [1]
      allocate (list%neighbors(0))
      do i = 1, 4
         do j = 1, atoms
            if (j /= list%centers(i)) list%neighbors = [list%neighbors, j]
         end do
         list%first = [list%first, size(list%neighbors) + 1]
      end do
      energy = 100
      virial = 0
      all_forces = 0
      call rm_evaluate(workspace, list, error, energy=energy, forces=all_forces, virial=virial)
      call expect_ok(error)
      home = all_forces(:, 1:4) + all_forces(:, 5:8) + all_forces(:, 9:12)
      call expect_close(energy - 100, wanted, 1e-11_real64, 'energy')
      call expect(maxval(abs(home - forces)) < 1e-12_real64, 'that forces sent home are those of the wire')
      call expect(maxval(abs(virial + gradient)) < 1e-12_real64, 'the virial')
      list%neighbors(5) = 99
      call rm_evaluate(workspace, list, error, energy=energy)
      call expect_error(error, RM_ERROR_ARGUMENT, '')
      list%first(5) = 1000
      call rm_evaluate(workspace, list, error, energy=energy)
      call expect_error(error, RM_ERROR_ARGUMENT, 'first')
   end subroutine neighbor_list

   subroutine failures()
      type(rm_model) :: model
      type(rm_workspace) :: workspace
      type(rm_error), allocatable :: error
      type(rm_structure) :: structure
      real(real64) :: energy, forces(3, 3)
      energy = -7
      structure = dimer()
      call rm_evaluate(workspace, structure, error, energy=energy)
      call expect_error(error, RM_ERROR_ARGUMENT, 'workspace')
      call workspace%create(model, error)
      call expect_error(error, RM_ERROR_ARGUMENT, 'model')
      call carbon_model(model)
      call workspace%create(model, error, skin=-1.0_real64)
      call expect_error(error, RM_ERROR_ARGUMENT, 'skin')
      call workspace%create(model, error)
      call expect_ok(error)
      call rm_evaluate(workspace, structure, error, energy=energy, forces=forces)
      call expect_error(error, RM_ERROR_ARGUMENT, 'forces')
      structure%positions(:, 2) = structure%positions(:, 1)
      call rm_evaluate(workspace, structure, error, energy=energy)
      call expect_error(error, RM_ERROR_STRUCTURE, '')
      structure%numbers = [6, 6, 6]
      call rm_evaluate(workspace, structure, error, energy=energy)
      call expect_error(error, RM_ERROR_ARGUMENT, 'positions')
      deallocate (structure%positions)
      call rm_evaluate(workspace, structure, error, energy=energy)
      call expect_error(error, RM_ERROR_ARGUMENT, 'allocated')
      call expect(energy == -7, 'that the energy is untouched')
   end subroutine failures

end program test_evaluate

!> Energies and their derivatives: of a structure, of a batch, and on a host's own neighbour list.
module rm_evaluation
   use, intrinsic :: iso_c_binding, only : c_int, c_int32_t, c_int64_t, c_loc, c_null_ptr, c_ptr, c_size_t, c_sizeof
   use, intrinsic :: iso_fortran_env, only : int32, int64, real64
   use rm_base, only : address_of, report, report_message, rm_error, rm_handle, rm_structure, view_of
   use rm_c, only : c_evaluate => rm_evaluate, c_host_results => rm_host_results, c_neighbors => rm_neighbors, &
      c_results => rm_results, c_structure => rm_structure, rm_evaluate_batch, rm_evaluate_neighbors, &
      RM_ERROR_ARGUMENT, RM_OK, rm_workspace_create, rm_workspace_free, rm_workspace_options, rm_workspace_options_init
   use rm_models, only : rm_model
   implicit none
   private

   public :: rm_workspace, rm_results, rm_neighbors, rm_evaluate

   !> A model with the scratch memory of one thread.
   type, extends(rm_handle) :: rm_workspace
      integer(int32) :: descriptor_count = 0    !< of its model
   contains
      procedure :: create
      procedure, private :: assign
      generic :: assignment(=) => assign
   end type rm_workspace

   !> What a batch gives of one structure.
   type :: rm_results
      real(real64) :: energy = 0
      real(real64), allocatable :: energies(:)          !< (n), of the atoms
      real(real64), allocatable :: forces(:, :)         !< (3, n)
      real(real64) :: strain_gradient(3, 3) = 0
      real(real64) :: virial(3, 3) = 0
      real(real64) :: stress(3, 3) = 0                  !< of crystals; 0 for what has no volume
   end type rm_results

   !> A host's full neighbour list: both directions of every pair, ghost atoms beyond the own ones. Indices and types
   !> begin with 1. The neighbours of centre c are neighbors(first(c):first(c + 1) - 1); those beyond the cutoff are
   !> skipped. The arrays are copied to C's indices in every call; a host that minds uses module rm_c.
   type :: rm_neighbors
      real(real64), allocatable :: positions(:, :)      !< (3, atoms), own and ghost atoms
      integer(int32), allocatable :: types(:)           !< (atoms)
      integer(int32), allocatable :: type_numbers(:)    !< atomic number of each type; 0: such atoms are ignored
      integer(int32), allocatable :: centers(:)         !< atoms that have energies
      integer(int32), allocatable :: first(:)           !< (centres + 1)
      integer(int32), allocatable :: neighbors(:)
   end type rm_neighbors

   !> Energy and derivatives of one structure (a workspace), of many (a model), or on a host's list (a workspace).
   interface rm_evaluate
      module procedure :: evaluate_structure, evaluate_batch, evaluate_neighbors
   end interface rm_evaluate

contains

   !> Makes a workspace. threads: that one evaluation of a large structure may use. skin: angstrom beyond the cutoff for
   !> which neighbour lists are kept from call to call. precision: RM_PRECISION_DOUBLE or RM_PRECISION_SINGLE.
   subroutine create(self, model, error, threads, skin, precision)
      class(rm_workspace), intent(inout) :: self
      class(rm_model), intent(in) :: model
      type(rm_error), allocatable, intent(out) :: error
      integer(int32), intent(in), optional :: threads
      real(real64), intent(in), optional :: skin
      integer(c_int), intent(in), optional :: precision
      type(rm_workspace_options), target :: options
      type(c_ptr) :: new
      integer(c_int) :: status
      call rm_workspace_options_init(options, c_sizeof(options))
      if (present(threads)) options%threads = threads
      if (present(skin)) options%skin = skin
      if (present(precision)) options%precision = precision
      new = c_null_ptr
      status = rm_workspace_create(model%raw(), c_loc(options), new)
      call report(status, error)
      if (status /= RM_OK) return
      call self%own(new, rm_workspace_free)
      self%descriptor_count = model%descriptor_count()
   end subroutine create

   subroutine assign(self, other)
      class(rm_workspace), intent(inout) :: self
      type(rm_workspace), intent(in) :: other
      call self%share(other)
      self%descriptor_count = other%descriptor_count
   end subroutine assign

   !> What is not wanted is left out. energies(n), forces(3, n), virials(3, 3, n), descriptors(descriptor_count, n).
   subroutine evaluate_structure(workspace, structure, error, energy, energies, forces, strain_gradient, stress, &
                                 virial, virials, descriptors)
      class(rm_workspace), intent(in) :: workspace
      type(rm_structure), intent(in), target :: structure
      type(rm_error), allocatable, intent(out) :: error
      real(real64), intent(inout), optional, target :: energy
      real(real64), intent(inout), optional, contiguous, target :: energies(:), forces(:, :), virials(:, :, :), &
         descriptors(:, :)
      real(real64), intent(inout), optional, target :: strain_gradient(3, 3), stress(3, 3), virial(3, 3)
      type(c_structure) :: view
      type(c_results) :: results
      integer :: atoms
      call view_of(structure, view, error)
      if (allocated(error)) return
      atoms = view%atom_count
      if (present(energies)) call check_shape('energies', shape(energies), [atoms], error)
      if (allocated(error)) return
      if (present(forces)) call check_shape('forces', shape(forces), [3, atoms], error)
      if (allocated(error)) return
      if (present(virials)) call check_shape('virials', shape(virials), [3, 3, atoms], error)
      if (allocated(error)) return
      if (present(descriptors)) &
         call check_shape('descriptors', shape(descriptors), [int(workspace%descriptor_count), atoms], error)
      if (allocated(error)) return
      results = c_results(address_of(energy), address_of(energies), address_of(forces), address_of(strain_gradient), &
                          address_of(stress), address_of(virial), address_of(virials), address_of(descriptors))
      call report(c_evaluate(workspace%raw(), view, results), error)
   end subroutine evaluate_structure

   !> results(size(structures)); statuses: of each structure. The error is that of the first structure that failed; the
   !> others are evaluated all the same.
   subroutine evaluate_batch(model, structures, results, error, threads, statuses)
      class(rm_model), intent(in) :: model
      type(rm_structure), intent(in), target :: structures(:)
      type(rm_results), intent(inout), target :: results(:)
      type(rm_error), allocatable, intent(out) :: error
      integer(int32), intent(in), optional :: threads
      integer(c_int), intent(out), optional :: statuses(:)
      type(c_structure) :: views(size(structures))
      type(c_results) :: addresses(size(structures))
      integer(c_int) :: states(size(structures))
      integer(c_int32_t) :: thread_count
      integer :: i
      call check_shape('results', shape(results), shape(structures), error)
      if (allocated(error)) return
      do i = 1, size(structures)
         call view_of(structures(i), views(i), error)
         if (allocated(error)) return
         call allocate_results(results(i), size(structures(i)%numbers))
         addresses(i)%energy = c_loc(results(i)%energy)
         addresses(i)%energies = c_loc(results(i)%energies)
         addresses(i)%forces = c_loc(results(i)%forces)
         addresses(i)%strain_gradient = c_loc(results(i)%strain_gradient)
         addresses(i)%virial = c_loc(results(i)%virial)
         if (all(structures(i)%periodic)) addresses(i)%stress = c_loc(results(i)%stress)
      end do
      thread_count = 1
      if (present(threads)) thread_count = threads
      states = RM_OK
      call report(rm_evaluate_batch(model%raw(), size(structures, kind=c_int64_t), views, addresses, thread_count, &
                                    states), error)
      if (present(statuses)) statuses = states
   end subroutine evaluate_batch

   subroutine allocate_results(results, atoms)
      type(rm_results), intent(out) :: results
      integer, intent(in) :: atoms
      allocate (results%energies(atoms), source=0.0_real64)
      allocate (results%forces(3, atoms), source=0.0_real64)
   end subroutine allocate_results

   !> Adds to what the host passes: energies(atoms), forces(3, atoms), virials(3, 3, atoms), ghosts included.
   subroutine evaluate_neighbors(workspace, neighbors, error, energy, energies, forces, virial, virials)
      class(rm_workspace), intent(in) :: workspace
      type(rm_neighbors), intent(in), target :: neighbors
      type(rm_error), allocatable, intent(out) :: error
      real(real64), intent(inout), optional, target :: energy, virial(3, 3)
      real(real64), intent(inout), optional, contiguous, target :: energies(:), forces(:, :), virials(:, :, :)
      integer(c_int32_t), allocatable, target :: types(:), centers(:), counts(:), indices(:)
      type(c_ptr), allocatable, target :: lists(:)
      type(c_neighbors) :: list
      type(c_host_results) :: results
      integer :: atoms, c
      atoms = size(neighbors%positions, 2)
      call check_shape('types', shape(neighbors%types), [atoms], error)
      if (allocated(error)) return
      call check_shape('first', shape(neighbors%first), [size(neighbors%centers) + 1], error)
      if (allocated(error)) return
      if (present(energies)) call check_shape('energies', shape(energies), [atoms], error)
      if (allocated(error)) return
      if (present(forces)) call check_shape('forces', shape(forces), [3, atoms], error)
      if (allocated(error)) return
      if (present(virials)) call check_shape('virials', shape(virials), [3, 3, atoms], error)
      if (allocated(error)) return
      if (any(neighbors%centers < 1 .or. neighbors%centers > atoms)) then
         call report_message(RM_ERROR_ARGUMENT, 'centers: an index is not that of an atom', error)
         return
      end if
      types = neighbors%types - 1
      centers = neighbors%centers - 1
      indices = neighbors%neighbors - 1
      allocate (counts(atoms), source=0_c_int32_t)
      allocate (lists(atoms))
      lists = c_null_ptr
      do c = 1, size(centers)
         associate (first => neighbors%first(c), last => neighbors%first(c + 1) - 1, center => neighbors%centers(c))
            if (first < 1 .or. last > size(indices) .or. last < first - 1) then
               call report_message(RM_ERROR_ARGUMENT, 'first: a list does not lie within neighbors', error)
               return
            end if
            counts(center) = last - first + 1
            if (last >= first) lists(center) = c_loc(indices(first))
         end associate
      end do
      list = c_neighbors(size(types, kind=c_int32_t), c_loc(neighbors%positions), c_loc(types), &
                         size(neighbors%type_numbers, kind=c_int32_t), c_loc(neighbors%type_numbers), &
                         size(centers, kind=c_int32_t), c_loc(centers), c_loc(counts), c_loc(lists), 0_c_int32_t)
      results = c_host_results(address_of(energy), address_of(energies), address_of(forces), address_of(virial), &
                               address_of(virials))
      call report(rm_evaluate_neighbors(workspace%raw(), list, results), error)
   end subroutine evaluate_neighbors

   subroutine check_shape(name, found, wanted, error)
      character(len=*), intent(in) :: name
      integer, intent(in) :: found(:), wanted(:)
      type(rm_error), allocatable, intent(out) :: error
      character(len=100) :: text
      if (all(found == wanted)) return
      write (text, '(*(i0, :, ", "))') wanted
      call report_message(RM_ERROR_ARGUMENT, name//': must have the shape ('//trim(text)//')', error)
   end subroutine check_shape

end module rm_evaluation

!> Relaxation of one structure or of many.
module rm_relaxation
   use, intrinsic :: iso_c_binding, only : c_associated, c_double, c_f_pointer, c_funloc, c_int, c_int32_t, c_int64_t, &
      c_loc, c_null_ptr, c_ptr, c_sizeof
   use, intrinsic :: iso_fortran_env, only : int32, int64, real64
   use rm_base, only : report, report_message, rm_error, rm_structure, view_of
   use rm_c, only : c_relax => rm_relax, c_relax_result => rm_relax_result, c_relax_step => rm_relax_step, &
      c_structure => rm_structure, RM_ERROR_ARGUMENT, RM_OK, rm_relax_batch, rm_relax_options, rm_relax_options_init
   use rm_evaluation, only : rm_workspace
   use rm_models, only : rm_model
   implicit none
   private

   public :: rm_relax, rm_relax_defaults, rm_relax_options, rm_relaxed, rm_relax_step, rm_observer, rm_extra_potential

   !> What a relaxation gives.
   type :: rm_relaxed
      type(rm_structure) :: structure
      real(real64), allocatable :: forces(:, :)     !< (3, n)
      real(real64) :: energy = 0                    !< with pressure and extra potential
      real(real64) :: fmax = 0                      !< largest force, cell's share included
      real(real64) :: volume = 0
      integer(int32) :: steps = 0, evaluations = 0
      integer(c_int) :: reason = 0                  !< RM_STOP_...
   end type rm_relaxed

   !> What an observer sees after each evaluation.
   type :: rm_relax_step
      integer(int32) :: step = 0                                        !< 0 for the start
      real(real64) :: energy = 0, fmax = 0
      real(real64), pointer :: positions(:, :) => null()                !< (3, n)
      real(real64), pointer :: cell(:, :) => null()                     !< (3, 3); not associated for molecules
      real(real64), pointer :: forces(:, :) => null()                   !< (3, n)
   end type rm_relax_step

   abstract interface
      !> Called after each evaluation. Setting stop ends the relaxation with what it has.
      subroutine rm_observer(step, stop)
         import :: rm_relax_step
         type(rm_relax_step), intent(in) :: step
         logical, intent(inout) :: stop
      end subroutine rm_observer

      !> A further potential: adds to energy, forces(3, n) and strain_gradient(3, 3). The cell is 0 for molecules.
      !> Setting failed ends the relaxation with an error.
      subroutine rm_extra_potential(numbers, positions, cell, energy, forces, strain_gradient, failed)
         import :: int32, real64
         integer(int32), intent(in) :: numbers(:)
         real(real64), intent(in) :: positions(:, :), cell(3, 3)
         real(real64), intent(inout) :: energy, forces(:, :), strain_gradient(3, 3)
         logical, intent(inout) :: failed
      end subroutine rm_extra_potential
   end interface

   !> Relaxes a structure (a workspace), or many (a model). Not to converge is no error: see reason.
   interface rm_relax
      module procedure :: relax_structure, relax_batch
   end interface rm_relax

   !> What the callbacks from C find behind their user pointer.
   type :: callbacks
      procedure(rm_observer), pointer, nopass :: observer => null()
      procedure(rm_extra_potential), pointer, nopass :: extra => null()
   end type callbacks

contains

   !> The defaults, to be changed and passed as options.
   function rm_relax_defaults() result(options)
      type(rm_relax_options) :: options
      call rm_relax_options_init(options, c_sizeof(options))
   end function rm_relax_defaults

   !> fixed(n): atoms that stay where they are.
   subroutine relax_structure(workspace, structure, relaxed, error, options, fixed, observer, extra)
      class(rm_workspace), intent(in) :: workspace
      type(rm_structure), intent(in), target :: structure
      type(rm_relaxed), intent(inout), target :: relaxed
      type(rm_error), allocatable, intent(out) :: error
      type(rm_relax_options), intent(in), optional :: options
      logical, intent(in), optional :: fixed(:)
      procedure(rm_observer), optional :: observer
      procedure(rm_extra_potential), optional :: extra
      type(c_structure) :: view
      type(c_relax_result) :: result
      type(rm_relax_options) :: chosen
      type(rm_relaxed), target :: new
      type(callbacks), target :: called
      integer(c_int32_t), allocatable, target :: flags(:)
      type(c_ptr) :: flags_address
      integer(c_int) :: status
      call view_of(structure, view, error)
      if (allocated(error)) return
      chosen = rm_relax_defaults()
      if (present(options)) chosen = options
      if (present(observer)) then
         called%observer => observer
         chosen%observer = c_funloc(observe)
         chosen%observer_user = c_loc(called)
      end if
      if (present(extra)) then
         called%extra => extra
         chosen%extra = c_funloc(add_extra)
         chosen%extra_user = c_loc(called)
      end if
      flags_address = c_null_ptr
      if (present(fixed)) then
         if (size(fixed) /= view%atom_count) then
            call report_message(RM_ERROR_ARGUMENT, 'fixed: must have one entry for each atom', error)
            return
         end if
         flags = merge(1_c_int32_t, 0_c_int32_t, fixed)
         flags_address = c_loc(flags)
      end if
      call prepare(structure, new, result)
      status = c_relax(workspace%raw(), view, flags_address, chosen, result)
      call report(status, error)
      if (status /= RM_OK) return
      call take(result, new)
      relaxed = new
   end subroutine relax_structure

   !> relaxed(size(structures)). The error is that of the first structure that failed; the others are relaxed all the
   !> same.
   subroutine relax_batch(model, structures, relaxed, error, options, threads, statuses)
      class(rm_model), intent(in) :: model
      type(rm_structure), intent(in), target :: structures(:)
      type(rm_relaxed), intent(inout), target :: relaxed(:)
      type(rm_error), allocatable, intent(out) :: error
      type(rm_relax_options), intent(in), optional :: options
      integer(int32), intent(in), optional :: threads
      integer(c_int), intent(out), optional :: statuses(:)
      type(c_structure) :: views(size(structures))
      type(c_relax_result) :: results(size(structures))
      integer(c_int) :: states(size(structures))
      type(rm_relax_options) :: chosen
      integer(c_int32_t) :: thread_count
      integer :: i
      if (size(relaxed) /= size(structures)) then
         call report_message(RM_ERROR_ARGUMENT, 'relaxed: must have one entry for each structure', error)
         return
      end if
      do i = 1, size(structures)
         call view_of(structures(i), views(i), error)
         if (allocated(error)) return
         call prepare(structures(i), relaxed(i), results(i))
      end do
      chosen = rm_relax_defaults()
      if (present(options)) chosen = options
      thread_count = 1
      if (present(threads)) thread_count = threads
      states = RM_OK
      call report(rm_relax_batch(model%raw(), size(structures, kind=c_int64_t), views, c_null_ptr, chosen, &
                                 thread_count, results, states), error)
      do i = 1, size(structures)
         if (states(i) == RM_OK) call take(results(i), relaxed(i))
      end do
      if (present(statuses)) statuses = states
   end subroutine relax_batch

   !> Where C is to write: into a copy of the structure.
   subroutine prepare(structure, relaxed, result)
      type(rm_structure), intent(in) :: structure
      type(rm_relaxed), intent(out), target :: relaxed
      type(c_relax_result), intent(out) :: result
      relaxed%structure = structure
      allocate (relaxed%forces(3, size(structure%numbers)), source=0.0_real64)
      result%positions = c_loc(relaxed%structure%positions)
      result%forces = c_loc(relaxed%forces)
      if (any(structure%periodic)) result%cell = c_loc(relaxed%structure%cell)
   end subroutine prepare

   subroutine take(result, relaxed)
      type(c_relax_result), intent(in) :: result
      type(rm_relaxed), intent(inout) :: relaxed
      relaxed%energy = result%energy
      relaxed%fmax = result%fmax
      relaxed%volume = result%volume
      relaxed%steps = result%steps
      relaxed%evaluations = result%evaluations
      relaxed%reason = result%reason
   end subroutine take

   function observe(user, c_step) bind(c, name='') result(stop_now)
      type(c_ptr), value :: user
      type(c_relax_step), intent(in) :: c_step
      integer(c_int) :: stop_now
      type(callbacks), pointer :: called
      type(rm_relax_step) :: step
      logical :: stop_it
      call c_f_pointer(user, called)
      step%step = c_step%step
      step%energy = c_step%energy
      step%fmax = c_step%fmax
      call c_f_pointer(c_step%positions, step%positions, [3, int(c_step%atom_count)])
      call c_f_pointer(c_step%forces, step%forces, [3, int(c_step%atom_count)])
      if (c_associated(c_step%cell)) call c_f_pointer(c_step%cell, step%cell, [3, 3])
      stop_it = .false.
      call called%observer(step, stop_it)
      stop_now = merge(1_c_int, 0_c_int, stop_it)
   end function observe

   function add_extra(user, structure, energy, forces, strain_gradient) bind(c, name='') result(status)
      type(c_ptr), value :: user
      type(c_structure), intent(in) :: structure
      real(c_double), intent(inout) :: energy
      real(c_double), intent(inout) :: forces(3, structure%atom_count)
      real(c_double), intent(inout) :: strain_gradient(3, 3)
      integer(c_int) :: status
      type(callbacks), pointer :: called
      integer(c_int32_t), pointer :: numbers(:)
      real(c_double), pointer :: positions(:, :), cell_view(:, :)
      real(c_double) :: cell(3, 3)
      logical :: failed
      call c_f_pointer(user, called)
      call c_f_pointer(structure%numbers, numbers, [int(structure%atom_count)])
      call c_f_pointer(structure%positions, positions, [3, int(structure%atom_count)])
      cell = 0
      if (c_associated(structure%cell)) then
         call c_f_pointer(structure%cell, cell_view, [3, 3])
         cell = cell_view
      end if
      failed = .false.
      call called%extra(numbers, positions, cell, energy, forces, strain_gradient, failed)
      status = merge(1_c_int, 0_c_int, failed)
   end function add_extra

end module rm_relaxation

!> Search: random structures of given contents, relaxed; and formulas.
module rm_searching
   use, intrinsic :: iso_c_binding, only : c_associated, c_double, c_f_pointer, c_funloc, c_funptr, c_int, c_int32_t, &
      c_int64_t, c_loc, c_null_funptr, c_null_ptr, c_ptr, c_sizeof
   use, intrinsic :: iso_fortran_env, only : int32, int64, real64
   use rm_base, only : address_of, report, report_message, rm_error, rm_structure, to_c
   use rm_c, only : c_candidate => rm_candidate, c_formula => rm_formula, c_search => rm_search, &
      c_stage => rm_search_stage, RM_ERROR_ARGUMENT, RM_OK, rm_relax_options, rm_search_options, &
      rm_search_options_init, rm_search_summary
   use rm_models, only : rm_model
   implicit none
   private

   public :: rm_search, rm_search_defaults, rm_search_options, rm_search_summary, rm_search_stage, rm_candidate, &
      rm_candidate_callback, rm_formula

   !> One stage of a search: an optional kick, then a relaxation.
   type :: rm_search_stage
      type(rm_relax_options) :: relax
      real(real64) :: kick = 0                      !< every component moves by up to this before, angstrom
      logical :: drop_unconverged = .false.
   end type rm_search_stage

   !> A candidate as it is handed over.
   type :: rm_candidate
      integer(int64) :: index = 0                   !< depends on nothing but the order of drawing; from options%first
      integer(c_int) :: state = 0                   !< RM_CANDIDATE_...
      type(rm_structure) :: structure
      real(real64) :: energy = 0, volume = 0, fmax = 0
      integer(int32) :: steps = 0, stage = 0
      integer(int64) :: duplicate_of = -1           !< index of a candidate handed over before, or -1
   end type rm_candidate

   abstract interface
      !> Receives every candidate, dropped ones too, as it finishes. Setting cancel ends the search with an error.
      subroutine rm_candidate_callback(candidate, cancel)
         import :: rm_candidate
         type(rm_candidate), intent(in) :: candidate
         logical, intent(inout) :: cancel
      end subroutine rm_candidate_callback
   end interface

   !> Draws and relaxes random structures of the given atoms.
   interface rm_search
      module procedure :: search
   end interface rm_search

   !> The atomic numbers of a formula such as 'C5H9NO' or 'Li2(SO4)3', in the order written, `units` times.
   interface rm_formula
      module procedure :: formula_numbers
   end interface rm_formula

   type :: callbacks
      procedure(rm_candidate_callback), pointer, nopass :: candidate => null()
   end type callbacks

contains

   !> The settings of a preset (RM_PRESET_...), to be changed and passed as options.
   function rm_search_defaults(preset) result(options)
      integer(c_int), intent(in) :: preset
      type(rm_search_options) :: options
      call rm_search_options_init(options, c_sizeof(options), preset)
   end function rm_search_defaults

   !> stages: instead of the preset's own. element_volumes(118): angstrom^3 per atom by atomic number.
   subroutine search(model, numbers, options, error, candidate, stages, element_volumes, summary)
      class(rm_model), intent(in) :: model
      integer(int32), intent(in), contiguous :: numbers(:)
      type(rm_search_options), intent(in) :: options
      type(rm_error), allocatable, intent(out) :: error
      procedure(rm_candidate_callback), optional :: candidate
      type(rm_search_stage), intent(in), optional, target :: stages(:)
      real(real64), intent(in), optional :: element_volumes(:)
      type(rm_search_summary), intent(inout), optional :: summary
      type(rm_search_options) :: chosen
      type(rm_search_summary) :: counted
      type(callbacks), target :: called
      type(c_stage), allocatable, target :: c_stages(:)
      real(c_double), target :: volumes(0:118)
      type(c_funptr) :: receiver
      integer :: i
      chosen = options
      if (present(stages)) then
         allocate (c_stages(size(stages)))
         do i = 1, size(stages)
            c_stages(i)%relax = c_loc(stages(i)%relax)
            c_stages(i)%kick = stages(i)%kick
            c_stages(i)%drop_unconverged = merge(1_c_int32_t, 0_c_int32_t, stages(i)%drop_unconverged)
         end do
         chosen%stages = c_loc(c_stages)
         chosen%stage_count = size(stages, kind=c_int32_t)
      end if
      if (present(element_volumes)) then
         if (size(element_volumes) /= 118) then
            call report_message(RM_ERROR_ARGUMENT, 'element_volumes: must have 118 entries', error)
            return
         end if
         volumes(0) = 0
         volumes(1:) = element_volumes
         chosen%element_volumes = c_loc(volumes)
      end if
      receiver = c_null_funptr
      if (present(candidate)) then
         called%candidate => candidate
         receiver = c_funloc(receive)
      end if
      call report(c_search(model%raw(), numbers, size(numbers, kind=c_int32_t), chosen, receiver, c_loc(called), &
                           counted), error)
      if (present(summary)) summary = counted
   end subroutine search

   function receive(user, c_found) bind(c, name='') result(stop_now)
      type(c_ptr), value :: user
      type(c_candidate), intent(in) :: c_found
      integer(c_int) :: stop_now
      type(callbacks), pointer :: called
      type(rm_candidate) :: found
      integer(c_int32_t), pointer :: numbers(:)
      real(c_double), pointer :: positions(:, :), cell(:, :)
      logical :: cancel
      call c_f_pointer(user, called)
      found%index = c_found%index
      found%state = c_found%state
      found%energy = c_found%energy
      found%volume = c_found%volume
      found%fmax = c_found%fmax
      found%steps = c_found%steps
      found%stage = c_found%stage
      found%duplicate_of = c_found%duplicate_of
      if (c_associated(c_found%numbers)) then
         call c_f_pointer(c_found%numbers, numbers, [int(c_found%atom_count)])
         found%structure%numbers = numbers
      end if
      if (c_associated(c_found%positions)) then
         call c_f_pointer(c_found%positions, positions, [3, int(c_found%atom_count)])
         found%structure%positions = positions
      end if
      if (c_associated(c_found%cell)) then
         call c_f_pointer(c_found%cell, cell, [3, 3])
         found%structure%cell = cell
         found%structure%periodic = .true.
      end if
      cancel = .false.
      call called%candidate(found, cancel)
      stop_now = merge(1_c_int, 0_c_int, cancel)
   end function receive

   subroutine formula_numbers(formula, numbers, error, units)
      character(len=*), intent(in) :: formula
      integer(int32), allocatable, intent(out), target :: numbers(:)
      type(rm_error), allocatable, intent(out) :: error
      integer(int32), intent(in), optional :: units
      integer(c_int32_t) :: count, times
      integer(c_int) :: status
      times = 1
      if (present(units)) times = units
      count = 0
      status = c_formula(to_c(formula), times, c_null_ptr, 0_c_int32_t, count)
      allocate (numbers(count))
      if (count > 0) status = c_formula(to_c(formula), times, c_loc(numbers), count, count)
      call report(status, error)
   end subroutine formula_numbers

end module rm_searching

!> What all of the binding shares: errors, structures, owners of librm's handles, and strings.
!>
!> Arrays have the atoms last, positions(3, n); lattice vectors are the columns, cell(:, i). In memory that is what C
!> has.
module rm_base
   use, intrinsic :: iso_c_binding, only : c_associated, c_char, c_double, c_f_pointer, c_int, c_int32_t, c_loc, &
      c_null_char, c_null_ptr, c_ptr, c_size_t
   use, intrinsic :: iso_fortran_env, only : int32, int64, real64
   use rm_c, only : RM_OK, c_structure => rm_structure, rm_last_error, c_version => rm_version
   implicit none
   private

   public :: rm_error, rm_structure, rm_handle, rm_version
   public :: report, report_message, to_c, view_of, text_of, address_of

   !> What went wrong: `status` is one of RM_ERROR_..., `message` says what and where. A procedure's argument
   !> `type(rm_error), allocatable, intent(out) :: error` is allocated on failure only.
   type :: rm_error
      integer :: status = RM_OK
      character(len=:), allocatable :: message
   end type rm_error

   !> A molecule or a crystal.
   type :: rm_structure
      integer(int32), allocatable :: numbers(:)       !< (n) atomic numbers
      real(real64), allocatable :: positions(:, :)    !< (3, n) angstrom
      real(real64) :: cell(3, 3) = 0                  !< lattice vectors in its columns, angstrom
      logical :: periodic(3) = .false.                !< for each lattice vector
   end type rm_structure

   !> An owner of one of librm's handles: what models, workspaces, datasets and trainers have in common. Assigning one
   !> to another shares the handle, and the last owner frees it. Share within a thread.
   !>
   !> Do not assign objects of your own types that contain an owner: gfortran up to 13 finalises the temporary that it
   !> makes for that. Let them hold a pointer or an allocatable to move instead.
   type :: rm_handle
      private
      type(resource), pointer :: resource => null()
   contains
      procedure :: own
      procedure :: raw
      procedure :: share
      procedure :: free => let_go
      final :: release
   end type rm_handle

   type :: resource
      type(c_ptr) :: raw = c_null_ptr
      integer :: owners = 1
      procedure(free_raw), pointer, nopass :: free => null()
      class(*), allocatable :: baggage
   end type resource

   abstract interface
      subroutine free_raw(raw) bind(c)
         import :: c_ptr
         type(c_ptr), intent(inout) :: raw
      end subroutine free_raw
   end interface

   !> The version of the library that runs.
   interface rm_version
      module procedure :: version
   end interface rm_version

contains

   function version() result(text)
      character(len=:), allocatable :: text
      text = text_of(c_version())
   end function version

   ! -- handles --------------------------------------------------------------------------------------------------------

   !> Takes over a new handle of C, in place of what was owned before. The baggage goes when the handle does.
   subroutine own(self, raw, free, baggage)
      class(rm_handle), intent(inout) :: self
      type(c_ptr), intent(in) :: raw
      procedure(free_raw) :: free
      class(*), intent(inout), allocatable, optional :: baggage
      call let_go(self)
      allocate (self%resource)
      self%resource%raw = raw
      self%resource%free => free
      if (present(baggage)) call move_alloc(baggage, self%resource%baggage)
   end subroutine own

   !> The handle for module rm_c; NULL if there is none.
   function raw(self)
      class(rm_handle), intent(in) :: self
      type(c_ptr) :: raw
      raw = c_null_ptr
      if (associated(self%resource)) raw = self%resource%raw
   end function raw

   !> Becomes one more owner of the other's handle.
   subroutine share(self, other)
      class(rm_handle), intent(inout) :: self
      class(rm_handle), intent(in) :: other
      if (associated(self%resource, other%resource)) return
      call let_go(self)
      self%resource => other%resource
      if (associated(self%resource)) self%resource%owners = self%resource%owners + 1
   end subroutine share

   !> Owns nothing any more; the last owner frees. Going out of scope does the same.
   subroutine let_go(self)
      class(rm_handle), intent(inout) :: self
      if (.not. associated(self%resource)) return
      self%resource%owners = self%resource%owners - 1
      if (self%resource%owners == 0) then
         call self%resource%free(self%resource%raw)
         deallocate (self%resource)
      end if
      nullify (self%resource)
   end subroutine let_go

   impure elemental subroutine release(self)
      type(rm_handle), intent(inout) :: self
      call let_go(self)
   end subroutine release

   ! -- errors ---------------------------------------------------------------------------------------------------------

   !> Allocates the error if the status of a call is one.
   subroutine report(status, error)
      integer(c_int), intent(in) :: status
      type(rm_error), allocatable, intent(out) :: error
      if (status == RM_OK) return
      allocate (error)
      error%status = status
      error%message = text_of(rm_last_error())
   end subroutine report

   subroutine report_message(status, message, error)
      integer(c_int), intent(in) :: status
      character(len=*), intent(in) :: message
      type(rm_error), allocatable, intent(out) :: error
      allocate (error)
      error%status = status
      error%message = message
   end subroutine report_message

   ! -- strings --------------------------------------------------------------------------------------------------------

   !> A copy that ends with a zero.
   pure function to_c(text) result(characters)
      character(len=*), intent(in) :: text
      character(kind=c_char) :: characters(len(text) + 1)
      integer :: i
      do i = 1, len(text)
         characters(i) = text(i:i)
      end do
      characters(len(text) + 1) = c_null_char
   end function to_c

   !> A Fortran string of what C holds; "" for NULL.
   function text_of(c_text) result(text)
      type(c_ptr), intent(in) :: c_text
      character(len=:), allocatable :: text
      character(kind=c_char), pointer :: characters(:)
      integer(c_size_t) :: i, length
      interface
         function strlen(text) bind(c) result(length)
            import :: c_ptr, c_size_t
            type(c_ptr), value :: text
            integer(c_size_t) :: length
         end function strlen
      end interface
      text = ''
      if (.not. c_associated(c_text)) return
      length = strlen(c_text)
      call c_f_pointer(c_text, characters, [length])
      deallocate (text)
      allocate (character(len=length) :: text)
      do i = 1, length
         text(i:i) = characters(i)
      end do
   end function text_of

   ! -- views for C ----------------------------------------------------------------------------------------------------

   !> The view that C takes of a structure, valid as long as the structure is where it is. What C cannot see is checked
   !> here: that the arrays are there and of one length.
   subroutine view_of(structure, view, error)
      type(rm_structure), intent(in), target :: structure
      type(c_structure), intent(out) :: view
      type(rm_error), allocatable, intent(out) :: error
      if (.not. allocated(structure%numbers) .or. .not. allocated(structure%positions)) then
         call report_message(1, 'structure: numbers and positions must be allocated', error)
      else if (size(structure%positions, 1) /= 3 .or. size(structure%positions, 2) /= size(structure%numbers)) then
         call report_message(1, 'structure: positions must have the shape (3, size(numbers))', error)
      else
         view%atom_count = size(structure%numbers, kind=c_int32_t)
         view%numbers = c_loc(structure%numbers)
         view%positions = c_loc(structure%positions)
         if (any(structure%periodic)) view%cell = c_loc(structure%cell)
         view%periodic = merge(1_c_int32_t, 0_c_int32_t, structure%periodic)
      end if
   end subroutine view_of

   !> The address of an optional array or number, NULL if it is not there.
   function address_of(values) result(address)
      type(*), intent(in), optional, contiguous, target :: values(..)
      type(c_ptr) :: address
      address = c_null_ptr
      if (present(values)) address = c_loc(values)
   end function address_of

end module rm_base

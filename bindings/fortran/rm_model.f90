!> Models: load, create, save, query. Indices begin with 1.
module rm_models
   use, intrinsic :: iso_c_binding, only : c_char, c_double, c_int, c_int32_t, c_int64_t, c_loc, c_null_char, &
      c_null_ptr, c_ptr, c_size_t
   use, intrinsic :: iso_fortran_env, only : int32, int64, int8, real64
   use rm_base, only : address_of, report, rm_error, rm_handle, text_of, to_c
   use rm_c, c_model_describe => rm_model_describe
   implicit none
   private

   public :: rm_model, rm_model_describe

   !> A pseudo-potential. It does not change, and threads may share it.
   type, extends(rm_handle) :: rm_model
   contains
      procedure :: load
      procedure :: load_memory
      procedure :: create
      procedure :: copy
      procedure :: save
      procedure :: description
      procedure :: cutoff
      procedure :: elements
      procedure :: descriptor_count
      procedure :: parameter_count
      procedure :: parameters
      procedure :: tensor_count
      procedure :: tensor
      procedure, private :: assign
      generic :: assignment(=) => assign
   end type rm_model

   !> The description of a preset's architecture for these elements, as JSON for create.
   interface rm_model_describe
      module procedure :: describe
   end interface rm_model_describe

contains

   !> Reads a model file.
   subroutine load(self, path, error)
      class(rm_model), intent(inout) :: self
      character(len=*), intent(in) :: path
      type(rm_error), allocatable, intent(out) :: error
      type(c_ptr) :: new
      integer(c_int) :: status
      new = c_null_ptr
      status = rm_model_load(to_c(path), new)
      call report(status, error)
      if (status == RM_OK) call self%own(new, rm_model_free)
   end subroutine load

   !> Reads a model from the content of a model file.
   subroutine load_memory(self, bytes, error)
      class(rm_model), intent(inout) :: self
      integer(int8), intent(in), contiguous, target :: bytes(:)
      type(rm_error), allocatable, intent(out) :: error
      type(c_ptr) :: new
      integer(c_int) :: status
      new = c_null_ptr
      status = rm_model_load_memory(c_loc(bytes), size(bytes, kind=c_size_t), new)
      call report(status, error)
      if (status == RM_OK) call self%own(new, rm_model_free)
   end subroutine load_memory

   !> Makes a model of random weights from its description, see rm_model_describe.
   subroutine create(self, description, seed, error)
      class(rm_model), intent(inout) :: self
      character(len=*), intent(in) :: description
      integer(int64), intent(in) :: seed
      type(rm_error), allocatable, intent(out) :: error
      type(c_ptr) :: new
      integer(c_int) :: status
      new = c_null_ptr
      status = rm_model_create(to_c(description), seed, new)
      call report(status, error)
      if (status == RM_OK) call self%own(new, rm_model_free)
   end subroutine create

   !> Makes a model like another one, with other parameters or further keys of its description (a JSON object).
   subroutine copy(self, model, error, parameters, keys)
      class(rm_model), intent(inout) :: self
      class(rm_model), intent(in) :: model
      type(rm_error), allocatable, intent(out) :: error
      real(real64), intent(in), optional, contiguous, target :: parameters(:)
      character(len=*), intent(in), optional :: keys
      character(kind=c_char), allocatable, target :: c_keys(:)
      type(c_ptr) :: new, keys_address
      integer(c_int) :: status
      new = c_null_ptr
      keys_address = c_null_ptr
      if (present(keys)) then
         allocate (c_keys, source=to_c(keys))
         keys_address = c_loc(c_keys)
      end if
      if (present(parameters)) then
         if (size(parameters, kind=c_int64_t) /= model%parameter_count()) then
            call report_size('parameters', error)
            return
         end if
      end if
      status = rm_model_copy(model%raw(), address_of(parameters), keys_address, new)
      call report(status, error)
      if (status == RM_OK) call self%own(new, rm_model_free)
   end subroutine copy

   !> Writes a model file.
   subroutine save(self, path, error)
      class(rm_model), intent(in) :: self
      character(len=*), intent(in) :: path
      type(rm_error), allocatable, intent(out) :: error
      call report(rm_model_save(self%raw(), to_c(path)), error)
   end subroutine save

   !> The description as JSON.
   function description(self) result(text)
      class(rm_model), intent(in) :: self
      character(len=:), allocatable :: text
      text = text_of(rm_model_description(self%raw()))
   end function description

   !> The cutoff radius, angstrom.
   function cutoff(self)
      class(rm_model), intent(in) :: self
      real(real64) :: cutoff
      cutoff = rm_model_cutoff(self%raw())
   end function cutoff

   !> The atomic numbers of the elements that the model knows.
   function elements(self) result(numbers)
      class(rm_model), intent(in) :: self
      integer(int32), allocatable :: numbers(:)
      integer(c_int32_t) :: i
      allocate (numbers(rm_model_element_count(self%raw())))
      do i = 1, size(numbers, kind=c_int32_t)
         numbers(i) = rm_model_element(self%raw(), i - 1)
      end do
   end function elements

   !> The number of descriptors of an atom.
   function descriptor_count(self) result(count)
      class(rm_model), intent(in) :: self
      integer(int32) :: count
      count = rm_model_descriptor_count(self%raw())
   end function descriptor_count

   function parameter_count(self) result(count)
      class(rm_model), intent(in) :: self
      integer(int64) :: count
      count = rm_model_parameter_count(self%raw())
   end function parameter_count

   !> All parameters, values(parameter_count).
   subroutine parameters(self, values, error)
      class(rm_model), intent(in) :: self
      real(real64), intent(inout), contiguous :: values(:)
      type(rm_error), allocatable, intent(out) :: error
      if (size(values, kind=c_int64_t) /= self%parameter_count()) then
         call report_size('values', error)
      else
         call report(rm_model_parameters(self%raw(), values), error)
      end if
   end subroutine parameters

   !> The number of tensors that make up the parameters.
   function tensor_count(self) result(count)
      class(rm_model), intent(in) :: self
      integer(int32) :: count
      count = rm_model_tensor_count(self%raw())
   end function tensor_count

   !> A tensor of the parameters: its name, its shape as Fortran has it (the last index of C first), and where it
   !> begins.
   subroutine tensor(self, index, name, shape, first, error)
      class(rm_model), intent(in) :: self
      integer(int32), intent(in) :: index
      character(len=:), allocatable, intent(out) :: name
      integer(int64), allocatable, intent(out) :: shape(:)
      integer(int64), intent(out) :: first
      type(rm_error), allocatable, intent(out) :: error
      type(c_ptr) :: c_name
      integer(c_int64_t) :: c_shape(3), offset
      integer(c_int32_t) :: rank
      integer(c_int) :: status
      c_name = c_null_ptr
      c_shape = 0
      rank = 0
      offset = -1
      status = rm_model_tensor(self%raw(), index - 1_c_int32_t, c_name, c_shape, rank, offset)
      call report(status, error)
      name = text_of(c_name)
      shape = c_shape(rank:1:-1)
      first = offset + 1
   end subroutine tensor

   subroutine assign(self, other)
      class(rm_model), intent(inout) :: self
      type(rm_model), intent(in) :: other
      call self%share(other)
   end subroutine assign

   subroutine describe(preset, numbers, text, error)
      integer(c_int), intent(in) :: preset
      integer(int32), intent(in), contiguous :: numbers(:)
      character(len=:), allocatable, intent(out) :: text
      type(rm_error), allocatable, intent(out) :: error
      character(kind=c_char), allocatable, target :: buffer(:)
      integer(c_size_t) :: length
      integer(c_int) :: status
      text = ''
      length = 0
      status = c_model_describe(preset, numbers, size(numbers, kind=c_int32_t), c_null_ptr, 0_c_size_t, length)
      if (length > 0) then
         allocate (buffer(length + 1))
         status = c_model_describe(preset, numbers, size(numbers, kind=c_int32_t), c_loc(buffer), length + 1, length)
      end if
      call report(status, error)
      if (status == RM_OK) text = text_of(c_loc(buffer))
   end subroutine describe

   subroutine report_size(name, error)
      use rm_base, only : report_message
      character(len=*), intent(in) :: name
      type(rm_error), allocatable, intent(out) :: error
      call report_message(RM_ERROR_ARGUMENT, name//': the size must be that of the model''s parameters', error)
   end subroutine report_size

end module rm_models

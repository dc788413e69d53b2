!> Models: load, describe, create, copy, save, query, share and free.
program test_model
   use, intrinsic :: iso_c_binding, only : c_associated
   use, intrinsic :: iso_fortran_env, only : int32, int64, int8, real64
   use check
   use rm
   implicit none

   call run('versions agree', versions_agree)
   call run('queries of a loaded model', queries)
   call run('a model that is none', none)
   call run('describe, create, save and load', describe_create_save_load)
   call run('copies', copies)
   call run('tensors', tensors)
   call run('loading from memory', loading_from_memory)
   call run('owners share and free', owners_share_and_free)
   call run('what fails leaves the model as it was', failures)
   call finish()

contains

   subroutine versions_agree()
      call expect(rm_version() == '0.1.0', 'that the version is 0.1.0: '//rm_version())
   end subroutine versions_agree

   subroutine queries()
      type(rm_model) :: model
      call carbon_model(model)
      call expect(model%cutoff() == 4.5_real64, 'cutoff')
      call expect(all(model%elements() == [6]) .and. size(model%elements()) == 1, 'elements')
      call expect(model%descriptor_count() == 64, 'descriptor_count')
      call expect(model%parameter_count() > 1000, 'parameter_count')
      call expect(index(model%description(), '"l_max"') > 0, 'description')
   end subroutine queries

   subroutine none()
      type(rm_model) :: model
      type(rm_error), allocatable :: error
      call expect(.not. c_associated(model%raw()), 'that there is no handle')
      call expect(model%cutoff() == 0 .and. size(model%elements()) == 0, 'that nothing is known')
      call expect(model%description() == '', 'that the description is empty')
      call model%save('build/tests/scratch/none', error)
      call expect_error(error, RM_ERROR_ARGUMENT, 'model')
      call model%free()
   end subroutine none

   subroutine describe_create_save_load()
      type(rm_model) :: model, other
      type(rm_error), allocatable :: error
      character(len=:), allocatable :: text
      real(real64), allocatable :: a(:), b(:)
      call rm_model_describe(RM_PRESET_MOLECULES, [1, 6, 8], text, error)
      call expect_ok(error)
      call model%create(text, 5_int64, error)
      call expect_ok(error)
      call expect(all(model%elements() == [1, 6, 8]), 'the elements that were asked for')
      call model%save('build/tests/scratch/fortran.safetensors', error)
      call expect_ok(error)
      call other%load('build/tests/scratch/fortran.safetensors', error)
      call expect_ok(error)
      allocate (a(model%parameter_count()), b(model%parameter_count()))
      call model%parameters(a, error)
      call other%parameters(b, error)
      call expect_ok(error)
      call expect(all(a == b), 'that not a bit is lost')
      call expect(any(a /= 0), 'that there are weights')
      call other%parameters(b(2:), error)
      call expect_error(error, RM_ERROR_ARGUMENT, 'values')
      call rm_model_describe(RM_PRESET_MOLECULES, [1, 1], text, error)
      call expect_error(error, RM_ERROR_ARGUMENT, 'twice')
      call rm_model_describe(17, [1], text, error)
      call expect_error(error, RM_ERROR_ARGUMENT, 'preset')
   end subroutine describe_create_save_load

   subroutine copies()
      type(rm_model) :: model, copy
      type(rm_error), allocatable :: error
      real(real64), allocatable :: values(:), again(:)
      call carbon_model(model)
      allocate (values(model%parameter_count()), again(model%parameter_count()))
      call model%parameters(values, error)
      values(3) = 0.125_real64
      call copy%copy(model, error, parameters=values, keys='{"note": "from Fortran"}')
      call expect_ok(error)
      call copy%parameters(again, error)
      call expect(all(again == values), 'the parameters that were given')
      call expect(index(copy%description(), 'from Fortran') > 0, 'the key that was given')
      call copy%copy(model, error)
      call expect_ok(error)
      call expect(index(copy%description(), 'from Fortran') == 0, 'that the model itself has no such key')
      call copy%copy(model, error, parameters=values(:5))
      call expect_error(error, RM_ERROR_ARGUMENT, 'parameters')
      call copy%copy(model, error, keys='{"cutoff": 6}')
      call expect_error(error, RM_ERROR_FORMAT, 'cutoff')
   end subroutine copies

   subroutine tensors()
      type(rm_model) :: model
      type(rm_error), allocatable :: error
      character(len=:), allocatable :: name
      integer(int64), allocatable :: shape(:)
      integer(int64) :: first, next
      integer(int32) :: i
      logical :: found
      call carbon_model(model)
      next = 1
      found = .false.
      do i = 1, model%tensor_count()
         call model%tensor(i, name, shape, first, error)
         call expect_ok(error)
         call expect(first == next, 'that tensors follow each other')
         next = next + product(shape)
         if (name == 'readout.layers.0.weight') then
            found = .true.
            call expect(all(shape == [64, 24]), 'the shape, last index of C first')
         end if
      end do
      call expect(found, 'readout.layers.0.weight')
      call expect(next == model%parameter_count() + 1, 'that the tensors are all parameters')
      call model%tensor(0, name, shape, first, error)
      call expect_error(error, RM_ERROR_ARGUMENT, 'index')
   end subroutine tensors

   subroutine loading_from_memory()
      type(rm_model) :: model
      type(rm_error), allocatable :: error
      integer(int8), allocatable :: bytes(:)
      integer :: unit, size
      open (newunit=unit, file=fixture, access='stream', form='unformatted', status='old')
      inquire (unit, size=size)
      allocate (bytes(size))
      read (unit) bytes
      close (unit)
      call model%load_memory(bytes, error)
      call expect_ok(error)
      call expect(model%cutoff() == 4.5_real64, 'cutoff')
      call model%load_memory(bytes(:size/2), error)
      call expect(allocated(error), 'that half a file is refused')
      call expect(model%cutoff() == 4.5_real64, 'that the model stays')
   end subroutine loading_from_memory

   subroutine owners_share_and_free()
      type(rm_model) :: model, second
      type(rm_model), allocatable :: third
      type(rm_model) :: several(2)
      integer :: i
      call carbon_model(model)
      second = model
      allocate (third)
      third = second
      several(1) = third
      second = second
      call expect(c_associated(second%raw(), model%raw()), 'that owners share one handle')
      call model%free()
      call second%free()
      deallocate (third)
      call expect(several(1)%cutoff() == 4.5_real64, 'that the last owner still has it')
      call expect(.not. c_associated(model%raw()), 'that who has freed has nothing')
      do i = 1, 50 ! valgrind sees what this leaks or frees twice
         call carbon_model(model)
         several(2) = model
      end do
   end subroutine owners_share_and_free

   subroutine failures()
      type(rm_model) :: model
      type(rm_error), allocatable :: error
      call carbon_model(model)
      call model%load('build/tests/no such file', error)
      call expect_error(error, RM_ERROR_FILE, 'no such file')
      call model%create('{"elements": [6', 1_int64, error)
      call expect_error(error, RM_ERROR_FORMAT, '')
      call expect(model%cutoff() == 4.5_real64, 'that the model stays')
   end subroutine failures

end program test_model

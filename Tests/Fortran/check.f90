!> The tests' own small harness, as check.h is for C: checks that go on, counted per test.
module check
   use, intrinsic :: iso_fortran_env, only : int32, int64, real64
   use rm, only : rm_error, rm_model, rm_structure
   implicit none
   private

   public :: run, finish, expect, expect_ok, expect_error, expect_close, carbon_model, dimer, diamond

   character(len=*), parameter, public :: fixture = 'Tests/fixtures/models/random-carbon-l3-nu3.safetensors'
   !> What the fixture's model gives for dimer().
   real(real64), parameter, public :: dimer_energy = 1.9598846345484324_real64
   real(real64), parameter, public :: dimer_force(3) = [-0.02947749170787313_real64, -0.03144265782173134_real64, &
                                                        -0.023581993366298504_real64]

   integer :: passed = 0, failed = 0, complaints = 0

contains

   subroutine run(name, test)
      character(len=*), intent(in) :: name
      interface
         subroutine test()
         end subroutine test
      end interface
      complaints = 0
      call test()
      if (complaints == 0) then
         passed = passed + 1
         print '(a)', 'ok   '//name
      else
         failed = failed + 1
         print '(a)', 'FAIL '//name
      end if
   end subroutine run

   subroutine finish()
      print '(i0, a, i0, a)', passed, ' passed, ', failed, ' failed, 0 skipped'
      if (failed > 0) error stop
   end subroutine finish

   subroutine expect(condition, what)
      logical, intent(in) :: condition
      character(len=*), intent(in) :: what
      if (condition) return
      complaints = complaints + 1
      print '(a)', '     not so: '//what
   end subroutine expect

   subroutine expect_ok(error)
      type(rm_error), allocatable, intent(in) :: error
      if (.not. allocated(error)) return
      complaints = complaints + 1
      print '(a, i0, a)', '     status ', error%status, ': '//error%message
   end subroutine expect_ok

   !> An error of this status, whose message has this word.
   subroutine expect_error(error, status, word)
      type(rm_error), allocatable, intent(in) :: error
      integer, intent(in) :: status
      character(len=*), intent(in) :: word
      if (.not. allocated(error)) then
         call expect(.false., 'an error that says '//word)
      else
         call expect(error%status == status, 'the status of: '//error%message)
         call expect(index(error%message, word) > 0, 'that it says "'//word//'": '//error%message)
      end if
   end subroutine expect_error

   subroutine expect_close(found, wanted, tolerance, what)
      real(real64), intent(in) :: found, wanted, tolerance
      character(len=*), intent(in) :: what
      character(len=80) :: numbers
      if (abs(found - wanted) <= tolerance*max(1.0_real64, abs(wanted))) return
      write (numbers, '(es24.16, a, es24.16)') found, ' instead of ', wanted
      call expect(.false., what//': '//trim(numbers))
   end subroutine expect_close

   subroutine carbon_model(model)
      type(rm_model), intent(inout) :: model
      type(rm_error), allocatable :: error
      call model%load(fixture, error)
      call expect_ok(error)
   end subroutine carbon_model

   function dimer() result(structure)
      type(rm_structure) :: structure
      structure%numbers = [6, 6]
      structure%positions = reshape([0.0_real64, 0.0_real64, 0.0_real64, 0.84_real64, 0.8959999999999999_real64, &
                                     0.6719999999999999_real64], [3, 2])
   end function dimer

   function diamond() result(structure)
      type(rm_structure) :: structure
      real(real64), parameter :: basis(3, 8) = reshape([real(real64) :: 0, 0, 0, 0, 2, 2, 2, 0, 2, 2, 2, 0, 1, 1, 1, &
                                                        1, 3, 3, 3, 1, 3, 3, 3, 1], [3, 8])
      integer :: k
      structure%numbers = [(6, k=1, 8)]
      structure%positions = basis*3.567_real64/4
      do k = 1, 3
         structure%cell(k, k) = 3.567_real64
      end do
      structure%periodic = .true.
   end function diamond

end module check

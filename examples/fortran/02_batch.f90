! 2. Many structures at once, over two threads: diamond from dense to dilute.
!
!     gfortran 02_batch.f90 $(pkg-config --cflags --libs librm-fortran) -o batch
!     ./batch MODEL.safetensors         (any model that knows carbon)
program batch
   use, intrinsic :: iso_fortran_env, only : real64
   use rm
   implicit none
   integer, parameter :: count = 9
   type(rm_model) :: model
   type(rm_structure) :: structures(count)
   type(rm_results) :: results(count)
   type(rm_error), allocatable :: error
   real(real64) :: length
   character(len=1000) :: path
   integer :: n

   call get_command_argument(1, path)
   call model%load(trim(path), error)
   if (allocated(error)) error stop error%message

   do n = 1, count
      length = 3.1_real64 + 0.1_real64*n
      structures(n)%numbers = [6, 6]
      structures(n)%positions = reshape([real(real64) :: 0, 0, 0, 1, 1, 1], [3, 2])*length/4
      structures(n)%cell = reshape([real(real64) :: 0, 1, 1, 1, 0, 1, 1, 1, 0], [3, 3])*length/2
      structures(n)%periodic = .true.
   end do

   call rm_evaluate(model, structures, results, error, threads=2)
   if (allocated(error)) error stop error%message
   do n = 1, count
      print '(a, f3.1, a, f9.6, a)', 'lattice constant ', 3.1_real64 + 0.1_real64*n, ' angstrom: ', &
         results(n)%energy/2, ' angstrom^2 per atom'
   end do
end program batch

! 7. Training with an optimiser of one's own: librm draws the responses to noise and gives the exact gradient of the
!    loss, gradient descent with momentum is written here.
!
!     gfortran 07_own_optimizer.f90 $(pkg-config --cflags --libs librm-fortran) -o own_optimizer
!     ./own_optimizer MODEL.safetensors (a model that knows carbon, whose weights are the start)
module drawing
   use, intrinsic :: iso_fortran_env, only : int64, real64
   use rm, only : rm_frame
   implicit none
   type(rm_frame), allocatable :: frames(:)
contains
   !> Keeps one frame in nine.
   subroutine keep(index, frame, amplitude, cancel)
      integer(int64), intent(in) :: index
      type(rm_frame), intent(in) :: frame
      real(real64), intent(in) :: amplitude
      logical, intent(inout) :: cancel
      if (mod(index, 9_int64) == 1 .and. amplitude >= 0) frames = [frames, frame]
      cancel = .false.
   end subroutine keep
end module drawing

program own_optimizer
   use, intrinsic :: iso_fortran_env, only : int64, real64
   use drawing, only : frames, keep
   use rm
   implicit none
   real(real64), parameter :: a = 3.567_real64
   type(rm_model) :: model, next
   type(rm_structure) :: diamond
   type(rm_error), allocatable :: error
   real(real64), allocatable :: parameters(:), gradient(:), velocity(:)
   real(real64) :: loss
   character(len=1000) :: path
   integer :: n, step

   diamond%numbers = [(6, n=1, 8)]
   diamond%positions = a/4*reshape([real(real64) :: 0, 0, 0, 0, 2, 2, 2, 0, 2, 2, 2, 0, &
                                    1, 1, 1, 1, 3, 3, 3, 1, 3, 3, 3, 1], [3, 8])
   diamond%cell = a*reshape([real(real64) :: 1, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3])
   diamond%periodic = .true.
   allocate (frames(0))
   call rm_response_draw(diamond, rm_response_defaults(RM_PRESET_DIAMOND_PUBLISHED), 1_int64, keep, error)
   if (allocated(error)) error stop error%message

   call get_command_argument(1, path)
   call model%load(trim(path), error)
   if (allocated(error)) error stop error%message
   allocate (parameters(model%parameter_count()), gradient(model%parameter_count()))
   allocate (velocity(model%parameter_count()), source=0.0_real64)
   call model%parameters(parameters, error)
   if (allocated(error)) error stop error%message

   do step = 0, 100
      call rm_loss(model, frames, 1.0_real64, 1.0_real64, loss, error, gradient=gradient, threads=2)
      if (allocated(error)) error stop error%message
      if (mod(step, 20) == 0) print '(a, i3, a, f10.6, a, i0, a)', 'step ', step, ': loss ', loss, ' over ', &
         size(frames), ' frames'
      velocity = 0.9_real64*velocity - 1e-3_real64/max(1.0_real64, norm2(gradient))*gradient
      parameters = parameters + velocity
      ! A model does not change, so that threads may share it: new parameters make a new model.
      call next%copy(model, error, parameters=parameters)
      if (allocated(error)) error stop error%message
      model = next
   end do
end program own_optimizer

!> Callbacks of the tests and what they have seen.
module callbacks
   use, intrinsic :: iso_fortran_env, only : int32, int64, real64
   use rm
   implicit none
   public

   integer :: seen = 0, stop_at = 0
   real(real64) :: last_energy = 0
   type(rm_candidate) :: found(0:9)
   type(rm_frame) :: drawn

contains

   subroutine watch(step, stop)
      type(rm_relax_step), intent(in) :: step
      logical, intent(inout) :: stop
      seen = seen + 1
      last_energy = step%energy
      if (size(step%positions, 1) /= 3 .or. size(step%forces, 2) /= size(step%positions, 2)) seen = -1000
      stop = seen == stop_at
   end subroutine watch

   !> A spring between the first two atoms, of rest length 1.2.
   subroutine spring(numbers, positions, cell, energy, forces, strain_gradient, failed)
      integer(int32), intent(in) :: numbers(:)
      real(real64), intent(in) :: positions(:, :), cell(3, 3)
      real(real64), intent(inout) :: energy, forces(:, :), strain_gradient(3, 3)
      logical, intent(inout) :: failed
      real(real64) :: d(3), length
      d = positions(:, 2) - positions(:, 1)
      length = norm2(d)
      energy = energy + 50*(length - 1.2_real64)**2
      forces(:, 1) = forces(:, 1) + 100*(length - 1.2_real64)*d/length
      forces(:, 2) = forces(:, 2) - 100*(length - 1.2_real64)*d/length
      strain_gradient = strain_gradient + 100*(length - 1.2_real64)/length*spread(d, 1, 3)*spread(d, 2, 3)
      failed = size(numbers) == 0 .or. any(cell /= 0)
   end subroutine spring

   subroutine fail(numbers, positions, cell, energy, forces, strain_gradient, failed)
      integer(int32), intent(in) :: numbers(:)
      real(real64), intent(in) :: positions(:, :), cell(3, 3)
      real(real64), intent(inout) :: energy, forces(:, :), strain_gradient(3, 3)
      logical, intent(inout) :: failed
      energy = energy + size(numbers) + sum(positions) + sum(cell)
      forces = forces + 1
      strain_gradient = strain_gradient + 1
      failed = .true.
   end subroutine fail

   subroutine take(candidate, cancel)
      type(rm_candidate), intent(in) :: candidate
      logical, intent(inout) :: cancel
      seen = seen + 1
      if (candidate%index >= 0 .and. candidate%index <= 9) found(candidate%index) = candidate
      cancel = seen == stop_at
   end subroutine take

   subroutine take_frame(index, frame, amplitude, cancel)
      integer(int64), intent(in) :: index
      type(rm_frame), intent(in) :: frame
      real(real64), intent(in) :: amplitude
      logical, intent(inout) :: cancel
      seen = seen + 1
      if (index /= seen .or. amplitude < 0) seen = -1000
      drawn = frame
      cancel = seen == stop_at
   end subroutine take_frame

   subroutine progress(done, total, cancel)
      integer(int64), intent(in) :: done, total
      logical, intent(inout) :: cancel
      seen = seen + 1
      if (done < 0 .or. done > total) seen = -1000
      cancel = seen == stop_at
   end subroutine progress

   !> Two ranks that have the same part: the sum is twice.
   subroutine twice(values, failed)
      real(real64), intent(inout) :: values(:)
      logical, intent(inout) :: failed
      seen = seen + 1
      values = 2*values
      failed = .false.
   end subroutine twice

end module callbacks

! 8. A program of one's own that takes librm as force provider: molecular dynamics, then a quench, by velocity Verlet.
!    The integrator knows nothing of librm but a subroutine that gives energy and forces.
!
!     gfortran 08_driver.f90 $(pkg-config --cflags --libs librm-fortran) -o driver
!     ./driver MODEL.safetensors (a model that knows carbon)
module verlet
   use, intrinsic :: iso_fortran_env, only : real64
   implicit none
   private
   public :: force_provider, run

   abstract interface
      !> Energy and forces(3, n) at positions(3, n).
      subroutine force_provider(positions, energy, forces)
         import :: real64
         real(real64), intent(in) :: positions(:, :)
         real(real64), intent(out) :: energy, forces(:, :)
      end subroutine force_provider
   end interface

contains

   !> Velocity Verlet with masses of 1. quench: velocities against the force are dropped, so that the atoms come to rest
   !> in a minimum; it ends when the largest force is below fmax.
   subroutine run(provider, steps, time_step, positions, velocities, energy, forces, quench, fmax, done)
      procedure(force_provider) :: provider
      integer, intent(in) :: steps
      real(real64), intent(in) :: time_step, fmax
      real(real64), intent(inout) :: positions(:, :), velocities(:, :)
      real(real64), intent(out) :: energy, forces(:, :)
      logical, intent(in) :: quench
      integer, intent(out) :: done
      call provider(positions, energy, forces)
      do done = 0, steps - 1
         if (quench) then
            if (maxval(norm2(forces, 1)) < fmax) return
            if (sum(velocities*forces) < 0) velocities = 0
         end if
         velocities = velocities + time_step/2*forces
         positions = positions + time_step*velocities
         call provider(positions, energy, forces)
         velocities = velocities + time_step/2*forces
      end do
   end subroutine run

end module verlet

module provider
   use, intrinsic :: iso_fortran_env, only : real64
   use rm
   implicit none
   type(rm_workspace) :: workspace
   type(rm_structure) :: structure
contains
   !> Energy and forces of the structure with its atoms at these positions.
   subroutine energy_and_forces(positions, energy, forces)
      real(real64), intent(in) :: positions(:, :)
      real(real64), intent(out) :: energy, forces(:, :)
      real(real64) :: found(3, size(positions, 2))
      type(rm_error), allocatable :: error
      energy = 0
      structure%positions = positions
      call rm_evaluate(workspace, structure, error, energy=energy, forces=found)
      if (allocated(error)) error stop error%message
      forces = found
   end subroutine energy_and_forces
end module provider

program driver
   use, intrinsic :: iso_fortran_env, only : real64
   use provider, only : energy_and_forces, structure, workspace
   use rm, only : rm_error, rm_model
   use verlet, only : run
   implicit none
   real(real64), parameter :: a = 3.567_real64
   type(rm_model) :: model
   type(rm_error), allocatable :: error
   real(real64) :: positions(3, 8), velocities(3, 8), forces(3, 8), energy, first, last
   character(len=1000) :: path
   integer :: n, done

   call get_command_argument(1, path)
   call model%load(trim(path), error)
   if (allocated(error)) error stop error%message
   call workspace%create(model, error, skin=0.4_real64)
   if (allocated(error)) error stop error%message
   structure%numbers = [(6, n=1, 8)]
   structure%cell = a*reshape([real(real64) :: 1, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3])
   structure%periodic = .true.

   positions = a/4*reshape([real(real64) :: 0, 0, 0, 0, 2, 2, 2, 0, 2, 2, 2, 0, &
                            1, 1, 1, 1, 3, 3, 3, 1, 3, 3, 3, 1], [3, 8])
   velocities = reshape([(0.05_real64*sin(7.0_real64*n), n=1, 24)], [3, 8])
   velocities = velocities - spread(sum(velocities, 2)/8, 2, 8)
   call energy_and_forces(positions, energy, forces)
   first = energy + sum(velocities**2)/2
   call run(energy_and_forces, 2000, 0.05_real64, positions, velocities, energy, forces, .false., 0.0_real64, done)
   last = energy + sum(velocities**2)/2
   print '(a, i0, a, es8.1)', 'dynamics: ', done, ' steps; total energy changed by a share of ', &
      abs((last - first)/first)
   if (abs(last - first) > 1e-3_real64*abs(first)) error stop 'energy is not conserved'

   velocities = 0
   call run(energy_and_forces, 1000, 0.1_real64, positions, velocities, energy, forces, .true., 1e-6_real64, done)
   print '(a, i0, a, f0.8, a, es8.1)', 'quench: ', done, ' steps; E = ', energy, ' angstrom^2, fmax ', &
      maxval(norm2(forces, 1))
   if (energy > first) error stop 'the quench went uphill'
end program driver

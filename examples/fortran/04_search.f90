! 4. Searching: random structures, relaxed in stages; every candidate is handed over as it finishes.
!
!     gfortran 04_search.f90 $(pkg-config --cflags --libs librm-fortran) -o search
!     ./search MODEL.safetensors        (any model that knows carbon)
module receiving
   use rm, only : rm_candidate
   implicit none
contains
   subroutine receive(candidate, cancel)
      type(rm_candidate), intent(in) :: candidate
      logical, intent(inout) :: cancel
      character(len=13), parameter :: states(0:4) = [character(len=13) :: 'converged', 'not converged', 'no room', &
                                                     'dropped', 'failed']
      print '(a, i0, 2a, f0.6, a, i0, a)', 'candidate ', candidate%index, ': '//trim(states(candidate%state)), ', ', &
         candidate%energy/size(candidate%structure%numbers), ' angstrom^2 per atom, ', candidate%steps, ' steps'
      if (candidate%duplicate_of >= 0) print '(a, i0)', '   the same as candidate ', candidate%duplicate_of
      cancel = .false.
   end subroutine receive
end module receiving

program search
   use, intrinsic :: iso_fortran_env, only : int32
   use receiving, only : receive
   use rm
   implicit none
   type(rm_model) :: model
   type(rm_search_options) :: options
   type(rm_search_summary) :: summary
   type(rm_error), allocatable :: error
   integer(int32), allocatable :: numbers(:)
   character(len=1000) :: path

   call get_command_argument(1, path)
   call model%load(trim(path), error)
   if (allocated(error)) error stop error%message
   call rm_formula('C4', numbers, error)
   if (allocated(error)) error stop error%message

   options = rm_search_defaults(RM_PRESET_DIAMOND)
   options%count = 6
   options%seed = 2024
   options%threads = 2
   call rm_search(model, numbers, options, error, candidate=receive, summary=summary)
   if (allocated(error)) error stop error%message
   print '(i0, a, i0, a, i0, a)', summary%tried, ' tried, ', summary%converged, ' converged, ', summary%evaluations, &
      ' evaluations'
end program search

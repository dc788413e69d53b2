! An outside program: it knows the installed modules and libraries alone.
program outside
   use rm, only : rm_error, rm_model
   implicit none
   type(rm_model) :: model
   type(rm_error), allocatable :: error
   character(len=256) :: path

   call get_command_argument(1, path)
   call model%load(trim(path), error)
   if (allocated(error)) error stop error%message
   print '(a, f0.1)', 'cutoff ', model%cutoff()
end program outside

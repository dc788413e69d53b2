! 5. Training from a single structure: diamond. The trained model pulls a displaced atom home.
!
!     gfortran 05_train.f90 $(pkg-config --cflags --libs librm-fortran) -o train
!     ./train [diamond.safetensors]     (where to write the model; a few seconds)
program train
   use, intrinsic :: iso_fortran_env, only : int64, real64
   use rm
   implicit none
   integer, parameter :: epochs = 30
   real(real64), parameter :: a = 3.567_real64
   type(rm_model) :: model
   type(rm_workspace) :: workspace
   type(rm_structure) :: diamond
   type(rm_dataset) :: dataset
   type(rm_trainer) :: trainer
   type(rm_trainer_options) :: options
   type(rm_epoch) :: epoch
   type(rm_error), allocatable :: error
   character(len=:), allocatable :: description
   character(len=1000) :: path
   real(real64) :: forces(3, 8)
   integer :: n

   ! The cubic cell of diamond, relaxed: all that is needed.
   diamond%numbers = [(6, n=1, 8)]
   diamond%positions = a/4*reshape([real(real64) :: 0, 0, 0, 0, 2, 2, 2, 0, 2, 2, 2, 0, &
                                    1, 1, 1, 1, 3, 3, 3, 1, 3, 3, 3, 1], [3, 8])
   diamond%cell = a*reshape([real(real64) :: 1, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3])
   diamond%periodic = .true.
   call dataset%add(diamond, error)
   if (allocated(error)) error stop error%message

   ! A model of the preset's architecture with random weights.
   call rm_model_describe(RM_PRESET_DIAMOND, [6], description, error)
   if (allocated(error)) error stop error%message
   call model%create(description, 1_int64, error)
   if (allocated(error)) error stop error%message

   options = rm_trainer_defaults(RM_PRESET_DIAMOND)
   options%epochs = epochs
   options%seed = 1
   options%threads = 2
   call trainer%create(model, dataset, options, error, response=rm_response_defaults(RM_PRESET_DIAMOND))
   if (allocated(error)) error stop error%message
   do n = 1, epochs
      call trainer%epoch(epoch, error)
      if (allocated(error)) error stop error%message
      if (mod(n, 5) == 0) print '(a, i3, a, f7.4, a, f7.4)', 'epoch ', epoch%epoch, ': force error ', &
         epoch%validation_force_error, ' angstrom, stress error ', epoch%validation_stress_error
   end do
   call trainer%model(model, error) ! the best so far
   if (allocated(error)) error stop error%message

   call workspace%create(model, error)
   if (allocated(error)) error stop error%message
   diamond%positions(1, 1) = diamond%positions(1, 1) + 0.1_real64
   call rm_evaluate(workspace, diamond, error, forces=forces)
   if (allocated(error)) error stop error%message
   print '(a, f6.3, a)', 'an atom moved by 0.1 angstrom along x feels a force of ', forces(1, 1), ' angstrom'

   if (command_argument_count() > 0) then
      call get_command_argument(1, path)
      call model%save(trim(path), error)
      if (allocated(error)) error stop error%message
   end if
end program train

!> Training: loss and gradient, responses, datasets, trainers with callbacks and checkpoints.
program test_train
   use, intrinsic :: iso_fortran_env, only : int32, int64, real64
   use callbacks
   use check
   use rm
   implicit none

   call run('the gradient of the loss', gradient_of_loss)
   call run('responses to noise', responses)
   call run('training learns', learning)
   call run('checkpoints', checkpoints)
   call run('callbacks', progress_and_sums)
   call run('what cannot be trained', failures)
   call finish()

contains

   function small_response() result(response)
      type(rm_response_options) :: response
      response = rm_response_defaults(RM_PRESET_DIAMOND_PUBLISHED)
      response%strain_count = 2
   end function small_response

   subroutine small_training(model, dataset, options)
      type(rm_model), intent(inout) :: model
      type(rm_dataset), intent(inout) :: dataset
      type(rm_trainer_options), intent(out) :: options
      type(rm_error), allocatable :: error
      call carbon_model(model)
      call dataset%add(diamond(), error)
      call expect_ok(error)
      options = rm_trainer_defaults(RM_PRESET_DIAMOND_PUBLISHED)
      options%seed = 4
   end subroutine small_training

   subroutine gradient_of_loss()
      type(rm_model) :: model, moved
      type(rm_error), allocatable :: error
      type(rm_frame) :: frame
      real(real64), allocatable :: gradient(:), values(:)
      real(real64) :: loss, plus, minus, force_error
      real(real64), parameter :: step = 1e-5_real64
      integer, parameter :: at = 100
      call carbon_model(model)
      frame%structure = diamond()
      frame%structure%positions(1, 1) = 0.1_real64
      allocate (frame%forces(3, 8), source=0.0_real64)
      frame%forces(1, 1) = -0.1_real64
      frame%has_stress = .true.
      frame%stress(1, 1) = 0.05_real64
      allocate (gradient(model%parameter_count()), values(model%parameter_count()))
      call rm_loss(model, [frame], 10.0_real64, 5.0_real64, loss, error, gradient=gradient, threads=2, &
                   force_error=force_error)
      call expect_ok(error)
      call expect(force_error > 0 .and. loss >= 10*force_error**2, 'the error of the forces')
      call model%parameters(values, error)
      values(at) = values(at) + step
      call moved%copy(model, error, parameters=values)
      call rm_loss(moved, [frame], 10.0_real64, 5.0_real64, plus, error)
      values(at) = values(at) - 2*step
      call moved%copy(model, error, parameters=values)
      call rm_loss(moved, [frame], 10.0_real64, 5.0_real64, minus, error)
      call expect_close(gradient(at), (plus - minus)/(2*step), 1e-6_real64, 'the gradient')
      call rm_loss(model, [frame], 10.0_real64, 5.0_real64, loss, error, gradient=gradient(:7))
      call expect_error(error, RM_ERROR_ARGUMENT, 'gradient')
      deallocate (frame%forces)
      call rm_loss(model, [frame], 10.0_real64, 5.0_real64, loss, error)
      call expect_error(error, RM_ERROR_ARGUMENT, 'forces')
   end subroutine gradient_of_loss

   subroutine responses()
      type(rm_error), allocatable :: error
      type(rm_response_options) :: options
      options = small_response()
      seen = 0
      stop_at = 0
      call rm_response_draw(diamond(), options, 3_int64, take_frame, error)
      call expect_ok(error)
      call expect(seen == 22, 'eleven levels on two strains')
      call expect(drawn%has_stress .and. all(drawn%structure%periodic), 'that it is of a crystal')
      call expect(size(drawn%forces, 2) == 8, 'eight forces')
      seen = 0
      stop_at = 3
      call rm_response_draw(diamond(), options, 3_int64, take_frame, error)
      call expect_error(error, RM_ERROR_CANCELLED, '')
      call expect(seen == 3, 'that it has stopped')
   end subroutine responses

   subroutine learning()
      type(rm_model) :: model, trained
      type(rm_dataset) :: dataset
      type(rm_trainer) :: trainer
      type(rm_trainer_options) :: options
      type(rm_epoch) :: first, epoch
      type(rm_error), allocatable :: error
      type(rm_response_options) :: response
      integer(int64) :: training, validation
      integer :: e
      call small_training(model, dataset, options)
      call expect(dataset%structure_count() == 1 .and. dataset%frame_count() == 0, 'the counts of the dataset')
      response = small_response()
      call trainer%create(model, dataset, options, error, response=response)
      call expect_ok(error)
      call trainer%counts(training, validation, error)
      call expect(training + validation == 22 .and. validation > 0, 'the frames')
      call trainer%epoch(first, error)
      do e = 2, 8
         call trainer%epoch(epoch, error)
         call expect_ok(error)
      end do
      call expect(epoch%epoch == 8 .and. epoch%training_loss < first%training_loss, 'that the loss falls')
      call trainer%model(trained, error)
      call expect_ok(error)
      call expect(trained%parameter_count() == model%parameter_count(), 'a model of the same shape')
      call trainer%model(trained, error, best=.false.)
      call expect_ok(error)
   end subroutine learning

   subroutine checkpoints()
      type(rm_model) :: model, a, b
      type(rm_dataset) :: dataset
      type(rm_trainer) :: trainer, resumed
      type(rm_trainer_options) :: options
      type(rm_epoch) :: epoch
      type(rm_error), allocatable :: error
      type(rm_response_options) :: response
      real(real64), allocatable :: x(:), y(:)
      call small_training(model, dataset, options)
      response = small_response()
      call trainer%create(model, dataset, options, error, response=response)
      call trainer%epoch(epoch, error)
      call trainer%save('build/tests/scratch/fortran.checkpoint', error)
      call expect_ok(error)
      call trainer%epoch(epoch, error)
      call resumed%load('build/tests/scratch/fortran.checkpoint', dataset, options, error, response=response)
      call expect_ok(error)
      call resumed%epoch(epoch, error)
      call expect_ok(error)
      call trainer%model(a, error, best=.false.)
      call resumed%model(b, error, best=.false.)
      allocate (x(a%parameter_count()), y(a%parameter_count()))
      call a%parameters(x, error)
      call b%parameters(y, error)
      call expect(all(x == y), 'the very same weights')
   end subroutine checkpoints

   subroutine progress_and_sums()
      type(rm_model) :: model
      type(rm_dataset) :: dataset
      type(rm_trainer) :: trainer, shared
      type(rm_trainer_options) :: options
      type(rm_epoch) :: epoch
      type(rm_error), allocatable :: error
      type(rm_response_options) :: response
      call small_training(model, dataset, options)
      response = small_response()
      call trainer%create(model, dataset, options, error, response=response, progress=progress)
      shared = trainer
      call trainer%free()
      seen = 0
      stop_at = 2
      call shared%epoch(epoch, error)
      call expect_error(error, RM_ERROR_CANCELLED, '')
      call expect(seen == 2, 'that progress was reported')
      stop_at = 0
      call shared%epoch(epoch, error)
      call expect_ok(error)
      call dataset%add(diamond(), error)
      options%ranks = 2
      seen = 0
      call trainer%create(model, dataset, options, error, response=response, sum=twice)
      call expect_ok(error)
      call trainer%epoch(epoch, error)
      call expect_ok(error)
      call expect(seen > 0, 'that sums were asked for')
   end subroutine progress_and_sums

   subroutine failures()
      type(rm_model) :: model
      type(rm_dataset) :: dataset
      type(rm_trainer) :: trainer
      type(rm_trainer_options) :: options
      type(rm_epoch) :: epoch
      type(rm_frame) :: frame
      type(rm_error), allocatable :: error
      call small_training(model, dataset, options)
      call trainer%create(model, dataset, options, error)
      call expect_error(error, RM_ERROR_ARGUMENT, 'response')
      call trainer%epoch(epoch, error)
      call expect_error(error, RM_ERROR_ARGUMENT, 'trainer')
      call dataset%add(frame, error)
      call expect_error(error, RM_ERROR_ARGUMENT, 'structure')
      frame%structure = diamond()
      allocate (frame%forces(3, 8), source=0.0_real64)
      call dataset%add(frame, error)
      call expect_ok(error)
      call expect(dataset%frame_count() == 1, 'one frame')
      call dataset%add_pair(diamond(), diamond(), error)
      call expect_ok(error)
      call expect(dataset%pair_count() == 1, 'one pair')
   end subroutine failures

end program test_train

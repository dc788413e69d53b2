!> Training: frames, responses to noise, the loss and its gradient, datasets and trainers.
module rm_training
   use, intrinsic :: iso_c_binding, only : c_associated, c_double, c_f_pointer, c_funloc, c_int, c_int32_t, c_int64_t, &
      c_loc, c_null_ptr, c_ptr, c_sizeof
   use, intrinsic :: iso_fortran_env, only : int32, int64, real64
   use rm_base, only : address_of, report, report_message, rm_error, rm_handle, rm_structure, to_c, view_of
   use rm_c, only : c_frame => rm_frame, c_structure => rm_structure, rm_dataset_add_frame, rm_dataset_add_pair, &
      rm_dataset_add_structure, rm_dataset_pair_count, &
      rm_dataset_create, rm_dataset_frame_count, rm_dataset_free, rm_dataset_structure_count, rm_epoch, &
      RM_ERROR_ARGUMENT, rm_loss_and_gradient, rm_model_free, RM_OK, c_response_draw => rm_response_draw, &
      rm_response_options, rm_response_options_init, rm_trainer_counts, rm_trainer_create, rm_trainer_epoch, &
      rm_trainer_free, rm_trainer_load, rm_trainer_model, rm_trainer_options, rm_trainer_options_init, &
      rm_trainer_pairs, rm_trainer_save
   use rm_models, only : rm_model
   implicit none
   private

   public :: rm_frame, rm_loss, rm_dataset, rm_trainer, rm_epoch, rm_trainer_options, rm_trainer_defaults, &
      rm_response_options, rm_response_defaults, rm_response_draw, rm_frame_callback, rm_sum_callback, &
      rm_progress_callback

   !> A structure with what the potential should answer.
   type :: rm_frame
      type(rm_structure) :: structure
      real(real64), allocatable :: forces(:, :)     !< (3, n) target forces
      real(real64) :: stress(3, 3) = 0              !< target stress, if has_stress
      logical :: has_stress = .false.
      real(real64) :: weight = 1                    !< factor on the squared errors
   end type rm_frame

   !> Structures to learn from.
   type, extends(rm_handle) :: rm_dataset
   contains
      procedure, private :: add_structure
      procedure, private :: add_frame
      generic :: add => add_structure, add_frame
      procedure :: add_pair
      procedure :: structure_count
      procedure :: frame_count
      procedure :: pair_count
      procedure, private :: assign_dataset
      generic :: assignment(=) => assign_dataset
   end type rm_dataset

   !> A training in progress; one thread at a time.
   type, extends(rm_handle) :: rm_trainer
   contains
      procedure :: create
      procedure :: load
      procedure :: save
      procedure :: epoch
      procedure :: model
      procedure :: counts
      procedure :: pairs
      procedure, private :: assign_trainer
      generic :: assignment(=) => assign_trainer
   end type rm_trainer

   abstract interface
      !> Receives a noisy frame with its index, from 1, and its half-width of noise, angstrom. Setting cancel stops.
      subroutine rm_frame_callback(index, frame, amplitude, cancel)
         import :: int64, real64, rm_frame
         integer(int64), intent(in) :: index
         type(rm_frame), intent(in) :: frame
         real(real64), intent(in) :: amplitude
         logical, intent(inout) :: cancel
      end subroutine rm_frame_callback

      !> Replaces values by their sum over all ranks, as MPI_Allreduce does.
      subroutine rm_sum_callback(values, failed)
         import :: real64
         real(real64), intent(inout) :: values(:)
         logical, intent(inout) :: failed
      end subroutine rm_sum_callback

      !> Progress within an epoch. Setting cancel stops it; the trainer is then as before the epoch.
      subroutine rm_progress_callback(done, total, cancel)
         import :: int64
         integer(int64), intent(in) :: done, total
         logical, intent(inout) :: cancel
      end subroutine rm_progress_callback
   end interface

   !> Draws the responses to noise of one relaxed structure, as a trainer does.
   interface rm_response_draw
      module procedure :: draw
   end interface rm_response_draw

   type :: callbacks
      procedure(rm_frame_callback), pointer, nopass :: frame => null()
      procedure(rm_sum_callback), pointer, nopass :: sum => null()
      procedure(rm_progress_callback), pointer, nopass :: progress => null()
   end type callbacks

contains

   !> The settings of a preset (RM_PRESET_...), to be changed and passed as response.
   function rm_response_defaults(preset) result(options)
      integer(c_int), intent(in) :: preset
      type(rm_response_options) :: options
      call rm_response_options_init(options, c_sizeof(options), preset)
   end function rm_response_defaults

   !> The settings of a preset (RM_PRESET_...), to be changed and passed as options.
   function rm_trainer_defaults(preset) result(options)
      integer(c_int), intent(in) :: preset
      type(rm_trainer_options) :: options
      call rm_trainer_options_init(options, c_sizeof(options), preset)
   end function rm_trainer_defaults

   ! -- frames and loss ------------------------------------------------------------------------------------------------

   subroutine frame_view(frame, view, error)
      type(rm_frame), intent(in), target :: frame
      type(c_frame), intent(out) :: view
      type(rm_error), allocatable, intent(out) :: error
      call view_of(frame%structure, view%structure, error)
      if (allocated(error)) return
      if (.not. allocated(frame%forces)) then
         call report_message(RM_ERROR_ARGUMENT, 'frame: forces must be allocated', error)
      else if (size(frame%forces, 1) /= 3 .or. size(frame%forces, 2) /= view%structure%atom_count) then
         call report_message(RM_ERROR_ARGUMENT, 'frame: forces must have the shape (3, size(numbers))', error)
      else
         view%forces = c_loc(frame%forces)
         if (frame%has_stress) view%stress = c_loc(frame%stress)
         view%weight = frame%weight
      end if
   end subroutine frame_view

   !> The loss of a batch, its gradient(parameter_count), and root mean square errors.
   subroutine rm_loss(model, frames, force_weight, stress_weight, loss, error, gradient, threads, force_error, &
                      stress_error)
      class(rm_model), intent(in) :: model
      type(rm_frame), intent(in), target :: frames(:)
      real(real64), intent(in) :: force_weight, stress_weight
      real(real64), intent(inout) :: loss
      type(rm_error), allocatable, intent(out) :: error
      real(real64), intent(inout), optional, contiguous, target :: gradient(:)
      integer(int32), intent(in), optional :: threads
      real(real64), intent(inout), optional, target :: force_error, stress_error
      type(c_frame) :: views(size(frames))
      integer(c_int32_t) :: thread_count
      integer :: i
      do i = 1, size(frames)
         call frame_view(frames(i), views(i), error)
         if (allocated(error)) return
      end do
      if (present(gradient)) then
         if (size(gradient, kind=c_int64_t) /= model%parameter_count()) then
            call report_message(RM_ERROR_ARGUMENT, 'gradient: the size must be that of the model''s parameters', error)
            return
         end if
      end if
      thread_count = 1
      if (present(threads)) thread_count = threads
      call report(rm_loss_and_gradient(model%raw(), size(frames, kind=c_int64_t), views, force_weight, stress_weight, &
                                       thread_count, loss, address_of(gradient), address_of(force_error), &
                                       address_of(stress_error)), error)
   end subroutine rm_loss

   subroutine draw(structure, options, seed, frame, error)
      type(rm_structure), intent(in), target :: structure
      type(rm_response_options), intent(in) :: options
      integer(int64), intent(in) :: seed
      procedure(rm_frame_callback) :: frame
      type(rm_error), allocatable, intent(out) :: error
      type(c_structure) :: view
      type(callbacks), target :: called
      call view_of(structure, view, error)
      if (allocated(error)) return
      called%frame => frame
      call report(c_response_draw(view, options, seed, c_funloc(receive_frame), c_loc(called)), error)
   end subroutine draw

   function receive_frame(user, index, c_drawn, amplitude) bind(c, name='') result(stop_now)
      type(c_ptr), value :: user
      integer(c_int64_t), value :: index
      type(c_frame), intent(in) :: c_drawn
      real(c_double), value :: amplitude
      integer(c_int) :: stop_now
      type(callbacks), pointer :: called
      type(rm_frame) :: drawn
      integer(c_int32_t), pointer :: numbers(:)
      real(c_double), pointer :: matrix(:, :)
      integer :: atoms
      logical :: cancel
      call c_f_pointer(user, called)
      atoms = c_drawn%structure%atom_count
      call c_f_pointer(c_drawn%structure%numbers, numbers, [atoms])
      drawn%structure%numbers = numbers
      call c_f_pointer(c_drawn%structure%positions, matrix, [3, atoms])
      drawn%structure%positions = matrix
      call c_f_pointer(c_drawn%forces, matrix, [3, atoms])
      drawn%forces = matrix
      if (c_associated(c_drawn%structure%cell)) then
         call c_f_pointer(c_drawn%structure%cell, matrix, [3, 3])
         drawn%structure%cell = matrix
      end if
      drawn%structure%periodic = c_drawn%structure%periodic /= 0
      drawn%has_stress = c_associated(c_drawn%stress)
      if (drawn%has_stress) then
         call c_f_pointer(c_drawn%stress, matrix, [3, 3])
         drawn%stress = matrix
      end if
      drawn%weight = c_drawn%weight
      cancel = .false.
      call called%frame(index + 1, drawn, amplitude, cancel)
      stop_now = merge(1_c_int, 0_c_int, cancel)
   end function receive_frame

   ! -- datasets -------------------------------------------------------------------------------------------------------

   !> A dataset comes into being with what is first added.
   subroutine need_dataset(self, error)
      class(rm_dataset), intent(inout) :: self
      type(rm_error), allocatable, intent(out) :: error
      type(c_ptr) :: new
      integer(c_int) :: status
      if (c_associated(self%raw())) return
      new = c_null_ptr
      status = rm_dataset_create(new)
      call report(status, error)
      if (status == RM_OK) call self%own(new, rm_dataset_free)
   end subroutine need_dataset

   !> Adds a relaxed structure, whose responses will be drawn.
   subroutine add_structure(self, structure, error)
      class(rm_dataset), intent(inout) :: self
      type(rm_structure), intent(in), target :: structure
      type(rm_error), allocatable, intent(out) :: error
      type(c_structure) :: view
      call view_of(structure, view, error)
      if (.not. allocated(error)) call need_dataset(self, error)
      if (.not. allocated(error)) call report(rm_dataset_add_structure(self%raw(), view), error)
   end subroutine add_structure

   !> Adds a frame with targets.
   subroutine add_frame(self, frame, error)
      class(rm_dataset), intent(inout) :: self
      type(rm_frame), intent(in), target :: frame
      type(rm_error), allocatable, intent(out) :: error
      type(c_frame) :: view
      call frame_view(frame, view, error)
      if (.not. allocated(error)) call need_dataset(self, error)
      if (.not. allocated(error)) call report(rm_dataset_add_frame(self%raw(), view), error)
   end subroutine add_frame

   !> Adds two structures of the same contents of which lower is to have the lower pseudo-energy.
   subroutine add_pair(self, lower, higher, error)
      class(rm_dataset), intent(inout) :: self
      type(rm_structure), intent(in), target :: lower, higher
      type(rm_error), allocatable, intent(out) :: error
      type(c_structure) :: low, high
      call view_of(lower, low, error)
      if (.not. allocated(error)) call view_of(higher, high, error)
      if (.not. allocated(error)) call need_dataset(self, error)
      if (.not. allocated(error)) call report(rm_dataset_add_pair(self%raw(), low, high), error)
   end subroutine add_pair

   function structure_count(self) result(count)
      class(rm_dataset), intent(in) :: self
      integer(int64) :: count
      count = rm_dataset_structure_count(self%raw())
   end function structure_count

   function frame_count(self) result(count)
      class(rm_dataset), intent(in) :: self
      integer(int64) :: count
      count = rm_dataset_frame_count(self%raw())
   end function frame_count

   function pair_count(self) result(count)
      class(rm_dataset), intent(in) :: self
      integer(int64) :: count
      count = rm_dataset_pair_count(self%raw())
   end function pair_count

   subroutine assign_dataset(self, other)
      class(rm_dataset), intent(inout) :: self
      type(rm_dataset), intent(in) :: other
      call self%share(other)
   end subroutine assign_dataset

   ! -- trainers -------------------------------------------------------------------------------------------------------

   !> Prepares to train a model, whose weights are the start. response: how to draw noise, unless the dataset has frames
   !> only. sum: for a training over several ranks.
   subroutine create(self, model, dataset, options, error, response, sum, progress)
      class(rm_trainer), intent(inout) :: self
      class(rm_model), intent(in) :: model
      class(rm_dataset), intent(in) :: dataset
      type(rm_trainer_options), intent(in) :: options
      type(rm_error), allocatable, intent(out) :: error
      type(rm_response_options), intent(in), optional, target :: response
      procedure(rm_sum_callback), optional :: sum
      procedure(rm_progress_callback), optional :: progress
      type(rm_trainer_options) :: chosen
      class(*), allocatable :: baggage
      type(c_ptr) :: new
      integer(c_int) :: status
      call carry(options, sum, progress, chosen, baggage)
      new = c_null_ptr
      status = rm_trainer_create(model%raw(), dataset%raw(), address_of(response), chosen, new)
      call report(status, error)
      if (status == RM_OK) call self%own(new, rm_trainer_free, baggage)
   end subroutine create

   !> Goes on from a checkpoint; dataset, options and response as they were given to create.
   subroutine load(self, path, dataset, options, error, response, sum, progress)
      class(rm_trainer), intent(inout) :: self
      character(len=*), intent(in) :: path
      class(rm_dataset), intent(in) :: dataset
      type(rm_trainer_options), intent(in) :: options
      type(rm_error), allocatable, intent(out) :: error
      type(rm_response_options), intent(in), optional, target :: response
      procedure(rm_sum_callback), optional :: sum
      procedure(rm_progress_callback), optional :: progress
      type(rm_trainer_options) :: chosen
      class(*), allocatable :: baggage
      type(c_ptr) :: new
      integer(c_int) :: status
      call carry(options, sum, progress, chosen, baggage)
      new = c_null_ptr
      status = rm_trainer_load(to_c(path), dataset%raw(), address_of(response), chosen, new)
      call report(status, error)
      if (status == RM_OK) call self%own(new, rm_trainer_free, baggage)
   end subroutine load

   !> Options with the callbacks in them, which are to live as long as the trainer does.
   subroutine carry(options, sum, progress, chosen, baggage)
      type(rm_trainer_options), intent(in) :: options
      procedure(rm_sum_callback), optional :: sum
      procedure(rm_progress_callback), optional :: progress
      type(rm_trainer_options), intent(out) :: chosen
      class(*), intent(out), allocatable, target :: baggage
      chosen = options
      allocate (callbacks :: baggage)
      select type (baggage)
      type is (callbacks)
         if (present(sum)) then
            baggage%sum => sum
            chosen%sum = c_funloc(sum_up)
            chosen%sum_user = c_loc(baggage)
         end if
         if (present(progress)) then
            baggage%progress => progress
            chosen%progress = c_funloc(note_progress)
            chosen%progress_user = c_loc(baggage)
         end if
      end select
   end subroutine carry

   !> Writes a checkpoint.
   subroutine save(self, path, error)
      class(rm_trainer), intent(in) :: self
      character(len=*), intent(in) :: path
      type(rm_error), allocatable, intent(out) :: error
      call report(rm_trainer_save(self%raw(), to_c(path)), error)
   end subroutine save

   !> Trains for one epoch.
   subroutine epoch(self, result, error)
      class(rm_trainer), intent(in) :: self
      type(rm_epoch), intent(inout) :: result
      type(rm_error), allocatable, intent(out) :: error
      call report(rm_trainer_epoch(self%raw(), result), error)
   end subroutine epoch

   !> The model with the least validation loss so far, or with best=.false. that of the present weights.
   subroutine model(self, trained, error, best)
      class(rm_trainer), intent(in) :: self
      class(rm_model), intent(inout) :: trained
      type(rm_error), allocatable, intent(out) :: error
      logical, intent(in), optional :: best
      integer(c_int32_t) :: which
      type(c_ptr) :: new
      integer(c_int) :: status
      which = 1
      if (present(best)) which = merge(1_c_int32_t, 0_c_int32_t, best)
      new = c_null_ptr
      status = rm_trainer_model(self%raw(), which, new)
      call report(status, error)
      if (status == RM_OK) call trained%own(new, rm_model_free)
   end subroutine model

   !> Training and validation frames of the fixed set.
   subroutine counts(self, training, validation, error)
      class(rm_trainer), intent(in) :: self
      integer(int64), intent(inout) :: training, validation
      type(rm_error), allocatable, intent(out) :: error
      call report(rm_trainer_counts(self%raw(), training, validation), error)
   end subroutine counts

   !> Pairs in the epoch done last: their mean loss without its weight, and the share in the right order.
   subroutine pairs(self, loss, order, error)
      class(rm_trainer), intent(in) :: self
      real(real64), intent(inout) :: loss, order
      type(rm_error), allocatable, intent(out) :: error
      call report(rm_trainer_pairs(self%raw(), loss, order), error)
   end subroutine pairs

   subroutine assign_trainer(self, other)
      class(rm_trainer), intent(inout) :: self
      type(rm_trainer), intent(in) :: other
      call self%share(other)
   end subroutine assign_trainer

   function sum_up(user, values, count) bind(c, name='') result(status)
      type(c_ptr), value :: user
      integer(c_int64_t), value :: count
      real(c_double), intent(inout) :: values(count)
      integer(c_int) :: status
      type(callbacks), pointer :: called
      logical :: failed
      call c_f_pointer(user, called)
      failed = .false.
      call called%sum(values, failed)
      status = merge(1_c_int, 0_c_int, failed)
   end function sum_up

   function note_progress(user, done, total) bind(c, name='') result(stop_now)
      type(c_ptr), value :: user
      integer(c_int64_t), value :: done, total
      integer(c_int) :: stop_now
      type(callbacks), pointer :: called
      logical :: cancel
      call c_f_pointer(user, called)
      cancel = .false.
      call called%progress(done, total, cancel)
      stop_now = merge(1_c_int, 0_c_int, cancel)
   end function note_progress

end module rm_training

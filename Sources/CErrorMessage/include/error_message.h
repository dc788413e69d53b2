/* The message of the last failure on each thread. In C, as Swift has no thread-local variables; the memory goes with
 * the thread. */
#ifndef RM_ERROR_MESSAGE_H
#define RM_ERROR_MESSAGE_H

enum { error_message_capacity = 1024 };

/** The calling thread's buffer[error_message_capacity]; all zeros at first. */
char *error_message(void);

#endif

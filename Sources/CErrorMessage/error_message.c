#include "error_message.h"

char *error_message(void) {
    static _Thread_local char message[error_message_capacity];
    return message;
}

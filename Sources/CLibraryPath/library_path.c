#define _GNU_SOURCE
#include "library_path.h"

#include <dlfcn.h>
#include <stddef.h>

const char *library_path(void)
{
    static const char here;
    Dl_info place;
    return dladdr(&here, &place) ? place.dli_fname : NULL;
}

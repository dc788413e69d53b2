#ifndef LIBRARY_PATH_H
#define LIBRARY_PATH_H

/** The file that this code was loaded from, as the loader knows it; NULL if it does not. Glibc shows `dladdr` to C with
 *  _GNU_SOURCE alone, which Swift's module of it does not define. */
const char *library_path(void);

#endif

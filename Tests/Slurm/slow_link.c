// Loaded into workers by Tests/Slurm/check.sh: every link(2) takes a second longer, so that units last as long as a cluster
// takes to break. SLOW_LINK_SECONDS says how long.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

int link(const char *from, const char *to) {
  int (*real)(const char *, const char *) = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "link");
  const char *seconds = getenv("SLOW_LINK_SECONDS");
  if (!real) abort();
  usleep((useconds_t)((seconds ? atof(seconds) : 1) * 1e6));
  return real(from, to);
}

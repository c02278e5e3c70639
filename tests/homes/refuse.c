/* A file system that refuses what some network shares refuse, for the process that loads this before its libraries.

   The file that REFUSED_BY names holds the words of what is refused now. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int is_refused(const char *word) {
  char words[256];
  const char *path = getenv("REFUSED_BY");
  int saved = errno, file = path ? open(path, O_RDONLY) : -1;
  if (file < 0) return 0;
  ssize_t size = read(file, words, sizeof words - 1);
  close(file);
  errno = saved;
  words[size > 0 ? size : 0] = 0;
  return strstr(words, word) != NULL;
}

static int refuse(int number) {
  errno = number;
  return -1;
}

static int is_lock(int command) { return command == F_SETLK || command == F_SETLKW || command == F_GETLK; }

int fcntl(int file, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void *value = va_arg(rest, void *);
  va_end(rest);
  return is_lock(command) && is_refused("locks") ? refuse(ENOLCK) : REAL(fcntl)(file, command, value);
}

int fcntl64(int file, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void *value = va_arg(rest, void *);
  va_end(rest);
  return is_lock(command) && is_refused("locks") ? refuse(ENOLCK) : REAL(fcntl)(file, command, value);
}

int mkfifo(const char *path, mode_t mode) { return is_refused("pipes") ? refuse(EPERM) : REAL(mkfifo)(path, mode); }

int chmod(const char *path, mode_t mode) { return is_refused("rights") ? refuse(EPERM) : REAL(chmod)(path, mode); }

int fchmod(int file, mode_t mode) { return is_refused("rights") ? refuse(EPERM) : REAL(fchmod)(file, mode); }

static int is_shared_file(int flags, int file) { return file >= 0 && flags & MAP_SHARED && is_refused("memory"); }

void *mmap(void *at, size_t size, int rights, int flags, int file, off_t from) {
  if (is_shared_file(flags, file)) return refuse(ENODEV), MAP_FAILED;
  return REAL(mmap)(at, size, rights, flags, file, from);
}

void *mmap64(void *at, size_t size, int rights, int flags, int file, off_t from) {
  if (is_shared_file(flags, file)) return refuse(ENODEV), MAP_FAILED;
  return REAL(mmap)(at, size, rights, flags, file, from);
}

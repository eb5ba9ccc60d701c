"""A system that fails on demand under real processes: a clock that is put, a disk without a byte left. Needs no root.

A few lines of C stand before libc's own functions in every process that has `environment`. Python, SQLite and the Rust
libraries all ask those. What the kernel itself stamps, such as the times of files, stays as it is.
"""

import shutil
import struct
import subprocess
import sys
from pathlib import Path

SOURCE = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static long long nothing[2];

static volatile long long *told(void) {
    static volatile long long *shared = 0;
    if (shared) return shared;
    const char *path = getenv("FAULTY_SYSTEM");
    int file = path ? open(path, O_RDONLY) : -1;
    if (file < 0) return nothing;
    void *at = mmap(0, sizeof nothing, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    return shared = at == MAP_FAILED ? nothing : at;
}

static int full(int file) {
    if (!told()[1]) return 0;
    const char *disk = getenv("FAULTY_SYSTEM_DISK");
    char link[32], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (!disk || length < 0 || strncmp(path, disk, strlen(disk))) return 0;
    errno = ENOSPC;
    return 1;
}

ssize_t write(int file, const void *data, size_t size) {
    return size && full(file) ? -1 : syscall(SYS_write, file, data, size);
}

ssize_t pwrite64(int file, const void *data, size_t size, off64_t at) {
    return size && full(file) ? -1 : syscall(SYS_pwrite64, file, data, size, at);
}

ssize_t pwrite(int file, const void *data, size_t size, off_t at) {
    return pwrite64(file, data, size, at);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
    return full(file) ? -1 : syscall(SYS_writev, file, parts, count);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = syscall(SYS_clock_gettime, clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += told()[0];
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec precise;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &precise)) return -1;
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *to) {
    struct timespec precise;
    clock_gettime(CLOCK_REALTIME, &precise);
    if (to) *to = precise.tv_sec;
    return precise.tv_sec;
}
"""


def why_not() -> str | None:
    """Why there can be no such system here; None where there can."""
    if sys.platform != "linux":
        return "only Linux puts a library before libc by LD_PRELOAD"
    return None if shutil.which("cc") else "there is no C compiler"


class FaultySystem:
    """What the processes with `environment` see; nothing is wrong until it is said. `disk` is a folder."""

    def __init__(self, folder: Path, disk: Path) -> None:
        source, library, self._file = folder / "faulty.c", folder / "faulty.so", folder / "faulty"
        source.write_text(SOURCE)
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
        self._file.write_bytes(struct.pack("qq", 0, 0))
        self.environment = {
            "LD_PRELOAD": str(library),
            "FAULTY_SYSTEM": str(self._file),
            "FAULTY_SYSTEM_DISK": f"{disk.resolve()}/",
        }

    def put_clock(self, seconds: int) -> None:
        """So far ahead of the real one, or behind it."""
        tell(self._file, 0, seconds)

    def fill_disk(self, full: bool) -> None:
        """No write to a file on the disk goes through any more, or all do again."""
        tell(self._file, 1, int(full))


def tell(file: Path, place: int, value: int) -> None:
    """In place, as processes have mapped this very file. Also for a process that is in such a system itself."""
    with file.open("r+b", buffering=0) as opened:
        opened.seek(8 * place)
        opened.write(struct.pack("q", value))

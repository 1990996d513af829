/* Makes one call of a chosen kind fail, in the program that it is preloaded into (LD_PRELOAD). The environment variable
 * FAULTS names a file, which is mapped and shared with faults_test.py: there the test reads how often each kind was
 * called by whom, and says which call shall fail, while the program runs. Who calls is told by the return address, so
 * that our own code can be told from libraries, and those from each other. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* clang-format off */
#define KINDS(X) \
    X(malloc) X(calloc) X(realloc) X(strdup) X(posix_memalign) X(mmap) X(read) X(write) X(send) X(recv) X(poll) \
    X(epoll_create1) X(epoll_ctl) X(epoll_wait) X(eventfd) X(signalfd) X(socket) X(bind) X(listen) X(connect) \
    X(accept4) X(getsockname) X(getsockopt) X(setsockopt) X(fcntl) X(open) X(fopen) X(fsync) X(prctl) \
    X(pthread_create) X(clock_gettime)
/* clang-format on */
#define CALLERS(X) X(own) X(libpq) X(protobuf) X(libzmq) X(rest)

#define ENUMERATOR(name) OF_##name,
#define TEXT(name) #name,
enum kind { KINDS(ENUMERATOR) KIND_COUNT };
enum caller { CALLERS(ENUMERATOR) CALLER_COUNT };

/* A place where a kind of call is made: the kind, who calls, and the offset of the return address in that program or
 * library; 1 for the rest, which may lie anywhere. */
#define PLACES 4096
#define PLACE(kind, caller, offset) ((uint64_t)(kind) << 56 | (uint64_t)(caller) << 48 | (offset))

/* The file. faults_test.py knows this layout. */
struct control {
    char kinds[64][16], callers[8][16]; /* their names, written here */
    struct {
        _Atomic uint64_t place, count; /* calls so far; place 0: free */
    } places[PLACES];
    _Atomic int64_t countdown; /* of calls from this place: the one that takes it to 0 fails */
    uint64_t place;
    int32_t error; /* errno; 0: half of the bytes are read or written */
    _Atomic uint32_t fired;
};

static struct control *control;

struct range {
    uintptr_t base, first, last;
    enum caller caller;
};
static struct range ranges[64];
static size_t range_count;

static enum caller caller_of_object(const char *name)
{
    static const struct {
        const char *part;
        enum caller caller;
    } parts[] = {{"/libpq.so", OF_libpq},
                 {"/libprotobuf-c.so", OF_protobuf},
                 {"/libzmq.so", OF_libzmq},
                 {"/libstdc++.so", OF_libzmq}}; /* which allocates for libzmq */
    if (*name == '\0')
        return OF_own;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strstr(name, parts[i].part) != NULL)
            return parts[i].caller;
    return OF_rest;
}

static int note_object(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    (void)context;
    enum caller caller = caller_of_object(info->dlpi_name);
    for (int i = 0; i < info->dlpi_phnum && caller != OF_rest && range_count < sizeof ranges / sizeof *ranges; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X) != 0) {
            uintptr_t first = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            ranges[range_count++] = (struct range){info->dlpi_addr, first, first + info->dlpi_phdr[i].p_memsz, caller};
        }
    return 0;
}

static __attribute__((constructor)) void begin(void)
{
    static const char *const kinds[] = {KINDS(TEXT)}, *const callers[] = {CALLERS(TEXT)};
    const char *path = getenv("FAULTS");
    int file = path == NULL ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
    if (file < 0)
        return;
    struct control *mapped =
        (struct control *)syscall(SYS_mmap, NULL, sizeof *mapped, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    dl_iterate_phdr(note_object, NULL);
    for (size_t i = 0; i < KIND_COUNT; i++)
        strcpy(mapped->kinds[i], kinds[i]);
    for (size_t i = 0; i < CALLER_COUNT; i++)
        strcpy(mapped->callers[i], callers[i]);
    control = mapped;
}

static uint64_t place_of(enum kind kind, const void *address)
{
    for (size_t i = 0; i < range_count; i++)
        if ((uintptr_t)address >= ranges[i].first && (uintptr_t)address < ranges[i].last)
            return PLACE(kind, ranges[i].caller, (uintptr_t)address - ranges[i].base);
    return PLACE(kind, OF_rest, 1);
}

static void count(uint64_t place)
{
    for (size_t i = place % PLACES, tries = 0; tries < PLACES; i = (i + 1) % PLACES, tries++) {
        uint64_t found = 0;
        if (atomic_compare_exchange_strong(&control->places[i].place, &found, place) || found == place) {
            atomic_fetch_add(&control->places[i].count, 1);
            return;
        }
    }
}

enum verdict { PASS, FAIL, HALF };

/* Counts the call, and sets errno when it shall fail. */
static enum verdict judge(enum kind kind, const void *address)
{
    if (control == NULL)
        return PASS;
    static _Atomic bool begun; /* what libraries do before main is not our service's way */
    uint64_t place = place_of(kind, address);
    if ((place >> 48 & 0xff) == OF_own)
        atomic_store(&begun, true);
    if (!atomic_load(&begun))
        return PASS;
    count(place);
    if (control->place != place || atomic_load(&control->countdown) <= 0 ||
        atomic_fetch_sub(&control->countdown, 1) != 1)
        return PASS;
    atomic_store(&control->fired, 1);
    errno = control->error;
    return control->error == 0 ? HALF : FAIL;
}

#define JUDGE(kind) judge(OF_##kind, __builtin_return_address(0))
#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

/* Memory. glibc has its own functions under these names too, which need no look-up. */

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *memory, size_t bytes);
extern void *__libc_memalign(size_t alignment, size_t bytes);

void *malloc(size_t bytes)
{
    return JUDGE(malloc) == PASS ? __libc_malloc(bytes) : NULL;
}

void *calloc(size_t count, size_t bytes)
{
    return JUDGE(calloc) == PASS ? __libc_calloc(count, bytes) : NULL;
}

void *realloc(void *memory, size_t bytes)
{
    return JUDGE(realloc) == PASS ? __libc_realloc(memory, bytes) : NULL;
}

void *reallocarray(void *memory, size_t count, size_t bytes)
{
    return JUDGE(realloc) == PASS && !__builtin_mul_overflow(count, bytes, &bytes) ? __libc_realloc(memory, bytes)
                                                                                   : NULL;
}

int posix_memalign(void **out_memory, size_t alignment, size_t bytes)
{
    if (JUDGE(posix_memalign) != PASS)
        return ENOMEM;
    *out_memory = __libc_memalign(alignment, bytes);
    return *out_memory == NULL ? ENOMEM : 0;
}

char *strdup(const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = JUDGE(strdup) == PASS ? __libc_malloc(bytes) : NULL;
    return copy == NULL ? NULL : memcpy(copy, text, bytes);
}

void *mmap(void *at, size_t bytes, int protection, int flags, int file, off_t offset)
{
    return JUDGE(mmap) == PASS ? (void *)syscall(SYS_mmap, at, bytes, protection, flags, file, offset) : MAP_FAILED;
}

/* Reading and writing. A connection that fails is gone for the other side as well. */

static ssize_t failed(int file)
{
    if (errno == ECONNRESET || errno == EPIPE) {
        int error = errno;
        shutdown(file, SHUT_RDWR);
        errno = error;
    }
    return -1;
}

static size_t half(enum verdict verdict, size_t bytes)
{
    return verdict == HALF ? (bytes + 1) / 2 : bytes;
}

#define TRANSFER(name, data_type, parameters, ...)                                                                     \
    ssize_t name(int file, data_type data, size_t bytes parameters)                                                    \
    {                                                                                                                  \
        enum verdict verdict = JUDGE(name);                                                                            \
        return verdict == FAIL ? failed(file) : REAL(name)(file, data, half(verdict, bytes) __VA_ARGS__);              \
    }
#define COMMA ,

TRANSFER(read, void *, )
TRANSFER(write, const void *, )
TRANSFER(send, const void *, COMMA int flags, , flags)
TRANSFER(recv, void *, COMMA int flags, , flags)

/* What simply says -1. */

#define CALL(name, parameters, arguments)                                                                              \
    int name parameters                                                                                                \
    {                                                                                                                  \
        return JUDGE(name) == PASS ? REAL(name) arguments : -1;                                                        \
    }

CALL(poll, (struct pollfd * items, nfds_t count, int wait_ms), (items, count, wait_ms))
CALL(epoll_create1, (int flags), (flags))
CALL(epoll_ctl, (int epoll, int operation, int file, struct epoll_event *event), (epoll, operation, file, event))
CALL(epoll_wait, (int epoll, struct epoll_event *events, int most, int wait_ms), (epoll, events, most, wait_ms))
CALL(eventfd, (unsigned count, int flags), (count, flags))
CALL(signalfd, (int file, const sigset_t *mask, int flags), (file, mask, flags))
CALL(socket, (int domain, int type, int protocol), (domain, type, protocol))
CALL(bind, (int file, const struct sockaddr *address, socklen_t bytes), (file, address, bytes))
CALL(listen, (int file, int most), (file, most))
CALL(connect, (int file, const struct sockaddr *address, socklen_t bytes), (file, address, bytes))
CALL(accept4, (int file, struct sockaddr *address, socklen_t *bytes, int flags), (file, address, bytes, flags))
CALL(getsockname, (int file, struct sockaddr *address, socklen_t *bytes), (file, address, bytes))
CALL(getsockopt, (int file, int level, int option, void *value, socklen_t *bytes), (file, level, option, value, bytes))
CALL(setsockopt, (int file, int level, int option, const void *value, socklen_t bytes),
     (file, level, option, value, bytes))
CALL(fsync, (int file), (file))
CALL(clock_gettime, (clockid_t id, struct timespec *out_time), (id, out_time))

int pthread_create(pthread_t *out_thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context)
{
    return JUDGE(pthread_create) == PASS ? REAL(pthread_create)(out_thread, attributes, run, context) : errno;
}

FILE *fopen(const char *path, const char *mode)
{
    return JUDGE(fopen) == PASS ? REAL(fopen)(path, mode) : NULL;
}

/* Arguments after the first or second are passed on, whether they were given or not. */

int fcntl(int file, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    return JUDGE(fcntl) == PASS ? REAL(fcntl)(file, command, argument) : -1;
}

int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    int mode = va_arg(arguments, int);
    va_end(arguments);
    return JUDGE(open) == PASS ? REAL(open)(path, flags, mode) : -1;
}

int prctl(int option, ...)
{
    unsigned long given[4];
    va_list arguments;
    va_start(arguments, option);
    for (int i = 0; i < 4; i++)
        given[i] = va_arg(arguments, unsigned long);
    va_end(arguments);
    return JUDGE(prctl) == PASS ? REAL(prctl)(option, given[0], given[1], given[2], given[3]) : -1;
}

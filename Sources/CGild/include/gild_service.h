#ifndef GILD_SERVICE_H
#define GILD_SERVICE_H

/* Unix sockets of datagrams (the journal's and the service manager's), sealed memory files, and signals taken by a thread:
 * what needs ancillary data, unions, or system calls that glibc hides without _GNU_SOURCE. Everything is static inline. */

#include <stdint.h>
#include <stddef.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#pragma clang assume_nonnull begin

/* Bytes of sun_path. */
static inline size_t gild_socket_path_capacity(void) { return sizeof(((struct sockaddr_un *)0)->sun_path); }

/* The address of a path, or of an abstract name where it begins with '@'; returns its length, 0 when it does not fit. */
static inline socklen_t gild_socket_address(struct sockaddr_un *address, const char *path) {
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof address->sun_path) return 0;
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, length);
    if (path[0] == '@') {
        address->sun_path[0] = 0;
        return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    }
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
}

/* A close-on-exec AF_UNIX datagram socket with a send buffer of this size, as far as that is allowed; -1 and errno. */
static inline int gild_datagram_socket(int size) {
    int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s >= 0) (void)setsockopt(s, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    return s;
}

/* One datagram to `path`, without waiting and without SIGPIPE; 0 or errno. */
static inline int gild_send_datagram(int s, const char *path, const void *bytes, size_t count) {
    struct sockaddr_un address;
    socklen_t length = gild_socket_address(&address, path);
    if (length == 0) return ENAMETOOLONG;
    ssize_t sent = sendto(s, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&address, length);
    return sent < 0 ? errno : 0;
}

/* An empty datagram to `path` that carries a descriptor; 0 or errno. */
static inline int gild_send_descriptor(int s, const char *path, int descriptor) {
    struct sockaddr_un address;
    socklen_t length = gild_socket_address(&address, path);
    if (length == 0) return ENAMETOOLONG;
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    memset(&control, 0, sizeof control);
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_name = &address;
    message.msg_namelen = length;
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    return sendmsg(s, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? errno : 0;
}

/* Receive one datagram without waiting longer than the socket's timeout; a descriptor that came with it goes to *descriptor
 * (else -1). Returns the bytes, or -1 and errno. */
static inline ssize_t gild_receive_datagram(int s, void *bytes, size_t capacity, int *descriptor) {
    struct iovec vector = { bytes, capacity };
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    *descriptor = -1;
    ssize_t count = recvmsg(s, &message, MSG_CMSG_CLOEXEC);
    if (count < 0) return count;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
        memcpy(descriptor, CMSG_DATA(header), sizeof *descriptor);
    return count;
}

/* A memory file with these bytes that nobody can change any more; -1 and errno. */
static inline int gild_sealed_memory_file(const char *name, const void *bytes, size_t count) {
    int file = (int)syscall(SYS_memfd_create, name, 3u /* MFD_CLOEXEC | MFD_ALLOW_SEALING */);
    if (file < 0) return -1;
    size_t written = 0;
    while (written < count) {
        ssize_t step = write(file, (const char *)bytes + written, count - written);
        if (step < 0 && errno == EINTR) continue;
        if (step <= 0) goto failed;
        written += (size_t)step;
    }
    /* F_ADD_SEALS: F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE */
    if (fcntl(file, 1024 + 9, 0x0001 | 0x0002 | 0x0004 | 0x0008) == 0) return file;
failed: {
    int number = errno;
    close(file);
    errno = number;
    return -1;
}
}

/* Wait for one of the signals (which every thread must block); returns its number, or -1 and errno (EINTR). */
static inline int gild_wait_for_signal(const sigset_t *signals, int *sender) {
    siginfo_t information;
    int number = sigwaitinfo(signals, &information);
    *sender = number > 0 && information.si_code <= 0 ? (int)information.si_pid : 0;
    return number;
}

/* Name the calling thread, at most 15 bytes. */
static inline void gild_name_thread(const char *name) { (void)prctl(PR_SET_NAME, name, 0, 0, 0); }

/* The last real-time signal that an application may use; SIGRTMAX is a call, which Swift does not see. */
static inline int gild_last_realtime_signal(void) { return SIGRTMAX; }

/* A condition variable whose deadlines are CLOCK_MONOTONIC. */
static inline int gild_condition_init(pthread_cond_t *condition) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    int failure = pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
    return failure;
}

#pragma clang assume_nonnull end

#endif

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * notify.c - what the service manager is told, and what it keeps for us.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "notify.h"

/* A socket to the manager, or -1. */
static int notify_open(struct sockaddr_un *to, socklen_t *len)
{
	const char *name = getenv("NOTIFY_SOCKET");
	size_t size = name ? strlen(name) : 0;

	if (!size || size >= sizeof(to->sun_path) || (*name != '/' && *name != '@'))
		return -1;
	*to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(to->sun_path, name, size);
	/* An abstract name begins with a byte 0. */
	if (*name == '@')
		to->sun_path[0] = '\0';
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static bool notify_send(const char *state, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec part = { .iov_base = (void *)state, .iov_len = strlen(state) };
	struct sockaddr_un to;
	struct msghdr msg = { .msg_name = &to, .msg_iov = &part, .msg_iovlen = 1 };
	int sock = notify_open(&to, &msg.msg_namelen);
	bool sent;

	if (sock < 0)
		return false;
	if (fd >= 0) {
		struct cmsghdr *header = (struct cmsghdr *)control;

		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	}
	sent = sendmsg(sock, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
	close(sock);
	return sent;
}

bool notify_state(const char *state)
{
	return notify_send(state, -1);
}

bool notify_keep(const char *name, int fd)
{
	char text[128];

	snprintf(text, sizeof(text), "FDSTORE=1\nFDNAME=%.64s", name);
	return notify_send(text, fd);
}

bool notify_forget(const char *name)
{
	char text[128];

	snprintf(text, sizeof(text), "FDSTOREREMOVE=1\nFDNAME=%.64s", name);
	return notify_send(text, -1);
}

void notify_take(void (*fn)(void *arg, const char *name, int fd), void *arg)
{
	char **names = NULL;
	int nr = sd_listen_fds_with_names(1, &names);

	for (int i = 0; i < nr; i++) {
		fn(arg, names[i], SD_LISTEN_FDS_START + i);
		free(names[i]);
	}
	free(names);
}

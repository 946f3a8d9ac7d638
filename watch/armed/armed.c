// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * armed.c - the process that takes the next dump, as the daemon sees it.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "armed.h"
#include "watch/child/child.h"
#include "watch/hold/hold.h"

int armed_start(struct armed *a, const struct armed_params *params)
{
	int socks[2], keep[2], ret;

	*a = (struct armed)ARMED_INIT;
	a->fd = hold_create();
	if (a->fd < 0)
		return a->fd;
	ret = child_pair(socks);
	if (ret) {
		armed_stop(a);
		return ret;
	}
	a->sock = socks[0];
	keep[0] = a->fd;
	keep[1] = socks[1];
	a->pid = child_fork(keep, 2);
	if (!a->pid)
		armed_child(socks[1], a->fd, params);
	ret = a->pid < 0 ? -errno : 0;
	close(socks[1]);
	if (ret) {
		a->pid = 0;
		armed_stop(a);
	}
	return ret;
}

int armed_fire(struct armed *a, const struct armed_order *order)
{
	if (send(a->sock, order, sizeof(*order), MSG_NOSIGNAL) != sizeof(*order))
		return -errno;
	a->busy = true;
	return 0;
}

void armed_cut(const struct armed *a)
{
	if (a->pid > 0)
		kill(a->pid, SIGTERM);
}

int armed_read(struct armed *a, struct armed_message *message)
{
	const struct armed_answer *answer = &message->answer;
	ssize_t n = recv(a->sock, message, sizeof(*message), MSG_DONTWAIT);

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return -errno;
	/* The socket need not end with the process: who has it open, too, may still be there. */
	if (n < 0 && !a->ended)
		return 0;
	if (n <= 0)
		return -EPIPE;
	if ((size_t)n < sizeof(*answer) || answer->info >= ARMED_INFO_MAX ||
	    answer->why >= ARMED_WHY_MAX ||
	    (size_t)n != sizeof(*answer) + answer->info + answer->why)
		return -EBADMSG;
	message->answer.error[sizeof(answer->error) - 1] = '\0';
	message->answer.signature[SIGNATURE_SIZE - 1] = '\0';
	if (answer->armed)
		a->ready = true;
	return 1;
}

void armed_stop(struct armed *a)
{
	if (a->pid > 0)
		child_kill(a->pid);
	if (a->sock >= 0)
		close(a->sock);
	if (a->fd >= 0)
		close(a->fd);
	*a = (struct armed)ARMED_INIT;
}

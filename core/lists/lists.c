// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * lists.c - go through the kernel's lists.
 *
 * A list is whole if each element that one leads to points back, all the way round. So
 * it leads to the same elements in both directions.
 *
 * A torn link is mended by copying again the elements before and after it: one that has
 * left the list still leads on, but what it leads to points back past it. Each mended
 * page may have changed elsewhere, so rounds follow until one of them finds nothing.
 */
#include "again.h"
#include "lists.h"
#include "running.h"

#define LISTS_MAX	(4U << 20)	/* elements of a list: as many as there are PIDs */
#define LISTS_TRIES	16U		/* for one place, before it is given up */
#define LISTS_TRIES_OUTER	4U	/* for what such places are in */
#define LISTS_ROUNDS	64U
#define LISTS_TRAIL	8U		/* elements before a torn link */
#define LISTS_BACK	64U		/* elements in a row that are not there any more */
#define XARRAY_SLOTS_MAX	64U

struct lists_walker {
	const struct ld_lists *l;
	struct ld_lists_memory *m;
	struct ld_lists_state *state;
	struct ld_again_pages *again;		/* NULL: nothing is copied again */
	bool stacks;			/* are copied again, if the task was */
	u64 leader;
	bool met;			/* the leader is among its threads */
};

/* Read the number in member @f of the structure at @base. Returns 0 or -EFAULT. */
static int lists_field(struct ld_lists_memory *m, u64 base, const struct ld_list_field *f,
		       u64 *value)
{
	return m->number(m, base + f->off, f->size, value);
}

static int lists_u64(struct ld_lists_memory *m, u64 addr, u64 *value)
{
	return m->number(m, addr, 8, value);
}

/* Look at an element of a list. Returns whether it is what it should be. */
typedef bool list_element_fn(struct lists_walker *w, u64 addr);

/* A list whose elements are structures. */
struct lists_ring {
	u64 head;			/* its links */
	u32 off;			/* of the links in an element */
	u32 size;			/* of an element, as much as is copied again of it */
};

/* Where a walk has come to: the last elements, and what the last one leads to. */
struct lists_trail {
	u64 at[LISTS_TRAIL];
	u64 next;
	u32 nr;				/* elements on the way, the head among them */
};

/*
 * Go round @ring, from the element with the links @from to the head. @nr counts the elements.
 * @fn may be NULL. Returns whether the list is whole from there on.
 */
static bool lists_walk_from(struct lists_walker *w, const struct lists_ring *ring, u64 from,
			    list_element_fn *fn, u32 *nr, struct lists_trail *trail)
{
	u64 at = from, back;

	*trail = (struct lists_trail){ .nr = 0 };
	for (u32 i = 0; i < LISTS_MAX; i++) {
		port_relax();
		trail->at[trail->nr++ % LISTS_TRAIL] = at;
		trail->next = 0;
		if (lists_u64(w->m, at, &trail->next) ||
		    lists_u64(w->m, trail->next + 8, &back) || back != at)
			return false;
		if (trail->next == ring->head)
			return true;
		++*nr;
		if (fn && !fn(w, trail->next - ring->off))
			return false;
		at = trail->next;
	}
	return false;
}

static struct lists_ring lists_tasks(const struct ld_lists *l)
{
	return (struct lists_ring){
		.head = l->init_task + l->fields[LD_LIST_TASKS].off,
		.off = l->fields[LD_LIST_TASKS].off,
		.size = l->fields[LD_LIST_TASK].size,
	};
}

static bool lists_copy_element(struct lists_walker *w, const struct lists_ring *ring, u64 links)
{
	if (links == ring->head)
		return ld_again_copy(w->again, links, 16);
	return ld_again_copy(w->again, links - ring->off, ring->size);
}

/*
 * Copy again the element with @links. If it is not there any more, nor the page that it
 * was in, then the one before it, which has led to it. Returns whether anything was copied.
 */
static bool lists_copy_back(struct lists_walker *w, const struct lists_ring *ring, u64 links)
{
	for (u32 i = 0; i < LISTS_BACK; i++) {
		if (lists_copy_element(w, ring, links))
			return true;
		if (links == ring->head || lists_u64(w->m, links + 8, &links))
			return false;
	}
	return false;
}

/* Copy again what the torn link at the end of @trail is between, and @nr elements of it. */
static bool lists_copy_trail(struct lists_walker *w, const struct lists_ring *ring,
			     const struct lists_trail *trail, u32 nr)
{
	bool copied = false;

	if (nr > trail->nr)
		nr = trail->nr;
	if (trail->next)
		copied = lists_copy_element(w, ring, trail->next);
	for (u32 i = 0; i < nr; i++)
		copied |= lists_copy_back(w, ring, trail->at[(trail->nr - 1 - i) % LISTS_TRAIL]);
	return copied;
}

/*
 * Mend @ring until it is whole. After each torn link the walk goes on a little before it: a
 * machine with 100,000 processes has hundreds of torn links.
 */
static bool lists_mend(struct lists_walker *w, const struct lists_ring *ring)
{
	u64 torn = 0, from = ring->head;
	struct lists_trail trail;
	u32 tries = 0, unused;

	for (;;) {
		u64 at;

		if (lists_walk_from(w, ring, from, NULL, &unused, &trail)) {
			if (from == ring->head)
				return true;
			from = ring->head;
			continue;
		}
		/* The element to begin with is gone by now, or leads round without the head. */
		if (from != ring->head && (trail.nr == 1 || trail.nr == LISTS_MAX)) {
			from = ring->head;
			continue;
		}
		if (trail.nr == LISTS_MAX)
			return false;
		at = trail.at[(trail.nr - 1) % LISTS_TRAIL];
		tries = at == torn ? tries + 1 : 0;
		torn = at;
		/* Mostly one element has come or gone. */
		if (tries == LISTS_TRIES ||
		    !lists_copy_trail(w, ring, &trail, tries ? LISTS_TRAIL : 2))
			return false;
		/* Not far from the place, it begins there again. */
		if (trail.nr > LISTS_TRAIL)
			from = trail.at[trail.nr % LISTS_TRAIL];
	}
}

static bool lists_walk(struct lists_walker *w, const struct lists_ring *ring,
		       list_element_fn *fn, u32 *nr)
{
	struct lists_trail trail;

	if (w->again && !lists_mend(w, ring))
		return false;
	return lists_walk_from(w, ring, ring->head, fn, nr, &trail);
}

static bool lists_see_thread(struct lists_walker *w, u64 task)
{
	const struct ld_list_field *f = w->l->fields;
	u64 pid, stack;

	if (w->again && w->stacks &&
	    ld_again_has(w->again, task + f[LD_LIST_THREAD_NODE].off) &&
	    !lists_field(w->m, task, &f[LD_LIST_STACK], &stack))
		ld_again_copy_new(w->again, stack, w->l->stack_size);
	w->met |= task == w->leader;
	return !lists_field(w->m, task, &f[LD_LIST_PID], &pid);
}

static bool lists_walk_threads(struct lists_walker *w, u64 task)
{
	const struct ld_list_field *f = w->l->fields;
	struct lists_ring ring = {
		.off = f[LD_LIST_THREAD_NODE].off,
		.size = f[LD_LIST_TASK].size,
	};
	u64 signal;
	u32 nr = 0;

	w->leader = task;
	w->met = false;
	if (lists_field(w->m, task, &f[LD_LIST_SIGNAL], &signal))
		return false;
	ring.head = signal + f[LD_LIST_THREAD_HEAD].off;
	if (!lists_walk(w, &ring, lists_see_thread, &nr) || !w->met)
		return false;
	w->state->threads += nr;
	return true;
}

/*
 * A process without its threads has ended, or is new where what its threads are listed in
 * is of an older one. Copy it again, what has led to it, and that.
 */
static bool lists_copy_process(struct lists_walker *w, u64 task)
{
	const struct lists_ring tasks = lists_tasks(w->l);
	const struct ld_list_field *f = w->l->fields;
	u64 before, signal, links = task + tasks.off;
	bool copied = lists_copy_element(w, &tasks, links);

	if (!lists_field(w->m, task, &f[LD_LIST_SIGNAL], &signal))
		copied |= ld_again_copy(w->again, signal + f[LD_LIST_THREAD_HEAD].off, 16);
	if (!lists_u64(w->m, links + 8, &before))
		copied |= lists_copy_back(w, &tasks, before);
	return copied;
}

static bool lists_see_process(struct lists_walker *w, u64 task)
{
	/* Threads that are torn do not end the list of processes. */
	for (u32 i = 0; !lists_walk_threads(w, task); i++) {
		if (!w->again || i == LISTS_TRIES_OUTER || !lists_copy_process(w, task)) {
			w->state->torn |= LD_LISTS_THREADS;
			break;
		}
	}
	return true;
}

/* The struct pid at @pid has number @nr, and so has its task, if it has one. */
static bool lists_is_pid(struct lists_walker *w, u64 pid, u64 nr)
{
	const struct ld_list_field *f = w->l->fields;
	u64 its, link, task_pid;

	if (lists_field(w->m, pid + f[LD_LIST_STRUCT_PID_NUMBERS].off, &f[LD_LIST_UPID_NR], &its) ||
	    its != nr || lists_u64(w->m, pid + f[LD_LIST_STRUCT_PID_TASKS].off, &link))
		return false;
	/* It may be only a group's or a session's by now. */
	if (!link)
		return true;
	return !lists_field(w->m, link - f[LD_LIST_PID_LINKS].off, &f[LD_LIST_PID], &task_pid) &&
	       task_pid == nr;
}

/* Copy again the struct pid at @pid, and the task that it leads to. */
static bool lists_copy_pid(struct lists_walker *w, u64 pid)
{
	const struct ld_list_field *f = w->l->fields;
	bool copied;
	u64 link;

	copied = ld_again_copy(w->again, pid + f[LD_LIST_STRUCT_PID_TASKS].off, 8);
	copied |= ld_again_copy(w->again, pid + f[LD_LIST_STRUCT_PID_NUMBERS].off, 8);
	if (!lists_u64(w->m, pid + f[LD_LIST_STRUCT_PID_TASKS].off, &link) && link)
		copied |= ld_again_copy(w->again,
					link - f[LD_LIST_PID_LINKS].off + f[LD_LIST_PID].off, 4);
	return copied;
}

/* XA_CHUNK_SHIFT: the bits of a number that one of @count slots stands for. */
static u64 lists_bits(u32 count)
{
	u64 bits = 0;

	while (count >> bits > 1)
		bits++;
	return bits;
}

static bool lists_walk_node(struct lists_walker *w, u64 entry, u64 nr, unsigned int depth);

/* Whether @entry, in a slot for numbers from @nr on, is what it should be. */
static bool lists_is_slot(struct lists_walker *w, u64 entry, u64 nr, u64 shift)
{
	const struct ld_list_field *f = w->l->fields;
	u64 below;

	if (!entry)
		return true;
	if (ld_list_is_node(entry))
		return !lists_field(w->m, entry - 2, &f[LD_LIST_NODE_SHIFT], &below) &&
		       shift == below + lists_bits(f[LD_LIST_NODE_SLOTS].count);
	if (entry & 3)
		return true;	/* a PID that is being made */
	return !shift && lists_is_pid(w, entry, nr);
}

/* Whether what is in the slot at @slot is what it should be, and all below it. */
static bool lists_is_whole(struct lists_walker *w, u64 slot, u64 nr, u64 shift,
			   unsigned int depth)
{
	u64 entry;

	if (lists_u64(w->m, slot, &entry) || !lists_is_slot(w, entry, nr, shift))
		return false;
	if (ld_list_is_node(entry))
		return lists_walk_node(w, entry, nr, depth + 1);
	w->state->pids += entry && !(entry & 3);
	return true;
}

/* Copy again the slot at @slot, which may be empty by now, and what it leads to. */
static bool lists_copy_slot(struct lists_walker *w, u64 slot)
{
	bool copied = ld_again_copy(w->again, slot, 8);
	u64 entry;

	if (lists_u64(w->m, slot, &entry))
		return copied;
	if (ld_list_is_node(entry))
		copied |= ld_again_copy(w->again, entry - 2, 8);
	else if (entry && !(entry & 3))
		copied |= lists_copy_pid(w, entry);
	return copied;
}

static bool lists_walk_slot(struct lists_walker *w, u64 slot, u64 nr, u64 shift,
			    unsigned int depth)
{
	u32 pids = w->state->pids;

	port_relax();
	for (u32 i = 0; !lists_is_whole(w, slot, nr, shift, depth); i++) {
		if (!w->again || i == LISTS_TRIES_OUTER || !lists_copy_slot(w, slot))
			return false;
		w->state->pids = pids;
	}
	return true;
}

/* Go through the node of the xarray that @entry points to, for numbers from @nr on. */
static bool lists_walk_node(struct lists_walker *w, u64 entry, u64 nr, unsigned int depth)
{
	const struct ld_list_field *f = w->l->fields;
	u64 node = entry - 2, shift;
	u32 count = f[LD_LIST_NODE_SLOTS].count;

	if (depth == LD_LIST_DEPTH_MAX || count > XARRAY_SLOTS_MAX ||
	    lists_field(w->m, node, &f[LD_LIST_NODE_SHIFT], &shift) || shift > 32)
		return false;
	for (u32 i = 0; i < count; i++)
		if (w->state->pids >= LISTS_MAX ||
		    !lists_walk_slot(w, node + f[LD_LIST_NODE_SLOTS].off + i * 8ULL,
				     nr + ((u64)i << shift), shift, depth))
			return false;
	return true;
}

static bool lists_walk_pids(struct lists_walker *w)
{
	const struct ld_list_field *f = &w->l->fields[LD_LIST_NS_ROOT];
	u64 root;

	for (u32 i = 0; i <= LISTS_TRIES_OUTER; i++) {
		w->state->pids = 0;
		if (!lists_field(w->m, w->l->init_pid_ns, f, &root) && ld_list_is_node(root) &&
		    lists_walk_node(w, root, 0, 0))
			return true;
		/* The tree may have grown a level meanwhile. */
		if (!w->again || !ld_again_copy(w->again, w->l->init_pid_ns + f->off, 8))
			return false;
		if (!lists_field(w->m, w->l->init_pid_ns, f, &root) && ld_list_is_node(root))
			ld_again_copy(w->again, root - 2, 8);
	}
	return false;
}

static void lists_look_once(struct lists_walker *w)
{
	const struct ld_list_field *f = w->l->fields;
	const struct lists_ring tasks = lists_tasks(w->l);
	const struct lists_ring modules = {
		.head = w->l->modules,
		.off = f[LD_LIST_MODULE].off,
		.size = f[LD_LIST_MODULE].off + f[LD_LIST_MODULE].size,
	};

	*w->state = (struct ld_lists_state){ 0 };
	if (!lists_walk(w, &tasks, lists_see_process, &w->state->processes) ||
	    !w->state->processes)
		w->state->torn |= LD_LISTS_TASKS;
	if (!lists_walk_pids(w))
		w->state->torn |= LD_LISTS_PIDS;
	if (!lists_walk(w, &modules, NULL, &w->state->modules))
		w->state->torn |= LD_LISTS_MODULES;
	if (!ld_running_look(w->l, w->m, w->again))
		w->state->torn |= LD_LISTS_RUNNING;
}

void ld_lists_look(const struct ld_lists *l, struct ld_lists_memory *m,
		   struct ld_lists_state *state)
{
	struct lists_walker w = { .l = l, .m = m, .state = state };

	lists_look_once(&w);
}

/* Copy again what is torn until all is whole. */
static void lists_mend_rounds(struct lists_walker *w, struct ld_again_pages *again)
{
	u32 copied, given_up = 0;

	for (u32 i = 0; i < LISTS_ROUNDS && given_up < LISTS_TRIES; i++) {
		ld_again_next_round(again);
		w->again = again;
		copied = again->copied;
		lists_look_once(w);
		if (copied == again->copied)
			break;
		given_up += w->state->torn != 0;
		/* What was whole may have been torn by what was copied later. */
		w->again = NULL;
		lists_look_once(w);
		if (!w->state->torn)
			break;
	}
}

void ld_lists_mend(const struct ld_lists *l, struct ld_lists_memory *m,
		   struct ld_lists_state *state)
{
	struct lists_walker w = { .l = l, .m = m, .state = state };
	struct ld_again_pages again;

	if (ld_again_open(&again, m)) {
		lists_look_once(&w);
		return;
	}
	lists_mend_rounds(&w, &again);
	/* There are no lists in stacks: what is whole stays so. */
	w.stacks = true;
	if (!state->torn && again.copied)
		lists_mend_rounds(&w, &again);
	state->copied = again.copied;
	ld_again_close(&again);
}

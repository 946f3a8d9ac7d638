// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * json.c - tasks and waits as JSON. Addresses are strings: they have 64 bits, and a
 * number in JSON has 53.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "json.h"
#include "print.h"

#define JSON_SCHEMA	1

static json_t *json_address(u64 addr)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, (uint64_t)addr);
	return json_string(text);
}

static json_t *json_known(u64 ns)
{
	return ns == UINT64_MAX ? json_null() : json_integer((json_int_t)ns);
}

/* Takes over @value. Returns 0, or -1 if there is no memory for one of them. */
static int json_put(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value);
}

static json_t *json_frame(const struct kernel *k, const struct frame *f)
{
	char place[KERNEL_PLACE_SIZE];
	json_t *object = json_object();

	if (json_put(object, "address", json_address(f->ip)) ||
	    json_put(object, "place", json_string(kernel_place(k, f->ip, f->exact, place))) ||
	    json_put(object, "guess", json_boolean(f->guess))) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *json_stack(const struct kernel *k, const struct stack *stack)
{
	json_t *array = json_array();

	for (u32 i = 0; i < stack->nr; i++)
		if (json_array_append_new(array, json_frame(k, &stack->frames[i]))) {
			json_decref(array);
			return NULL;
		}
	return array;
}

/* @stack is NULL for a task that runs. */
static json_t *json_task(const struct kernel *k, const struct task *t, const struct stack *stack)
{
	static const char *const ends[] = {
		[STACK_WHOLE] = "whole", [STACK_CUT] = "cut", [STACK_UNREADABLE] = "unreadable",
	};
	const char state[2] = { t->state, '\0' };
	json_t *object = json_object();

	if (json_put(object, "pid", json_integer(t->pid)) ||
	    json_put(object, "process", json_integer(t->tgid)) ||
	    json_put(object, "name", json_string(t->comm)) ||
	    json_put(object, "state", json_string(state)) ||
	    json_put(object, "address", json_address(t->addr)) ||
	    json_put(object, "cpu", json_integer(t->cpu)) ||
	    json_put(object, "runs", json_boolean(t->running)) ||
	    json_put(object, "since_ns", json_known(t->waited)) ||
	    json_put(object, "stack", stack ? json_stack(k, stack) : json_null()) ||
	    json_put(object, "stack_end", stack ? json_string(ends[stack->end]) : json_null())) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *json_wait(const struct graph *g, const struct wait *w)
{
	char text[KERNEL_PLACE_SIZE], in[KERNEL_PLACE_SIZE];
	const struct task *tasks = g->tasks->all;
	json_t *object = json_object();

	kernel_place(g->k, w->caller.ip, w->caller.exact, in);
	if (json_put(object, "pid", json_integer(tasks[w->task].pid)) ||
	    json_put(object, "name", json_string(tasks[w->task].comm)) ||
	    json_put(object, "since_ns", json_known(tasks[w->task].waited)) ||
	    json_put(object, "kind", json_string(w->kind->name)) ||
	    json_put(object, "lock", w->lock ? json_address(w->lock) : json_null()) ||
	    json_put(object, "lock_name", w->lock ?
		     json_string(kernel_data(g->k, w->lock, text)) : json_null()) ||
	    json_put(object, "about", *w->about ? json_string(w->about) : json_null()) ||
	    json_put(object, "in", w->caller.ip ? json_string(in) : json_null()) ||
	    json_put(object, "owner", w->owner == WAITS_NOBODY ? json_null() :
		     json_integer(tasks[w->owner].pid)) ||
	    json_put(object, "possibly", json_boolean(w->possibly)) ||
	    json_put(object, "readers", json_integer((json_int_t)w->readers)) ||
	    json_put(object, "circle", json_boolean(g->cycles.looped[graph_group(g, w)])) ||
	    json_put(object, "deadlock", json_boolean(g->stuck[graph_group(g, w)]))) {
		json_decref(object);
		return NULL;
	}
	return object;
}

/* Print {"schema": 1} and the members of @object. Takes over @object. */
static int json_print(FILE *out, json_t *object, struct error *err)
{
	json_t *whole = json_object();
	int ret = 0;

	if (!object || json_put(whole, "schema", json_integer(JSON_SCHEMA)) ||
	    json_object_update(whole, object) || json_dumpf(whole, out, JSON_INDENT(1)) ||
	    fputc('\n', out) == EOF) {
		error_set(err, "the report cannot be made: not enough memory, or it cannot be written");
		ret = -EIO;
	}
	json_decref(object);
	json_decref(whole);
	return ret;
}

int json_print_tasks(FILE *out, const struct kernel *k, const struct unwind_fields *unwind,
		     const struct task **tasks, struct error *err)
{
	struct stack *stack = malloc(sizeof(*stack));
	json_t *array = json_array(), *object = json_object();
	bool bad = !stack;

	for (; *tasks && !bad; tasks++) {
		const struct task *t = *tasks;

		if (!t->running)
			unwind_task(k, unwind, t->base, t->sp, stack);
		bad = json_array_append_new(array, json_task(k, t, t->running ? NULL : stack));
	}
	free(stack);
	bad |= json_put(object, "tasks", array) != 0;
	if (bad) {
		json_decref(object);
		object = NULL;
	}
	return json_print(out, object, err);
}

/* Those that others wait for and that wait for no other. NULL: not enough memory. */
static json_t *json_blockers(const struct graph *g)
{
	u32 *roots = calloc((size_t)g->tasks->nr + 1, sizeof(*roots)), nr = 0;
	struct stack *stack = malloc(sizeof(*stack));
	json_t *array = json_array();
	bool bad = !stack || !roots || cycles_roots(&g->cycles, roots, &nr);

	for (u32 i = 0; i < nr && !bad; i++) {
		const struct task *t = &g->tasks->all[roots[i]];
		json_t *object;

		if (!t->running)
			unwind_task(g->k, g->unwind, t->base, t->sp, stack);
		object = json_task(g->k, t, t->running ? NULL : stack);
		bad = json_put(object, "behind", json_integer(g->cycles.behind[roots[i]])) ||
		      json_array_append(array, object);
		json_decref(object);
	}
	free(stack);
	free(roots);
	if (!bad)
		return array;
	json_decref(array);
	return NULL;
}

static json_t *json_waits(const struct graph *g)
{
	json_t *array = json_array();

	for (const struct wait **w = g->order; *w; w++)
		if (json_array_append_new(array, json_wait(g, *w))) {
			json_decref(array);
			return NULL;
		}
	return array;
}

int json_print_waits(const struct graph *g, const char *signature, struct error *err)
{
	json_t *object = json_object();

	if (json_put(object, "hangs", json_boolean(graph_hangs(g))) ||
	    json_put(object, "signature", *signature ? json_string(signature) : json_null()) ||
	    json_put(object, "waits", json_waits(g)) ||
	    json_put(object, "blockers", json_blockers(g)) ||
	    json_put(object, "kinds_not_known", json_integer(g->waits->not_known)) ||
	    json_put(object, "lists_unreadable", json_integer(g->tasks->torn)) ||
	    json_put(object, "modules_unreadable",
		     json_integer(modules_unreadable(&g->k->modules)))) {
		json_decref(object);
		object = NULL;
	}
	return json_print(g->out, object, err);
}

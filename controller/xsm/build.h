/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compiles a FLASK policy: Xen's base, Lazaret's module, and an operator's workloads. */
#ifndef LAZARET_XSM_BUILD_H
#define LAZARET_XSM_BUILD_H

#include <stddef.h>
#include <stdio.h>

#include "xsm/proof.h"

#define XSM_MODULES_MAX 8
#define XSM_BUILD_ERROR 1024 /* bytes of an error's text, with the NUL */

struct workloads;

struct xsm_build {
	const char *xen; /* a Xen source tree, or what policy/xsm/Makefile takes for one */
	const char *rules; /* policy/xsm of Lazaret */
	const struct workloads *workloads; /* NULL: none */
	const char *workloads_path; /* their file, for a comment */
	const char *const *module; /* a site's own modules (.te) */
	size_t modules;
	const char *output;
};

/**
 * xsm_build() - compile, prove, and put the policy where it is wanted
 * @proof:	what the proof found; to be given to proof_free() if the result is 0 or 1
 * @error:	XSM_BUILD_ERROR bytes, written if the result is -1
 *
 * The output is replaced at once, and only by a policy that is proven.
 * Return: 0; 1 if the proof has findings; -1 if there is no policy.
 */
int xsm_build(const struct xsm_build *what, struct proof *proof, char *error);

#endif

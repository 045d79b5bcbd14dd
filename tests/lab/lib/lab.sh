# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The test library. A test is a bash file that runs in dom0 as root and begins with
#
#	. "${LAB_LIB:-/lab/lib}/lab.sh"
#
# It prints TAP by the t_… functions of tap.sh and needs no plan; its last line, "N passed, N failed"
# (with ", N skipped" if any), and its exit code come by themselves when it ends. The other files
# here hold the verbs: guest.sh (start, stop and run in guests), complaint.sh (what their kernels complain
# of), net.sh (packets), disk.sh (extra disks), talk.sh (guests that talk with each other), flask.sh (labels),
# wait.sh (wait for something), remedy.sh (scans and cures) and image.sh (disks to be scanned). Each function's
# comment is its manual.
set -u

LAB_LIB=${LAB_LIB:-/lab/lib}
PATH=$PATH:/lab/bin
# What the host says about this lab: LAB_FLASK, LAB_MODULE, LAB_KERNEL and LAB_VCPUS (host/payload.sh).
# shellcheck source=/dev/null
. /lab/env
for lab_part in tap wait guest complaint net disk talk flask daemon debs remedy image; do
	# shellcheck source=/dev/null
	. "$LAB_LIB/$lab_part.sh"
done

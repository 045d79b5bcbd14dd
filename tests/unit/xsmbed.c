/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xsmbed.h"

#include <string.h>

static const char classes[] =
	"class domain\nclass domain2\nclass hvm\nclass event\nclass grant\nclass mmu\n"
	"class shadow\nclass resource\nclass security\nclass argo\n";
/* In the order of Xen's own: the numbers matter. */
static const char *const sids[] = {"xenboot",	"xen",	    "dom0",   "domio", "domxen",
				   "unlabeled", "security", "ioport", "iomem", "irq",
				   "device",	"domU",	    "domDM"};
static const char vectors[] =
	"class domain { create transition pause unpause resume destroy }\n"
	"class domain2 { relabelfrom relabelto relabelself make_priv_for set_as_target\n"
	"  mem_sharing mem_paging vm_event }\n"
	"class hvm { getparam mem_sharing share_mem }\n"
	"class event { bind send status create }\n"
	"class grant { map_read map_write unmap transfer copy }\n"
	"class mmu { map_read map_write pageinfo }\n"
	"class shadow { enable logdirty }\n"
	"class resource { use }\n"
	"class security { setenforce }\n"
	"class argo { send }\n";
static const char types[] =
	"attribute domain_type; attribute domain_self_type; attribute event_type;\n"
	"attribute lz_held_type;\n"
	"type xen_t; type security_t;\n"
	"type dom0_t, domain_type; type xenstore_t, domain_type; type domU_t, domain_type;\n"
	"type domU_t_self, domain_type, domain_self_type;\n"
	"type lz_danger_t, domain_type;\n"
	"type lz_danger_t_self, domain_type, domain_self_type;\n"
	"type lz_new_t, domain_type, lz_held_type;\n"
	"type lz_web_t, domain_type, lz_held_type; type lz_web_run_t, domain_type;\n"
	"type lz_db_t, domain_type, lz_held_type; type lz_db_run_t, domain_type;\n"
	"type lz_dom0ch_t, event_type; type lz_selfch_t, event_type;\n"
	"type lz_web_peer_t, event_type; type lz_db_peer_t, event_type;\n"
	"type stray_t;\n";
/* What each of these may do in a good policy. */
static const char rules[] =
	"allow dom0_t { domain_type -domain_self_type }:domain { pause destroy };\n"
	"allow dom0_t { domain_type -domain_self_type -lz_web_run_t -lz_db_run_t }:domain create;\n"
	"allow dom0_t { lz_web_run_t lz_db_run_t domU_t lz_danger_t }:domain unpause;\n"
	"allow dom0_t domain_type:grant { map_read map_write copy };\n"
	"allow xenstore_t domain_type:grant map_read;\n"
	"allow event_type xenstore_t:event bind;\n"
	"allow { lz_danger_t lz_new_t } lz_dom0ch_t:event { create send };\n"
	"allow lz_dom0ch_t dom0_t:event bind;\n"
	"allow { lz_danger_t domU_t } lz_selfch_t:event { create send };\n"
	"allow lz_selfch_t { lz_danger_t_self domU_t_self }:event bind;\n"
	"allow lz_danger_t lz_danger_t_self:grant { map_read copy };\n"
	"allow lz_danger_t { domU_t dom0_t }:grant unmap;\n"
	"allow domU_t lz_danger_t:grant unmap;\n"
	"allow domU_t lz_danger_t:domain transition;\n"
	"allow dom0_t lz_danger_t:domain2 { relabelfrom relabelto };\n"
	"allow lz_web_run_t lz_web_peer_t:event { create send };\n"
	"allow lz_db_run_t lz_db_peer_t:event { create send };\n"
	"allow lz_web_peer_t lz_db_run_t:event bind;\n"
	"allow lz_db_peer_t lz_web_run_t:event bind;\n"
	"allow lz_web_run_t lz_db_run_t:grant { map_read copy };\n"
	"allow lz_db_run_t lz_web_run_t:grant { map_read copy };\n";

void xsmbed_head(FILE *out, const char *declarations)
{
	fputs(classes, out);
	for (size_t i = 0; i < sizeof(sids) / sizeof(*sids); i++)
		fprintf(out, "sid %s\n", sids[i]);
	fprintf(out, "%s%s%s%s", vectors, declarations, types, rules);
}

void xsmbed_tail(FILE *out)
{
	fputs("role system_r; role system_r types { domain_type xen_t security_t stray_t };\n"
	      "user system_u roles { system_r };\n",
	      out);
	for (size_t i = 0; i < sizeof(sids) / sizeof(*sids); i++)
		fprintf(out, "sid %s system_u:system_r:%s\n", sids[i],
			!strcmp(sids[i], "dom0")       ? "dom0_t"
			: !strcmp(sids[i], "domU")     ? "domU_t"
			: !strcmp(sids[i], "security") ? "security_t"
						       : "xen_t");
}

void xsmbed_write(FILE *out, const char *declarations, const char *more)
{
	xsmbed_head(out, declarations);
	fputs(more, out);
	xsmbed_tail(out);
}

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Evidence in the hands of a stranger: a Debian guest that has tpm2-tools, ima-evm-utils and openssl,
# and nothing of ours but the nonce it chose, the authority it knows and lazaret-evidence(7).
. "${LAB_LIB:-/lab/lib}/lab.sh"

t_cleanup guest_stop patient
t_cleanup guest_stop neighbour
t_cleanup daemon_stop
proof=/run/patient.evidence

stranger() {
	guest_run neighbour -t 100 "cd /run/proof && { $1; } 2>&1"
}

# refused FILE CMD: with one bit of FILE changed, CMD must fail. The file is whole again afterwards.
refused() {
	stranger "cp $1 kept && perl -e 'open F, \"+<\", \"$1\"; seek F, (-s F) / 2, 0; read F, \$c, 1;
		seek F, -1, 1; print F chr(ord(\$c) ^ 1)'" || return 1
	! stranger "$2" || { stranger "cp kept $1" && return 1; }
	stranger "cp kept $1"
}

t_ok "the controller starts" daemon_fresh 'vtpm = yes'
t_ok "patient and stranger start" guest_start_all patient neighbour || t_bail "no guests"
vm_wait patient unknown 60
t_ok "its start is enrolled" lazaretctl enrol patient
vm_wait patient trusted 200
nonce=$(guest_run neighbour openssl rand -hex 32)
t_ok "evidence is made over the stranger's nonce" \
	lazaretctl evidence patient --nonce "$nonce" --output "$proof"

t_fails "the stranger has no lazaretctl" guest_run neighbour 'type lazaretctl'
guest_run neighbour 'mkdir -p /run/proof'
t_ok "it gets the archive" guest_put neighbour "$proof" /run/proof/archive
t_ok "and knows the authority" guest_put neighbour "$DAEMON_STATE/ca/ca.crt" /run/proof/known.crt
t_is "both as they are" "$(stranger 'sha256sum <archive')" "$(sha256sum <"$proof")"

signed='openssl x509 -in known.crt -noout -pubkey >ca.pem &&
	openssl dgst -sha256 -verify ca.pem -signature SHA256SUMS.sig SHA256SUMS'
quote="tpm2_checkquote -u ak.pem -m quote.msg -s quote.sig -g sha256 -q $nonce"
replay='evmctl ima_measurement --pcrs sha1,pcrs.sha1 --pcrs sha256,pcrs.sha256 ima.bin'
digest='[ "$(tpm2_print -t TPMS_ATTEST quote.msg | sed -n "s/^ *pcrDigest: //p")" = "$(
	head -q -n 16 pcrs.sha1 pcrs.sha256 | sed "s/^PCR-..://" | tr -d " \n" |
	perl -ne "print pack q(H*), \$_" | sha256sum | cut -d" " -f1)" ]'
same='cmp ca.crt known.crt && openssl verify -CAfile known.crt ak.crt &&
	[ "$(openssl x509 -in ak.crt -noout -pubkey)" = "$(cat ak.pem)" ]'
t_ok "tar" stranger 'tar -xf archive'
t_ok "sha256sum" stranger 'sha256sum -c SHA256SUMS'
t_ok "openssl: the sums are signed by the authority" stranger "$signed"
t_ok "openssl: so is the attestation key" stranger "$same"
t_ok "tpm2_checkquote" stranger "$quote"
t_ok "tpm2_print: the quote is about these PCRs" stranger "$digest"
t_ok "evmctl: the log leads to PCR 10" stranger "$replay"
t_ok "tpm2_eventlog" stranger 'tpm2_eventlog eventlog.bin >events'
t_like "it tells of what booted" "$(stranger 'cat events')" 'lazaret|kernel|vmlinuz'

t_fails "another nonce" stranger "${quote%"$nonce"}${nonce//[0-4]/5}"
for file in evidence.json quote.msg quote.sig pcrs.sha1 pcrs.sha256 ak.pem ak.crt ek.crt ca.crt \
	eventlog.bin ima.bin; do
	t_ok "a changed bit: $file" refused "$file" 'sha256sum -c SHA256SUMS'
done
t_ok "a changed bit: SHA256SUMS" refused SHA256SUMS "$signed"
t_ok "a changed bit: SHA256SUMS.sig" refused SHA256SUMS.sig "$signed"
t_ok "a changed bit that the quote sees: quote.msg" refused quote.msg "$quote"
t_ok "a changed bit that the quote sees: quote.sig" refused quote.sig "$quote"
t_ok "a changed bit that the quote sees: ak.pem" refused ak.pem "$quote"
t_ok "a changed bit that the replay sees: ima.bin" refused ima.bin "$replay"

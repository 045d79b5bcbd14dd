/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "signbed.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/hex.h"

/* Keys rsa, ec, other; certificates of the first two; signatures of file «f» by each, in FILE.KEY.sig. */
static const char make_all[] =
	"cd %s && printf content >f && sha256sum f >sum &&"
	"for k in 'rsa rsa:2048' 'ec ec -pkeyopt ec_paramgen_curve:P-256' 'other rsa:2048'; do set "
	"-- $k &&"
	" n=$1 && shift && openssl req -x509 -nodes -newkey $* -keyout $n.key -out $n.crt -days "
	"3650"
	" -subj /CN=$n 2>/dev/null && openssl pkey -in $n.key -pubout -out $n.pub &&"
	" cp f f.$n && evmctl ima_sign --sigfile -a sha256 -k $n.key f.$n >/dev/null 2>&1 || exit "
	"1;"
	" done && openssl x509 -in rsa.crt -outform der -out rsa.der &&"
	" for k in rsa ec; do openssl cms -sign -binary -nocerts -md sha256 -outform der -in f "
	"-signer"
	" $k.crt -inkey $k.key -out attributes.$k && openssl cms -sign -binary -nocerts -noattr "
	"-md "
	"sha256"
	" -outform der -in f -signer $k.crt -inkey $k.key -out appended.$k || exit 1; done";

int signbed_setup(void **state)
{
	char command[8192], folder[4200];

	if (packbed_setup(state))
		return -1;
	snprintf(folder, sizeof(folder), "%s", packbed_path(""));
	snprintf(command, sizeof(command), make_all, folder);
	return system(command) ? -1 : 0;
}

/* A measurement of «content» with this signature. */
struct ima_entry *signbed_measured(const char *sig)
{
	static uint8_t digest[32], bytes[2048];
	static struct ima_entry e;
	char hex[65] = "";
	FILE *sum = fopen(packbed_path("sum"), "r");

	assert_non_null(sum);
	assert_int_equal(fread(hex, 1, 64, sum), 64);
	fclose(sum);
	hex_decode(digest, sizeof(digest), hex);
	e = (struct ima_entry){.alg = alg_by_name("sha256", 6), .digest = digest, .digest_len = 32};
	e.sig.data = bytes;
	e.sig.len = (uint32_t)packbed_read(packbed_path(sig), bytes, sizeof(bytes));
	return &e;
}

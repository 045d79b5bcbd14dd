/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/tpmmsg.h"

#include "vtpm/tpmhdr.h"

void tpmmsg_u16(struct tpmmsg *m, UINT16 value)
{
	TPMMSG_PUT(m, UINT16, value);
}

void tpmmsg_u32(struct tpmmsg *m, UINT32 value)
{
	TPMMSG_PUT(m, UINT32, value);
}

void tpmmsg_begin(struct tpmmsg *m, TPM2_CC code, bool sessions)
{
	m->len = m->at = 0;
	m->bad = 0;
	tpmmsg_u16(m, sessions ? TPM2_ST_SESSIONS : TPM2_ST_NO_SESSIONS);
	tpmmsg_u32(m, 0); /* the size, when it is known */
	tpmmsg_u32(m, code);
}

void tpmmsg_password(struct tpmmsg *m)
{
	const TPMS_AUTH_COMMAND auth = {.sessionHandle = TPM2_RH_PW};
	size_t size_at = m->len, begin;

	tpmmsg_u32(m, 0);
	begin = m->len;
	TPMMSG_PUT(m, TPMS_AUTH_COMMAND, &auth);
	if (!m->bad)
		m->bad = Tss2_MU_UINT32_Marshal((UINT32)(m->len - begin), m->buf, sizeof(m->buf),
						&size_at);
}

int tpmmsg_run(struct tpmmsg *m, const struct swtpm *tpm, TPM2_HANDLE *handle)
{
	size_t size_at = 2;
	uint8_t rsp[SWTPM_BUFFER_SIZE];
	UINT32 parameters;
	ssize_t n;

	if (m->bad || Tss2_MU_UINT32_Marshal((UINT32)m->len, m->buf, sizeof(m->buf), &size_at))
		return -1;
	n = swtpm_transact(tpm, m->buf, m->len, rsp);
	if (n < 0)
		return -1;
	memcpy(m->buf, rsp, (size_t)n);
	m->len = (size_t)n;
	m->at = TPM_HEADER_SIZE;
	if (tpm_code(m->buf))
		return (int)(tpm_code(m->buf) & INT32_MAX);
	if (handle)
		TPMMSG_GET(m, UINT32, handle);
	if (tpm_tag(m->buf) == TPM2_ST_SESSIONS)
		TPMMSG_GET(m, UINT32, &parameters);
	return m->bad ? -1 : 0;
}

int tpmmsg_end(const struct tpmmsg *m)
{
	return m->bad ? -1 : 0;
}

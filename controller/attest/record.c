/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/record.h"

#include <string.h>

#include "attest/bytes.h"
#include "uapi/lazaret.h"

/* u32 pcr, u8 hash[20], u32 name_len. */
#define HEADER_SIZE (4 + IMA_TEMPLATE_HASH_SIZE + 4)

/* Of the «ima» template's data: u8 digest[20], u32 len. */
#define BARE_SIZE (IMA_TEMPLATE_HASH_SIZE + 4)

/* Bytes of the «ima» template's name (kernel: ima.h, IMA_EVENT_NAME_LEN_MAX). */
#define BARE_NAME_MAX 255

static enum record_status bad(const char **reason, const char *text)
{
	*reason = text;
	return RECORD_BAD;
}

static enum record_status too_short(const char **reason)
{
	*reason = "the record is cut short";
	return RECORD_SHORT;
}

static bool is_printable(const uint8_t *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] <= ' ' || s[i] > '~')
			return false;
	return true;
}

static bool is_zero(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i])
			return false;
	return true;
}

/* The data's length is either before them or, «ima», follows from the name's. */
static enum record_status parse_data(const uint8_t *p, size_t len, struct ima_record *out,
				     const char **reason)
{
	if (out->bare) {
		if (len < BARE_SIZE)
			return too_short(reason);
		if (get_le32(p + IMA_TEMPLATE_HASH_SIZE) > BARE_NAME_MAX)
			return bad(reason, "the name is longer than its template allows");
		out->data_len = BARE_SIZE + get_le32(p + IMA_TEMPLATE_HASH_SIZE);
		out->data = p;
	} else {
		if (len < sizeof(uint32_t))
			return too_short(reason);
		out->data_len = get_le32(p);
		out->data = p + sizeof(uint32_t);
		out->size += sizeof(uint32_t);
	}
	/* Each term is below 2^32, so that their sum fits a size_t. */
	if (out->size + out->data_len > LZ_RECORD_MAX)
		return bad(reason, "the record is longer than any may be");
	out->size += out->data_len;
	if (len < (size_t)(out->data - p) + out->data_len)
		return too_short(reason);
	return RECORD_OK;
}

enum record_status record_parse(const uint8_t *untrusted_buf, size_t len, struct ima_record *out,
				const char **reason)
{
	const uint8_t *p = untrusted_buf;

	if (len < HEADER_SIZE)
		return too_short(reason);
	out->pcr = get_le32(p);
	if (out->pcr >= IMA_PCR_COUNT)
		return bad(reason, "no TPM has a PCR of this number");
	out->hash = p + 4;
	out->violation = is_zero(out->hash, IMA_TEMPLATE_HASH_SIZE);
	out->name_len = get_le32(p + 4 + IMA_TEMPLATE_HASH_SIZE);
	if (out->name_len == 0 || out->name_len >= LZ_TEMPLATE_NAME_MAX)
		return bad(reason, "the template's name is empty or too long");
	if (len < HEADER_SIZE + out->name_len)
		return too_short(reason);
	if (!is_printable(p + HEADER_SIZE, out->name_len))
		return bad(reason, "the template's name is not printable");
	out->name = (const char *)p + HEADER_SIZE;
	out->bare = out->name_len == 3 && !memcmp(out->name, "ima", 3);
	out->size = HEADER_SIZE + out->name_len;
	return parse_data(p + out->size, len - out->size, out, reason);
}

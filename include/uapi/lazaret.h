/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * The wire between a guest's lazaret.ko and dom0's lazaretd.
 *
 * Transport.  A Xen vchan; the guest is the server.  It writes the keys
 * «ring-ref» and «event-channel» below its own xenstore node LZ_XS_PATH
 * (that is, /local/domain/<domid>/data/lazaret).  left (client to server)
 * is LZ_RING_LEFT_ORDER, right (server to client) LZ_RING_RIGHT_ORDER.
 * One client at a time; when it goes, the guest makes new rings, a new
 * port and new keys, and starts again with HELLO.
 *
 * Framing.  All integers are little-endian.  A frame is struct
 * lz_frame_hdr followed by «length» bytes of payload.  «seq» counts the
 * frames of one direction of one connection from 0, without gaps.  A
 * receiver skips a type that it does not know by its length; it refuses
 * another version, a length above LZ_PAYLOAD_MAX, a wrong magic or a gap in
 * seq by closing the channel (dom0 says BYE first).  Reserved fields are
 * sent as zero and ignored when received.  A payload may be longer than the
 * struct of its type: later versions append fields; it may not be shorter.
 *
 * Conversation.
 *
 *	guest -> dom0	HELLO		once, first
 *	dom0 -> guest	RESUME(from)	where to start: 0, or the index after
 *					the last record it has for this
 *					boot nonce
 *	guest -> dom0	RECORD...	from there on, in list order, for ever
 *	dom0 -> guest	CHALLENGE(nonce)	at any time
 *	guest -> dom0	STATE(nonce)	the answer, queued behind the records
 *					that were in the list when it was made
 *	either		BYE(reason)	then the channel is closed
 *
 * Nothing that the guest says here is evidence of its health: it is a hint
 * where to look and a log to be checked against the TPM.
 */
#ifndef _UAPI_LAZARET_H
#define _UAPI_LAZARET_H

#include <linux/types.h>

#define LZ_MAGIC		0x525a414cU	/* "LAZR" as bytes */
#define LZ_VERSION		1

/* Limits: both ends refuse more. */
#define LZ_RECORD_MAX		65536U	/* bytes of one IMA binary record */
#define LZ_NAME_MAX		4096U	/* bytes of a path in a record, with NUL */
#define LZ_TEMPLATE_NAME_MAX	256U	/* bytes of a template's name or format */
#define LZ_NONCE_SIZE		32U
#define LZ_BOOT_NONCE_SIZE	16U
#define LZ_TEXT_MAX		64U	/* bytes of a text field, NUL-padded */

/* Transport. */
#define LZ_XS_PATH		"data/lazaret"
#define LZ_XS_RING_REF		"ring-ref"
#define LZ_XS_EVTCHN		"event-channel"
#define LZ_RING_LEFT_ORDER	10	/* dom0 -> guest, 1 KiB */
#define LZ_RING_RIGHT_ORDER	16	/* guest -> dom0, 64 KiB */

enum lz_frame_type {
	LZ_FRAME_HELLO		= 1,
	LZ_FRAME_RESUME		= 2,
	LZ_FRAME_RECORD		= 3,
	LZ_FRAME_CHALLENGE	= 4,
	LZ_FRAME_STATE		= 5,
	LZ_FRAME_BYE		= 6,
};

/* How the module learns of a new record. */
enum lz_doorbell {
	LZ_DOORBELL_POLL	= 0,	/* the timer alone */
	LZ_DOORBELL_KPROBE	= 1,
	LZ_DOORBELL_FTRACE	= 2,	/* in the measuring task, may sleep */
	LZ_DOORBELL_NOTIFIER	= 3,	/* IMA's own, built-in form */
};

/* Who extends PCR 10 (KERNEL: boot_aggregate all zero means bypass). */
enum lz_ima_mode {
	LZ_IMA_UNKNOWN		= 0,	/* no record yet */
	LZ_IMA_BYPASS		= 1,	/* IMA found no TPM when it started */
	LZ_IMA_NATIVE		= 2,	/* IMA extends by itself */
};

enum lz_bye_reason {
	LZ_BYE_SHUTDOWN		= 1,	/* the guest goes down or suspends */
	LZ_BYE_VERSION		= 2,	/* the other's version is not ours */
	LZ_BYE_PROTOCOL		= 3,	/* a frame broke the rules above */
	LZ_BYE_RESTART		= 4,	/* dom0 closes and will come again */
	LZ_BYE_UNLOAD		= 5,	/* the guest unloads the module by force */
};

/* What becomes of records that IMA does not extend itself. */
enum lz_commit_state {
	LZ_COMMIT_UNSAID	= 0,	/* a module from before this was said */
	LZ_COMMIT_OFF		= 1,	/* no TPM of ours yet, or IMA's mode is unknown */
	LZ_COMMIT_NATIVE	= 2,	/* IMA extends by itself */
	LZ_COMMIT_WAITING	= 3,	/* the TPM's PCR 10 is being looked at */
	LZ_COMMIT_RUNNING	= 4,	/* each record is extended */
	LZ_COMMIT_INCONSISTENT	= 5,	/* nothing is extended, nobody held any more */
	LZ_COMMIT_WITHDRAWN	= 6,	/* it ran, then dom0 took the TPM away */
};

/* What becomes of a task whose record the TPM does not take in time. */
enum lz_commit_policy {
	LZ_POLICY_UNSAID	= 0,	/* a module from before this was said */
	LZ_POLICY_LENIENT	= 1,	/* it goes on, the record is late */
	LZ_POLICY_STRICT	= 2,	/* it is held */
};

/**
 * struct lz_frame_hdr - what each frame starts with, 24 bytes
 * @magic:	LZ_MAGIC
 * @version:	LZ_VERSION
 * @type:	enum lz_frame_type
 * @length:	bytes of payload that follow, at most LZ_PAYLOAD_MAX
 * @reserved:	0
 * @seq:	number of this frame in its direction, from 0
 */
struct lz_frame_hdr {
	__le32 magic;
	__le16 version;
	__le16 type;
	__le32 length;
	__le32 reserved;
	__le64 seq;
};

/**
 * struct lz_hello - who speaks, 208 bytes
 * @boot_nonce:	random, made once when the module is loaded, which happens once
 *		a boot; a new one means a new boot: dom0 starts at record 0
 * @records:	records in IMA's list now
 * @ima_mode:	enum lz_ima_mode
 * @doorbell:	enum lz_doorbell
 * @module:	the module's version, NUL-padded
 * @kernel:	the kernel's release, NUL-padded
 * @early:	records that were in the list before the module was loaded
 * @reserved:	0
 */
struct lz_hello {
	__u8   boot_nonce[LZ_BOOT_NONCE_SIZE];
	__le64 records;
	__le32 ima_mode;
	__le32 doorbell;
	char   module[LZ_TEXT_MAX];
	char   kernel[LZ_TEXT_MAX];
	__le64 early;
	__u8   reserved[40];
};

/**
 * struct lz_resume - where the stream starts, 32 bytes
 * @boot_nonce:	the one of HELLO; if it is another's, the guest answers BYE
 * @from:	index of the first record wanted; above the list's length: BYE
 * @reserved:	0
 */
struct lz_resume {
	__u8   boot_nonce[LZ_BOOT_NONCE_SIZE];
	__le64 from;
	__le64 reserved;
};

/**
 * struct lz_record - one record of IMA's list, 16 bytes and the record
 * @index:	its place in the list, from 0; each frame's is one more than
 *		the last one's
 * @time_ns:	guest's CLOCK_REALTIME when its doorbell rang, in ns; 0 if
 *		the record was found by replay or by poll.  A hint only
 * @data:	the record as binary_runtime_measurements has it, byte for
 *		byte: u32 pcr, u8 sha1[20], u32 name_len, name, then either
 *		u32 template_data_len and the data, or («ima») the bare
 *		fields (kernel: security/integrity/ima/ima_fs.c,
 *		ima_measurements_show).  Integers in the guest's byte order,
 *		that is little-endian on every guest of ours
 */
struct lz_record {
	__le64 index;
	__le64 time_ns;
	__u8   data[];
};

/**
 * struct lz_challenge - «where are you?», 32 bytes
 * @nonce:	random, fresh
 */
struct lz_challenge {
	__u8 nonce[LZ_NONCE_SIZE];
};

/**
 * struct lz_state - the answer to a challenge, 96 bytes
 * @nonce:	the challenge's
 * @records:	records that this answers for: all that were in IMA's list when
 *		the challenge was received, and each was sent before this.  The
 *		list may have grown since
 * @streamed:	index of the next record to stream; all before it were sent
 * @extended:	index of the next record to extend (bypass); 0 without a TPM
 * @lost:	records that could not be read or sent, ever.  Should be 0
 * @late:	records that were committed, or will never be, after what they
 *		measure was used
 * @ima_mode:	enum lz_ima_mode
 * @doorbell:	enum lz_doorbell
 * @banks:	number of PCR banks extended; 0 without a TPM
 * @commit_state:	enum lz_commit_state
 * @commit_policy:	enum lz_commit_policy
 * @reserved:	0
 */
struct lz_state {
	__u8   nonce[LZ_NONCE_SIZE];
	__le64 records;
	__le64 streamed;
	__le64 extended;
	__le64 lost;
	__le64 late;
	__le32 ima_mode;
	__le32 doorbell;
	__le32 banks;
	__u8   commit_state;
	__u8   commit_policy;
	__u8   reserved[10];
};

/**
 * struct lz_bye - the last frame, 8 bytes
 * @reason:	enum lz_bye_reason
 * @reserved:	0
 */
struct lz_bye {
	__le32 reason;
	__le32 reserved;
};

#define LZ_PAYLOAD_MAX	(LZ_RECORD_MAX + (__u32)sizeof(struct lz_record))

#ifdef __cplusplus
#define LZ_ASSERT_SIZE(t, n) static_assert(sizeof(struct t) == (n), #t)
#else
#define LZ_ASSERT_SIZE(t, n) _Static_assert(sizeof(struct t) == (n), #t)
#endif
LZ_ASSERT_SIZE(lz_frame_hdr, 24);
LZ_ASSERT_SIZE(lz_hello, 208);
LZ_ASSERT_SIZE(lz_resume, 32);
LZ_ASSERT_SIZE(lz_record, 16);
LZ_ASSERT_SIZE(lz_challenge, 32);
LZ_ASSERT_SIZE(lz_state, 96);
LZ_ASSERT_SIZE(lz_bye, 8);
#undef LZ_ASSERT_SIZE

#endif /* _UAPI_LAZARET_H */

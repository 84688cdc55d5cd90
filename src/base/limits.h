/*
 * Every bound on what traffic can make us hold, on one page to audit. Sizes in bytes, times in nanoseconds.
 * What a bound costs is counted (tlswatch_statistics.limits_hit) and, where a conversation lost something, a finding.
 */
#ifndef TLSWATCH_BASE_LIMITS_H
#define TLSWATCH_BASE_LIMITS_H

#define SECOND_NS 1000000000LL

/* all that the library holds of the traffic, unless the program asks for more or less */
#define LIMIT_MEMORY (64 * 1024 * 1024)
#define LIMIT_MEMORY_LEAST (8 * 1024 * 1024)
#define LIMIT_MEMORY_IDLE (1024 * 1024) /* besides it, small blocks that are kept to be used again */
#define LIMIT_SHARED_IDLE (1024 * 1024) /* of it, messages kept for whoever sends the same next */

/* capture */
#define LIMIT_TIME_NS (INT64_MAX / 2) /* of a packet, since 1970: leaves room for whoever adds to it */
#define LIMIT_CAPTURED_PACKET 262144           /* bytes of one packet, as libpcap and Wireshark hold it */
#define LIMIT_CAPTURE_BLOCK (16 * 1024 * 1024) /* one block of a pcapng file */
#define LIMIT_CAPTURE_INTERFACES 65536         /* interfaces of one section of a pcapng file */
#define LIMIT_CAPTURE_OPEN_FILES 256           /* files that overlap in time and are read side by side */
#define LIMIT_CAPTURE_WARNINGS 1000
#define LIMIT_JOBS 64                          /* processes that read files side by side (-j), */
#define LIMIT_JOBS_WAITING 4                   /* and for each of them, files read whose turn to be shown has not come */
#define LIMIT_FILTER_LINK_TYPES 64             /* link types that one filter is compiled for */
#define LIMIT_FILTER_PROGRAM (16 * 1024 * 1024) /* one of them, compiled */

/* net */
#define LIMIT_TUNNEL_DEPTH 16        /* headers within headers */
#define LIMIT_IPV6_EXTENSIONS 16     /* extension headers of one packet */
#define LIMIT_FRAGMENT_DATAGRAMS 256 /* datagrams being put together */
#define LIMIT_FRAGMENT_BYTES (2 * 1024 * 1024) /* reserved for them together; those of one packet within itself fit */
#define LIMIT_FRAGMENTS_EACH 128     /* parts of one of them that do not touch yet */
#define LIMIT_DATAGRAM 65535
#define LIMIT_FRAGMENT_AGE_NS (60 * SECOND_NS)

/* flow */
#define LIMIT_FLOWS 1048576              /* connections remembered */
#define LIMIT_FLOWS_ALIKE 64             /* of them, of the same endpoints in different tunnels */
#define LIMIT_OPEN_CONVERSATIONS 65536   /* connections whose handshake is being read */
#define LIMIT_REORDER_BYTES (1024 * 1024) /* held for one direction while it waits for a hole to fill */
#define LIMIT_REORDER_SEGMENTS 2048
#define LIMIT_QUIET_CONNECTIONS 4096    /* followed packet by packet without having carried a byte */
#define LIMIT_GREETINGS 16384           /* connections of which the opening is known and kept, and nothing else was seen */
#define LIMIT_OVERLAP_WINDOW 65536      /* of what a reader was given, kept to notice overlaps that differ, */
#define LIMIT_OVERLAP_WINDOW_LESS 1024  /* and where it is encrypted */
#define LIMIT_SEQUENCE_AHEAD (16 * 1024 * 1024) /* a segment further ahead of what is read is not of this connection */
#define LIMIT_START_BYTES (128 * 1024)  /* held for one direction while its start is not known */
#define LIMIT_START_NS (500 * 1000000LL) /* how long it is held: longer than a network keeps a SYN back; and: */
#define LIMIT_DISORDER_BYTES (128 * 1024) /* how far from its place a packet of a file may stand */
#define LIMIT_CLOCK_STEP_NS (3600 * SECOND_NS) /* a longer step from packet to packet is not believed */
#define LIMIT_HOLE_ACKED_NS (5 * SECOND_NS) /* a hole the peer has acknowledged: the capture lost it */
#define LIMIT_HOLE_NS (120 * SECOND_NS)     /* a hole nobody acknowledged */
#define LIMIT_LINGER_CLOSED_NS (10 * 1000000LL) /* after the end, for packets that come late, where nothing is missing, */
#define LIMIT_LINGER_NS (100 * 1000000LL)   /* else, */
#define LIMIT_LINGER_HOLE_NS (5 * SECOND_NS) /* and where there is a hole that may still be filled */
#define LIMIT_ANSWER_NS SECOND_NS             /* a SYN without an answer: the first it is sent again (RFC 6298, 2.1) */
#define LIMIT_IDLE_NS (300 * SECOND_NS)     /* an open handshake without a packet */

/* tls */
#define LIMIT_RECORD 18432              /* 2^14 + 2048 (RFC 5246, 6.2.3) */
#define LIMIT_HANDSHAKE_MESSAGE 262144  /* one handshake message */
#define LIMIT_TRANSCRIPT 1048576        /* all handshake messages of one conversation */
#define LIMIT_MESSAGES 64               /* handshake messages kept of one conversation */
#define LIMIT_TIMELINE 128              /* entries of one conversation's timeline */
#define LIMIT_ALERTS 16
#define LIMIT_CLEAR 4194304             /* bytes in clear read of one direction */
#define LIMIT_SEARCH 262144             /* bytes searched for records behind gaps of one direction */
#define LIMIT_OPENING_BYTES 65536       /* chatter of one side before TLS begins */
#define LIMIT_OPENING_MESSAGE 8192      /* a line or message of it that is looked at as a whole */

/* x509 */
#define LIMIT_CERTIFICATE 131072        /* DER of one certificate */
#define LIMIT_CERTIFICATE_ELEMENTS 2048 /* of DER in it: names, attributes, constraints */
#define LIMIT_NAME 16384                /* DER of its subject, and of its issuer */
#define LIMIT_CERTIFICATE_FILE (64 * 1024 * 1024) /* one file of certificates that the user gives */
#define LIMIT_CHAIN 32                  /* certificates of one chain */
#define LIMIT_TRUST_CHAIN (2 * LIMIT_CHAIN) /* of one that is verified, with what is known besides */
#define LIMIT_TRUST_JUDGED 256          /* verified chains remembered for each file of trust */
#define LIMIT_TRUSTS 1024               /* files of trust */
#define LIMIT_AUTHORITIES 16384         /* names of one CertificateRequest */
#define LIMIT_NAME_TEXT 1024            /* bytes of one name's value as text */
#define LIMIT_LIST_TEXTS 1024           /* entries of one certificate's lists of names */
#define LIMIT_STORE_CERTIFICATES 65536
#define LIMIT_STORE_LISTS 4096
#define LIMIT_STORE_BYTES (64 * 1024 * 1024) /* DER of certificates and lists; what is made of it takes some four times that */
#define LIMIT_PARSED_CERTIFICATES 1024  /* kept as libcrypto's objects */
#define LIMIT_ISSUERS 16                /* candidates looked at for the issuer of one certificate */
#define LIMIT_KEY_IDS 4                 /* keys remembered under one issuer name */
#define LIMIT_LINKS 64                  /* issuers remembered for one certificate */
#define LIMIT_SIGNATURES 64             /* signatures asked for in one path walk */
#define LIMIT_SIGNATURES_US_EACH 30000  /* one conversation's keys that cost much: microseconds of an ordinary machine, */
#define LIMIT_SIGNATURES_US_PER_S 500000 /* all conversations', in a second of the packets' time, */
#define LIMIT_SIGNATURES_US 2000000     /* and at once */
#define LIMIT_RSA_BITS 8192             /* larger keys are described and not used */

/* verdicts */
#define LIMIT_HELD_CONVERSATIONS 512    /* that have ended and wait for what comes later */
#define LIMIT_HANDED_OVER 8192          /* that have ended and are with the thread that judges them, */
#define LIMIT_HANDED_OVER_SCARCE 64     /* and where memory is scarce */
#define LIMIT_HANDED_OVER_NS (5 * 1000000LL) /* how long one of an interface waits for others to go with */

/* report */
#define LIMIT_HELD_BACK (256 * 1024 * 1024) /* text or JSON that waits until a file is read; where the disk has room, */
#define LIMIT_HELD_BACK_MOST 2147483648     /* a sixteenth of it (it may be memory), up to this, */
#define LIMIT_HELD_IN_MEMORY (1024 * 1024)  /* of which more than this waits on disk */
#define LIMIT_REPORT_BLOCK (64 * 1024 * 1024) /* one record as text or JSON */
#define LIMIT_WAITING (8 * 1024 * 1024) /* text or JSON that waits, live, for a slow reader */
#define LIMIT_JSON_PIECES (4 * 1024 * 1024) /* certificates as JSON, to be written again */
#define LIMIT_DEFERRED (8 * 1024 * 1024) /* blocks of text that wait for how often they came, */
#define LIMIT_DEFERRED_IN_MEMORY (64 * 1024) /* of which more than this waits on disk */
#define LIMIT_REPEATS 16384            /* findings whose repeats are folded */
#define LIMIT_REPEATS_BYTES (16 * 1024 * 1024)
#define LIMIT_SUMMARY_GROUPS 16384     /* entries of each of the summary's tables */
#define LIMIT_SUMMARY_BYTES (16 * 1024 * 1024) /* of each */
#define LIMIT_SUMMARY_JSON (256 * 1024 * 1024) /* the summary as JSON */
#define LIMIT_REDACT_KNOWN 262144      /* names, numbers and addresses that have a token */
#define LIMIT_REDACT_BYTES (64 * 1024 * 1024) /* of each of the two tables */
#define LIMIT_EXPORT_KNOWN 65536       /* certificates that are known to be written; others are tried again */
#define LIMIT_EXPORT_KNOWN_BYTES (16 * 1024 * 1024)
#define LIMIT_HTML_FINDINGS 300        /* laid out in full in the HTML report; repeats are counted with the first */
#define LIMIT_HTML_BYTES (64 * 1024 * 1024) /* of all of them */
#define LIMIT_HTML_NAMES 4096          /* of one advertised list */
#define LIMIT_HTML_NEAR 12             /* of them set before the list, as near to what is looked for */
#define LIMIT_ANNOTATED 65536          /* conversations whose packets are copied with -w */
#define LIMIT_ANNOTATED_BYTES (128 * 1024 * 1024) /* of what is said of them */
#define LIMIT_HTML_FILES 20            /* named at its head */

#endif
